"""Aborting what runs: an operation of its own, after which the other is canceled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.pools.running import CLUSTER_TARGET
from poolshift.sim.arm.pools.states import CANCELED
from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld

_TIMINGS = {True: "sum-abort", False: "op-nodepool-operation-abort"}


def abort(world: ArmWorld, target: str) -> SimOperation:
    """Abort what runs on a target (`cluster`, `pool/NAME`).

    The operation stops at once and reads as running until the abort is through: then it is
    canceled, and so is the state of what it was done to. What the operation has to put back
    (`unwind`) the abort waits for. Machines that were asked for already still come.

    Returns:
        The operation of the abort itself.
    """
    running = world.operations.running_on(target)
    if running is None or running.halted:
        # Neither code nor wording was recorded.
        raise ArmProblem(
            409, "OperationNotAllowed", f"There is no operation on {_named(target)} to abort."
        )
    running.halted = True
    aborting = world.operations.start(target)
    # An abort cannot be aborted.
    aborting.halted = True

    def through() -> None:
        world.operations.cancel(running, aborting)
        if aborting.ended is not None:
            # A deletion did not wait for it.
            return
        state = _state_of(world, target)
        if state is not None:
            state["provisioningState"] = CANCELED
        _tag(world, target)
        world.operations.end(aborting)
        world.pools_changed()

    def wait() -> None:
        total_s = world.durations.draw(_TIMINGS[target == CLUSTER_TARGET])
        world.clock.after(total_s, through)

    if running.unwind is None:
        wait()
    else:
        running.unwind(wait)
    return aborting


def _named(target: str) -> str:
    name = target.removeprefix("pool/")
    return "the managed cluster" if target == CLUSTER_TARGET else f"agent pool {name}"


def _state_of(world: ArmWorld, target: str) -> dict[str, Any] | None:
    """The properties of what an operation is done to; None when it is gone."""
    if target == CLUSTER_TARGET:
        return world.cluster.properties
    pool = world.pools.get(target.removeprefix("pool/").lower())
    return None if pool is None else pool.properties


def _tag(world: ArmWorld, target: str) -> None:
    if target == CLUSTER_TARGET:
        world.cluster.body["eTag"] = world.tag()
    elif (state := _state_of(world, target)) is not None:
        state["eTag"] = world.tag()
