"""Steps that move workloads by their template: canary and retarget; and their undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.kube import Pod, Workload, is_ready
from poolshift.core.marks import GUARD_KEY, RUN_LABEL
from poolshift.core.plan import Guard, Move, PlanWorkload
from poolshift.engine.steps import marks
from poolshift.engine.steps.interface import Act, Done, Fail, Result, StepContext, Wait
from poolshift.engine.steps.room import stranded_rollout
from poolshift.semantics.budgets import resolve
from poolshift.semantics.rollout import lowest_ready, replicas_of
from poolshift.semantics.selectors import matches

if TYPE_CHECKING:
    from poolshift.core.journal import WorkloadRestore

GUARD_TOLERATION = {
    "key": GUARD_KEY,
    "operator": "Equal",
    "value": "green",
    "effect": "NoSchedule",
}


def _seen(ctx: StepContext) -> Workload | None:
    return ctx.view.workloads.get(ctx.workload.target)


def _gone(ctx: StepContext) -> Result:
    return Done(f"{ctx.workload.target} no longer exists")


def is_retargeted(workload: Workload, planned: PlanWorkload) -> bool:
    """Whether the template is as planned, whoever made it so."""
    spec = workload.spec.template.spec
    chosen = all(spec.node_selector.get(k) == v for k, v in planned.selector.items())
    used = {c.image for c in (*spec.init_containers, *spec.containers)}
    return chosen and not any(change.old in used for change in planned.images)


def retarget_patch(workload: Workload, planned: PlanWorkload, *, strict: bool) -> dict[str, Any]:
    """What changes in the template: nodeSelector, image, and a strict guard's toleration."""
    spec = workload.spec.template.spec
    new = {change.old: change.new for change in planned.images}
    pod: dict[str, Any] = {}
    if planned.selector:
        pod["nodeSelector"] = dict(planned.selector)
    for field, containers in (
        ("containers", spec.containers),
        ("initContainers", spec.init_containers),
    ):
        changed = [{"name": c.name, "image": new[c.image]} for c in containers if c.image in new]
        if changed:
            pod[field] = changed
    if strict and GUARD_KEY not in {t.key for t in spec.tolerations}:
        # The list is atomic in a strategic merge: what was there is sent along.
        kept = [msgspec.to_builtins(t) for t in spec.tolerations]
        pod["tolerations"] = [*kept, GUARD_TOLERATION]
    return {"template": {"spec": pod}}


def _change_template(ctx: StepContext, workload: Workload, *, hold: bool) -> Result:
    planned = ctx.workload
    if planned.move is Move.WAIT_FOR_OWNER:
        return Wait(
            what=planned.target,
            why=f"its owner ({planned.reason or 'Git or Helm'}) must change the template",
            unblock=f"set {_wanted(ctx)} in its source, and let it sync",
            again_s=30.0,
        )
    problem = budget_problem(ctx, workload)
    if problem:
        return Wait(
            what=planned.target,
            why=problem,
            unblock="raise the workload's replicas or lower the budget, then it goes on by itself",
        )
    strict = ctx.pool.guard is Guard.STRICT
    selector = {**workload.spec.template.spec.node_selector, **planned.selector}
    stranded = stranded_rollout(ctx, workload, selector)
    if stranded is not None:
        return stranded
    spec = retarget_patch(workload, planned, strict=strict)
    annotations: dict[str, str | None] = {RUN_LABEL: ctx.run}
    if hold:
        spec |= marks.held_spec()
        annotations |= marks.hold_annotations(ctx, workload)
    action = marks.patch_workload(ctx, "retarget", workload, spec, annotations)
    if planned.manifest:
        action = msgspec.structs.replace(
            action, parameters={**action.parameters, "manifest": planned.manifest}
        )
    return Act((action,), why="its image and selector still name the old version", again_s=2.0)


def _wanted(ctx: StepContext) -> str:
    """What the owner of a template has to put into its source."""
    planned = ctx.workload
    parts = [f"image {c.old} to {c.new}" for c in planned.images]
    parts += [f"nodeSelector {k}: {v}" for k, v in planned.selector.items()]
    if ctx.pool.guard is Guard.STRICT:
        parts.append(f"a toleration of {GUARD_KEY}=green:NoSchedule")
    return ", ".join(parts)


def budget_problem(ctx: StepContext, workload: Workload) -> str:
    """Why a rollout of this workload would break a budget; empty when it keeps them all.

    Rollouts do not ask the Eviction API, so the workload's own figures must keep every budget
    that matches its pods.
    """
    replicas = replicas_of(workload)
    lowest = lowest_ready(workload, ctx.workload.target.split("/")[1])
    labels = workload.spec.template.metadata.labels
    for budget in ctx.view.budgets:
        if budget.metadata.namespace != workload.metadata.namespace:
            continue
        if budget.spec.selector is None or not matches(budget.spec.selector, labels):
            continue
        others = max(0, budget.status.current_healthy - ctx.view.ready_of(ctx.workload.target))
        expected = max(budget.status.expected_pods, replicas)
        needed = resolve(budget.spec, expected).desired_healthy
        if lowest + others < needed:
            return (
                f"its rollout may leave {lowest + others} ready, and the budget "
                f"{budget.metadata.name} needs {needed}"
            )
    return ""


def updated_pods(ctx: StepContext) -> tuple[Pod, ...]:
    """Ready pods of the workload that already run as planned."""
    olds = {change.old for change in ctx.workload.images}
    wanted = ctx.workload.selector.items()
    return tuple(
        p
        for p in ctx.view.pods_of.get(ctx.workload.target, ())
        if is_ready(p)
        and p.metadata.deletion_timestamp is None
        and not any(c.image in olds for c in p.spec.containers)
        and all(p.spec.node_selector.get(k) == v for k, v in wanted)
    )


def canary(ctx: StepContext) -> Result:
    """Let the first new pods run, hold the rollout there, and watch them for a while."""
    workload = _seen(ctx)
    if workload is None:
        return _gone(ctx)
    if not is_retargeted(workload, ctx.workload):
        return _change_template(ctx, workload, hold=True)
    if not marks.is_held(ctx.run, workload):
        return Done("its template was changed already, and its rollout is not held")
    if replicas_of(workload) == 0:
        return Done("it has no replicas now")
    if workload.spec.paused:
        return _paused(ctx, workload)
    fresh = updated_pods(ctx)
    if not fresh:
        stuck = _stuck_pod(ctx)
        return Wait(
            what=ctx.workload.target,
            why=stuck or "the first pod on green is not ready yet",
            unblock="kubectl describe pod",
            again_s=5.0,
        )
    return _watch_canary(ctx, fresh)


def _watch_canary(ctx: StepContext, fresh: tuple[Pod, ...]) -> Result:
    soak_s = float(ctx.step.parameters.get("soak_s", 0))
    since = ctx.seconds_since("ready_since")
    if since is None:
        return Wait(
            what="canary",
            why=f"{fresh[0].metadata.name} is watched for {soak_s:.0f} s",
            data={"ready_since": ctx.stamp()},
            again_s=min(max(soak_s, 1.0), 60.0),
        )
    if since < soak_s:
        return Wait(
            what="canary",
            why=f"{fresh[0].metadata.name} is watched for {soak_s:.0f} s",
            again_s=min(soak_s - since, 60.0),
        )
    restarts = sum(c.restart_count for p in fresh for c in p.status.container_statuses)
    if restarts:
        return Fail(
            why=f"{fresh[0].metadata.name} restarted {restarts} times while it was watched",
            fix=f"Look at its log, then: poolshift runs resume {ctx.run}, or runs rollback",
        )
    return Done(f"{fresh[0].metadata.name} was ready for {since:.0f} s")


def _stuck_pod(ctx: StepContext) -> str:
    for pod in ctx.view.pods_of.get(ctx.workload.target, ()):
        for status in pod.status.container_statuses:
            waiting = status.state.waiting
            if waiting is not None and waiting.reason not in ("", "ContainerCreating"):
                return f"{pod.metadata.name}: {waiting.reason}: {waiting.message}"
        for condition in pod.status.conditions:
            if condition.type == "PodScheduled" and condition.status == "False":
                return f"{pod.metadata.name} cannot be scheduled: {condition.message}"
    return ""


def retarget(ctx: StepContext) -> Result:
    """Let the rollout run to its end."""
    workload = _seen(ctx)
    if workload is None:
        return _gone(ctx)
    if not is_retargeted(workload, ctx.workload):
        return _change_template(ctx, workload, hold=False)
    if marks.is_held(ctx.run, workload):
        release = marks.release_rollout(ctx, workload)
        return Act((release,), why="the canary is well", again_s=2.0)
    if workload.spec.paused:
        return _paused(ctx, workload)
    if workload_is_done(ctx, workload):
        return Done("rolled out")
    return Wait(
        what=ctx.workload.target,
        why=_stuck_pod(ctx)
        or f"{workload.status.updated_replicas} of {workload.spec.replicas} pods are new",
        unblock=f"kubectl describe pods -n {workload.metadata.namespace}",
        again_s=5.0,
    )


def _paused(ctx: StepContext, workload: Workload) -> Wait:
    kind = ctx.workload.target.split("/")[1].lower()
    return Wait(
        what=ctx.workload.target,
        why="somebody paused its rollout",
        unblock=f"kubectl rollout resume -n {workload.metadata.namespace} "
        f"{kind}/{workload.metadata.name}",
    )


def workload_is_done(ctx: StepContext, workload: Workload) -> bool:
    """Whether the controller has seen the template and every pod is new, ready and the only one."""
    wanted = replicas_of(workload)
    status = workload.status
    return (
        status.observed_generation >= workload.metadata.generation
        and status.updated_replicas >= wanted
        and status.replicas == wanted
        and status.ready_replicas >= wanted
    )


def restore_of(ctx: StepContext) -> WorkloadRestore | None:
    """What the restore record says of the workload."""
    target = ctx.workload.target
    return next((w for w in ctx.state.restore.workloads if w.target == target), None)


def undo_retarget(ctx: StepContext) -> Result:
    """Put selector, images and tolerations back as the restore record says, and wait for it."""
    workload, kept = _seen(ctx), restore_of(ctx)
    if workload is None or kept is None:
        return Done()
    if ctx.workload.move is Move.WAIT_FOR_OWNER:
        return _owner_takes_back(ctx, workload, kept)
    held = marks.is_held(ctx.run, workload)
    if not restored(workload, kept):
        stranded = stranded_rollout(ctx, workload, kept.node_selector)
        if stranded is not None:
            return stranded
        patch = restore_patch(workload, kept)
        marks_off: dict[str, str | None] = {RUN_LABEL: None}
        if held:
            patch |= marks.released_spec(workload)
            marks_off |= marks.RELEASED
        action = marks.patch_workload(ctx, "restore", workload, patch, marks_off)
        return Act((action,), again_s=2.0)
    if held:
        return Act((marks.release_rollout(ctx, workload),), again_s=2.0)
    if workload.spec.paused or workload_is_done(ctx, workload):
        return Done()
    return _going_back(ctx)


def _going_back(ctx: StepContext) -> Wait:
    return Wait(
        what=ctx.workload.target,
        why=_stuck_pod(ctx) or "its pods go back to blue",
        unblock=f"kubectl get pods -n {ctx.workload.target.split('/')[0]} -o wide",
        again_s=5.0,
    )


def _owner_takes_back(ctx: StepContext, workload: Workload, kept: WorkloadRestore) -> Result:
    if not is_retargeted(workload, ctx.workload) or restored(workload, kept):
        return Done() if workload_is_done(ctx, workload) else _going_back(ctx)
    return Wait(
        what=ctx.workload.target,
        why=f"its owner ({ctx.workload.reason or 'Git or Helm'}) must take the template back",
        unblock="revert the change of image and nodeSelector in its source, and let it sync",
        again_s=30.0,
    )


def restored(workload: Workload, kept: WorkloadRestore) -> bool:
    """Whether the template is as it was, in what a run may change."""
    spec = workload.spec.template.spec
    images = {c.name: c.image for c in (*spec.init_containers, *spec.containers)}
    tolerations = tuple(msgspec.to_builtins(t) for t in spec.tolerations)
    return (
        spec.node_selector == kept.node_selector
        # A container that somebody added meanwhile is not this run's to judge.
        and all(images.get(name, image) == image for name, image in kept.images.items())
        and tolerations == kept.tolerations
    )


def restore_patch(workload: Workload, kept: WorkloadRestore) -> dict[str, Any]:
    """The patch that takes a retarget back."""
    spec = workload.spec.template.spec
    selector: dict[str, str | None] = dict.fromkeys(spec.node_selector)
    selector.update(kept.node_selector)
    pod: dict[str, Any] = {"nodeSelector": selector or None}
    for field, containers in (
        ("containers", spec.containers),
        ("initContainers", spec.init_containers),
    ):
        back = [
            {"name": c.name, "image": kept.images[c.name]}
            for c in containers
            if kept.images.get(c.name, c.image) != c.image
        ]
        if back:
            pod[field] = back
    if tuple(msgspec.to_builtins(t) for t in spec.tolerations) != kept.tolerations:
        pod["tolerations"] = list(kept.tolerations) or None
    return {"template": {"spec": pod}}
