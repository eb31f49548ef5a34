"""Stopping and starting a whole cluster: its API server is away, and every machine is off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.arm.machines import spread_starts, start_machine, take_node
from poolshift.sim.arm.pools.running import CLUSTER_TARGET, refuse_busy
from poolshift.sim.arm.pools.states import FAILED, SUCCEEDED
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.state import SERVICE
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool

RUNNING, STOPPED = "Running", "Stopped"
_TIMINGS = {STOPPED: "op-stop", RUNNING: "op-start"}
_STATES = {STOPPED: "Stopping", RUNNING: "Starting"}


def change_power(world: ArmWorld, code: str) -> SimOperation:
    """Accept a stop or a start of the cluster; refused (409) where it is so already.

    Neither code nor wording of that refusal was recorded.
    """
    properties = world.cluster.properties
    refuse_busy(world, CLUSTER_TARGET, *(pool.target for pool in world.pools.values()))
    before = dict(properties["powerState"])
    if before.get("code") == code:
        raise ArmProblem(
            409,
            "OperationNotAllowed",
            f"Operation is not allowed: managed cluster {world.ids.cluster} is {code.lower()} "
            "already.",
        )
    operation = world.operations.start(CLUSTER_TARGET)
    properties["provisioningState"] = _STATES[code]
    properties["powerState"] = {"code": code}
    total_s = world.durations.draw(_TIMINGS[code])
    (_stop if code == STOPPED else _start)(world, operation, total_s)

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


def _stop(world: ArmWorld, operation: SimOperation, total_s: float) -> None:
    operation.after(total_s / 2, partial(_off, world))


def _off(world: ArmWorld) -> None:
    """The API server goes before the nodes do: nobody sees them leave."""
    world.kube.answers = False
    for pool in world.pools.values():
        for name in (*pool.machines, *pool.extra, *pool.quarantined):
            take_node(world, name, by=SERVICE)


def _start(world: ArmWorld, operation: SimOperation, total_s: float) -> None:
    """The API server answers half way; the machines come back side by side after it."""

    def awake() -> None:
        world.kube.answers = True
        for pool in world.pools.values():
            if not pool.stopped:
                _bring_up(world, pool, operation, total_s / 2)

    operation.after(total_s / 2, awake)


def _bring_up(world: ArmWorld, pool: SimPool, operation: SimOperation, total_s: float) -> None:
    def join(name: str, ready_after_s: float) -> None:
        trouble = world.azure.troubles.start(world, pool)
        if trouble is not None:
            operation.doom = trouble.error
        elif world.kube.store.find(NODES, "", name) is None:
            make = pool.made_of.get(name)
            start_machine(world, pool, name, by=SERVICE, ready_after_s=ready_after_s, make=make)

    names = list(pool.machines)
    starts = spread_starts(world, len(names), total_s)
    for name, (join_s, ready_s) in zip(names, starts, strict=True):
        operation.after(join_s, partial(join, name, ready_s))


def _finish(world: ArmWorld, operation: SimOperation) -> None:
    failed = operation.doom is not None
    world.cluster.properties["provisioningState"] = FAILED if failed else SUCCEEDED
    world.cluster.body["eTag"] = world.tag()
    world.operations.end(operation, operation.doom)
    world.pools_changed()
