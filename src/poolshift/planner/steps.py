"""The ordered steps of a plan; one that has nothing to do says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from poolshift.core.errors import InvariantError
from poolshift.core.plan import Guard, Move, PlanPool, PlanWorkload, Step, StepKind, Undo
from poolshift.planner.estimate import Durations
from poolshift.semantics.support import end_day, end_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import PoolFacts, Snapshot
    from poolshift.planner.request import PlanRequest

DRAIN_S = 60
"""Seconds that connections get after their node left the load balancers. The service's probe of a
backend takes up to 15 s, Azure's load balancer lets established flows go on until they end."""


@dataclass
class Steps:
    """Collects steps in order; each needs the one before."""

    durations: Durations
    steps: list[Step] = field(default_factory=list)

    def add(
        self,
        step_id: str,
        kind: StepKind,
        target: str,
        summary: str,
        *,
        undo: Undo = Undo.FULL,
        undo_until: str | None = None,
        gate: str | None = None,
        nothing: str = "",
        expected: tuple[float, int] = (0, 0),
        **parameters: Any,
    ) -> None:
        """Append one step."""
        needs = (self.steps[-1].id,) if self.steps else ()
        self.steps.append(
            Step(
                id=step_id,
                kind=kind,
                target=target,
                needs=needs,
                gate=gate,
                undo=undo,
                undo_until=undo_until,
                expected_s=0 if nothing else round(expected[0]),
                samples=0 if nothing else expected[1],
                summary=summary,
                nothing_to_do=nothing,
                parameters=parameters,
            )
        )


def make_steps(
    snapshot: Snapshot,
    catalog: Catalog,
    request: PlanRequest,
    pools: Iterable[PlanPool],
    workloads: tuple[PlanWorkload, ...],
) -> tuple[Step, ...]:
    """All steps: what the cluster needs once, then each pool after the other, then the end."""
    durations = Durations(snapshot, catalog)
    steps = Steps(durations)
    steps.add(
        "preflight", StepKind.PREFLIGHT, "cluster", "send every write as a dry run", expected=(5, 0)
    )
    _features(steps, request, catalog)
    _hold(steps, snapshot, pools)
    steps.add(
        "control-plane",
        StepKind.CONTROL_PLANE,
        "cluster",
        "the control plane is new enough for the target",
        nothing="it is new enough",
    )
    _move_all(steps, tuple(pools), workloads, snapshot, request)
    for pool in pools:
        _end_steps(steps, pool, _blue(snapshot, pool), request, catalog)
    has_holds = not steps.steps[2].nothing_to_do
    steps.add(
        "restore",
        StepKind.RESTORE,
        "cluster",
        "take the run's marks off, restore holds",
        expected=(30 if has_holds else 5, 0),
        channels=_channels(snapshot),
    )
    for pool in pools:
        steps.add(
            f"prove-{pool.blue}",
            StepKind.PROVE,
            f"pool/{pool.green}",
            f"nothing names {pool.blue} any more",
            expected=(1, 0),
            pool=pool.blue,
        )
    steps.add(
        "final-check",
        StepKind.FINAL_CHECK,
        "cluster",
        "pools, nodes, workloads as planned",
        expected=(1, 0),
    )
    return tuple(steps.steps)


def _features(steps: Steps, request: PlanRequest, catalog: Catalog) -> None:
    sku = catalog.sku(request.to)
    flag = sku.feature_flag if sku is not None and sku.status == "preview" else None
    steps.add(
        "features",
        StepKind.FEATURES,
        "cluster",
        f"feature {flag} is registered" if flag else "features that the target asks for",
        nothing="" if flag else f"{request.to} needs no feature registration",
        features=[flag] if flag else [],
    )


def _channels(snapshot: Snapshot) -> bool:
    channels = snapshot.cluster.auto_upgrade
    return (channels.upgrade_channel or "none") != "none" or (
        channels.node_os_upgrade_channel or "None"
    ) not in ("None", "Unmanaged")


def _hold(steps: Steps, snapshot: Snapshot, pools: Iterable[PlanPool]) -> None:
    blues = {p.blue for p in pools}
    scaled = [p.name for p in snapshot.pools if p.name in blues and p.autoscaling]
    channels = _channels(snapshot)
    what = ([f"scale-down of {', '.join(scaled)}"] if scaled else []) + (
        ["auto-upgrade channels"] if channels else []
    )
    steps.add(
        "hold",
        StepKind.HOLD,
        "cluster",
        f"hold {' and '.join(what)}" if what else "hold autoscaler and auto-upgrade",
        nothing="" if what else "no autoscaler and no auto-upgrade channel is on",
        expected=(60, 0),
        channels=channels,
        upgrade_channel=snapshot.cluster.auto_upgrade.upgrade_channel,
        node_os_channel=snapshot.cluster.auto_upgrade.node_os_upgrade_channel,
    )


def _blue(snapshot: Snapshot, pool: PlanPool) -> PoolFacts:
    found = snapshot.pool(pool.blue)
    if found is None:
        raise InvariantError(f"the plan moves {pool.blue}, which the snapshot does not hold")
    return found


def _move_all(
    steps: Steps,
    pools: tuple[PlanPool, ...],
    workloads: tuple[PlanWorkload, ...],
    snapshot: Snapshot,
    request: PlanRequest,
) -> None:
    """Every phase over all pools before the next one.

    A template that names no pool may land on any green, so no guard goes and no blue is given up
    before every workload of every pool has moved.
    """
    for pool in pools:
        _green_steps(steps, pool, _blue(snapshot, pool), _changing(workloads, pool))
    for pool in pools:
        _move_steps(steps, pool, _changing(workloads, pool), request)
    for pool in pools:
        # Before the drain: what is drained has no toleration, and what was unfit has moved.
        _guard_step(steps, pool)
    for pool in pools:
        drained = [w for w in workloads if w.pool == pool.blue and w.move is Move.DRAIN]
        _drain_step(steps, pool, drained)
    for pool in pools:
        _watch_steps(steps, pool, request, first=pool is pools[0])


def _changing(workloads: tuple[PlanWorkload, ...], pool: PlanPool) -> list[PlanWorkload]:
    moves = (Move.RETARGET, Move.WAIT_FOR_OWNER)
    return [w for w in workloads if w.pool == pool.blue and w.move in moves]


def _green_steps(steps: Steps, pool: PlanPool, blue: PoolFacts, moving: list[PlanWorkload]) -> None:
    """Green is made, ready, has its identities and the new images."""
    durations = steps.durations
    green, name = f"pool/{pool.green}", pool.blue
    steps.add(
        f"create-{pool.green}",
        StepKind.CREATE_GREEN,
        green,
        f"create {pool.green}: {pool.to}, {pool.count} nodes of {blue.vm_size}",
        expected=durations.create_pool(pool),
        pool=name,
    )
    steps.add(
        f"ready-{pool.green}",
        StepKind.GREEN_READY,
        green,
        f"all nodes of {pool.green} are Ready and their DaemonSet pods run",
        expected=durations.daemons(),
        pool=name,
    )
    steps.add(
        f"identity-{pool.green}",
        StepKind.IDENTITY,
        green,
        f"{len(pool.identities)} identities of {name}'s scale set on {pool.green}'s",
        nothing="" if pool.identities else f"the scale set of {name} has no identities of its own",
        expected=(60, 0),
        pool=name,
    )
    new = tuple(dict.fromkeys(c.new for w in moving for c in w.images))
    steps.add(
        f"pre-pull-{pool.green}",
        StepKind.PRE_PULL,
        green,
        f"pull {_count(len(new), 'new image')} on {pool.green} and start each once",
        nothing="" if new else "no image changes",
        expected=durations.pull(new),
        pool=name,
    )


def _drain_step(steps: Steps, pool: PlanPool, drained: list[PlanWorkload]) -> None:
    count = sum(w.replicas for w in drained)
    steps.add(
        f"drain-{pool.blue}",
        StepKind.DRAIN,
        f"pool/{pool.blue}",
        f"cordon {pool.blue}, move {_count(count, 'pod')} of {_count(len(drained), 'workload')}",
        expected=steps.durations.drain(drained),
        pool=pool.blue,
    )


def _guard_step(steps: Steps, pool: PlanPool) -> None:
    steps.add(
        f"lift-guard-{pool.green}",
        StepKind.LIFT_GUARD,
        f"pool/{pool.green}",
        f"take the guard taint off {pool.green}",
        nothing="" if pool.guard is not Guard.NONE else "no guard",
        expected=steps.durations.update_pool(),
        pool=pool.blue,
    )


def _watch_steps(steps: Steps, pool: PlanPool, request: PlanRequest, *, first: bool) -> None:
    """Every workload is looked at each time; the soak over all of them is one."""
    green, name = f"pool/{pool.green}", pool.blue
    steps.add(
        f"verify-{name}",
        StepKind.VERIFY,
        green,
        "every moved workload is ready on green",
        expected=(5, 0),
        pool=name,
    )
    soak_s = steps.durations.final_soak_s() if request.soak_s is None else request.soak_s
    nothing = "" if first else "it was watched together with the first pool"
    steps.add(
        f"soak-{name}",
        StepKind.SOAK,
        green,
        f"{soak_s} s without a fault on green",
        nothing=nothing if soak_s else "no soak was asked for",
        expected=(soak_s, 0),
        soak_s=soak_s,
        pool=name,
    )


def _move_steps(
    steps: Steps, pool: PlanPool, moving: list[PlanWorkload], request: PlanRequest
) -> None:
    durations = steps.durations
    canary = next(
        (
            w
            for w in moving
            if w.move is Move.RETARGET and w.replicas > 1 and w.target.split("/")[1] == "Deployment"
        ),
        None,
    )
    soak_s = durations.batch_soak_s() if request.canary_soak_s is None else request.canary_soak_s
    if canary is not None:
        steps.add(
            f"canary-{pool.blue}",
            StepKind.CANARY,
            canary.target,
            f"one pod of {canary.target} on {pool.green}, watched for {soak_s} s",
            expected=(durations.pod_s() + soak_s, 0),
            pool=pool.blue,
            workload=canary.target,
            soak_s=soak_s,
        )
    else:
        steps.add(
            f"canary-{pool.blue}",
            StepKind.CANARY,
            f"pool/{pool.green}",
            "one pod first",
            nothing="no Deployment of several replicas changes its template",
            pool=pool.blue,
        )
    for w in moving:
        how = "its owner changes the template" if w.move is Move.WAIT_FOR_OWNER else "retarget"
        steps.add(
            f"retarget-{slug(w.target)}",
            StepKind.RETARGET,
            w.target,
            f"{how}: {w.target} to {w.new_image or pool.to}",
            expected=durations.rollout(w),
            pool=pool.blue,
            workload=w.target,
        )


def _count(number: int, thing: str) -> str:
    """`1 pod`, `2 pods`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def slug(target: str) -> str:
    """A target as part of a step's id."""
    namespace, kind, name = target.split("/")
    return f"{kind.lower()}-{namespace}-{name}"


def _end_steps(
    steps: Steps, pool: PlanPool, blue: PoolFacts, request: PlanRequest, catalog: Catalog
) -> None:
    durations, name = steps.durations, pool.blue
    gate = f"delete-{name}"
    scale_end = end_day(end_of(blue.os_sku, "scale", blue.kubernetes_version, catalog))
    until = scale_end.isoformat() if scale_end else None
    steps.add(
        f"unbalance-{name}",
        StepKind.LEAVE_LOAD_BALANCERS,
        f"pool/{name}",
        f"{name} leaves the load balancers and its connections end",
        gate=gate,
        expected=(DRAIN_S, 0),
        drain_s=DRAIN_S,
        pool=name,
    )
    steps.add(
        gate,
        StepKind.DELETE_BLUE,
        f"pool/{name}",
        f"delete {name}",
        gate=gate,
        undo=Undo.NONE,
        undo_until=until,
        expected=durations.delete_pool(request.keep_blue_s),
        keep_s=request.keep_blue_s,
        drain_s=DRAIN_S,
        pool=name,
    )
