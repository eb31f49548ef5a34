"""Faults of operations: upgrades that fail or lie, polls in trouble, deletions, slowness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.sim.arm.drain import Drain
from poolshift.sim.arm.machines import drop_machine
from poolshift.sim.arm.pools.running import refuse_busy
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.state import SERVICE
from poolshift.sim.arm.upgrades.rolling import behind
from poolshift.sim.arm.upgrades.settings import CORDON
from poolshift.sim.arm.upgrades.start import FAILS, UNTRUE, begin_upgrade
from poolshift.sim.faults.colleagues import Insisting, mend
from poolshift.sim.faults.fault import entered, pool_of
from poolshift.sim.kube import webhooks

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.arm.state import SimPool
    from poolshift.sim.faults.fault import End
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.world import World

_GUARD = {"name": "keep.fault"}
# The code is known, of its words only that they tell of the scale set.
_DELETION = (
    "DeleteVMSSAgentPoolFailed",
    "VMSSAgentPoolReconciler retry failed: scale set delete failed",
)


def upgrade_fails(world: World, name: str, value: float) -> End:
    """A pool's next upgrade fails once its added machines have come, and leaves them."""
    return _fated(world, name, FAILS)


def upgrade_untrue(world: World, name: str, value: float) -> End:
    """A pool's next upgrade reports success and touches no node; the end brings them up."""
    pool, good = pool_of(world, name), pool_of(world, name).make
    end = _fated(world, name, UNTRUE)

    def upgrade() -> None:
        if world.arm.pools.get(pool.name.lower()) is pool and pool.well and behind(pool):
            refuse_busy(world.arm, pool)
            begin_upgrade(world.arm, pool, Change.UPGRADE_IMAGE, good)

    def over() -> None:
        end()
        Insisting(world, upgrade)

    return over


def _fated(world: World, name: str, fate: str) -> End:
    pool = pool_of(world, name)
    pool.fate = fate

    def over() -> None:
        pool.fate = ""
        mend(world, pool)

    return over


def poll_errors(world: World, target: str, value: float) -> End:
    """Polls of operations carry errors that mean nothing, as they were recorded."""
    operations = world.arm.operations
    operations.troubled = True

    def over() -> None:
        operations.troubled = False

    return over


def slow(world: World, target: str, factor: float) -> End:
    """Every operation that begins takes so many times as long."""
    return entered(world.azure.durations.slower, factor)


def delete_refused(world: World, name: str, value: float) -> End:
    """The deletion of a pool is accepted and fails; the end sets a pool right that failed of it."""
    pool = pool_of(world, name)
    end = entered(world.azure.troubles.deletions, (pool.name.lower(), _DELETION))

    def over() -> None:
        end()
        mend(world, pool)

    return over


def quarantined(world: World, node: str, value: float) -> End:
    """No pod leaves a node by eviction, and its pool goes on without it.

    The end lets pods leave, puts the pool's behaviour back, and takes the machine away where an
    upgrade has set it aside: the service leaves that to its users.
    """
    arm = world.arm
    pool = next((p for p in arm.pools.values() if node in p.machines), None)
    if pool is None:
        raise UsageError(f"there is no node {node!r} to be held")
    held = world.kube.ctx.disturbances.held_nodes
    before = dict(pool.properties.get("upgradeSettings") or {})
    _set_behaviour(world, pool, {**before, "undrainableNodeBehavior": CORDON})

    def deny(pod: Object, *, dry_run: bool) -> ApiError:
        return webhooks.denied(_GUARD, f"nothing leaves {node}")

    held[node] = deny

    def gone(left: str | None) -> None:
        if left is None and node in pool.quarantined:
            drop_machine(arm, pool, node, by=SERVICE)

    def over() -> None:
        if held.get(node) is deny:
            del held[node]
        _set_behaviour(world, pool, before)
        mend(world, pool)
        if node in pool.quarantined:
            limit_s = arm.durations.drain_limit()
            Drain(arm, (node,), limit_s=limit_s, heed_budgets=True, done=gone).start()

    return over


def _set_behaviour(world: World, pool: SimPool, settings: dict[str, object]) -> None:
    pool.properties["upgradeSettings"] = settings
    pool.properties["eTag"] = world.arm.tag()
