"""A plan as a procedure: the same actions and files for every format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.arm_client import checked_id
from poolshift.core.errors import UsageError
from poolshift.core.marks import POOL_RUN_TAG
from poolshift.core.plan import Plan, PlanPool, Strategy
from poolshift.render.clients import client_needs
from poolshift.render.interface import ClusterName, Procedure, Stage
from poolshift.render.limits import common_limits
from poolshift.render.names import file_stem
from poolshift.render.stages import STAGES, Outline, asked_features
from poolshift.render.workloads import MANIFESTS, Moved, json_text, moved_workloads, workload_files
from poolshift.semantics.names import problem_with
from poolshift.semantics.prepull import prepull_daemon_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from poolshift.catalog import Catalog
    from poolshift.core.plan import Step

_PLAN_ID = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")
AGAIN = "Make a new one with: poolshift plan --to SKU --out PLAN"


def make_procedure(plan: Plan, catalog: Catalog, as_of: date) -> Procedure:
    """Take a plan apart.

    Args:
        plan: the plan.
        catalog: the facts.
        as_of: the day whose facts decide on client versions and previews.

    Raises:
        UsageError: the plan cannot be rendered: damaged, too old, or of a strategy without steps.
    """
    cluster = _cluster(plan)
    _check_texts(plan)
    for pool in plan.pools:
        _check_pool(pool, catalog)
    workloads = moved_workloads(plan)
    helpers, helper_files = _helpers(plan, workloads)
    others = tuple(
        (o.target, f"{MANIFESTS}/{file_stem(o.target)}.other.yaml") for o in plan.other_manifests
    )
    needs = client_needs(plan.to, catalog, as_of)
    outline = Outline(plan, plan.id, needs, workloads, helpers, others)
    files = {n: t for w in workloads.values() for n, t in workload_files(plan, w)}
    files |= helper_files
    files |= _bodies(plan)
    for (_, name), other in zip(others, plan.other_manifests, strict=True):
        files[name] = other.manifest if other.manifest.endswith("\n") else other.manifest + "\n"
    return Procedure(
        plan=plan,
        catalog=catalog,
        as_of=as_of,
        cluster=cluster,
        mark=plan.id,
        stages=tuple(_stage(outline, n, step) for n, step in enumerate(plan.steps, start=1)),
        workloads=workloads,
        files=files,
        needs=needs,
        limits=common_limits(plan, workloads),
    )


def _cluster(plan: Plan) -> ClusterName:
    parts = checked_id(plan.cluster).split("/")
    return ClusterName(plan.cluster, parts[2], parts[4], parts[8])


def _check_texts(plan: Plan) -> None:
    """No text that a file, a shell or a label cannot hold."""
    if not _PLAN_ID.fullmatch(plan.id):
        raise UsageError(
            f"the plan has the id {plan.id!r}",
            why="the marks on pools and objects carry it, and they take plain ids only",
            fix=AGAIN,
            code="PSE120",
        )
    for text in _texts(msgspec.to_builtins(plan)):
        if _UNWRITABLE.search(text):
            raise UsageError(
                f"the plan holds a text that no file can hold: {text!r}", fix=AGAIN, code="PSE120"
            )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _check_pool(pool: PlanPool, catalog: Catalog) -> None:
    properties = pool.body.get("properties")
    if not isinstance(properties, dict):
        raise UsageError(
            f"the plan does not say what {pool.green} is made from",
            why="its body has no properties",
            fix=AGAIN,
            code="PSE120",
        )
    os_type = str(properties.get("osType") or "Windows")
    for name in (pool.blue, pool.green):
        problem = problem_with(name, os_type, catalog)
        if problem is not None:
            raise UsageError(
                "the plan names an impossible pool", why=problem, fix=AGAIN, code="PSE120"
            )
    if pool.strategy is Strategy.IN_PLACE:
        raise UsageError(
            f"{pool.blue} moves in place, and that cannot be rendered",
            why="the accepted call is the act and has no way back; it needs the checks of apply",
            fix="Use poolshift apply, or plan with --strategy blue-green",
            code="PSE126",
        )


def _helpers(
    plan: Plan, workloads: Mapping[str, Moved]
) -> tuple[dict[str, tuple[tuple[str, str], ...]], dict[str, str]]:
    """The pre-pull helpers of each blue pool, and their files: one a namespace."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    files: dict[str, str] = {}
    for pool in plan.pools:
        groups: dict[str, list[Moved]] = {}
        for w in workloads.values():
            if w.planned.pool == pool.blue and w.retargeted and w.planned.images:
                groups.setdefault(w.namespace, []).append(w)
        named = {ns: f"{MANIFESTS}/pull-{pool.green}-{file_stem(ns)}.json" for ns in groups}
        files |= {named[ns]: json_text(_helper(plan, pool, ns, ws)) for ns, ws in groups.items()}
        found[pool.blue] = tuple(named.items())
    return found, files


def _helper(plan: Plan, pool: PlanPool, namespace: str, ws: list[Moved]) -> dict[str, Any]:
    images = dict.fromkeys(c.new for w in ws for c in w.planned.images)
    secrets = dict.fromkeys(s for w in ws for s in w.planned.pull_secrets)
    return prepull_daemon_set(plan.id, namespace, pool.green, images, secrets)


def body_file(pool: PlanPool) -> str:
    """Name of the file that holds the body which green is made from."""
    return f"{MANIFESTS}/pool-{pool.green}.json"


def pool_body(plan: Plan, pool: PlanPool) -> dict[str, Any]:
    """What green is made from, with the mark that tells who made it."""
    properties = pool.body["properties"]
    tags = {**(properties.get("tags") or {}), POOL_RUN_TAG: plan.id}
    return {**pool.body, "properties": {**properties, "tags": tags}}


def _bodies(plan: Plan) -> dict[str, str]:
    return {body_file(p): json_text(pool_body(plan, p)) for p in plan.pools}


def _stage(outline: Outline, number: int, step: Step) -> Stage:
    forward, back = STAGES[step.kind]
    if step.nothing_to_do and not _needed_after_all(outline, step):
        return Stage(number, step)
    return Stage(number, step, forward(outline, step), back(outline, step))


def _needed_after_all(outline: Outline, step: Step) -> bool:
    """Whether the facts of the rendering's day ask for a feature that the plan's did not."""
    return step.kind == "features" and bool(asked_features(step, outline.needs))
