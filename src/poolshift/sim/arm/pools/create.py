"""A new pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.around.compute import grant_kubelet
from poolshift.sim.arm.machines import configure_nodes, scale_set_name
from poolshift.sim.arm.pools.codec import filled
from poolshift.sim.arm.pools.growing import add_machines
from poolshift.sim.arm.pools.running import begin, draw_s, finish, refuse_busy
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.rules.checks import check_create
from poolshift.sim.arm.rules.fixedfields import GPU_IMAGE_HEADER
from poolshift.sim.arm.snapshots.store import with_snapshot
from poolshift.sim.arm.state import SERVICE, ArmWorld, SimPool
from poolshift.sim.arm.upgrades.goals import resolved
from poolshift.sim.arm.upgrades.nodeimages import current

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.operations import SimOperation

_DIGITS_TOP = 10**8


def create_pool(
    world: ArmWorld, name: str, sent: Mapping[str, Any], headers: Mapping[str, str], *, by: str
) -> tuple[SimPool, SimOperation]:
    """Accept a new pool; its nodes come up side by side while the operation runs."""
    refuse_busy(world)
    pool = new_pool(world, name, sent, headers, by=by)
    operation, total_s = begin(world, pool, Change.CREATE), draw_s(world, pool, Change.CREATE)
    add_machines(world, pool, pool.count, total_s, operation)
    operation.after(total_s, lambda: finish(world, pool, operation))
    return pool, operation


def new_pool(
    world: ArmWorld, name: str, sent: Mapping[str, Any], headers: Mapping[str, str], *, by: str
) -> SimPool:
    """A pool that the service's rules allow, with its scale set and no machines yet."""
    given, snapshot = with_snapshot(world, sent)
    props = filled(world, given)
    image = current(world, check_create(world, name, props, headers))
    if snapshot is not None:
        image = snapshot.image
    props["currentOrchestratorVersion"] = resolved(world, str(props["orchestratorVersion"]), "")
    props["nodeImageVersion"] = image.version
    props["powerState"] = {"code": "Running"}
    pool = SimPool(name, props, image)
    pool.gpu_image = headers.get(GPU_IMAGE_HEADER, "").lower() == "true"
    digits = f"{world.rng.randrange(_DIGITS_TOP):08d}"
    pool.scale_set = scale_set_name(name, digits, windows=pool.windows)
    world.pools[name.lower()] = pool
    configure_nodes(world, pool, by=SERVICE)
    world.trace.emit("pool-added", pool=name, os_sku=str(props["osSKU"]), count=pool.count, by=by)
    grant_kubelet(world, pool)
    return pool
