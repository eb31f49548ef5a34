"""PSK236: Jobs in the time of the move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import Meta
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import as_scheduled, moved, patch
from poolshift.semantics import fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import TemplateFacts, WorkloadFacts
    from poolshift.rules.interface import Context


class JobInTheMove(Rule):
    """Jobs run on the pool to move, or may be started there during the move.

    What it finds:
        A Job with pods on a pool to move; and, as information, a CronJob whose pods the nodes of
        a Windows pool to move take.

    Why it matters:
        A Job's template cannot be changed. Evicted, its pod starts over, and the work done so far
        is lost where nothing saved it. poolshift lets Jobs run to their end, so the pool is not
        empty before they are through; a Job that starts meanwhile waits until it finds a node.

    How it is decided:
        By the pods of the Job; for CronJobs by their template against a node of the pool.

    What to do:
        Begin the move when the Job is through, and suspend CronJobs that would start in between.

    Example:
        batch/Job/inventory runs for an hour and a half on ws19.
    """

    id = "PSK236"
    name = "job-in-the-move"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/ungoverned-pods",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at Jobs that run, and at what starts new ones."""
        for workload, pool, _ in moved(context):
            if workload.kind == "Job":
                yield self._runs(workload, pool.name)
        pools = [pool for pool, _ in context.moving_windows]
        if pools:
            yield from self.unread(context, "cronjobs")
        nodes = [context.index.node_like[p.name] for p in pools]
        for facts in context.snapshot.templates:
            if facts.target.split("/")[1] != "CronJob":
                continue
            pod = fit.incoming(Meta(), as_scheduled(context, facts.template.spec))
            if any(not fit.static_reasons(pod, node) for node in nodes):
                yield self._starts(facts)

    def _runs(self, workload: WorkloadFacts, pool: str) -> Finding:
        return self.finding(
            workload.target,
            what="this Job runs on a pool to move: the pool is not empty before it ends",
            why="evicted, its pod starts over; poolshift lets it run to its end",
            fix="Begin when it is through: kubectl -n "
            f"{quote(workload.namespace)} get job {quote(workload.name)} --watch",
            evidence=(Evidence(f"pools/{pool}", f"{workload.pools[pool]} pods"),),
        )

    def _starts(self, facts: TemplateFacts) -> Finding:
        selector = facts.template.spec.node_selector
        return self.finding(
            facts.target,
            severity=Severity.INFO,
            what="Jobs that it starts during the move may wait for a node, or hold up the pool",
            why="old nodes are closed one by one, and what starts on one runs to its end there",
            fix="Suspend it for the move: " + patch(facts.target, {"spec": {"suspend": True}}),
            evidence=(
                Evidence(
                    "spec/jobTemplate/…/nodeSelector",
                    ", ".join(f"{k}={v}" for k, v in sorted(selector.items())) or "none",
                ),
            ),
        )
