"""Pods that landed on green although their image does not fit it; they are sent back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.journal import ActionRecord, Mode
from poolshift.core.plan import Guard

if TYPE_CHECKING:
    from poolshift.core.journal import RunState
    from poolshift.core.kube import Pod
    from poolshift.core.plan import Plan
    from poolshift.engine.view import View

STEP = "guard"


def find_strays(view: View, plan: Plan) -> tuple[Pod, ...]:
    """Pods on a green pool under a gentle guard that still run an image which only blue fits."""
    strays: list[Pod] = []
    # Of every pool: a template that names no pool may land on any green.
    olds = {c.old for w in plan.workloads for c in w.images}
    for pool in plan.pools:
        if pool.guard is not Guard.PREFER:
            continue
        for node in view.nodes_of(pool.green):
            strays += [
                pod
                for pod in view.moving_pods(node.metadata.name)
                if pod.metadata.deletion_timestamp is None
                and any(c.image in olds for c in pod.spec.containers)
            ]
    return tuple(strays)


def send_back(view: View, plan: Plan, state: RunState) -> tuple[ActionRecord, ...]:
    """Evictions of strays while blue still takes pods; their owner makes them again there."""
    if state.mode is not Mode.FORWARD:
        return ()
    if not any(not n.spec.unschedulable for p in plan.pools for n in view.nodes_of(p.blue)):
        return ()
    return tuple(
        ActionRecord(
            id=f"{STEP}:evict:{pod.metadata.namespace}/{pod.metadata.name}",
            step=STEP,
            verb="evict",
            target=f"{pod.metadata.namespace}/Pod/{pod.metadata.name}",
            parameters={
                "namespace": pod.metadata.namespace,
                "name": pod.metadata.name,
                "uid": pod.metadata.uid,
            },
        )
        for pod in find_strays(view, plan)
    )
