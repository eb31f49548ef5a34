"""PSX902: a part of the cluster that a plan rests on could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

NEEDED = (
    "pods",
    "replicasets",
    "deployments",
    "statefulsets",
    "daemonsets",
    "jobs",
    "poddisruptionbudgets",
    "horizontalpodautoscalers",
    "scale-sets",
)
"""What decides how workloads move; sizes, quotas and images have rules of their own."""


class Unreadable(Rule):
    """A part of the cluster that a plan rests on could not be read.

    What it finds:
        Workloads, pods, budgets, autoscalers or scale sets that the credential may not list, or
        whose list failed.

    Why it matters:
        A plan made without them would move some workloads and lose others: what was not seen
        cannot be moved, and the pool under it would be deleted.

    How it is decided:
        The snapshot holds the area as unknown, with the reason.

    What to do:
        Bind the role of docs/permissions.md to the identity, or take the snapshot again.

    Example:
        poddisruptionbudgets: the credential may not list them.
    """

    id = "PSX902"
    name = "unreadable-part"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/rbac-for-tool",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for areas that are unknown."""
        for area in NEEDED:
            reason = context.snapshot.unknown_reason(area)
            if reason is not None:
                yield self.finding(
                    "cluster",
                    what=f"{area} could not be read",
                    why=f"{reason}; what was not seen cannot be moved",
                    fix="Bind the role of docs/permissions.md to this identity, then try again",
                    evidence=(Evidence(f"unknown/{area}", reason),),
                    blocks=True,
                )
