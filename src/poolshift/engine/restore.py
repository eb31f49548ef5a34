"""The restore record: the cluster as it was, as far as a run may change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.journal import NodeRestore, RestoreRecord, WorkloadRestore
from poolshift.core.marks import (
    CORDONED_BY,
    EXCLUDE_LABEL,
    EXCLUDED_BY,
    GUARD_KEY,
    HELD_BY,
    POOL_RUN_TAG,
    SURGED_BY,
)
from poolshift.core.plan import Move, Plan, PlanWorkload, StepKind
from poolshift.engine.steps.drain import unsurged
from poolshift.engine.view import View, pool_of
from poolshift.semantics.rollout import replicas_of
from poolshift.semantics.taints import format_taint

if TYPE_CHECKING:
    from poolshift.core.kube import Workload

OF_CONTROLLERS = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")


def make_record(plan: Plan, view: View, run: str) -> RestoreRecord:
    """What a view says of the state before the run.

    At the start of a run that is the view itself. Of a run whose journal is lost it is the view
    without that run's marks, and the plan's own word on templates that have changed already.
    """
    blues = {p.blue for p in plan.pools}
    greens = {p.green for p in plan.pools}
    cluster_channel, node_channel = _channels(plan, view, run)
    return RestoreRecord(
        pools=tuple(sorted(n for n in view.pools if n not in greens)),
        nodes=tuple(
            NodeRestore(
                name=n.metadata.name,
                pool=pool_of(n),
                cordoned=n.spec.unschedulable and n.metadata.annotations.get(CORDONED_BY) != run,
                # The node controller's own follow the node's state, a cordon among them.
                taints=tuple(
                    format_taint(t) for t in n.spec.taints if not t.key.startswith(OF_CONTROLLERS)
                ),
                excluded=EXCLUDE_LABEL in n.metadata.labels
                and n.metadata.annotations.get(EXCLUDED_BY) != run,
            )
            for n in view.nodes.values()
            if pool_of(n) in blues
        ),
        workloads=tuple(
            workload_restore(planned, view.workloads[planned.target], run)
            for planned in plan.workloads
            if planned.move is not Move.STAY and planned.target in view.workloads
        ),
        upgrade_channel=cluster_channel,
        node_os_channel=node_channel,
    )


def _channels(plan: Plan, view: View, run: str) -> tuple[str | None, str | None]:
    # The service keeps no mark of who switched a channel off: once this run has left any other
    # mark, the plan's word is what was there before.
    marked = any((p.properties.tags or {}).get(POOL_RUN_TAG) == run for p in view.pools.values())
    marked = marked or any(n.metadata.annotations.get(HELD_BY) == run for n in view.nodes.values())
    hold = next((s.parameters for s in plan.steps if s.kind is StepKind.HOLD), {})
    if marked and hold.get("channels"):
        return hold.get("upgrade_channel"), hold.get("node_os_channel")
    live = view.cluster.properties.auto_upgrade_profile
    return (live.upgrade_channel, live.node_os_upgrade_channel) if live else (None, None)


def workload_restore(planned: PlanWorkload, live: Workload, run: str) -> WorkloadRestore:
    """A workload as it was before the run."""
    spec = live.spec.template.spec
    old = {change.new: change.old for change in planned.images}
    marks = live.metadata.annotations
    surged = marks.get(SURGED_BY) == run
    return WorkloadRestore(
        target=planned.target,
        node_selector=dict(planned.old_selector),
        images={
            c.name: old.get(c.image, c.image) for c in (*spec.init_containers, *spec.containers)
        },
        tolerations=tuple(msgspec.to_builtins(t) for t in spec.tolerations if t.key != GUARD_KEY),
        replicas=unsurged(live) if surged else replicas_of(live),
        paused=live.spec.paused,
    )
