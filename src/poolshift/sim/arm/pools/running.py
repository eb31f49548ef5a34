"""What all changes of pools share: refused while another runs, begun, finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.pools.codec import single_machines
from poolshift.sim.arm.pools.states import FAILED, PASSAGES, SUCCEEDED, Change
from poolshift.sim.arm.problems import ArmProblem, precondition_failed, refusal
from poolshift.sim.arm.state import Used

if TYPE_CHECKING:
    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool

CLUSTER_TARGET = "cluster"
_BUSY = "Operation is not allowed: Another"
_PLEASE = (
    "please wait for it to finish before starting a new operation. See "
    "https://aka.ms/aks-pending-operation for more details"
)
_WAIT = f"is in progress, {_PLEASE}"


def check_preconditions(pool: SimPool | None, *, if_match: str, if_none_match: str) -> None:
    """Refuse (412) when the pool is not what the client expects."""
    if if_none_match == "*" and pool is not None:
        raise precondition_failed(f"agent pool {pool.name} already exists (If-None-Match: *).")
    check_match(if_match, str(pool.properties.get("eTag", "")) if pool is not None else "")


def check_match(if_match: str, current: str) -> None:
    """Refuse (412) an If-Match that is not the current eTag; that is empty where there is none."""
    if not if_match or (if_match == "*" and current):
        return
    if if_match.strip('"') != current:
        raise precondition_failed(f"etag mismatch: sent {if_match}, current {current!r}.")


def refuse_busy(world: ArmWorld, pool: SimPool | None = None) -> None:
    """Refuse (409) a change of a pool while another one runs on it or on its cluster.

    The three sentences are those of the service's page on pending operations.
    """
    if world.operations.running_on(CLUSTER_TARGET) is not None:
        raise _pending(world, f"{_BUSY} operation ({_state(world.cluster.properties)}) {_WAIT}")
    if pool is not None and world.operations.running_on(pool.target) is not None:
        raise _pending(world, f"{_BUSY} agentpool operation ({_state(pool.properties)}) {_WAIT}")


def refuse_busy_cluster(world: ArmWorld) -> None:
    """Refuse (409) a change of a cluster while another one runs on it or on any of its pools."""
    refuse_busy(world)
    for pool in world.pools.values():
        if world.operations.running_on(pool.target) is not None:
            raise _pending(
                world,
                f"Managed Cluster {_BUSY[0].lower()}{_BUSY[1:]} operation "
                f"({_state(pool.properties)}) is in progress on agent pool ({pool.name}), "
                f"{_PLEASE}",
            )


def _pending(world: ArmWorld, message: str) -> ArmProblem:
    return refusal(world.catalog, "OperationNotAllowed", message, sub="in-progress")


def _state(properties: dict[str, Any]) -> str:
    return str(properties.get("provisioningState"))


def begin(world: ArmWorld, pool: SimPool, change: Change) -> SimOperation:
    """Start the operation of a change: the pool's state tells of it from now on."""
    pool.properties["provisioningState"] = PASSAGES[change].state
    pool.properties["eTag"] = world.tag()
    return world.operations.start(pool.target)


def draw_s(world: ArmWorld, pool: SimPool, change: Change) -> float:
    """How long a change takes: drawn anew at each call."""
    passage = PASSAGES[change]
    return world.durations.draw(passage.windows if pool.windows else passage.linux)


def settle(world: ArmWorld, pool: SimPool) -> None:
    """An upgrade is through: keep what the pool ran, for a rollback.

    None leads back over a change of OS SKU.
    """
    before, pool.good = pool.good or pool.make, None
    if before.os_sku != pool.make.os_sku:
        pool.used = []
    elif before != pool.make:
        pool.used = [Used(before, world.clock.moment())]


def finish(
    world: ArmWorld, pool: SimPool, operation: SimOperation, error: tuple[str, str] | None = None
) -> None:
    """End the operation; with an error, its own or that of its machines, the pool has failed.

    A pool whose upgrade did not go through stays failed until its machines are what it says.
    """
    error = error or operation.doom
    if all(pool.made_of.get(name) == pool.make for name in pool.machines):
        settle(world, pool)
    failed = error is not None or pool.good is not None
    pool.properties["provisioningState"] = FAILED if failed else SUCCEEDED
    # By the schema of newer api-versions; what the service has there was never recorded.
    pool.properties.pop("status", None)
    if error:
        detail = {"code": error[0], "message": error[1]}
        pool.properties["status"] = {"provisioningError": detail}
    counted = single_machines(pool.properties)
    if counted and not error:
        pool.properties["virtualMachineNodesStatus"] = counted["virtualMachineNodesStatus"]
    pool.properties["eTag"] = world.tag()
    world.operations.end(operation, error)
    world.pools_changed()
