"""Rules on the OS of pools: its dates, and the Kubernetes versions it goes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.os.control_plane import ControlPlaneBelowTarget
from poolshift.rules.os.support_end import OsSupportEnd
from poolshift.rules.os.target_version import TargetNotAllowed

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    OsSupportEnd(),
    TargetNotAllowed(),
    ControlPlaneBelowTarget(),
)
