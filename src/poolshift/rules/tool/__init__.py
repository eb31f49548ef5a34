"""Rules on the assessment itself: what was not read, what the user decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.tool.expired_ignore import ExpiredIgnore
from poolshift.rules.tool.unreadable import Unreadable

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    Unreadable(),
    ExpiredIgnore(),
)
