"""The run's own marks on nodes and workloads: made with a mark, undone only where the mark is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.marks import (
    CORDONED_BY,
    EXCLUDE_LABEL,
    EXCLUDED_AT,
    EXCLUDED_BY,
    HELD_BY,
    HOLD_ANNOTATION,
    HOLD_DEADLINE_S,
    HOLD_READY_S,
    ROLLOUT_HELD_BY,
    ROLLOUT_HELD_FROM,
)

if TYPE_CHECKING:
    from poolshift.core.journal import ActionRecord
    from poolshift.core.kube import Node, Workload
    from poolshift.engine.steps.interface import StepContext


def _node_patch(
    node: Node,
    *,
    annotations: dict[str, str | None],
    labels: dict[str, str | None] | None = None,
    spec: dict[str, Any] | None = None,
) -> dict[str, Any]:
    # The resource version makes "nobody changed it since we looked" a precondition.
    metadata: dict[str, Any] = {
        "resourceVersion": node.metadata.resource_version,
        "annotations": annotations,
    }
    if labels is not None:
        metadata["labels"] = labels
    return {"metadata": metadata} if spec is None else {"metadata": metadata, "spec": spec}


def _patch_node(ctx: StepContext, verb: str, node: Node, patch: dict[str, Any]) -> ActionRecord:
    return ctx.action(verb, f"node/{node.metadata.name}", node=node.metadata.name, patch=patch)


def cordon(ctx: StepContext, nodes: tuple[Node, ...]) -> tuple[ActionRecord, ...]:
    """Cordon the nodes that are schedulable; what somebody else cordoned stays theirs."""
    return tuple(
        _patch_node(
            ctx,
            "cordon",
            n,
            _node_patch(n, annotations={CORDONED_BY: ctx.run}, spec={"unschedulable": True}),
        )
        for n in nodes
        if not n.spec.unschedulable
    )


def uncordon(ctx: StepContext, nodes: tuple[Node, ...]) -> tuple[ActionRecord, ...]:
    """Uncordon the nodes that carry this run's mark."""
    return tuple(
        _patch_node(
            ctx,
            "uncordon",
            n,
            _node_patch(n, annotations={CORDONED_BY: None}, spec={"unschedulable": None}),
        )
        for n in nodes
        if n.metadata.annotations.get(CORDONED_BY) == ctx.run
    )


def exclude(ctx: StepContext, nodes: tuple[Node, ...]) -> tuple[ActionRecord, ...]:
    """Take nodes out of the external load balancers; the time is kept on the node itself."""
    marks: dict[str, str | None] = {EXCLUDED_BY: ctx.run, EXCLUDED_AT: ctx.stamp()}
    return tuple(
        _patch_node(
            ctx,
            "exclude",
            n,
            _node_patch(n, annotations=marks, labels={EXCLUDE_LABEL: "true"}),
        )
        for n in nodes
        if EXCLUDE_LABEL not in n.metadata.labels
    )


def include(ctx: StepContext, nodes: tuple[Node, ...]) -> tuple[ActionRecord, ...]:
    """Take back this run's exclusions."""
    marks: dict[str, str | None] = {EXCLUDED_BY: None, EXCLUDED_AT: None}
    return tuple(
        _patch_node(
            ctx,
            "include",
            n,
            _node_patch(n, annotations=marks, labels={EXCLUDE_LABEL: None}),
        )
        for n in nodes
        if n.metadata.annotations.get(EXCLUDED_BY) == ctx.run
    )


def hold_nodes(ctx: StepContext, nodes: tuple[Node, ...]) -> tuple[ActionRecord, ...]:
    """Keep the cluster autoscaler from scaling these nodes down; scaling up stays possible."""
    marks: dict[str, str | None] = {HOLD_ANNOTATION: "true", HELD_BY: ctx.run}
    return tuple(
        _patch_node(ctx, "hold", n, _node_patch(n, annotations=marks))
        for n in nodes
        if HOLD_ANNOTATION not in n.metadata.annotations
    )


def release_nodes(ctx: StepContext, nodes: tuple[Node, ...]) -> tuple[ActionRecord, ...]:
    """Take back this run's holds."""
    marks: dict[str, str | None] = {HOLD_ANNOTATION: None, HELD_BY: None}
    return tuple(
        _patch_node(ctx, "release", n, _node_patch(n, annotations=marks))
        for n in nodes
        if n.metadata.annotations.get(HELD_BY) == ctx.run
    )


def patch_workload(
    ctx: StepContext,
    verb: str,
    workload: Workload,
    spec: dict[str, Any],
    annotations: dict[str, str | None] | None = None,
) -> ActionRecord:
    """A strategic merge patch of a workload as it was seen."""
    target = f"{workload.metadata.namespace}/{ctx_kind(ctx)}/{workload.metadata.name}"
    metadata: dict[str, Any] = {"resourceVersion": workload.metadata.resource_version}
    if annotations:
        metadata["annotations"] = annotations
    return ctx.action(
        verb,
        target,
        workload=target,
        generation=workload.metadata.generation,
        patch={"metadata": metadata, "spec": spec},
    )


def ctx_kind(ctx: StepContext) -> str:
    """Kind of the workload that the step belongs to."""
    return ctx.workload.target.split("/")[1]


def held_spec() -> dict[str, int]:
    """What holds a rollout after its first new pods.

    Not `paused`: a controller paused between two of its steps fills up to its surge with pods of
    the old template.
    """
    return {"minReadySeconds": HOLD_READY_S, "progressDeadlineSeconds": HOLD_DEADLINE_S}


def hold_annotations(ctx: StepContext, workload: Workload) -> dict[str, str | None]:
    """The marks of a held rollout, with the figures that were there before."""
    spec = workload.spec
    before = f"{spec.min_ready_seconds},{spec.progress_deadline_seconds or ''}"
    return {ROLLOUT_HELD_BY: ctx.run, ROLLOUT_HELD_FROM: before}


def is_held(run: str, workload: Workload) -> bool:
    """Whether this run holds the rollout."""
    return workload.metadata.annotations.get(ROLLOUT_HELD_BY) == run


def released_spec(workload: Workload) -> dict[str, int | None]:
    """What lets a held rollout go on: the figures from before."""
    text = workload.metadata.annotations.get(ROLLOUT_HELD_FROM, ",")
    ready, _, deadline = text.partition(",")
    return {
        "minReadySeconds": int(ready or 0) or None,
        "progressDeadlineSeconds": int(deadline) if deadline else None,
    }


RELEASED: dict[str, str | None] = {ROLLOUT_HELD_BY: None, ROLLOUT_HELD_FROM: None}
"""The marks of a held rollout, taken off."""


def release_rollout(ctx: StepContext, workload: Workload) -> ActionRecord:
    """Let a rollout that this run holds go on."""
    return patch_workload(
        ctx, "release-rollout", workload, dict(released_spec(workload)), dict(RELEASED)
    )
