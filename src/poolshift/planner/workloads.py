"""How each workload moves and to which image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from poolshift.core.finding import Verdict
from poolshift.core.plan import Blocker, ImageChange, Move, PlanWorkload
from poolshift.core.snapshot import PoolFacts, Snapshot, WorkloadFacts, images_of
from poolshift.planner.fingerprint import template_hash
from poolshift.planner.hindrances import (
    affinity_blockers,
    drain_blockers,
    drain_strands,
    placement_blockers,
)
from poolshift.semantics.images import (
    FITTING,
    Action,
    explain_verdict,
    hides_fitting,
    successor,
    verdict,
)
from poolshift.semantics.pins import (
    OS_SKU_KEY,
    POOL_KEYS,
    WINDOWS_BUILD_KEY,
    is_host_process,
    is_windows,
    required_values,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.catalog import Catalog
    from poolshift.planner.manifests import Rewritten
    from poolshift.planner.request import PlanRequest
    from poolshift.semantics.forecast import Forecast

STRANDED = "a drain would leave pods without a node"
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
    stranded = 0
    if not changes and not image_blockers and fits_selector and rewritten is None:
        stranded = s.forecast.stranded_by_drain(workload)
        if not stranded:
            judgement.workloads.append(
                _planned(workload, s, Move.DRAIN, (), "none", "its image fits both")
            )
            judgement.blockers += drain_blockers(workload)
            return
    if workload.kind not in MOVABLE:
        judgement.blockers.append(_immovable(workload.target))
        return
    move = Move.WAIT_FOR_OWNER if workload.managed_by else Move.RETARGET
    reason = workload.managed_by or (STRANDED if stranded else "")
    if rewritten is not None and not changes:
        source = "manifests"
    judgement.workloads.append(_planned(workload, s, move, changes, source, reason, rewritten))
    judgement.blockers += affinity_blockers(workload, s.request.to, s.green, s.catalog)
    lost = s.forecast.stranded_by_rollout(workload, new_selector(workload, s))
    judgement.blockers += placement_blockers(workload, lost, s.green)
    if stranded:
        judgement.notes.append(drain_strands(workload, stranded))
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
    )


def new_selector(workload: WorkloadFacts, s: Situation) -> dict[str, str]:
    """The nodeSelector entries that a retarget sets: pins follow, and one version pin is there."""
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


def image_changes(
    workload: WorkloadFacts, s: Situation
) -> tuple[tuple[ImageChange, ...], list[Blocker], str]:
    """The references to replace, what keeps it from being done, and who names the new ones."""
    changes: list[ImageChange] = []
    blockers: list[Blocker] = []
    sources: list[str] = []
    if is_host_process(workload.template.spec):
        return (), [], "none"
    for ref in images_of(workload.template):
        new, source = _new_reference(ref, workload, s)
        if new is None:
            blockers.append(_rebuild(workload, ref, s))
            continue
        # "It stays" by the user's word is looked at like any other image.
        trouble = _trouble(workload, ref, new, source, s) if source != "none" else None
        if trouble is not None:
            blockers.append(trouble)
        if new == ref:
            continue
        changes.append(ImageChange(old=ref, new=new))
        sources.append(source)
    return tuple(changes), blockers, sources[0] if sources else "none"


def _new_reference(ref: str, workload: WorkloadFacts, s: Situation) -> tuple[str | None, str]:
    """First match wins: the user's word, the rewritten file, the catalog's mapping, none needed."""
    if ref in s.request.images:
        return s.request.images[ref], "option"
    rewritten = s.rewritten.get(workload.target)
    if rewritten is not None and ref in rewritten.images:
        return rewritten.images[ref], "manifests"
    here = verdict(s.snapshot.image(ref), s.request.to, s.catalog)
    if here in FITTING:
        return ref, "none"
    found = successor(ref, s.request.to, s.catalog)
    confirmed = found.ref is not None and s.snapshot.image(found.ref) is not None
    if found.action is Action.EDIT and confirmed:
        return found.ref, "catalog"
    return None, "none"


def _trouble(
    workload: WorkloadFacts, ref: str, new: str, source: str, s: Situation
) -> Blocker | None:
    """What is wrong with a new reference by the registry's word; None for nothing known."""
    facts = s.snapshot.image(new)
    judged = verdict(facts, s.request.to, s.catalog)
    if judged in FITTING:
        return None
    reason = s.snapshot.unknown_reason(f"image/{new}")
    if judged is Verdict.UNKNOWN and source == "option" and reason is None:
        # A snapshot from a file knows only what was looked up; the user's word stands.
        return None
    why = reason or explain_verdict(facts, s.request.to, s.catalog)
    return Blocker(
        rule="PSW104",
        target=workload.target,
        why=f"the new image {new} for {ref} cannot be used: {why}",
        fix=f"Push an image that fits {s.request.to}, or name another: --image {ref}=NEW",
    )


def _rebuild(workload: WorkloadFacts, ref: str, s: Situation) -> Blocker:
    why = s.snapshot.unknown_reason(f"image/{ref}") or explain_verdict(
        s.snapshot.image(ref), s.request.to, s.catalog
    )
    found = successor(ref, s.request.to, s.catalog)
    facts = s.snapshot.image(ref)
    hides = facts is not None and hides_fitting(facts, s.request.to, s.catalog)
    hint = ""
    if found.ref is not None:
        gone = s.snapshot.unknown_reason(f"image/{found.ref}") or "it was not looked up"
        hint = f"; the catalog's successor {found.ref} is not confirmed: {gone}"
    elif found.suggestion:
        hint = f"; {found.suggestion}"
    return Blocker(
        rule="PSW104",
        target=workload.target,
        why=f"image {ref} does not run on {s.request.to}: {why}{hint}",
        fix=(
            "Push its index again with each entry's os.version and plan again, or pass "
            if hides
            else "Rebuild and pass "
        )
        + f"--image {ref}=NEW",
    )


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
