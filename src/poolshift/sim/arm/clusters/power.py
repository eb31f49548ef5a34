"""Stopping and starting a whole cluster: its API server is away, and every machine is off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.arm.pools.power import RUNNING, STOPPED, switch_off, switch_on
from poolshift.sim.arm.pools.running import CLUSTER_TARGET, refuse_busy_cluster
from poolshift.sim.arm.pools.states import FAILED, SUCCEEDED
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
    # The API server goes, or comes, half way.
    half_s = total_s / 2
    turn = partial(_off, world) if code == STOPPED else partial(_on, world, operation, half_s)
    operation.after(half_s, turn)

    def unwind(then: Callable[[], None]) -> None:
        # Whether recorded aborts ever met a cluster that was half way is not known: what is off
        # stays off, and a start that did not end is taken back.
        if code == STOPPED and world.kube.answers:
            properties["powerState"] = before
        else:
            _off(world)
            properties["powerState"] = {"code": STOPPED}
        then()

    operation.unwind = unwind
    operation.after(total_s, partial(_finish, world, operation))
    return operation


def _off(world: ArmWorld) -> None:
    """The API server goes before the nodes do: nobody sees them leave."""
    world.kube.answers = False
    for pool in world.pools.values():
        switch_off(world, pool)


def _on(world: ArmWorld, operation: SimOperation, total_s: float) -> None:
    """The API server answers; the machines come back side by side after it."""
    world.kube.answers = True
    for pool in world.pools.values():
        if not pool.stopped:
            switch_on(world, pool, operation, total_s)


def _finish(world: ArmWorld, operation: SimOperation) -> None:
    failed = operation.doom is not None
    world.cluster.properties["provisioningState"] = FAILED if failed else SUCCEEDED
    world.cluster.body["eTag"] = world.tag()
    world.operations.end(operation, operation.doom)
    world.pools_changed()
