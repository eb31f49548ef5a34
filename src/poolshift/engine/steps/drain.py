"""The move by drain: cordon first, so that each pod moves once, then evict what fits both builds.

No workload falls below what its own settings allow. A Deployment whose settings allow no pod to be
missing is not evicted from: it gets its surge's worth of pods more (this run's mark is on it),
and when those are ready on green, the same number is taken back, with the pods on the old nodes
marked as the cheapest to delete. So no pod moves twice and none is missing at any moment.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from poolshift.core.clock import parse_time
from poolshift.core.kube import Node, Pod, Workload, is_ready
from poolshift.core.marks import CHOSEN_BY, DELETION_COST, SURGED_BY, SURGED_FROM, SURGED_TO
from poolshift.core.plan import Move
from poolshift.engine.steps import marks
from poolshift.engine.steps.interface import Act, Done, Fail, Result, StepContext, Wait
from poolshift.engine.steps.room import Room
from poolshift.semantics.owners import workload_of
from poolshift.semantics.pins import OS_SKU_KEY
from poolshift.semantics.rollout import deployment_pace, replicas_of, stateful_unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.core.journal import ActionRecord

EVICT_POLL_S = 5.0
DENIED = "denied"
OPERATOR_S = 900.0
"""How long an operator whose webhook denies an eviction gets to move the pod itself. Operators of
this kind reconcile every few minutes; nobody published a bound, so this is reckoned."""
UNBLOCK = "kubectl get pods -A -o wide; a budget at zero needs one more ready pod"


def drain(ctx: StepContext) -> Result:
    """Cordon blue, then move every pod that is left on it."""
    nodes = ctx.view.nodes_of(ctx.pool.blue)
    unplanned = unplanned_on(ctx, nodes)
    if unplanned:
        return Fail(
            why=f"{unplanned} has pods on {ctx.pool.blue} and is not in the plan: nobody looked "
            f"whether its images fit {ctx.pool.to}",
            fix="Move it by hand or take it away, then: poolshift runs resume " + ctx.run,
        )
    cordons = marks.cordon(ctx, nodes)
    if cordons:
        return Act(cordons, why="no pod may land on blue any more", again_s=1.0)
    return move_off(ctx, nodes, workloads=None)


def unplanned_on(ctx: StepContext, nodes: tuple[Node, ...]) -> str:
    """A workload on blue that came after the plan was made; empty without one."""
    known = {w.target for w in ctx.plan.workloads}
    for node in nodes:
        for pod in ctx.view.moving_pods(node.metadata.name):
            target = workload_of(pod.metadata, ctx.view.owners)
            going = pod.metadata.deletion_timestamp is not None
            # Jobs come and go; bare pods have their own answer.
            if target not in known and not going and target.split("/")[1] not in ("Job", "Pod"):
                return target
    return ""


def undo_drain(ctx: StepContext) -> Result:
    """Open blue, close green, and send what was drained back."""
    green = ctx.view.nodes_of(ctx.pool.green)
    blue = ctx.view.nodes_of(ctx.pool.blue)
    # A pod chosen on blue would go in place of the one that must leave green.
    chosen = [p for n in blue for p in ctx.view.pods_on.get(n.metadata.name, ())]
    actions = (*marks.uncordon(ctx, blue), *marks.cordon(ctx, green), *spare(ctx, chosen))
    if actions:
        return Act(actions, again_s=1.0)
    drained = {w.target for w in ctx.plan.workloads if w.move is Move.DRAIN}
    return move_off(ctx, green, workloads=drained)


def move_off(ctx: StepContext, nodes: tuple[Node, ...], *, workloads: set[str] | None) -> Result:
    """Move the pods of some workloads (None = all) off nodes that are cordoned."""
    left: defaultdict[str, list[Pod]] = defaultdict(list)
    for node in nodes:
        for pod in ctx.view.moving_pods(node.metadata.name):
            target = workload_of(pod.metadata, ctx.view.owners)
            if workloads is None or target in workloads:
                left[target].append(pod)
    for target in surged(ctx):
        left.setdefault(target, [])
    if not left:
        return Done("no pod is left to move")
    denied = _denials(ctx, left)
    ignored = next((d for d in denied if _age_s(ctx, denied[d]) > OPERATOR_S), None)
    if ignored is not None:
        return _nobody_moved(ctx, ignored)
    asked = {DENIED: denied} if denied or ctx.data else None
    actions: list[ActionRecord] = []
    waits: list[str] = []
    room = Room(ctx.view)
    for target, pods in sorted(left.items()):
        answer = _move_workload(ctx, room, target, pods)
        if isinstance(answer, Fail):
            return answer
        if isinstance(answer, str):
            waits.append(answer)
        else:
            actions += answer
    if actions:
        count = sum(map(len, left.values()))
        return Act(
            tuple(actions),
            why=f"{count} pod{' is' if count == 1 else 's are'} left to move",
            again_s=EVICT_POLL_S,
            unblock=UNBLOCK,
            data=asked,
        )
    return Wait(
        what="pods on the old nodes",
        why=refused(ctx.outcomes) or waits[0],
        unblock=UNBLOCK,
        again_s=EVICT_POLL_S,
        data=asked,
    )


def refused(outcomes: Iterable[ActionRecord]) -> str:
    """What the API said to the last evictions that it did not grant."""
    words = ("blocked", "denied")
    return next((o.detail for o in outcomes if o.verb == "evict" and o.outcome in words), "")


def _denials(ctx: StepContext, left: Mapping[str, list[Pod]]) -> dict[str, str]:
    """The pods that are left although a webhook was asked for them, and since when."""
    there = {f"{p.metadata.namespace}/Pod/{p.metadata.name}" for ps in left.values() for p in ps}
    known: dict[str, str] = {k: v for k, v in ctx.data.get(DENIED, {}).items() if k in there}
    for outcome in ctx.outcomes:
        if outcome.verb == "evict" and outcome.outcome == "denied" and outcome.target in there:
            known.setdefault(outcome.target, ctx.stamp())
    return known


def _age_s(ctx: StepContext, since: str) -> float:
    return (ctx.now - parse_time(since)).total_seconds()


def _nobody_moved(ctx: StepContext, pod: str) -> Fail:
    said = next((o.detail for o in ctx.outcomes if o.target == pod and o.detail), "")
    return Fail(
        why=f"a webhook denies the eviction of {pod}, and nobody has moved it for "
        f"{OPERATOR_S:.0f} s" + (f": {said}" if said else ""),
        fix="Let the webhook's operator move the pod, or exempt the pod from that webhook, then: "
        f"poolshift runs resume {ctx.run}",
    )


def surged(ctx: StepContext) -> tuple[str, ...]:
    """Workloads that this run has given one pod more."""
    return tuple(
        target
        for target, w in ctx.view.workloads.items()
        if w.metadata.annotations.get(SURGED_BY) == ctx.run
    )


def _move_workload(
    ctx: StepContext, room: Room, target: str, pods: list[Pod]
) -> list[ActionRecord] | str | Fail:
    """Acts for one workload, or what it waits for."""
    kind = target.split("/")[1]
    workload = ctx.view.workloads.get(target)
    staying = [p for p in pods if p.metadata.deletion_timestamp is None]
    if kind == "Pod":
        return Fail(
            why=f"the bare pod {target} would be lost: nothing makes it again",
            fix="Delete it or give it an owner, then: poolshift runs resume " + ctx.run,
        )
    if kind == "Job":
        return f"{target} runs to its end"
    if workload is None:
        return [_evict(ctx, p) for p in staying[:1]] or f"{target} is terminating"
    if kind == "Deployment" and workload.metadata.annotations.get(SURGED_BY) == ctx.run:
        return _move_surged(ctx, target, workload, staying)
    return _move_plain(ctx, room, target, workload, staying)


def _move_plain(
    ctx: StepContext, room: Room, target: str, workload: Workload, staying: list[Pod]
) -> list[ActionRecord] | str | Fail:
    if not staying:
        return f"{target}: its last pod there is terminating"
    kind = target.split("/")[1]
    replicas = replicas_of(workload)
    pace = deployment_pace(workload)
    missing = pace.unavailable if kind == "Deployment" else stateful_unavailable(workload)
    unready = [p for p in staying if not is_ready(p)]
    if unready:
        # A pod that serves nobody can go without anyone falling below anything.
        return _evict_placeable(ctx, room, target, workload, unready[:1])
    if kind == "Deployment" and missing == 0 and replicas > 0:
        more = min(max(pace.surge, 1), len(staying))
        more = room.for_more(target, workload.spec.template, staying[0], more)
        if not more:
            return _no_place(ctx, target, workload)
        return _begin_surge(ctx, target, workload, staying, more)
    free = ctx.view.ready_of(target) - (replicas - missing)
    if free > 0:
        return _evict_placeable(ctx, room, target, workload, staying[:free])
    return f"{target} has {ctx.view.ready_of(target)} of {replicas} pods ready"


def _evict_placeable(
    ctx: StepContext, room: Room, target: str, workload: Workload, going: list[Pod]
) -> list[ActionRecord] | str | Fail:
    """Evictions of those pods that will find a node again."""
    placeable = room.for_others(target, going)
    return [_evict(ctx, p) for p in placeable] or _no_place(ctx, target, workload)


def _no_place(ctx: StepContext, target: str, workload: Workload) -> str | Fail:
    """No node for one more pod: a wait while pods of the workload are on their way, else an end."""
    why = f"{target}: by its hard rules about other pods no node takes one more of its pods"
    pods = ctx.view.pods_of.get(target, ())
    moving = any(p.metadata.deletion_timestamp is not None for p in pods)
    if moving or ctx.view.ready_of(target) < replicas_of(workload):
        return why
    return Fail(
        why=f"{why}; emptied nodes count as long as they are there",
        fix=f"Let its template select the new nodes ({OS_SKU_KEY}: {ctx.pool.to}), or set "
        "nodeTaintsPolicy: Honor in its topology spread, or give the new pool more nodes, then: "
        f"poolshift runs resume {ctx.run}",
    )


def _settled(workload: Workload) -> bool:
    """Whether the controller has done what its last change asked for."""
    status = workload.status
    seen = status.observed_generation >= workload.metadata.generation
    return seen and status.replicas == replicas_of(workload)


def _begin_surge(
    ctx: StepContext, target: str, workload: Workload, staying: list[Pod], more: int
) -> list[ActionRecord] | str | Fail:
    if not _settled(workload):
        return f"{target} is being scaled back"
    spared = [p.metadata.name for p in staying if DELETION_COST in p.metadata.annotations]
    if spared:
        # Going on would add and take pods for ever.
        return Fail(
            why=f"{target} was scaled back, and {spared[0]}, the cheapest to delete, was kept",
            fix=f"Set its maxUnavailable to 1, then: poolshift runs resume {ctx.run}",
        )
    replicas = replicas_of(workload)
    return [_scale(ctx, target, workload, replicas + more, surged_from=replicas)]


def _move_surged(
    ctx: StepContext, target: str, workload: Workload, staying: list[Pod]
) -> list[ActionRecord] | str:
    wanted = unsurged(workload)
    replicas = replicas_of(workload)
    if replicas == wanted:
        return [_scale(ctx, target, workload, wanted, surged_from=None)]
    if ctx.view.ready_of(target) < replicas:
        return f"{target} has {ctx.view.ready_of(target)} of {replicas} pods ready"
    chosen = staying[: replicas - wanted]
    unmarked = [p for p in chosen if DELETION_COST not in p.metadata.annotations]
    if unmarked:
        return [_choose_for_scale_down(ctx, p) for p in unmarked]
    return [_scale(ctx, target, workload, wanted, surged_from=None)]


def unsurged(workload: Workload) -> int:
    """The replicas that a surged workload goes back to: what somebody else has set stays."""
    annotations, replicas = workload.metadata.annotations, replicas_of(workload)
    if annotations.get(SURGED_TO) != str(replicas):
        return replicas
    return int(annotations.get(SURGED_FROM, replicas))


def _evict(ctx: StepContext, pod: Pod) -> ActionRecord:
    m = pod.metadata
    return ctx.action(
        "evict", f"{m.namespace}/Pod/{m.name}", namespace=m.namespace, name=m.name, uid=m.uid
    )


def _choose_for_scale_down(ctx: StepContext, pod: Pod) -> ActionRecord:
    return _mark(ctx, "choose-pod", pod, cost="-2147483647", run=ctx.run)


def spare(ctx: StepContext, pods: Iterable[Pod]) -> tuple[ActionRecord, ...]:
    """Acts that take this run's choice for scale-down off pods that live on."""
    return tuple(
        _mark(ctx, "spare-pod", p, cost=None, run=None)
        for p in pods
        if p.metadata.annotations.get(CHOSEN_BY) == ctx.run
        and p.metadata.deletion_timestamp is None
    )


def _mark(
    ctx: StepContext, verb: str, pod: Pod, *, cost: str | None, run: str | None
) -> ActionRecord:
    """An act that sets (None: removes) a pod's deletion cost and the run that chose it."""
    m = pod.metadata
    patch = {
        "metadata": {
            "resourceVersion": m.resource_version,
            "annotations": {DELETION_COST: cost, CHOSEN_BY: run},
        }
    }
    return ctx.action(
        verb, f"{m.namespace}/Pod/{m.name}", pod=m.name, namespace=m.namespace, patch=patch
    )


def _scale(
    ctx: StepContext, target: str, workload: Workload, replicas: int, *, surged_from: int | None
) -> ActionRecord:
    annotations: dict[str, str | None] = (
        {SURGED_BY: None, SURGED_FROM: None, SURGED_TO: None}
        if surged_from is None
        else {SURGED_BY: ctx.run, SURGED_FROM: str(surged_from), SURGED_TO: str(replicas)}
    )
    patch = {
        "metadata": {
            "resourceVersion": workload.metadata.resource_version,
            "annotations": annotations,
        },
        "spec": {"replicas": replicas},
    }
    return ctx.action(
        "scale", target, workload=target, generation=workload.metadata.generation, patch=patch
    )
