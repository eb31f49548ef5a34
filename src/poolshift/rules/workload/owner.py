"""PSK231: templates that belong to Helm, Argo CD or Flux."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import SCALED, moved, template_changes
from poolshift.semantics.pins import tells_versions_apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context

_SETS_BACK = {
    "argocd": ("Argo CD", "its next sync sets a change in the cluster back"),
    "flux": ("Flux", "its next reconciliation sets a change in the cluster back"),
    "helm": ("Helm", "the next upgrade of the release may set a change in the cluster back"),
}


class OwnedElsewhere(Rule):
    """A template that the move changes is owned by Helm, Argo CD or Flux.

    What it finds:
        A Deployment or StatefulSet on a pool to move whose image or selector must change, and that
        carries the marks of an owner outside the cluster. Where it should change only (its
        selector spans versions), the finding is information.

    Why it matters:
        The owner holds the truth of the template. Changed in the cluster alone, it goes back to
        the old image and selector, and its pods with it, maybe in the middle of the move.

    How it is decided:
        By the labels and annotations that the owners leave, and by whether image and selector fit
        the target.

    What to do:
        Change the file at its source and let the owner apply it: poolshift rewrite edits it,
        and a run waits for what its owner has to change.

    Example:
        orders/Deployment/orders-api carries kustomize.toolkit.fluxcd.io/name.
    """

    id = "PSK231"
    name = "owned-elsewhere"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/rollout-ignores-pdb",)
    pains = ("M21",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for marks of owners on what the move changes."""
        for workload, _, to in moved(context, windows=True):
            if workload.kind not in SCALED or workload.managed_by not in _SETS_BACK:
                continue
            must = template_changes(context, workload, to)
            if must or not tells_versions_apart(workload.template.spec):
                yield self._finding(workload, to, must)

    def _finding(self, workload: WorkloadFacts, to: str, must: bool) -> Finding:
        owner, why = _SETS_BACK[workload.managed_by]
        values = (
            f"; its values: helm -n {quote(workload.namespace)} get values "
            f"{quote(workload.release)}"
            if workload.release
            else ""
        )
        return self.finding(
            workload.target,
            severity=None if must else Severity.INFO,
            what=f"{owner} owns its template, which {'must' if must else 'should'} change for {to}",
            why=why,
            fix=f"Change it at its source and let {owner} apply it: "
            f"poolshift rewrite PATH --to {to} --write{values}",
            evidence=(
                Evidence("metadata", f"managed by {owner}"),
                *((Evidence("release", workload.release),) if workload.release else ()),
            ),
        )
