"""PSK264: nodes that carry as many disks as their size takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import VOLUME_AREAS
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PodFacts, PoolFacts
    from poolshift.rules.interface import Context

_DISK = "disk.csi.azure.com"


class DataDiskLimit(Rule):
    """A pool's nodes carry as many disks as their size takes.

    What it finds:
        A pool to move with a node that has no room for another disk, or with more disks than all
        but one of its nodes can take.

    Why it matters:
        A VM size takes so many data disks and no more. While pods move to a green pool that is
        not full-size yet, those whose disk finds no slot stay Pending.

    How it is decided:
        The disks behind the claims of the pods on each node, each once, against MaxDataDiskCount
        that the service names for the size, else the catalog. A size without that figure is not
        checked.

    What to do:
        Give green all its nodes before the pods with disks move, or a size that takes more disks.

    Example:
        A node of a size that takes 8 disks carries 8.
    """

    id = "PSK264"
    name = "data-disk-limit"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/storage-controller-limits",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the disks on the nodes of each pool to move."""
        for pool, _ in context.moving:
            disks = _disks_by_node(context, pool)
            total = sum(disks.values())
            if not total:
                continue
            size = context.size_of(pool.vm_size)
            if size is None or size.max_data_disks is None:
                yield self.not_checked(
                    f"pool/{pool.name}", f"how many disks {pool.vm_size} takes is not known"
                )
                continue
            most = size.max_data_disks
            fullest = max(sorted(disks), key=lambda name: disks[name])
            tight = pool.count > 1 and total > most * (pool.count - 1)
            if disks[fullest] < most and not tight:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="its nodes carry as many disks as their size takes",
                why="a pod whose disk finds no slot stays Pending, and a green pool that is not "
                "full-size yet has fewer slots",
                fix="Let green have all its nodes before pods with disks move (plan with "
                "--strategy blue-green), or choose a size that takes more disks",
                evidence=(
                    Evidence(f"vm_sizes/{size.name}/max_data_disks", str(most)),
                    Evidence(f"disks on node/{fullest}", str(disks[fullest])),
                    Evidence(f"disks on pool/{pool.name}", f"{total} on {pool.count} nodes"),
                ),
            )
        if context.moving:
            yield from self.unread(context, *VOLUME_AREAS)


def _disks_by_node(context: Context, pool: PoolFacts) -> dict[str, int]:
    index = context.index
    if not index.claims:
        return {}
    return {
        node.name: len(
            {d for pod in index.pods_by_node.get(node.name, ()) for d in _of(context, pod)}
        )
        for node in index.nodes_by_pool.get(pool.name, ())
    }


def _of(context: Context, pod: PodFacts) -> Iterator[str]:
    """The disks that a pod's claims are bound to."""
    workload = context.index.workloads.get(pod.workload)
    if workload is None:
        return
    volumes = workload.template.spec.volumes
    named = [v.persistent_volume_claim for v in volumes]
    claims = [c.claim_name for c in named if c is not None]
    claims += [f"{pod.name}-{v.name}" for v in volumes if v.ephemeral is not None]
    claims += [f"{template}-{pod.name}" for template in workload.claim_templates]
    for name in claims:
        claim = context.index.claims.get(f"{pod.namespace}/{name}")
        volume = context.index.volumes.get(claim.volume) if claim is not None else None
        if volume is not None and volume.driver == _DISK:
            yield volume.name
