"""Stopping and starting a whole cluster: its API server is away, and every machine is off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.arm.pools.power import RUNNING, STOPPED, switch_off, switch_on
from poolshift.sim.arm.pools.running import CLUSTER_TARGET, refuse_busy_cluster
from poolshift.sim.arm.pools.states import SUCCEEDED
from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld

_TIMINGS = {STOPPED: "op-stop", RUNNING: "op-start"}
_BEFORE = {STOPPED: "running", RUNNING: "stopped"}
_STATES = {STOPPED: "Stopping", RUNNING: "Starting"}


def change_power(world: ArmWorld, code: str) -> SimOperation:
    """Accept a stop or a start of the cluster; refused where it is so already, or busy.

    The sentences are those of the service's page on pending operations, which tells further when
    the last operation began; their status is not on the page.
    """
    properties = world.cluster.properties
    before = dict(properties["powerState"])
    refused = f"{_STATES[code].lower()} cannot be performed"
    if world.operations.running_on(CLUSTER_TARGET) is not None:
        state, power = properties["provisioningState"], before["code"]
        raise ArmProblem(
            409,
            "OperationNotAllowed",
            f"managed cluster is in Provisioning State({state}) and Power State({power}), "
            f"{refused}",
        )
    refuse_busy_cluster(world)
    if before["code"] == code:
        raise ArmProblem(
            409,
            "OperationNotAllowed",
            f"managed cluster is not currently {_BEFORE[code]}, {refused}",
        )
    operation = world.operations.start(CLUSTER_TARGET)
    properties["provisioningState"] = _STATES[code]
    properties["powerState"] = {"code": code}
    total_s = world.durations.draw(_TIMINGS[code])
    # The API server goes, or comes, half way; the machines come back side by side after it.
    half_s = total_s / 2
    operation.after(half_s, partial(_turn, world, code, half_s))

    def unwind(then: Callable[[], None]) -> None:
        """What has gone comes back, and what has come goes: the cluster is as it says."""
        properties["powerState"] = before
        if world.kube.answers != (before["code"] == RUNNING):
            _turn(world, str(before["code"]), half_s)
        then()

    operation.unwind = unwind
    operation.after(total_s, partial(_finish, world, operation))
    return operation


def _turn(world: ArmWorld, code: str, seconds: float) -> None:
    """The API server and all machines off at once, or on within so many seconds."""
    world.kube.answers = code == RUNNING
    for pool in world.pools.values():
        if pool.stopped:
            continue
        if code == RUNNING:
            switch_on(world, pool, seconds)
        else:
            # The API server has gone before its nodes do: nobody sees them leave.
            switch_off(world, pool)


def _finish(world: ArmWorld, operation: SimOperation) -> None:
    world.cluster.properties["provisioningState"] = SUCCEEDED
    world.cluster.body["eTag"] = world.tag()
    world.operations.end(operation)
    world.pools_changed()
