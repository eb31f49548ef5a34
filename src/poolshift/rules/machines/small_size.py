"""PSW123: the service makes no pool of this VM size any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.arm import VmSize
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context


class SmallSize(Rule):
    """The size of a pool to move is below what the service takes for a new pool.

    What it finds:
        A pool to move whose size has fewer vCPUs or less memory than a new pool of its mode
        needs, or a burstable size in a system pool.

    Why it matters:
        A pool that exists keeps its size; its copy is refused.

    How it is decided:
        By vCPUs and memory of the size as the service or the catalog says, against the limits of
        the catalog for system and user pools.

    What to do:
        Take a larger size for the new pool.

    Example:
        A system pool of Standard_B2s.
    """

    id = "PSW123"
    name = "size-too-small"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/small-sizes-refused",
        "limits/limits/system-vm-minimum",
        "limits/limits/user-vm-minimum",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the size of each pool to move against the limits."""
        for pool, _ in context.moving:
            size = context.size_of(pool.vm_size)
            if size is None:
                yield self.not_checked(f"pool/{pool.name}", f"the size {pool.vm_size} is unknown")
                continue
            lacks = _lacks(context, pool, size)
            if lacks:
                yield self.finding(
                    f"pool/{pool.name}",
                    what=f"{pool.vm_size} is too small for a new {pool.mode.lower()} pool: {lacks}",
                    why="the pool that exists may stay; a copy of it is refused",
                    fix="Take a larger size for the new pool: az vm list-sizes -l "
                    f"{quote(context.snapshot.cluster.region)} -o table",
                    evidence=(
                        Evidence(f"pools/{pool.name}/vm_size", pool.vm_size),
                        Evidence("vCPUs, GB", f"{size.vcpus}, {size.memory_gb:g}"),
                    ),
                    blocks=True,
                )


def _lacks(context: Context, pool: PoolFacts, size: VmSize) -> str:
    system = pool.mode == "System"
    limit = context.catalog.limit("system-vm-minimum" if system else "user-vm-minimum").current
    if not isinstance(limit, dict):
        return ""
    vcpus, memory = int(str(limit["vcpu"])), int(str(limit["memory_gb"]))
    if size.vcpus < vcpus or size.memory_gb < memory:
        return f"{vcpus} vCPUs and {memory} GB are needed"
    if system and not limit["b_series"] and context.catalog.is_burstable(pool.vm_size):
        return "a system pool takes no burstable size"
    return ""
