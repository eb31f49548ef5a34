"""Rules on workloads: where their pods go, and how they are moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.workload.bare_pod import BareWindowsPod
from poolshift.rules.workload.budget import UnsatisfiableBudget
from poolshift.rules.workload.budget_now import BudgetGrantsNothingNow
from poolshift.rules.workload.budget_of_release import BudgetOfRelease
from poolshift.rules.workload.daemon_version import DaemonSelectsOneVersion
from poolshift.rules.workload.file_mode import FileModeOnWindows
from poolshift.rules.workload.host_process import HostProcess
from poolshift.rules.workload.in_place_pins import InPlaceBreaksPins
from poolshift.rules.workload.jobs import JobInTheMove
from poolshift.rules.workload.label_pin import HandSetLabel
from poolshift.rules.workload.linux_on_windows import LinuxPodOnWindows
from poolshift.rules.workload.linux_users import RunAsUserOnWindows
from poolshift.rules.workload.long_grace import LongGrace
from poolshift.rules.workload.mount_path import MountPathOnWindows
from poolshift.rules.workload.no_selector import WindowsWithoutSelector
from poolshift.rules.workload.node_bound import NodeBound
from poolshift.rules.workload.old_names import OldNameElsewhere
from poolshift.rules.workload.overlapping_budgets import OverlappingBudgets
from poolshift.rules.workload.owner import OwnedElsewhere
from poolshift.rules.workload.paused import RolloutPaused
from poolshift.rules.workload.pending import PendingNow
from poolshift.rules.workload.pool_pin import PinnedToPool
from poolshift.rules.workload.privileged import PrivilegedOnWindows
from poolshift.rules.workload.readiness import ReadinessMissing
from poolshift.rules.workload.rollout_budget import RolloutIgnoresBudget
from poolshift.rules.workload.runtime_class import RuntimeClassPin
from poolshift.rules.workload.selector import SelectorSpansVersions
from poolshift.rules.workload.shared_budget import BudgetOverSeveralPools
from poolshift.rules.workload.single_replica import SingleReplica
from poolshift.rules.workload.slack import DrainLacksSlack
from poolshift.rules.workload.spread_counts import SpreadCountsEmptied
from poolshift.rules.workload.standstill import RolloutStandsStill
from poolshift.rules.workload.stranded import StrandedPods
from poolshift.rules.workload.unknown_owner import UnknownOwner
from poolshift.rules.workload.unready import UnreadyNow

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
    LinuxPodOnWindows(),
    WindowsWithoutSelector(),
    DaemonSelectsOneVersion(),
    RunAsUserOnWindows(),
    MountPathOnWindows(),
    FileModeOnWindows(),
    PrivilegedOnWindows(),
    HostProcess(),
    BudgetGrantsNothingNow(),
    OverlappingBudgets(),
    BudgetOfRelease(),
    RolloutIgnoresBudget(),
    SingleReplica(),
    SpreadCountsEmptied(),
    LongGrace(),
    BudgetOverSeveralPools(),
    OwnedElsewhere(),
    NodeBound(),
    HandSetLabel(),
    RuntimeClassPin(),
    OldNameElsewhere(),
    JobInTheMove(),
    ReadinessMissing(),
    InPlaceBreaksPins(),
    PendingNow(),
    UnreadyNow(),
    RolloutPaused(),
)
