"""Rules on workloads: where their pods go, and how they are moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.workload.bare_pod import BareWindowsPod
from poolshift.rules.workload.budget import UnsatisfiableBudget
from poolshift.rules.workload.pool_pin import PinnedToPool
from poolshift.rules.workload.selector import SelectorSpansVersions
from poolshift.rules.workload.slack import DrainLacksSlack
from poolshift.rules.workload.standstill import RolloutStandsStill
from poolshift.rules.workload.stranded import StrandedPods
from poolshift.rules.workload.unknown_owner import UnknownOwner

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    SelectorSpansVersions(),
    UnsatisfiableBudget(),
    BareWindowsPod(),
    PinnedToPool(),
    UnknownOwner(),
    DrainLacksSlack(),
    RolloutStandsStill(),
    StrandedPods(),
)
