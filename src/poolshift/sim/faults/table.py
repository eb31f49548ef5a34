"""All faults by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.sim.faults.inside import INSIDE
from poolshift.sim.faults.service import SERVICE

if TYPE_CHECKING:
    from poolshift.sim.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (*INSIDE, *SERVICE)


def fault_named(name: str) -> Fault:
    """A fault by name; UsageError lists the known ones."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    known = ", ".join(fault.name for fault in FAULTS)
    raise UsageError(f"there is no fault {name!r}", fix=f"Take one of {known}")
