"""PSW128: a pool of confidential machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "cvm-size-fixed"


class ConfidentialPool(Rule):
    """A pool to move runs confidential machines, which decide where it can go.

    What it finds:
        A pool to move with a size of a confidential family.

    Why it matters:
        A pool cannot become confidential or stop to be so in place, and not every OS has an image
        for such machines. No Windows pool can be one.

    How it is decided:
        By the family of the size in the catalog.

    What to do:
        Keep a confidential size for the new pool, and check that the target has an image for it.

    Example:
        Standard_DC8as_v5 with Ubuntu2204.
    """

    id = "PSW128"
    name = "confidential-pool"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the family of each size."""
        for pool, to in context.moving:
            if not context.catalog.is_confidential(pool.vm_size):
                continue
            fact = context.catalog.constraint(_FACT)
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.REQUIRED if pool.os_type == "Windows" else self.severity,
                what=f"{pool.vm_size} is a confidential size",
                why=fact.statement,
                fix=f"{fact.remedy}; the target: poolshift catalog show {to}",
                evidence=(Evidence(f"pools/{pool.name}/vm_size", pool.vm_size),),
            )
