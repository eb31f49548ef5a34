"""PSK235: the pool or the version to go is named where no workload stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import Meta
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import as_scheduled, green_of
from poolshift.semantics import fit
from poolshift.semantics.pins import POOL_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import Node
    from poolshift.core.snapshot import TemplateFacts, VolumeFacts
    from poolshift.rules.interface import Context

_HOSTNAME = "kubernetes.io/hostname"


class OldNameElsewhere(Rule):
    """The pool to go, its version or its nodes are named outside the workloads.

    What it finds:
        A CronJob, ScaledJob, Rollout or other object with a template whose pods only the old
        nodes take; and a volume whose node affinity names the pool or one of its nodes.

    Why it matters:
        Nothing shows it on the day of the move. Weeks later a Job stays Pending, or a volume
        cannot be mounted.

    How it is decided:
        Each template is held against a node of every pool as the pools stand now and as they
        stand after the move. Volumes by the labels that their affinity requires. Of priorities
        of the autoscaler that name the pool, PSC410 tells.

    What to do:
        Change the selector to the new version, or to a label of your own that both pools carry,
        before the old pool is deleted. poolshift does not change objects of these kinds.

    Example:
        A CronJob for the end of the month with nodeSelector agentpool: ws19.
    """

    id = "PSK235"
    name = "old-pool-named-elsewhere"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/ambiguous-node-selector",)
    pains = ("D10",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at templates and volumes."""
        if not context.moving:
            return
        yield from self.unread(context, "persistentvolumes", "cronjobs")
        yield from self._templates(context)
        yield from self._volumes(context)

    def _templates(self, context: Context) -> Iterator[Finding]:
        moving = [pool for pool, _ in context.moving]
        names = {pool.name for pool in moving}
        old = [context.index.node_like[p.name] for p in moving]
        after = [green_of(context, pool, to) for pool, to in context.moving]
        after += [
            context.index.node_like[p.name] for p in context.snapshot.pools if p.name not in names
        ]
        for facts in context.snapshot.templates:
            if _takes(context, facts, old) and not _takes(context, facts, after):
                yield self._template(facts)

    def _template(self, facts: TemplateFacts) -> Finding:
        space, kind, name = facts.target.split("/")
        spec = facts.template.spec
        selector = ", ".join(f"{k}={v}" for k, v in sorted(spec.node_selector.items()))
        return self.finding(
            facts.target,
            what="after the move no node takes the pods of its template",
            why="what it selects goes with the old pool, and poolshift changes no object of its "
            "kind",
            fix="Change its selector before the old pool is deleted: "
            f"kubectl -n {quote(space)} edit {quote(kind.lower())} {quote(name)}",
            evidence=(
                Evidence("spec/nodeSelector", selector or "none"),
                *((Evidence("managed by", facts.managed_by),) if facts.managed_by else ()),
            ),
        )

    def _volumes(self, context: Context) -> Iterator[Finding]:
        names = {pool.name for pool, _ in context.moving}
        nodes = {n.name for n in context.snapshot.nodes if n.pool in names}
        for volume in context.snapshot.volumes:
            wanted = dict.fromkeys(POOL_KEYS, names) | {_HOSTNAME: nodes}
            for key, leaving in wanted.items():
                values = volume.required.get(key, ())
                if values and leaving.issuperset(values):
                    yield self._volume(volume, key, values)

    def _volume(self, volume: VolumeFacts, key: str, values: tuple[str, ...]) -> Finding:
        return self.finding(
            f"PersistentVolume/{volume.name}",
            what=f"its node affinity requires {key} of a pool or node that goes",
            why="no pod can mount it once they are gone, and its data may lie on the node itself",
            fix="Move its data to a volume that does not name a node: "
            f"kubectl get pv {quote(volume.name)} -o yaml",
            evidence=(
                Evidence(f"spec/nodeAffinity/required/{key}", ", ".join(values)),
                Evidence("spec/claimRef", volume.claim or "none"),
            ),
        )


def _takes(context: Context, facts: TemplateFacts, nodes: list[Node]) -> bool:
    pod = fit.incoming(Meta(), as_scheduled(context, facts.template.spec))
    return any(not fit.static_reasons(pod, node) for node in nodes)
