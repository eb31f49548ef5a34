"""What all changes of pools share: refused while another runs, begun, finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.pools.codec import single_machines
from poolshift.sim.arm.pools.states import FAILED, PASSAGES, SUCCEEDED, Change
from poolshift.sim.arm.problems import ArmProblem, precondition_failed, refusal

if TYPE_CHECKING:
    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool

CLUSTER_TARGET = "cluster"


def check_preconditions(pool: SimPool | None, *, if_match: str, if_none_match: str) -> None:
    """Refuse (412) when the pool is not what the client expects."""
    if if_none_match == "*" and pool is not None:
        raise precondition_failed(f"agent pool {pool.name} already exists (If-None-Match: *).")
    if not if_match or (if_match == "*" and pool is not None):
        return
    current = str(pool.properties.get("eTag", "")) if pool is not None else ""
    if if_match.strip('"') != current:
        raise precondition_failed(f"etag mismatch: sent {if_match}, current {current!r}.")


def refuse_busy(world: ArmWorld, *targets: str) -> None:
    """Refuse (409) a change while another one runs on the same thing."""
    for target in targets:
        running = world.operations.running_on(target)
        if running is not None:
            raise refusal(
                world.catalog,
                "OperationNotAllowed",
                f"Operation is not allowed: Another operation ({running.id}) is in progress on "
                f"{running.target}. Please wait for it to finish.",
                sub="in-progress",
            )


def refuse_stopped(pool: SimPool) -> None:
    """Refuse (409) a change of a pool whose machines are off; the wording was not recorded."""
    if pool.stopped:
        raise ArmProblem(
            409,
            "OperationNotAllowed",
            f"Operation is not allowed: agent pool {pool.name} is stopped. Please start it first.",
        )


def begin(world: ArmWorld, pool: SimPool, change: Change) -> SimOperation:
    """Start the operation of a change: the pool's state tells of it from now on."""
    pool.properties["provisioningState"] = PASSAGES[change].state
    pool.properties["eTag"] = world.tag()
    return world.operations.start(pool.target)


def draw_s(world: ArmWorld, pool: SimPool, change: Change) -> float:
    """How long a change takes: drawn anew at each call."""
    passage = PASSAGES[change]
    return world.durations.draw(passage.windows if pool.windows else passage.linux)


def finish(
    world: ArmWorld, pool: SimPool, operation: SimOperation, error: tuple[str, str] | None = None
) -> None:
    """End the operation; with an error, its own or that of its machines, the pool has failed."""
    error = error or operation.doom
    pool.properties["provisioningState"] = FAILED if error else SUCCEEDED
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
