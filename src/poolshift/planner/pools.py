"""Which pools move, and what their green is created from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.errors import UsageError
from poolshift.core.plan import Guard, PlanPool, Strategy
from poolshift.semantics.generation import needs_fips, size_generations
from poolshift.semantics.identities import own_identities
from poolshift.semantics.names import check_green, propose_green
from poolshift.semantics.support import succeeds

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import PoolFacts, Snapshot
    from poolshift.planner.request import PlanRequest

READ_ONLY = frozenset(
    {
        "provisioningState",
        "powerState",
        "currentOrchestratorVersion",
        "nodeImageVersion",
        "eTag",
        "status",
        "creationData",
        "virtualMachineNodesStatus",
    }
)
"""Fields of a GET that belong to blue alone and must not be sent for green."""

GEN2_HEADER = {"UseWindowsGen2VM": "true"}
"""Not a property: it goes with every PUT of a Windows2022 Gen2 pool (gen2-header-not-stored)."""

GUARD_TAINT = "poolshift.io/guard=green:"
EFFECT = {Guard.STRICT: "NoSchedule", Guard.PREFER: "PreferNoSchedule"}


def known_sku(to: str, catalog: Catalog) -> str:
    """The OS SKU as ARM spells it.

    Raises:
        UsageError: no such SKU, or one that this version does not move to.
    """
    sku = catalog.sku(to)
    if sku is None:
        known = ", ".join(s.id for s in catalog.os_skus.os_skus)
        raise UsageError(
            f"no OS SKU {to}", why=f"known are {known}", fix="Name one of them", code="PSE150"
        )
    return sku.id


def choose_pools(
    snapshot: Snapshot, request: PlanRequest, catalog: Catalog
) -> tuple[PoolFacts, ...]:
    """The pools to move.

    Raises:
        UsageError: an unknown pool, one that the target cannot succeed, or none at all.
    """
    names = [p.name for p in snapshot.pools]
    for name in (*request.pools, *request.greens):
        if name not in names:
            raise UsageError(
                f"the cluster has no pool {name}",
                why=f"its pools are {', '.join(names)}",
                fix="Name one of them",
                code="PSE151",
            )
    if not request.pools:
        chosen = [p for p in snapshot.pools if succeeds(request.to, p, catalog)]
        if not chosen:
            raise _none(snapshot, request)
        return tuple(chosen)
    for name in request.pools:
        pool = snapshot.pool(name)
        if pool is not None and not succeeds(request.to, pool, catalog):
            raise UsageError(
                f"the pool {name} cannot move to {request.to}",
                why=f"it is {pool.os_type} with {pool.os_sku}; {request.to} is no later version",
                fix="Name another pool or another SKU",
                code="PSE152",
            )
    return tuple(p for p in snapshot.pools if p.name in request.pools)


def _none(snapshot: Snapshot, request: PlanRequest) -> UsageError:
    has = ", ".join(f"{p.name} ({p.os_sku})" for p in snapshot.pools)
    return UsageError(
        f"no pool can move to {request.to}",
        why=f"the pools are {has}",
        fix="Name another SKU with --to",
        code="PSE153",
    )


def green_name(
    pool: PoolFacts, request: PlanRequest, taken: set[str], catalog: Catalog
) -> str | None:
    """The user's name for green, checked, or a free, short, stable one; None when none is free."""
    asked = request.greens.get(pool.name)
    if asked is not None:
        return check_green(asked, pool.name, taken, os_type=pool.os_type, catalog=catalog)
    return propose_green(pool.name, taken, to=request.to, os_type=pool.os_type, catalog=catalog)


def gen2_headers(pool: PoolFacts, to: str, snapshot: Snapshot, catalog: Catalog) -> dict[str, str]:
    """The header that a Windows2022 green needs to boot Gen2, where it must or blue did."""
    if to != "Windows2022":
        return {}
    generations, _ = size_generations(pool.vm_size, snapshot.vm_sizes, catalog)
    gen2_only = generations == ("V2",)
    keeps = pool.vm_generation == "V2" and "V2" in generations
    return dict(GEN2_HEADER) if gen2_only or keeps else {}


def green_body(
    pool: PoolFacts, request: PlanRequest, guard: Guard, snapshot: Snapshot, catalog: Catalog
) -> dict[str, Any]:
    """The PUT that creates green: blue's own writable fields, with what must differ."""
    properties = {
        k: v
        for k, v in (pool.raw.get("properties") or {}).items()
        if k not in READ_ONLY and v is not None
    }
    properties |= {
        "osType": pool.os_type,
        "osSKU": request.to,
        "vmSize": pool.vm_size,
        "count": pool.count,
        "mode": pool.mode,
        "orchestratorVersion": snapshot.cluster.kubernetes_version,
        # The autoscaler could take green's idle nodes away before a pod is on them; it is
        # switched on at the end, with blue's own limits.
        "enableAutoScaling": False,
    }
    for key in ("minCount", "maxCount"):
        properties.pop(key, None)
    if needs_fips(request.to, catalog):
        properties["enableFIPS"] = True
    taints = [t for t in pool.taints if not t.startswith(GUARD_TAINT)]
    if guard in EFFECT:
        taints.append(GUARD_TAINT + EFFECT[guard])
    properties["nodeTaints"] = taints
    return {"properties": properties}


def autoscaler_limits(pool: PoolFacts) -> dict[str, int]:
    """Blue's autoscaler limits, which green gets at the end; empty without an autoscaler."""
    if not pool.autoscaling:
        return {}
    return {"min": pool.min_count or 0, "max": pool.max_count or pool.count}


def plan_pool(
    pool: PoolFacts,
    green: str,
    guard: Guard,
    request: PlanRequest,
    snapshot: Snapshot,
    catalog: Catalog,
) -> PlanPool:
    """The planned pool."""
    return PlanPool(
        blue=pool.name,
        green=green,
        strategy=Strategy.BLUE_GREEN,
        surge=request.surge or "100%",
        guard=guard,
        owner=request.owner or pool.owner,
        to=request.to,
        count=pool.count,
        build=pool.build,
        green_build=catalog.build_of(request.to),
        identities=own_identities(pool.name, snapshot),
        headers=gen2_headers(pool, request.to, snapshot, catalog),
        autoscaler=autoscaler_limits(pool),
        body=green_body(pool, request, guard, snapshot, catalog),
        sku=pool.os_sku,
    )
