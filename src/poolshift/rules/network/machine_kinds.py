"""PSK320: pools that are no scale sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_SETS = ("AvailabilitySet", "vmss-only")
_MACHINES = ("VirtualMachines", "vm-pools-windows")
_LIMIT = "vm-profiles-per-vm-pool"


class MachineKinds(Rule):
    """A pool is made of an availability set or of single machines.

    What it finds:
        Pools of type AvailabilitySet, and Windows pools of type VirtualMachines.

    Why it matters:
        A cluster of availability sets has one pool, takes no Windows and is no longer served. A
        Windows pool of single machines may be refused: the sources disagree.

    How it is decided:
        By the type of each pool.

    What to do:
        Use scale sets for the new pool.

    Example:
        A cluster of 2019 with type AvailabilitySet.
    """

    id = "PSK320"
    name = "no-scale-set"
    severity = Severity.REQUIRED
    sources = (
        f"constraints/constraints/{_SETS[1]}",
        f"constraints/constraints/{_MACHINES[1]}",
        f"limits/limits/{_LIMIT}",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the type of every pool."""
        moving = {pool.name for pool, _ in context.moving_windows}
        for pool in context.snapshot.pools:
            kind = str(pool.properties.get("type") or "")
            if kind == _SETS[0]:
                fact = context.catalog.constraint(_SETS[1])
                what = "it is made of an availability set: a second pool is refused"
            elif kind == _MACHINES[0] and pool.os_type == "Windows":
                fact = context.catalog.constraint(_MACHINES[1])
                what = "it is a Windows pool of single machines, which may be refused anew"
            else:
                continue
            sets = kind == _SETS[0]
            most = context.catalog.limit_number(_LIMIT, "vmss_pool")
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.REQUIRED if sets else Severity.RECOMMENDED,
                what=what,
                why=fact.statement,
                fix=f"{fact.remedy[0].upper()}{fact.remedy[1:]}; a scale set has {most} size: "
                "az aks nodepool add --vm-set-type VirtualMachineScaleSets",
                evidence=(Evidence(f"pools/{pool.name}/type", kind),),
                blocks=sets and pool.name in moving,
            )
