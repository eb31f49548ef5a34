"""Abort: take this run's own marks back and leave the rest as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.marks import ROLLOUT_HELD_BY, RUN_LABEL, SURGED_BY, SURGED_FROM, SURGED_TO
from poolshift.engine.steps import marks
from poolshift.engine.steps.drain import spare, unsurged
from poolshift.engine.steps.interface import Act, Done, Result, StepContext

if TYPE_CHECKING:
    from poolshift.core.journal import ActionRecord
    from poolshift.core.kube import Workload


def own_marks(ctx: StepContext) -> Result:
    """Uncordon, unpause, release and clean up what carries this run's mark."""
    nodes = tuple(ctx.view.nodes.values())
    actions = (
        *marks.uncordon(ctx, nodes),
        *marks.include(ctx, nodes),
        *marks.release_nodes(ctx, nodes),
        *own_workload_marks(ctx),
        *spare(ctx, ctx.view.pods),
    )
    if actions:
        # One mark an object and look: the next patch needs the object's new version.
        return Act(_one_each(actions), why="the run is aborted", again_s=1.0)
    helpers = delete_helpers(ctx)
    return Act(helpers, again_s=2.0) if helpers else Done()


def delete_helpers(ctx: StepContext) -> tuple[ActionRecord, ...]:
    """Acts that take the run's helper objects away."""
    return tuple(delete_helper(ctx, target) for target in own_helpers(ctx))


def own_helpers(ctx: StepContext) -> tuple[str, ...]:
    """Helper objects that carry this run's mark; another run's stay."""
    return tuple(
        t for t, w in ctx.view.helpers.items() if w.metadata.labels.get(RUN_LABEL) == ctx.run
    )


def delete_helper(ctx: StepContext, target: str) -> ActionRecord:
    """The act that takes one helper object away."""
    namespace, _, name = target.split("/")
    return ctx.action("delete-helper", target, namespace=namespace, name=name)


def _one_each(actions: tuple[ActionRecord, ...]) -> tuple[ActionRecord, ...]:
    return tuple({a.target: a for a in reversed(actions)}.values())


def own_workload_marks(ctx: StepContext) -> tuple[ActionRecord, ...]:
    """Acts that take this run's marks off workloads."""
    return tuple(
        _unmark(ctx, target, workload)
        for target, workload in ctx.view.workloads.items()
        if ctx.run
        in (
            workload.metadata.annotations.get(ROLLOUT_HELD_BY),
            workload.metadata.annotations.get(SURGED_BY),
            workload.metadata.annotations.get(RUN_LABEL),
        )
    )


def _unmark(ctx: StepContext, target: str, workload: Workload) -> ActionRecord:
    annotations = workload.metadata.annotations
    spec: dict[str, object] = {}
    gone: dict[str, str | None] = {RUN_LABEL: None}
    if marks.is_held(ctx.run, workload):
        spec |= marks.released_spec(workload)
        gone |= marks.RELEASED
    if annotations.get(SURGED_BY) == ctx.run:
        spec["replicas"] = unsurged(workload)
        gone |= {SURGED_BY: None, SURGED_FROM: None, SURGED_TO: None}
    patch: dict[str, object] = {
        "metadata": {
            "resourceVersion": workload.metadata.resource_version,
            "annotations": gone,
        }
    }
    if spec:
        patch["spec"] = spec
    return ctx.action(
        "unmark", target, workload=target, generation=workload.metadata.generation, patch=patch
    )
