"""PSC401: not enough vCPU quota for blue and green together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, in_batches
from poolshift.semantics.surge import extra_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.arm import Usage, VmSize
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_REGION_TOTAL = "cores"


class VcpuQuota(Rule):
    """The vCPU quota of the region does not hold blue and green at the same time.

    What it finds:
        A pool to move whose size is short of quota, in its family or in the region's total; and
        pools that fit one after another, but not all at once.

    Why it matters:
        The green pool runs beside the blue one. Past the quota the service refuses nodes with
        QuotaExceeded, in the middle of the move.

    How it is decided:
        vCPUs of the size times the new nodes, against what the quota has left, less
        thresholds.quota_headroom. A Windows pool needs as many new nodes as it has, a Linux pool
        its surge. When not even one node fits, nothing can move; when some fit, the move goes in
        smaller batches.

    What to do:
        Ask for more quota, or plan with a smaller surge.

    Example:
        Three nodes of eight vCPUs need 24; the family has 16 left.
    """

    id = "PSC401"
    name = "vcpu-quota"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/vcpu-quota-double",
        "constraints/constraints/surge-quota",
        "errors/errors/QuotaExceeded",
    )
    pains = ("B15", "C11")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each pool to move against the quotas that count it, then all together."""
        if not context.snapshot.usages:
            if context.moving:
                reason = context.snapshot.unknown_reason("usages")
                yield self.not_checked("cluster", reason or "the snapshot holds no quota")
            return
        if context.snapshot.cluster.automatic:
            yield self.not_checked("cluster", "the quota of an Automatic cluster is not shown")
            return
        fitting: defaultdict[str, list[tuple[PoolFacts, int]]] = defaultdict(list)
        for pool, _ in context.moving:
            size = context.size_of(pool.vm_size)
            if size is None:
                yield self.not_checked(f"pool/{pool.name}", f"the size {pool.vm_size} is unknown")
                continue
            needed = size.vcpus * extra_nodes(pool, context.catalog)
            for usage in _usages_of(context, size):
                if needed > _left(context, usage):
                    yield self._of_usage(context, pool, size, usage)
                else:
                    fitting[usage.name].append((pool, needed))
        yield from self._together(context, fitting)

    def _of_usage(self, context: Context, pool: PoolFacts, size: VmSize, usage: Usage) -> Finding:
        left, more = _left(context, usage), extra_nodes(pool, context.catalog)
        nodes, needed = left // size.vcpus, size.vcpus * more
        surge = pool.os_type != "Windows"
        what = f"a surge of {more} nodes" if surge else f"a green pool of {more} nodes"
        batches = "" if surge or not nodes else f", or {in_batches(nodes)}"
        return self.finding(
            f"pool/{pool.name}",
            severity=Severity.RECOMMENDED if nodes else Severity.REQUIRED,
            what=f"{what} needs {needed} vCPUs of {usage.name}; "
            f"{left} are left, enough for {nodes} nodes",
            why="past the quota the service refuses nodes (QuotaExceeded)",
            fix=f"Ask for {needed - left} more vCPUs of {usage.name} in "
            f"{context.snapshot.cluster.region}{batches}",
            evidence=(
                *_figures(context, usage),
                Evidence(f"pools/{pool.name}/vm_size", f"{size.name}, {size.vcpus} vCPUs"),
            ),
            blocks=nodes == 0 and not surge,
        )

    def _together(
        self, context: Context, fitting: dict[str, list[tuple[PoolFacts, int]]]
    ) -> Iterator[Finding]:
        for usage in context.snapshot.usages:
            pools = fitting.get(usage.name, [])
            needed, left = sum(n for _, n in pools), _left(context, usage)
            if len(pools) < 2 or needed <= left:
                continue
            yield self.finding(
                "cluster",
                what=f"the pools to move need {needed} vCPUs of {usage.name} together; {left} "
                "are left",
                why="one after another they fit, at once they do not",
                fix=f"Move one pool after another, or ask for {needed - left} more vCPUs in "
                f"{context.snapshot.cluster.region}",
                evidence=(
                    *_figures(context, usage),
                    *(Evidence(f"pools/{pool.name}", f"{n} vCPUs") for pool, n in pools),
                ),
            )


def _left(context: Context, usage: Usage) -> int:
    return max(usage.limit - usage.current - context.thresholds.quota_headroom, 0)


def _figures(context: Context, usage: Usage) -> tuple[Evidence, ...]:
    headroom = context.thresholds.quota_headroom
    return (
        Evidence(f"usages/{usage.name}/current", str(usage.current)),
        Evidence(f"usages/{usage.name}/limit", str(usage.limit)),
        *((Evidence("thresholds/quota_headroom", str(headroom)),) if headroom else ()),
    )


def _usages_of(context: Context, size: VmSize) -> tuple[Usage, ...]:
    wanted = {size.family.lower(), _REGION_TOTAL}
    return tuple(u for u in context.snapshot.usages if u.name.lower() in wanted)
