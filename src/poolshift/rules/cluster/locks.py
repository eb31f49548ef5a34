"""PSK352: locks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import LockFacts
    from poolshift.rules.interface import Context

_FACT = "resource-locks-policy"
_READ_ONLY = "ReadOnly"


class Locked(Rule):
    """A lock keeps the service from creating or deleting what a move needs.

    What it finds:
        Locks on the cluster, its group or its node group, or above them.

    Why it matters:
        Under ReadOnly nothing can be changed. Under CanNotDelete the new pool comes, and the old
        one cannot be taken away, nor can nodes be scaled in.

    How it is decided:
        By the locks that the snapshot holds, with their levels.

    What to do:
        Have whoever set the lock lift it for the time of the change.

    Example:
        CanNotDelete on the resource group.
    """

    id = "PSK352"
    name = "locked-resources"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every lock that covers the cluster or its nodes."""
        yield from self.unread(context, "locks")
        for lock in context.snapshot.locks:
            if not _covers(context, lock):
                continue
            all_of_it = lock.level == _READ_ONLY
            id_ = f"{lock.scope.rstrip('/')}/providers/Microsoft.Authorization/locks/{lock.name}"
            yield self.finding(
                "cluster",
                severity=Severity.REQUIRED if context.moving else Severity.INFO,
                what=f"the lock {lock.name} ({lock.level}) "
                + ("forbids every change" if all_of_it else "keeps old nodes from being deleted"),
                why="the service refuses what the lock forbids, in the middle of the move if not "
                "at its start",
                fix="Have its owner lift it for the time of the change: az lock delete --ids "
                f"{quote(id_)}; and set it again afterwards",
                evidence=(
                    Evidence("locks/level", lock.level),
                    Evidence("locks/scope", lock.scope),
                ),
                blocks=all_of_it and bool(context.moving_windows),
            )


def _covers(context: Context, lock: LockFacts) -> bool:
    """Whether a lock is on the cluster, something above it, or its node group."""
    cluster = context.snapshot.cluster
    scope = lock.scope.lower().rstrip("/")
    id_ = cluster.id.lower()
    nodes = f"/resourcegroups/{cluster.node_resource_group.lower()}"
    return id_ == scope or id_.startswith(f"{scope}/") or f"{scope}/".find(f"{nodes}/") >= 0
