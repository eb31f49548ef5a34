"""What a fault is, and how a scenario asks for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from poolshift.sim.arm.state import SimPool
    from poolshift.sim.world import World

T = TypeVar("T")


class FaultSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault of a scenario.

    Attributes:
        name: as `poolshift sim faults` lists it.
        target: what it strikes; each fault says what that is.
        at_s: seconds after the start of the clock.
        for_s: seconds until it is over; null for never.
        value: its strength, in the unit that the fault says; null for its default.
    """

    name: str
    target: str = ""
    at_s: float = 0.0
    for_s: float | None = None
    value: float | None = None


End = Callable[[], None]


def retimed(world: World, **figures: float) -> End:
    """Other figures of time until the end, which puts back these and no others."""
    ctx = world.kube.ctx
    before = {name: getattr(ctx.timings, name) for name in figures}
    ctx.timings = msgspec.structs.replace(ctx.timings, **figures)

    def end() -> None:
        ctx.timings = msgspec.structs.replace(ctx.timings, **before)

    return end


def never() -> None:
    """The end of a fault that leaves something behind: nothing is put back."""


def entered(entries: list[T], entry: T) -> End:
    """Put an entry on a list until the end, which takes this one away and no equal one."""
    entries.append(entry)

    def end() -> None:
        entries[:] = [other for other in entries if other is not entry]

    return end


def pool_of(world: World, name: str) -> SimPool:
    """A pool that a fault names; UsageError where it is not there."""
    pool = world.arm.pools.get(name.removeprefix("pool/").lower())
    if pool is None:
        known = ", ".join(p.name for p in world.arm.pools.values())
        raise UsageError(f"there is no pool {name!r} for a fault to strike", fix=f"Take {known}")
    return pool


@dataclass(frozen=True, slots=True)
class Fault:
    """A named fault.

    Attributes:
        pains: ids of the troubles that it stands for.
        what: what happens, in a line.
        target: what `target` names; empty when it has none.
        value: what `value` means, with its unit; empty when it has none.
        default: the value when none is given.
        begin: makes it happen; gives what ends it.
        needs_target: whether it can strike nothing without a target.
        codes: the service's own, that a client meets.
    """

    name: str
    pains: tuple[str, ...]
    what: str
    begin: Callable[[World, str, float], End]
    target: str = ""
    value: str = ""
    default: float = 0.0
    needs_target: bool = True
    codes: tuple[str, ...] = ()
