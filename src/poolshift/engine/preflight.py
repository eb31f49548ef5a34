"""Preflight: every write that the plan will make, sent with dryRun=All, and the rights for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.errors import ApiError
from poolshift.core.kube import (
    BUDGETS,
    DAEMON_SETS,
    DEPLOYMENTS,
    LEASES,
    NODES,
    PODS,
    STATEFUL_SETS,
    Resource,
    resource_of_kind,
)
from poolshift.core.marks import POOL_RUN_TAG
from poolshift.core.plan import Move, Plan, PlanWorkload
from poolshift.core.ports import ArmApi, KubeApi, PatchKind
from poolshift.engine.dry_evictions import eviction_problems
from poolshift.engine.manifests import other_changes, parse_document
from poolshift.engine.problem import Problem, refused
from poolshift.engine.view import pool_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


RIGHTS: tuple[tuple[str, Resource[Any], str], ...] = (
    ("list", NODES, ""),
    ("patch", NODES, ""),
    ("list", PODS, ""),
    ("create", PODS, "eviction"),
    ("patch", PODS, ""),
    ("get", DEPLOYMENTS, ""),
    ("patch", DEPLOYMENTS, ""),
    ("get", STATEFUL_SETS, ""),
    ("patch", STATEFUL_SETS, ""),
    ("create", DAEMON_SETS, ""),
    ("delete", DAEMON_SETS, ""),
    ("list", BUDGETS, ""),
)


async def missing_rights(kube: KubeApi) -> tuple[Problem, ...]:
    """Kubernetes rights that the run needs and the credential lacks."""
    problems = []
    wanted = [(v, r, "", s) for v, r, s in RIGHTS]
    wanted += [(v, LEASES, "kube-system", "") for v in ("get", "create", "patch")]
    for verb, resource, namespace, sub in wanted:
        if not await kube.allowed(verb, resource, namespace, sub):
            name = f"{resource.plural}/{sub}" if sub else resource.plural
            problems.append(
                Problem(
                    target=name,
                    why=f"no right to {verb} {name}",
                    fix="bind the role of docs/permissions.md to this identity",
                    permission=True,
                )
            )
    return tuple(problems)


async def preflight(arm: ArmApi, kube: KubeApi, cluster_id: str, plan: Plan) -> tuple[Problem, ...]:
    """All problems at once, so that one look is enough."""
    rights = await missing_rights(kube)
    if rights:
        return rights
    found = [p async for p in _arm_problems(arm, cluster_id, plan)]
    found += [p async for p in _node_problems(kube, plan)]
    for workload in plan.workloads:
        found += [p async for p in _workload_problems(kube, workload)]
    found += [p async for p in eviction_problems(kube, plan)]
    found += [p async for p in _other_documents(kube, plan)]
    return tuple(found)


async def _arm_problems(arm: ArmApi, cluster_id: str, plan: Plan) -> AsyncIterator[Problem]:
    cluster = await arm.cluster(cluster_id)
    if cluster.properties.provisioning_state not in ("Succeeded", ""):
        yield Problem("cluster", f"another operation: {cluster.properties.provisioning_state}")
    pools = await arm.pools(cluster_id)
    greens = {p.green for p in plan.pools}
    if any(p.name in greens and POOL_RUN_TAG in (p.properties.tags or {}) for p in pools):
        # An adopted run in the middle of its own operations: the steps wait for those.
        return
    for pool in pools:
        if pool.name in {p.blue for p in plan.pools} | {p.green for p in plan.pools}:
            state = pool.properties.provisioning_state
            if state != "Succeeded":
                yield Problem(f"pool/{pool.name}", f"it is {state}", "wait or mend it first")


async def _node_problems(kube: KubeApi, plan: Plan) -> AsyncIterator[Problem]:
    blues = {p.blue for p in plan.pools}
    nodes = (await kube.list(NODES)).items
    node = next((n for n in nodes if pool_of(n) in blues), None)
    if node is None:
        return
    patch = {"metadata": {"annotations": {"poolshift.io/preflight": "true"}}}
    try:
        await kube.patch(NODES, node.metadata.name, patch, kind=PatchKind.STRATEGIC, dry_run=True)
    except ApiError as error:
        yield refused(f"node/{node.metadata.name}", error)


async def _workload_problems(kube: KubeApi, planned: PlanWorkload) -> AsyncIterator[Problem]:
    if planned.move not in (Move.RETARGET, Move.DRAIN):
        return
    namespace, kind, name = planned.target.split("/")
    resource = resource_of_kind(kind)
    if resource is None:
        yield Problem(planned.target, f"poolshift does not know how to move a {kind}")
        return
    try:
        live = await kube.read(resource, name, namespace)
        if planned.move is Move.RETARGET:
            for problem in _file_problems(planned, live):
                yield problem
            patch = {"metadata": {"annotations": {"poolshift.io/preflight": "true"}}}
            await kube.patch(
                resource, name, patch, namespace, kind=PatchKind.STRATEGIC, dry_run=True
            )
    except ApiError as error:
        yield refused(planned.target, error)


def _file_problems(planned: PlanWorkload, live: dict[str, Any]) -> tuple[Problem, ...]:
    if not planned.manifest:
        return ()
    more = other_changes(parse_document(planned.manifest), live)
    if not more:
        return ()
    return (
        Problem(
            planned.target,
            f"applying its manifest would also change {', '.join(more[:5])}",
            "apply that change first with kubectl apply, or plan without --manifests",
        ),
    )


async def _other_documents(kube: KubeApi, plan: Plan) -> AsyncIterator[Problem]:
    for other in plan.other_manifests:
        namespace, kind, name = other.target.split("/")
        resource = resource_of_kind(kind)
        if resource is None:
            continue
        try:
            live = await kube.read(resource, name, namespace)
        except ApiError as error:
            yield refused(other.target, error)
            continue
        more = other_changes(parse_document(other.manifest), live)
        if more:
            yield Problem(
                other.target,
                f"its manifest differs from what was applied: {', '.join(more[:5])}",
                "apply that change first with kubectl apply",
            )
