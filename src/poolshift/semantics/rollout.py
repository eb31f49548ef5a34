"""What a workload's own rollout does to its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Workload, WorkloadSpec
from poolshift.semantics.budgets import scaled

if TYPE_CHECKING:
    from poolshift.core.kube import Strategy

DEFAULT_FIGURE = "25%"


class Pace(msgspec.Struct, frozen=True):
    """How many pods more, and how many fewer, a rollout may run than the replicas asked for."""

    surge: int
    unavailable: int


def deployment_pace(workload: Workload) -> Pace:
    """A Deployment's maxSurge (percentages round up) and maxUnavailable (down) in whole pods.

    Two zeros could never move, so Kubernetes takes one unavailable pod then. Recreate has no
    surge and takes all pods away.
    """
    replicas = replicas_of(workload)
    if workload.spec.strategy.type == "Recreate":
        return Pace(surge=0, unavailable=replicas)
    rolling = workload.spec.strategy.rolling_update
    surge = rolling.max_surge if rolling and rolling.max_surge is not None else DEFAULT_FIGURE
    most = rolling.max_unavailable if rolling else None
    resolved_surge = scaled(surge, replicas, up=True)
    unavailable = scaled(DEFAULT_FIGURE if most is None else most, replicas, up=False)
    if not resolved_surge and not unavailable:
        unavailable = 1
    return Pace(resolved_surge, min(unavailable, replicas))


def replicas_of(workload: Workload) -> int:
    """Replicas asked for; one when the field is absent."""
    return 1 if workload.spec.replicas is None else workload.spec.replicas


def stateful_unavailable(workload: Workload) -> int:
    """How many pods of a StatefulSet its rolling update takes at a time."""
    rolling = workload.spec.update_strategy.rolling_update
    if rolling is None or rolling.max_unavailable is None:
        return 1
    return max(1, scaled(rolling.max_unavailable, replicas_of(workload), up=False))


def may_miss(strategy: Strategy, replicas: int) -> int:
    """How many pods of a Deployment its own settings let be missing."""
    return deployment_pace(
        Workload(spec=WorkloadSpec(replicas=replicas, strategy=strategy))
    ).unavailable


def lowest_ready(workload: Workload, kind: str) -> int:
    """The lowest ready count that the workload's own settings allow during its rollout.

    A StatefulSet with OnDelete and a bare ReplicaSet never take a pod away by themselves.
    """
    replicas = replicas_of(workload)
    if kind == "Deployment":
        return max(replicas - deployment_pace(workload).unavailable, 0)
    if kind == "StatefulSet" and workload.spec.update_strategy.type != "OnDelete":
        return max(replicas - stateful_unavailable(workload), 0)
    return replicas
