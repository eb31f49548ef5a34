"""Cases about modes and counts."""

from __future__ import annotations

from tests.sim.arm.rules.bench import Case, Setup, change, delete, linux, with_pool
from tests.sim.arm.rules.parts import (
    INVALID,
    many_nodes,
    many_pools,
    of_a_set,
    pool_stopped,
    stopped,
)

from poolshift.sim.scenarioparts import QuotaSpec

MODES = (
    Case("unknown-mode", INVALID, linux(mode="Both"), linux(mode="User")),
    Case(
        "last-system-pool",
        "OperationNotAllowed",
        delete("system"),
        delete("ws22"),
        sub="last-system-pool",
        says="There has to be at least one system agent pool.",
    ),
    Case(
        "last-system-pool-demoted",
        "OperationNotAllowed",
        change("system", mode="User"),
        with_pool(linux(mode="System"), change("system", mode="User")),
        sub="last-system-pool",
    ),
    Case(
        "second-managed-system-pool",
        INVALID,
        with_pool(linux(mode="ManagedSystem"), linux("more", mode="ManagedSystem")),
        linux(mode="ManagedSystem"),
        says="'ManagedSystem' pool is limited to one per cluster",
    ),
    Case(
        "spot-system-pool",
        INVALID,
        linux(mode="System", scaleSetPriority="Spot"),
        linux(scaleSetPriority="Spot", spotMaxPrice=-1),
    ),
    Case(
        "too-many-pools",
        INVALID,
        linux(),
        linux(),
        world=Setup(then=many_pools),
        accepted_in=Setup(),
    ),
    Case(
        "too-many-nodes-in-a-pool",
        INVALID,
        linux(count=1001),
        linux(count=1000),
        world=Setup(parts={"quota": (QuotaSpec(limit=40000),)}),
    ),
    Case(
        "too-many-nodes-in-a-cluster",
        INVALID,
        linux(count=3),
        linux(count=2),
        world=Setup(parts={"quota": (QuotaSpec(limit=40000),)}, then=many_nodes),
    ),
    Case("empty-system-pool", INVALID, linux(mode="System", count=0), linux(count=0)),
    Case("few-pods", INVALID, linux(maxPods=9), linux(maxPods=10, count=3)),
    Case("many-pods", INVALID, linux(maxPods=251), linux(maxPods=250)),
    Case("few-pods-in-all", INVALID, linux(maxPods=10, count=2), linux(maxPods=15, count=2)),
    Case(
        "autoscaler-without-bounds",
        INVALID,
        linux(enableAutoScaling=True),
        linux(enableAutoScaling=True, minCount=1, maxCount=3),
    ),
    Case(
        "autoscaler-upside-down",
        INVALID,
        linux(enableAutoScaling=True, minCount=3, maxCount=1),
        linux(enableAutoScaling=True, minCount=0, maxCount=1),
    ),
    Case(
        "autoscaled-scaled-by-hand",
        "Cannot scale cluster autoscaler enabled node pool",
        change("ws22", enableAutoScaling=True, minCount=1, maxCount=5, count=4),
        change("ws22", enableAutoScaling=True, minCount=1, maxCount=5),
    ),
    Case(
        "stopped-cluster",
        "OperationNotAllowed",
        linux(),
        linux(),
        status=400,
        says="Managed Cluster is in stopped state, no operations except for start are allowed.",
        world=Setup(then=stopped),
        accepted_in=Setup(),
    ),
    Case(
        "stopped-pool",
        "OperationNotAllowed",
        change("ws22", count=4),
        change("ws22", powerState={"code": "Running"}),
        status=409,
        sub="in-progress",
        world=Setup(then=pool_stopped),
    ),
)

SETS = (
    Case(
        "availability-set",
        INVALID,
        linux(type="AvailabilitySet"),
        linux(type="AvailabilitySet"),
        accepted_in=Setup(start="2025-09-29", version="1.33.2"),
    ),
    Case(
        "beside-an-availability-set",
        INVALID,
        linux(),
        linux(),
        world=Setup(then=of_a_set),
        accepted_in=Setup(),
    ),
)
CASES = (
    *MODES,
    *SETS,
)
