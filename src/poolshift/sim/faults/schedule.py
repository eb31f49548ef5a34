"""Lets the faults of a scenario begin and end at their time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.sim.faults.table import fault_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.sim.faults.fault import Fault, FaultSpec
    from poolshift.sim.world import World


def schedule(world: World, specs: Iterable[FaultSpec]) -> None:
    """Set the faults; those of second 0 begin at once.

    Raises:
        UsageError: a fault is not known, or has no target although it needs one.
    """
    for spec in specs:
        fault = fault_named(spec.name)
        if fault.needs_target and not spec.target:
            raise UsageError(f"fault {spec.name} needs a target: {fault.target}")
        if spec.at_s <= world.clock.t:
            _begin(world, fault, spec)
        else:
            # No clock jumps ahead for the sake of a fault.
            world.clock.at(spec.at_s, partial(_begin, world, fault, spec), periodic=True)


def _begin(world: World, fault: Fault, spec: FaultSpec) -> None:
    world.trace.emit("fault", name=spec.name, target=spec.target)
    end = fault.begin(world, spec.target, fault.default if spec.value is None else spec.value)
    if spec.for_s is not None:
        world.clock.after(spec.for_s, end, periodic=True)
