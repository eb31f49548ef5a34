"""PSC413: autoscalers that ask for more than a pool holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.quantities import amount, format_bytes, format_millicores
from poolshift.semantics.requests import requests_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_PODS = "pods"
_WATCHED = ("cpu", "memory", _PODS)


class AutoscalerDemand(Rule):
    """At the maximum of its autoscalers a workload's pool does not hold all of its pods.

    What it finds:
        Windows pools to move on which workloads, at the maximum of their autoscalers, request
        more than all nodes have; an autoscaled pool counts at its own maximum.

    Why it matters:
        Load that grows during the move finds no place, on blue or on a green of the same size.

    How it is decided:
        Requests times pods, at each autoscaler's maximum, in the share that the pool has of the
        workload's pods now; against what the pool's nodes can give.

    What to do:
        Move when the load is low, or make the new pool larger.

    Example:
        60 pods of two cores at the maximum, and 12 nodes of eight cores.
    """

    id = "PSC413"
    name = "autoscaler-demand"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/autoscaler-on-green",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Sum up what each pool to move may be asked for."""
        if not context.moving_windows:
            return
        scaled = [w for w in context.snapshot.workloads if w.autoscaler_max]
        if not scaled:
            return
        yield from self.unread(context, "nodes")
        for pool, _ in context.moving_windows:
            capacity = _capacity(context, pool)
            names = [w.target for w in scaled if pool.name in w.pools]
            if not capacity or not names:
                continue
            demand = _demand(context, pool)
            for resource in _WATCHED:
                asked, there = demand[resource], capacity[resource]
                if not there or asked <= there:
                    continue
                yield self.finding(
                    f"pool/{pool.name}",
                    what=f"its autoscaled workloads may ask for {_text(resource, asked)} of "
                    f"{resource}; it has {_text(resource, there)}",
                    why="load that grows during the move finds no place on it, nor on a new pool "
                    "of its size",
                    fix="Move at low load, or make the new pool larger: az aks nodepool scale "
                    f"{context.pool_arguments('NEWPOOL')} --node-count COUNT",
                    evidence=(
                        Evidence("workloads", ", ".join(names[:5])),
                        Evidence(f"pools/{pool.name}/{resource}", _text(resource, there)),
                    ),
                )


def _capacity(context: Context, pool: PoolFacts) -> Counter[str]:
    """What the pool's nodes give in all, at the maximum of its own autoscaler."""
    nodes = context.index.nodes_by_pool.get(pool.name, ())
    found: Counter[str] = Counter()
    for node in nodes:
        for name in _WATCHED:
            found[name] += amount(name, node.allocatable.get(name, "0"))
    most = max(pool.max_count or 0, len(nodes)) if pool.autoscaling else len(nodes)
    return Counter({name: found[name] * most // len(nodes) for name in found} if nodes else {})


def _demand(context: Context, pool: PoolFacts) -> Counter[str]:
    """What the workloads with pods on the pool ask for at the maximum of their autoscalers."""
    found: Counter[str] = Counter()
    for workload in context.snapshot.workloads:
        here, everywhere = workload.pools.get(pool.name, 0), sum(workload.pools.values())
        if not here:
            continue
        most = max(workload.autoscaler_max or 0, workload.replicas, everywhere)
        pods = here if workload.kind == "DaemonSet" else -(-most * here // everywhere)
        for name, value in requests_of(workload.template.spec).items():
            found[name] += value * pods
        found[_PODS] += pods
    return found


def _text(resource: str, value: int) -> str:
    if resource == "cpu":
        return format_millicores(value)
    return format_bytes(value) if resource == "memory" else str(value)
