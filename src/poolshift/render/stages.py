"""Which actions stand behind each kind of step; every kind has an entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from poolshift.core.marks import GUARD_KEY
from poolshift.core.plan import Guard, Move, Plan, PlanPool, Step, StepKind
from poolshift.render import actions as a
from poolshift.semantics.prepull import prepull_name

if TYPE_CHECKING:
    from poolshift.render.clients import ClientNeeds
    from poolshift.render.workloads import Moved


@dataclass(frozen=True)
class Outline:
    """What the actions of a step are made of.

    `helpers` holds namespace and file of the pre-pull helpers by blue pool; `others` target and
    file of the user's documents that hold no workload to move.
    """

    plan: Plan
    mark: str
    needs: ClientNeeds
    workloads: Mapping[str, Moved]
    helpers: Mapping[str, tuple[tuple[str, str], ...]]
    others: tuple[tuple[str, str], ...]

    def pool_of(self, step: Step) -> PlanPool:
        """The pool that a step belongs to."""
        return self.plan.pool(str(step.parameters["pool"]))

    @property
    def targets(self) -> tuple[str, ...]:
        """Every workload that moves."""
        return tuple(self.workloads)

    @property
    def blues(self) -> tuple[str, ...]:
        """Every pool that goes."""
        return tuple(p.blue for p in self.plan.pools)


Actions = tuple[a.Action, ...]
StageFunction = Callable[[Outline, Step], Actions]


def _preflight(o: Outline, _: Step) -> Actions:
    moved = o.workloads.values()
    return (
        a.CheckAccess(),
        a.CheckCluster(o.plan.kubernetes_version),
        *(a.CheckBlue(p) for p in o.plan.pools),
        *(a.TryTemplate(w.target) for w in moved if w.retargeted and not w.waits),
        *(a.TryEviction(w.target) for w in moved if not w.retargeted),
        *(a.CheckManifest(target, file) for target, file in o.others),
    )


def asked_features(step: Step, needs: ClientNeeds) -> tuple[str, ...]:
    """The features that the plan or the facts of the day ask for."""
    asked = [str(f) for f in step.parameters.get("features", ())]
    return tuple(dict.fromkeys([*asked, *([needs.feature] if needs.feature else [])]))


def _features(o: Outline, step: Step) -> Actions:
    return tuple(a.RegisterFeature(f) for f in asked_features(step, o.needs))


def _hold(o: Outline, step: Step) -> Actions:
    nodes = tuple(a.HoldNodes(p.blue) for p in o.plan.pools if p.autoscaler)
    channels = (a.SetChannels(None, None),) if step.parameters.get("channels") else ()
    return (*nodes, *channels)


def _release(o: Outline, step: Step) -> Actions:
    """What takes a hold back; `step` may be the hold itself or the restore."""
    names = [n for p in o.plan.pools if p.autoscaler for n in (p.blue, p.green)]
    nodes = tuple(a.ReleaseNodes(n) for n in names)
    if not step.parameters.get("channels"):
        return nodes
    kept = next(s.parameters for s in o.plan.steps if s.kind is StepKind.HOLD)
    return (*nodes, a.SetChannels(kept.get("upgrade_channel"), kept.get("node_os_channel")))


def _control_plane(_: Outline, step: Step) -> Actions:
    version = str(step.parameters.get("version", ""))
    return (a.UpgradeControlPlane(version),) if version else ()


def _create(o: Outline, step: Step) -> Actions:
    pool = o.pool_of(step)
    return (a.CreatePool(pool), a.WaitForPool(pool.green))


def _delete_green(o: Outline, step: Step) -> Actions:
    name = o.pool_of(step).green
    return (a.LeaveLoadBalancers(name, _drain_s(o)), a.CheckEmpty(name), a.DeletePool(name))


def _drain_s(o: Outline) -> int:
    return max((int(s.parameters.get("drain_s", 0)) for s in o.plan.steps), default=0)


def _ready(o: Outline, step: Step) -> Actions:
    return (a.WaitForNodes(o.pool_of(step)),)


def _identity(o: Outline, step: Step) -> Actions:
    return (a.AssignIdentities(o.pool_of(step)),)


def _pre_pull(o: Outline, step: Step) -> Actions:
    pool = o.pool_of(step)
    images = dict.fromkeys(
        c.new for w in o.workloads.values() if w.planned.pool == pool.blue for c in w.planned.images
    )
    helpers = o.helpers[pool.blue]
    return (a.PullImages(pool.green, prepull_name(o.mark), helpers, tuple(images)),)


def _remove_helpers(o: Outline, step: Step) -> Actions:
    namespaces = tuple(ns for ns, _ in o.helpers[o.pool_of(step).blue])
    return (a.RemoveHelpers(prepull_name(o.mark), namespaces),)


def _canary(_: Outline, step: Step) -> Actions:
    target = str(step.parameters["workload"])
    return (a.StartCanary(target, int(step.parameters.get("soak_s", 0))),)


def _retarget(o: Outline, step: Step) -> Actions:
    moved = o.workloads[str(step.parameters["workload"])]
    if moved.waits:
        return (a.WaitForOwner(moved.target, owner_of(moved), wanted(o.plan, moved)),)
    return (a.Retarget(moved.target),)


def owner_of(moved: Moved) -> str:
    """Who changes a template that is not the run's to change."""
    return moved.planned.reason or "Git or Helm"


def wanted(plan: Plan, moved: Moved) -> tuple[str, ...]:
    """What the owner of a template has to write into its source."""
    lines = [f"image {c.old} becomes {c.new}" for c in moved.planned.images]
    lines += [f"nodeSelector {k}: {v}" for k, v in moved.planned.selector.items()]
    if plan.pool(moved.planned.pool).guard is Guard.STRICT:
        lines.append(f"a toleration of {GUARD_KEY}=green:NoSchedule")
    return tuple(lines)


def _restore_template(o: Outline, step: Step) -> Actions:
    moved = o.workloads[str(step.parameters["workload"])]
    if moved.waits:
        old = [f"image {c.new} becomes {c.old}" for c in moved.planned.images]
        lines = (*old, "the nodeSelector as it was")
        return (a.WaitForOwner(moved.target, owner_of(moved), lines, back=True),)
    return (a.RestoreTemplate(moved.target),)


def _lift_guard(o: Outline, step: Step) -> Actions:
    pool = o.pool_of(step)
    taints = pool.body.get("properties", {}).get("nodeTaints") or ()
    kept = tuple(str(t) for t in taints if not str(t).startswith(f"{GUARD_KEY}="))
    return (a.LiftGuard(pool, kept), a.WaitForPool(pool.green))


def _drained(o: Outline, pool: PlanPool) -> list[Moved]:
    return [
        w
        for w in o.workloads.values()
        if w.planned.move is Move.DRAIN and w.planned.pool == pool.blue
    ]


def _drain(o: Outline, step: Step) -> Actions:
    pool = o.pool_of(step)
    # A workload on two pools is planned with the first; whatever is on this one is asked about.
    known = tuple(w.target for w in o.plan.workloads)
    drained = [w for w in o.workloads.values() if w.planned.move is Move.DRAIN]
    return (
        a.CheckPlanned(pool.blue, known),
        a.CordonPool(pool.blue),
        *(a.MoveOff(w.target, pool.blue) for w in drained),
        a.CheckEmpty(pool.blue),
    )


def _undo_drain(o: Outline, step: Step) -> Actions:
    pool = o.pool_of(step)
    opened = a.UncordonPool(pool.blue)
    back = tuple(a.MoveOff(w.target, pool.green) for w in _drained(o, pool))
    return (opened, a.CordonPool(pool.green), *back) if back else (opened,)


def _verify(o: Outline, step: Step) -> Actions:
    pool = o.pool_of(step)
    # A pool call writes the scale set anew: what it had is read again.
    identities = (a.AssignIdentities(pool),) if pool.identities else ()
    return (*identities, a.CheckWorkloads(o.targets, o.blues))


def _soak(o: Outline, step: Step) -> Actions:
    return (a.Soak(int(step.parameters.get("soak_s", 0)), o.targets, o.blues),)


def _leave(o: Outline, step: Step) -> Actions:
    drain_s = int(step.parameters.get("drain_s", 60))
    return (a.LeaveLoadBalancers(o.pool_of(step).blue, drain_s),)


def _rejoin(o: Outline, step: Step) -> Actions:
    return (a.RejoinLoadBalancers(o.pool_of(step).blue),)


def _delete(o: Outline, step: Step) -> Actions:
    name, keep_s = o.pool_of(step).blue, int(step.parameters.get("keep_s", 0))
    keep = (a.KeepPool(name, keep_s),) if keep_s else ()
    return (*keep, a.CheckEmpty(name), a.DeletePool(name))


def _restore(o: Outline, step: Step) -> Actions:
    scalers = tuple(
        a.SetAutoscaler(p.green, p.autoscaler["min"], p.autoscaler["max"], p.headers)
        for p in o.plan.pools
        if p.autoscaler
    )
    identities = tuple(a.AssignIdentities(p) for p in o.plan.pools if p.identities)
    return (a.RemoveMarks(o.targets), *scalers, *identities, *_release(o, step))


def _prove(o: Outline, step: Step) -> Actions:
    return (a.CheckNames(o.pool_of(step).blue),)


def _final(o: Outline, _: Step) -> Actions:
    greens = tuple(a.CheckGreen(p) for p in o.plan.pools)
    return (*greens, a.CheckWorkloads(o.targets, o.blues))


def _none(_: Outline, __: Step) -> Actions:
    return ()


STAGES: Mapping[StepKind, tuple[StageFunction, StageFunction]] = {
    StepKind.PREFLIGHT: (_preflight, _none),
    StepKind.FEATURES: (_features, _none),
    StepKind.HOLD: (_hold, _release),
    StepKind.CONTROL_PLANE: (_control_plane, _none),
    StepKind.CREATE_GREEN: (_create, _delete_green),
    StepKind.GREEN_READY: (_ready, _none),
    StepKind.IDENTITY: (_identity, _none),
    StepKind.PRE_PULL: (_pre_pull, _remove_helpers),
    StepKind.CANARY: (_canary, _restore_template),
    StepKind.RETARGET: (_retarget, _restore_template),
    StepKind.DRAIN: (_drain, _undo_drain),
    StepKind.LIFT_GUARD: (_lift_guard, _none),
    StepKind.VERIFY: (_verify, _none),
    StepKind.SOAK: (_soak, _none),
    StepKind.LEAVE_LOAD_BALANCERS: (_leave, _rejoin),
    StepKind.DELETE_BLUE: (_delete, _none),
    StepKind.RESTORE: (_restore, _none),
    StepKind.PROVE: (_prove, _none),
    StepKind.FINAL_CHECK: (_final, _none),
}
"""How each kind goes forward and back; a test holds that no kind is missing."""
