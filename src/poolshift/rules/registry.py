"""The rules, in the order of their ids. Ids are never given twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.rules.capacity.quota import VcpuQuota
from poolshift.rules.cluster.kubernetes_support import KubernetesPastSupport
from poolshift.rules.cluster.network import NetworkWithoutWindows
from poolshift.rules.cluster.state import NotSucceeded
from poolshift.rules.cluster.system_pool import SingleSystemNode
from poolshift.rules.cluster.unreadable import Unreadable
from poolshift.rules.identity.elsewhere import IdentityElsewhere
from poolshift.rules.identity.scale_set import ScaleSetIdentities
from poolshift.rules.windows.control_plane import ControlPlaneBelowTarget
from poolshift.rules.windows.fips import FipsMissing
from poolshift.rules.windows.generation import GenerationMismatch
from poolshift.rules.windows.image_build import ImageBuildMismatch
from poolshift.rules.windows.image_unknown import ImageBuildUnknown
from poolshift.rules.windows.pool_name import NoPoolName
from poolshift.rules.windows.support_end import OsSupportEnd
from poolshift.rules.windows.target_version import TargetNotAllowed
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
    OsSupportEnd(),
    TargetNotAllowed(),
    ControlPlaneBelowTarget(),
    ImageBuildMismatch(),
    ImageBuildUnknown(),
    NoPoolName(),
    GenerationMismatch(),
    FipsMissing(),
    SelectorSpansVersions(),
    UnsatisfiableBudget(),
    BareWindowsPod(),
    PinnedToPool(),
    NetworkWithoutWindows(),
    SingleSystemNode(),
    NotSucceeded(),
    KubernetesPastSupport(),
    UnknownOwner(),
    DrainLacksSlack(),
    RolloutStandsStill(),
    StrandedPods(),
    ScaleSetIdentities(),
    IdentityElsewhere(),
    VcpuQuota(),
    Unreadable(),
)


def rule_by_id(rule_id: str) -> Rule:
    """A rule by id, in any case.

    Raises:
        UsageError: there is no such rule.
    """
    for rule in RULES:
        if rule.id == rule_id.upper():
            return rule
    known = ", ".join(rule.id for rule in RULES)
    raise UsageError(
        f"there is no rule {rule_id}",
        why=f"the rules are {known}",
        fix="Name one of them: poolshift explain ID",
        code="PSE320",
    )
