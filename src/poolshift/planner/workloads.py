"""How each workload moves and to which image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.plan import Blocker, ImageChange, Move, PlanWorkload
from poolshift.core.snapshot import PoolFacts, Snapshot, WorkloadFacts, images_of
from poolshift.planner.fingerprint import template_hash
from poolshift.planner.hindrances import (
    affinity_blockers,
    drain_blockers,
    drain_strands,
    identity_blockers,
    pinned_to_green,
    placement_blockers,
)
from poolshift.planner.images import image_changes
from poolshift.semantics.identities import lacking
from poolshift.semantics.pins import (
    OS_SKU_KEY,
    POOL_KEYS,
    WINDOWS_BUILD_KEY,
    is_windows,
    required_values,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.catalog import Catalog
    from poolshift.planner.manifests import Rewritten
    from poolshift.planner.request import PlanRequest
    from poolshift.semantics.forecast import Forecast
    from poolshift.semantics.identities import Place

MOVABLE = ("Deployment", "StatefulSet")


@dataclass
class Judgement:
    """What was decided about the workloads of one pool."""

    workloads: list[PlanWorkload] = field(default_factory=list)
    blockers: list[Blocker] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Situation:
    """What every decision looks at."""

    snapshot: Snapshot
    catalog: Catalog
    request: PlanRequest
    rewritten: Mapping[str, Rewritten]
    pool: PoolFacts
    green: str
    forecast: Forecast
    places: tuple[Place, ...] = ()

    def lacking(self, workload: WorkloadFacts, selector: dict[str, str]) -> tuple[Place, ...]:
        """Other pools that would take the pods and lack an identity that blue has."""
        return lacking(workload, self.pool, selector, self.places, self.snapshot)


def judge(situation: Situation) -> Judgement:
    """Decide for every workload that is, or could be, on the pool."""
    judgement = Judgement()
    for workload in situation.snapshot.workloads:
        if concerns(workload, situation):
            _judge_one(workload, situation, judgement)
    judgement.blockers += _unknown_owners(situation)
    return judgement


def _unknown_owners(s: Situation) -> list[Blocker]:
    """Pods on the pool whose owner is of a kind that no snapshot holds."""
    nodes = {n.name for n in s.snapshot.nodes_of(s.pool.name)}
    known = {w.target for w in s.snapshot.workloads}
    owners = {
        p.workload
        for p in s.snapshot.pods
        if p.node in nodes
        and not p.daemon
        and p.workload not in known
        and p.phase not in ("Succeeded", "Failed")
    }
    return [_immovable(target) for target in sorted(owners)]


def concerns(workload: WorkloadFacts, s: Situation) -> bool:
    """Whether a workload has pods on the pool, or would have if it had any."""
    if workload.pools.get(s.pool.name):
        return True
    spec = workload.template.spec
    if workload.pools or not is_windows(spec):
        return False
    return selects(workload, s.pool.name, s.pool.os_sku, s.catalog.build_of(s.pool.os_sku))


def selects(workload: WorkloadFacts, pool: str, sku: str, build: str) -> bool:
    """Whether a template's version and pool selectors admit the nodes of such a pool."""
    values = {OS_SKU_KEY: sku, WINDOWS_BUILD_KEY: build, **dict.fromkeys(POOL_KEYS, pool)}
    spec = workload.template.spec
    wanted = {key: required_values(spec, key) for key in values}
    return all(w is None or values[key] in w for key, w in wanted.items())


def _judge_one(workload: WorkloadFacts, s: Situation, judgement: Judgement) -> None:
    changes, image_blockers, source = image_changes(workload, s)
    fits_selector = selects(workload, s.green, s.request.to, s.catalog.build_of(s.request.to))
    rewritten = s.rewritten.get(workload.target)
    if rewritten is not None and not rewritten.moves:
        rewritten = None
    if workload.kind == "DaemonSet":
        _judge_daemon(workload, image_blockers, changes, s, judgement)
        return
    if workload.kind == "Pod":
        judgement.blockers.append(_bare(workload))
        return
    if workload.kind in ("Job", "CronJob"):
        judgement.workloads.append(
            _planned(workload, s, Move.STAY, (), "none", "it runs to its end")
        )
        if workload.pools.get(s.pool.name) and (changes or image_blockers):
            judgement.blockers.append(_running_job(workload, s))
        return
    judgement.blockers += image_blockers
    if not changes and not image_blockers and fits_selector and rewritten is None:
        _judge_draining(workload, s, judgement)
    elif workload.kind not in MOVABLE:
        judgement.blockers.append(_immovable(workload.target))
    else:
        _move_by_template(workload, s, judgement, changes, source, rewritten)


def _judge_draining(workload: WorkloadFacts, s: Situation, judgement: Judgement) -> None:
    """What fits both versions is drained, unless that would lose pods or send them astray."""
    stranded = s.forecast.stranded_by_drain(workload)
    astray = s.lacking(workload, {})
    if not stranded and not astray:
        judgement.workloads.append(
            _planned(workload, s, Move.DRAIN, (), "none", "its image fits both")
        )
        judgement.blockers += drain_blockers(workload)
        return
    if workload.kind not in MOVABLE:
        judgement.blockers += placement_blockers(workload, stranded, s.green)
        judgement.blockers += identity_blockers(workload, astray)
        return
    if stranded:
        judgement.notes.append(drain_strands(workload, stranded))
    _move_by_template(workload, s, judgement, (), "none", None)


def _move_by_template(
    workload: WorkloadFacts,
    s: Situation,
    judgement: Judgement,
    changes: tuple[ImageChange, ...],
    source: str,
    rewritten: Rewritten | None,
) -> None:
    """Selector and images change, by the run or by the template's owner."""
    move = Move.WAIT_FOR_OWNER if workload.managed_by else Move.RETARGET
    if rewritten is not None and not changes:
        source = "manifests"
    reason = workload.managed_by
    judgement.workloads.append(_planned(workload, s, move, changes, source, reason, rewritten))
    judgement.blockers += affinity_blockers(workload, s.request.to, s.green, s.catalog)
    lost = s.forecast.stranded_by_rollout(workload, new_selector(workload, s))
    judgement.blockers += placement_blockers(workload, lost, s.green)
    astray = s.lacking(workload, plain_selector(workload, s))
    if astray:
        judgement.notes.append(pinned_to_green(workload, astray, s.green))
    if not workload.managed_by and rewritten is None and workload.last_applied:
        judgement.notes.append(
            f"{workload.target} was made with kubectl apply: change its file, too "
            "(poolshift rewrite), or the next apply takes the move back"
        )


def _planned(
    workload: WorkloadFacts,
    s: Situation,
    move: Move,
    changes: tuple[ImageChange, ...],
    source: str,
    reason: str,
    rewritten: Rewritten | None = None,
) -> PlanWorkload:
    first = (images_of(workload.template) or ("",))[0]
    moves_template = move in (Move.RETARGET, Move.WAIT_FOR_OWNER)
    return PlanWorkload(
        target=workload.target,
        move=move,
        pool=s.pool.name,
        old_image=changes[0].old if changes else first,
        new_image=changes[0].new if changes else first,
        from_=source,
        replicas=workload.replicas,
        images=changes,
        selector=new_selector(workload, s) if moves_template else {},
        old_selector=dict(workload.template.spec.node_selector),
        manifest=rewritten.text if rewritten and move is Move.RETARGET else "",
        template_hash=template_hash(workload.template),
        reason=reason,
        tolerations=_tolerations(workload) if moves_template else (),
        pull_secrets=_pull_secrets(workload) if moves_template else (),
    )


def _tolerations(workload: WorkloadFacts) -> tuple[dict[str, Any], ...]:
    return tuple(msgspec.to_builtins(t) for t in workload.template.spec.tolerations)


def _pull_secrets(workload: WorkloadFacts) -> tuple[str, ...]:
    return tuple(ref.name for ref in workload.template.spec.image_pull_secrets)


def new_selector(workload: WorkloadFacts, s: Situation) -> dict[str, str]:
    """The nodeSelector entries that a retarget sets.

    Where another pool would take the pods and lacks an identity, green is named: a version alone
    would let them land where they cannot sign in.
    """
    new = plain_selector(workload, s)
    if s.lacking(workload, new):
        new[POOL_KEYS[0]] = s.green
    return new


def plain_selector(workload: WorkloadFacts, s: Situation) -> dict[str, str]:
    """Pins follow, and one version pin is there."""
    build = s.catalog.build_of(s.request.to)
    current = workload.template.spec.node_selector
    values = {OS_SKU_KEY: s.request.to, WINDOWS_BUILD_KEY: build}
    new = {k: v for k, v in values.items() if k in current}
    new |= {k: s.green for k in POOL_KEYS if current.get(k) == s.pool.name}
    rewritten = s.rewritten.get(workload.target)
    if rewritten is not None:
        new |= rewritten.selector
    if not any(k in new for k in values):
        key = OS_SKU_KEY if s.request.key == "os-sku" else WINDOWS_BUILD_KEY
        new[key] = values[key]
    return new


def _judge_daemon(
    workload: WorkloadFacts,
    image_blockers: list[Blocker],
    changes: tuple[ImageChange, ...],
    s: Situation,
    judgement: Judgement,
) -> None:
    judgement.workloads.append(_planned(workload, s, Move.STAY, (), "none", "a DaemonSet"))
    could_run = selects(workload, s.green, s.request.to, s.catalog.build_of(s.request.to))
    if could_run and (changes or image_blockers):
        judgement.blockers.append(
            Blocker(
                rule="PSW104",
                target=workload.target,
                why=f"this DaemonSet would also run on {s.green}, and its image does not fit "
                f"{s.request.to}",
                fix="Give it an image that holds both builds, or pin it to "
                f"{OS_SKU_KEY}={s.pool.os_sku} and make a copy for {s.request.to}",
            )
        )


def _running_job(workload: WorkloadFacts, s: Situation) -> Blocker:
    return Blocker(
        rule="PSW104",
        target=workload.target,
        why=f"this {workload.kind} runs, its image does not fit {s.request.to}, and a pod of it "
        "that fails is made again on green once blue is cordoned",
        fix="Let it end, or suspend it, then plan again; rebuild its image for the next time",
    )


def _bare(workload: WorkloadFacts) -> Blocker:
    return Blocker(
        rule="PSK203",
        target=workload.target,
        why="a bare pod is lost with its node: nothing makes it again",
        fix="Delete it, or give it a Deployment",
    )


def _immovable(target: str) -> Blocker:
    kind = target.split("/")[1]
    return Blocker(
        rule="PSK209",
        target=target,
        why=f"poolshift does not know how to move a {kind}",
        fix="Change it by hand, then plan again",
    )
