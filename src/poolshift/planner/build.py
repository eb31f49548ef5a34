"""The whole plan from its parts."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from poolshift.catalog import Catalog, sources_of
from poolshift.core.clock import format_time
from poolshift.core.errors import UsageError
from poolshift.core.plan import Blocker, Guard, Plan, PlanPool, PlanWorkload, UsedFact
from poolshift.planner.estimate import estimate
from poolshift.planner.fingerprint import fingerprint, parts
from poolshift.planner.guard import choose_guard, strongest
from poolshift.planner.manifests import Files, read_files
from poolshift.planner.pools import choose_pools, green_name, known_sku, plan_pool
from poolshift.planner.standstill import RULE as STANDSTILL
from poolshift.planner.standstill import standing_still
from poolshift.planner.steps import make_steps
from poolshift.planner.workloads import Judgement, Situation, judge
from poolshift.semantics.forecast import Forecast, Succession
from poolshift.semantics.identities import place_of, successor_of

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.core.finding import Assessment
    from poolshift.core.snapshot import PoolFacts, Snapshot
    from poolshift.planner.request import PlanRequest

NAME_RULE = "PSW106"


def make_plan(
    snapshot: Snapshot,
    catalog: Catalog,
    request: PlanRequest,
    *,
    assessment: Assessment,
    made_at: datetime,
) -> Plan:
    """Make the plan; what stands in its way becomes a blocker, and the plan is made all the same.

    Raises:
        UsageError: an unknown SKU or pool, a green name that is taken or too long, a SKU that
            this version does not move to.
    """
    to = known_sku(request.to, catalog)
    request = replace(request, to=to)
    chosen = choose_pools(snapshot, request, catalog)
    _refuse_linux(chosen, request)
    pools, judgement, files, blockers = _pools(snapshot, catalog, request, chosen)
    workloads = tuple(judgement.workloads)
    steps = make_steps(snapshot, catalog, request, pools, workloads)
    covered = parts(snapshot, [w.target for w in workloads])
    blockers += judgement.blockers + list(files.blockers)
    blockers += standing_still(workloads, snapshot)
    blockers += blocking_findings(assessment, {p.name for p in chosen}, blockers)
    mark = fingerprint(covered)
    return Plan(
        id=_plan_id(mark, request, made_at),
        cluster=snapshot.cluster.id,
        kubernetes_version=snapshot.cluster.kubernetes_version,
        snapshot_fingerprint=mark,
        fingerprint_parts=covered,
        made_at=format_time(made_at),
        to=to,
        pools=pools,
        workloads=workloads,
        blockers=tuple(blockers),
        facts=_facts(catalog, to, chosen),
        steps=steps,
        estimate=estimate(steps, pools),
        notes=(*judgement.notes, *files.notes, *_unread_identities(snapshot)),
        other_manifests=files.others,
        keep_blue_s=request.keep_blue_s,
    )


def _refuse_linux(chosen: tuple[PoolFacts, ...], request: PlanRequest) -> None:
    linux = [p.name for p in chosen if p.os_type != "Windows"]
    if linux:
        raise UsageError(
            f"moving the Linux pool {linux[0]} to {request.to} is not available in this version",
            why="a Linux pool changes its OS SKU in place",
            fix="az aks nodepool update --os-sku " + request.to,
            code="PSE154",
        )


def _pools(
    snapshot: Snapshot, catalog: Catalog, request: PlanRequest, chosen: tuple[PoolFacts, ...]
) -> tuple[tuple[PlanPool, ...], Judgement, Files, list[Blocker]]:
    """Greens, workloads and guards; a strict guard means that the files are read once more."""
    blockers: list[Blocker] = []
    greens = _greens(snapshot, catalog, request, chosen, blockers)
    files = read_files(request, snapshot, catalog, strict=False)
    judgement = _judge(snapshot, catalog, request, files, chosen, greens)
    guard = strongest(choose_guard(request.guard, p, _of(judgement, p), snapshot) for p in chosen)
    if guard is Guard.STRICT and request.manifests:
        files = read_files(request, snapshot, catalog, strict=True)
        judgement = _judge(snapshot, catalog, request, files, chosen, greens)
    pools = tuple(plan_pool(p, greens[p.name], guard, request, snapshot, catalog) for p in chosen)
    return pools, judgement, files, blockers


def _of(judgement: Judgement, pool: PoolFacts) -> list[PlanWorkload]:
    return [w for w in judgement.workloads if w.pool == pool.name]


def _greens(
    snapshot: Snapshot,
    catalog: Catalog,
    request: PlanRequest,
    chosen: tuple[PoolFacts, ...],
    blockers: list[Blocker],
) -> dict[str, str]:
    taken = {p.name for p in snapshot.pools}
    greens: dict[str, str] = {}
    for pool in chosen:
        name = green_name(pool, request, taken, catalog)
        if name is None:
            blockers.append(
                Blocker(
                    rule=NAME_RULE,
                    target=f"pool/{pool.name}",
                    why="no short name is free for its green pool",
                    fix=f"Name one: --green {pool.name}=NAME",
                )
            )
            name = pool.name
        taken.add(name)
        greens[pool.name] = name
    return greens


def _judge(
    snapshot: Snapshot,
    catalog: Catalog,
    request: PlanRequest,
    files: Files,
    chosen: tuple[PoolFacts, ...],
    greens: dict[str, str],
) -> Judgement:
    whole = Judgement()
    seen: set[str] = set()
    build = catalog.build_of(request.to)
    forecast = Forecast(
        snapshot, (Succession(p, greens[p.name], request.to, build) for p in chosen)
    )
    for pool in chosen:
        others = [p for p in snapshot.pools if p.name != pool.name]
        places = [place_of(p, snapshot) for p in others] + [
            successor_of(p, greens[p.name], request.to, build, snapshot)
            for p in chosen
            if p.name != pool.name
        ]
        situation = Situation(
            snapshot,
            catalog,
            request,
            files.workloads,
            pool,
            greens[pool.name],
            forecast,
            tuple(places),
        )
        part = judge(situation)
        # A workload on two pools that both move is moved with the first.
        whole.workloads += [w for w in part.workloads if w.target not in seen]
        whole.blockers += [b for b in part.blockers if b.target not in seen]
        whole.notes += [n for n in part.notes if n not in whole.notes]
        seen |= {w.target for w in part.workloads}
    return whole


PLANNED_RULES = frozenset(
    {
        "PSW104",
        "PSW105",
        "PSK203",
        "PSK204",
        "PSK209",
        "PSK210",
        "PSI302",
        "PSK212",
        STANDSTILL,
        NAME_RULE,
    }
)
"""Rules whose findings the planner answers itself, with the user's images and names known."""


def blocking_findings(
    assessment: Assessment, chosen: set[str], already: list[Blocker]
) -> list[Blocker]:
    """Blocking findings about the cluster or the pools that move."""
    known = {(b.rule, b.target) for b in already}
    return [
        Blocker(rule=f.rule, target=f.target, why=f"{f.what}: {f.why}", fix=f.fix)
        for f in assessment.findings
        if f.blocks
        and f.rule not in PLANNED_RULES
        and (f.rule, f.target) not in known
        and (not f.target.startswith("pool/") or f.target.removeprefix("pool/") in chosen)
    ]


def _unread_identities(snapshot: Snapshot) -> tuple[str, ...]:
    """Whether the plan knows what the identity steps have to do."""
    reason = snapshot.unknown_reason("scale-sets")
    if reason is None:
        return ()
    return (
        f"the scale sets could not be read ({reason}), so no identity is carried over: look "
        "whether the old pools have identities of their own before you apply",
    )


def _plan_id(mark: str, request: PlanRequest, made_at: datetime) -> str:
    text = f"{mark}|{request}|{made_at.isoformat()}"
    return "plan-" + hashlib.sha256(text.encode()).hexdigest()[:10]


def _facts(catalog: Catalog, to: str, chosen: tuple[PoolFacts, ...]) -> tuple[UsedFact, ...]:
    facts: list[UsedFact] = []
    for name in dict.fromkeys([to, *(p.os_sku for p in chosen)]):
        sku = catalog.sku(name)
        if sku is None:
            continue
        source = sources_of(sku.source)[0]
        facts.append(UsedFact(id=f"{sku.id}/build", value=str(sku.build), source=source))
        bounds = f"{sku.k8s_min or 'open'} to {sku.k8s_max or 'open'}"
        facts.append(UsedFact(id=f"{sku.id}/kubernetes", value=bounds, source=source))
        for what in ("create", "patch", "upgrade", "scale"):
            claim = catalog.ends(sku.id, what)
            if claim is not None and claim.value is not None:
                facts.append(
                    UsedFact(
                        id=f"{sku.id}/ends/{what}", value=str(claim.value), source=claim.source
                    )
                )
    return tuple(facts)
