"""Rules on identities, accounts and licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.identity.elsewhere import IdentityElsewhere
from poolshift.rules.identity.scale_set import ScaleSetIdentities

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    ScaleSetIdentities(),
    IdentityElsewhere(),
)
