"""PSC401: not enough vCPU quota for blue and green together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

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
        A pool to move whose size is short of quota, in its family or in the region's total.

    Why it matters:
        The green pool runs beside the blue one. Past the quota the service refuses nodes with
        QuotaExceeded, in the middle of the move.

    How it is decided:
        vCPUs of the size times the nodes of the pool, against what the quota has left. When not
        even one node fits, nothing can move; when some fit, the move goes in smaller batches.

    What to do:
        Ask for more quota, or plan with a smaller surge.

    Example:
        Three nodes of eight vCPUs need 24; the family has 16 left.
    """

    id = "PSC401"
    name = "vcpu-quota"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/vcpu-quota-double", "errors/errors/QuotaExceeded")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each pool to move against the quotas that count it."""
        if not context.snapshot.usages:
            if context.moving_windows:
                reason = context.snapshot.unknown_reason("usages")
                yield self.not_checked("cluster", reason or "the snapshot holds no quota")
            return
        for pool, _ in context.moving_windows:
            size = context.size_of(pool.vm_size)
            if size is None:
                yield self.not_checked(f"pool/{pool.name}", f"the size {pool.vm_size} is unknown")
                continue
            for usage in _usages_of(context, size):
                yield from self._of_usage(context, pool, size, usage)

    def _of_usage(
        self, context: Context, pool: PoolFacts, size: VmSize, usage: Usage
    ) -> Iterator[Finding]:
        left, needed = max(usage.limit - usage.current, 0), size.vcpus * pool.count
        if needed <= left:
            return
        nodes = left // size.vcpus
        yield self.finding(
            f"pool/{pool.name}",
            severity=Severity.RECOMMENDED if nodes else Severity.REQUIRED,
            what=f"a green pool of {pool.count} nodes needs {needed} vCPUs of {usage.name}; "
            f"{left} are left, enough for {nodes} nodes",
            why="past the quota the service refuses nodes (QuotaExceeded)",
            fix=f"Ask for {needed - left} more vCPUs of {usage.name} in "
            f"{context.snapshot.cluster.region}"
            + (f", or plan with --strategy progressive --surge {nodes}" if nodes else ""),
            evidence=(
                Evidence(f"usages/{usage.name}/current", str(usage.current)),
                Evidence(f"usages/{usage.name}/limit", str(usage.limit)),
                Evidence(f"pools/{pool.name}/vm_size", f"{size.name}, {size.vcpus} vCPUs"),
            ),
            blocks=nodes == 0,
        )


def _usages_of(context: Context, size: VmSize) -> tuple[Usage, ...]:
    wanted = {size.family.lower(), _REGION_TOTAL}
    return tuple(u for u in context.snapshot.usages if u.name.lower() in wanted)
