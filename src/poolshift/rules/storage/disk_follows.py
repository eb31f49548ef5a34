"""PSK261: a rollout that starts the new pod while the old one still has the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import Workload, WorkloadSpec
from poolshift.rules.guest.crossing import VOLUME_AREAS
from poolshift.rules.interface import Rule
from poolshift.semantics.host import share_of
from poolshift.semantics.rollout import deployment_pace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import ClaimFacts, WorkloadFacts
    from poolshift.rules.interface import Context

_ONE_NODE = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})


class DiskFollowsSlowly(Rule):
    """A Deployment's rollout starts the new pod before the old one lets go of its disk.

    What it finds:
        A Deployment that moves, with a disk that one node can have at a time, whose rollout runs
        a pod more than its replicas.

    Why it matters:
        The new pod starts on another node and waits for a disk that the old pod keeps until the
        new one is ready: "Multi-Attach error". The rollout stands still.

    How it is decided:
        By the access modes of the claims, and maxSurge of the rolling update in whole pods (its
        default is a quarter, rounded up). Shares are left out: many nodes can have those.

    What to do:
        Use Recreate, or maxSurge 0 with maxUnavailable 1, at least for the move. With a single
        replica the service is down while the disk follows.

    Example:
        A Deployment of one replica with a ReadWriteOnce claim and the default strategy.
    """

    id = "PSK261"
    name = "disk-follows-slowly"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/rwo-disk-zone",)
    pains = ("M7",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the claims and the pace of every Deployment that moves."""
        seen: set[str] = set()
        for move in context.moves:
            workload = move.workload
            if workload.kind != "Deployment" or not workload.replicas or workload.target in seen:
                continue
            seen.add(workload.target)
            disks = [c for c in context.index.claims_of(workload) if _is_disk(context, c)]
            surge = _surge(workload) if disks else 0
            if not surge:
                continue
            yield self.finding(
                workload.target,
                what="its rollout starts new pods before the old ones let go of their disk",
                why="one node at a time can have the disk: the new pod waits for it (Multi-Attach "
                "error) and the old one for the new one",
                fix="Use strategy Recreate, or maxSurge 0 with maxUnavailable 1, for the move",
                evidence=(
                    Evidence("spec/strategy", f"{workload.strategy.type or 'RollingUpdate'}"),
                    Evidence("pods more than replicas", str(surge)),
                    *(Evidence(f"claims/{c.target}", ", ".join(c.access_modes)) for c in disks),
                ),
            )
        if seen:
            yield from self.unread(context, *VOLUME_AREAS)


def _is_disk(context: Context, claim: ClaimFacts) -> bool:
    """Whether one node at a time can have what a claim is bound to."""
    volume = context.index.volumes.get(claim.volume)
    if volume is not None and share_of(volume) is not None:
        return False
    return bool(claim.access_modes) and _ONE_NODE.issuperset(claim.access_modes)


def _surge(workload: WorkloadFacts) -> int:
    spec = WorkloadSpec(replicas=workload.replicas, strategy=workload.strategy)
    return deployment_pace(Workload(spec=spec)).surge
