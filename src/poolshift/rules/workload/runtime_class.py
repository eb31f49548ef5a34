"""PSK234: a RuntimeClass that sends pods to the old version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import green_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context


class RuntimeClassPin(Rule):
    """A RuntimeClass sends the pods of a workload to nodes that the move replaces.

    What it finds:
        A workload on a pool to move whose RuntimeClass has a node selector that the nodes of the
        new pool do not match.

    Why it matters:
        The selector of the class is added to each pod when it is made. No edit of the template's
        own selector takes it away; where both name one label with different values, the API
        server refuses the pod.

    How it is decided:
        By the class's selector against the labels that the new pool's nodes will have.

    What to do:
        Make a class for the new version and name it in the template when the workload moves.

    Example:
        runtimeClassName: windows-2019 with node.kubernetes.io/windows-build: 10.0.17763.
    """

    id = "PSK234"
    name = "runtime-class-pin"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/ambiguous-node-selector",)
    pains = ("D10", "B24")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the class of each workload against green's labels."""
        reason = context.snapshot.unknown_reason("runtimeclasses")
        classes = context.index.runtime_selectors
        unread = 0
        for pool, to in context.moving:
            labels = green_of(context, pool, to).metadata.labels
            for workload in context.snapshot.workloads:
                name = workload.template.spec.runtime_class_name
                if not name or pool.name not in workload.pools:
                    continue
                unread += reason is not None
                wrong = {k: v for k, v in classes.get(name, {}).items() if labels.get(k) != v}
                if wrong:
                    yield self._finding(workload, name, wrong, to)
        if unread:
            yield self.not_checked("cluster", f"runtimeclasses could not be read: {reason}")

    def _finding(
        self, workload: WorkloadFacts, name: str, wrong: dict[str, str], to: str
    ) -> Finding:
        asked = ", ".join(f"{k}={v}" for k, v in sorted(wrong.items()))
        return self.finding(
            workload.target,
            what=f"RuntimeClass {name} sends its pods to {asked}, which nodes of {to} are not",
            why="the class adds its selector to every pod, whatever the template says",
            fix=f"Make a class for {to} and name it in the template when it moves: "
            f"kubectl get runtimeclass {quote(name)} -o yaml",
            evidence=(
                Evidence("spec/runtimeClassName", name),
                *(
                    Evidence(f"runtimeClass/{name}/scheduling/nodeSelector/{k}", v)
                    for k, v in sorted(wrong.items())
                ),
            ),
        )
