"""Actions on the cluster, its pools and their nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.core.plan import PlanPool


@dataclass(frozen=True)
class CheckAccess:
    """The rights are there, and no other run holds the cluster."""


@dataclass(frozen=True)
class CheckCluster:
    """The cluster is the plan's: settled, and of the planned Kubernetes version."""

    kubernetes_version: str


@dataclass(frozen=True)
class CheckBlue:
    """Blue is still what the plan was made for, or it is gone and green is there."""

    pool: PlanPool


@dataclass(frozen=True)
class RegisterFeature:
    """A feature of the subscription is registered."""

    feature: str


@dataclass(frozen=True)
class HoldNodes:
    """The autoscaler takes no node of a pool away; adding nodes stays possible."""

    pool: str


@dataclass(frozen=True)
class ReleaseNodes:
    """Take the holds of this procedure back."""

    pool: str


@dataclass(frozen=True)
class SetChannels:
    """Set both auto-upgrade channels; None stands for the service's own word for off."""

    upgrade: str | None
    node_os: str | None


@dataclass(frozen=True)
class UpgradeControlPlane:
    """The control plane runs that version; its pools keep theirs."""

    version: str


@dataclass(frozen=True)
class CreatePool:
    """Green is there, made from the planned body, as large as blue is now."""

    pool: PlanPool


@dataclass(frozen=True)
class WaitForPool:
    """The service is done with a pool."""

    name: str


@dataclass(frozen=True)
class WaitForNodes:
    """All nodes of green are Ready, of the right build, and their DaemonSet pods run."""

    pool: PlanPool


@dataclass(frozen=True)
class AssignIdentities:
    """Green's scale set has the identities that blue's has of its own."""

    pool: PlanPool


@dataclass(frozen=True)
class LiftGuard:
    """Take the guard taint off green, and leave its other taints."""

    pool: PlanPool
    taints: tuple[str, ...]


@dataclass(frozen=True)
class SetAutoscaler:
    """Switch a pool's autoscaler on with these limits."""

    name: str
    minimum: int
    maximum: int
    headers: Mapping[str, str]


@dataclass(frozen=True)
class CordonPool:
    """No pod may land on the nodes of a pool any more."""

    name: str


@dataclass(frozen=True)
class UncordonPool:
    """Take the cordons of this procedure back."""

    name: str


@dataclass(frozen=True)
class LeaveLoadBalancers:
    """The nodes of a pool leave the load balancers, and their connections get time to end."""

    name: str
    drain_s: int


@dataclass(frozen=True)
class RejoinLoadBalancers:
    """Take the exclusions of this procedure back."""

    name: str


@dataclass(frozen=True)
class KeepPool:
    """Keep a pool for a while before it goes."""

    name: str
    keep_s: int


@dataclass(frozen=True)
class CheckEmpty:
    """Nothing but DaemonSet pods and finished ones is left on a pool."""

    name: str


@dataclass(frozen=True)
class DeletePool:
    """Delete a pool and wait until its nodes are gone. It has no way back."""

    name: str


@dataclass(frozen=True)
class CheckGreen:
    """Green is what was planned, by the service's word and by its nodes' own."""

    pool: PlanPool


PoolAction = (
    CheckAccess
    | CheckCluster
    | CheckBlue
    | RegisterFeature
    | HoldNodes
    | ReleaseNodes
    | SetChannels
    | UpgradeControlPlane
    | CreatePool
    | WaitForPool
    | WaitForNodes
    | AssignIdentities
    | LiftGuard
    | SetAutoscaler
    | CordonPool
    | UncordonPool
    | LeaveLoadBalancers
    | RejoinLoadBalancers
    | KeepPool
    | CheckEmpty
    | DeletePool
    | CheckGreen
)
