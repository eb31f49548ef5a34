"""Stopping and starting a pool: its machines are off, and it keeps its count and their names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.machines import spread_starts, start_machine, take_node
from poolshift.sim.arm.pools.running import begin, draw_s, finish
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.state import SERVICE
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool

RUNNING, STOPPED = "Running", "Stopped"


def asked_power(pool: SimPool, sent: Mapping[str, Any]) -> str:
    """The power state that a PUT asks for, when it is another one than the pool has."""
    power = sent.get("powerState")
    code = str(power.get("code") or "") if isinstance(power, dict) else ""
    now = STOPPED if pool.stopped else RUNNING
    return code if code in (RUNNING, STOPPED) and code != now else ""


def change_power(world: ArmWorld, pool: SimPool, code: str) -> SimOperation:
    """Stop or start; as recorded, the power state changes at once and an abort puts it back."""
    before = pool.properties.get("powerState")
    pool.properties["powerState"] = {"code": code}
    operation = _stop(world, pool) if code == STOPPED else _start(world, pool)

    def unwind(then: Callable[[], None]) -> None:
        pool.properties["powerState"] = before
        if pool.stopped:
            switch_off(world, pool)
        then()

    operation.unwind = unwind
    return operation


def _stop(world: ArmWorld, pool: SimPool) -> SimOperation:
    """The nodes go at the end, and their pods die with them: the service drains none."""
    operation = begin(world, pool, Change.STOP)

    def off() -> None:
        switch_off(world, pool)
        finish(world, pool, operation)

    operation.after(draw_s(world, pool, Change.STOP), off)
    return operation


def _start(world: ArmWorld, pool: SimPool) -> SimOperation:
    operation = begin(world, pool, Change.START)
    total_s = draw_s(world, pool, Change.START)
    switch_on(world, pool, operation, total_s)
    operation.after(total_s, lambda: finish(world, pool, operation))
    return operation


def switch_off(world: ArmWorld, pool: SimPool) -> None:
    """The nodes of all machines of a pool go at once; the machines stay."""
    for name in _all_of(pool):
        take_node(world, name, by=SERVICE)


def switch_on(world: ArmWorld, pool: SimPool, operation: SimOperation, total_s: float) -> None:
    """The machines of a pool come back as they were, side by side, within so many seconds."""

    def join(name: str, ready_after_s: float) -> None:
        # Meanwhile the machine may have gone.
        trouble = world.azure.troubles.start(world, pool)
        if trouble is not None:
            operation.doom = trouble.error
        elif name in pool.addresses and world.kube.store.find(NODES, "", name) is None:
            make = pool.made_of.get(name)
            start_machine(world, pool, name, by=SERVICE, ready_after_s=ready_after_s, make=make)

    names = _all_of(pool)
    starts = spread_starts(world, len(names), total_s)
    for name, (join_s, ready_s) in zip(names, starts, strict=True):
        operation.after(join_s, partial(join, name, ready_s))


def _all_of(pool: SimPool) -> tuple[str, ...]:
    return (*pool.machines, *pool.extra, *pool.quarantined)
