"""PSK242: a Deployment whose rollout is paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import moved, template_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class RolloutPaused(Rule):
    """Somebody paused the rollout of a Deployment that moves.

    What it finds:
        A Deployment on a pool to move with spec.paused. Required, where the move must change its
        template; else recommended.

    Why it matters:
        A paused Deployment takes a new template and starts no rollout: its pods stay where they
        are, on the old version. poolshift waits until somebody lifts the pause, for it was set
        for a reason. And a change that nobody rolled out yet goes along when it is lifted.

    How it is decided:
        By spec.paused, and by whether image and selector fit the target.

    What to do:
        Ask who paused it and why; resume it, and let it come to its end before the move.

    Example:
        kubectl rollout pause in an incident months ago, never lifted.
    """

    id = "PSK242"
    name = "rollout-paused"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/rollout-ignores-pdb",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for pauses among the Deployments that move."""
        for workload, pool, to in moved(context):
            if workload.kind != "Deployment" or not workload.paused:
                continue
            windows = pool.os_type == "Windows"
            must = windows and template_changes(context, workload, to)
            where = f"kubectl -n {quote(workload.namespace)} rollout"
            name = f"deployment {quote(workload.name)}"
            yield self.finding(
                workload.target,
                severity=None if must else Severity.RECOMMENDED,
                what="its rollout is paused"
                + (", and the move must change its template" if must else ""),
                why="a paused Deployment takes a new template and rolls nothing out: a run waits",
                fix=f"Ask why; then resume it and let it end: {where} resume {name} && "
                f"{where} status {name}",
                evidence=(Evidence("spec/paused", "true"),),
            )
