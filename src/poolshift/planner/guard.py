"""How green is guarded while pods are about whose image does not fit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.plan import Guard, Move, PlanWorkload
from poolshift.semantics.fit import requests_of
from poolshift.semantics.quantities import amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.core.snapshot import PoolFacts, Snapshot, WorkloadFacts

RESOURCES = ("cpu", "memory", "pods")


def choose_guard(
    asked: str, pool: PoolFacts, workloads: Iterable[PlanWorkload], snapshot: Snapshot
) -> Guard:
    """The guard asked for, or the gentlest that keeps every pod off a build it does not fit.

    `auto`: none where every image fits green. Otherwise prefer, which changes no template, as
    long as blue alone holds every pod that must stay on it with the autoscalers at their maxima
    (a pod that a lost node sends to green all the same is sent back); else strict, under which
    retargeted templates carry a toleration.
    """
    if asked != "auto":
        return Guard(asked)
    unfit = [w for w in workloads if w.images and w.move is not Move.STAY]
    if not unfit:
        return Guard.NONE
    return Guard.PREFER if has_room(pool, unfit, snapshot) else Guard.STRICT


def strongest(guards: Iterable[Guard]) -> Guard:
    """One guard for all greens: a template that names no pool may land on any of them."""
    order = (Guard.NONE, Guard.PREFER, Guard.STRICT)
    return max(guards, key=order.index, default=Guard.NONE)


def has_room(pool: PoolFacts, unfit: Iterable[PlanWorkload], snapshot: Snapshot) -> bool:
    """Whether blue's nodes also hold the pods that the autoscalers may still add (first fit)."""
    free = {
        n.name: {r: amount(r, n.allocatable.get(r, "0")) for r in RESOURCES}
        for n in snapshot.nodes_of(pool.name)
        if n.ready and not n.cordoned
    }
    for pod in snapshot.pods:
        workload = snapshot.workload(pod.workload)
        if pod.node in free and workload is not None and pod.phase not in ("Succeeded", "Failed"):
            _take(free[pod.node], needs_of(workload))
    growing = (snapshot.workload(w.target) for w in unfit)
    for workload in growing:
        if workload is None:
            continue
        missing = max(workload.autoscaler_max or 0, workload.replicas) - workload.pools.get(
            pool.name, 0
        )
        for _ in range(missing):
            if not _place(free, needs_of(workload)):
                return False
    return True


def needs_of(workload: WorkloadFacts) -> dict[str, int]:
    """What one pod of a workload takes of a node."""
    wanted = requests_of(workload.template.spec)
    return {r: wanted.get(r, 0) for r in RESOURCES} | {"pods": 1}


def _take(node: dict[str, int], needs: dict[str, int]) -> None:
    for resource, count in needs.items():
        node[resource] -= count


def _place(free: dict[str, dict[str, int]], needs: dict[str, int]) -> bool:
    for node in free.values():
        if all(node[r] >= count for r, count in needs.items()):
            _take(node, needs)
            return True
    return False
