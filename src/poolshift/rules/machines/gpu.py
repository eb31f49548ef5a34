"""PSW125: a Windows pool with graphics cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "windows-gpu"
_GPU_SERIES = "standard_n"


class WindowsGpu(Rule):
    """A Windows pool has a size with graphics cards, which needs care when it is made again.

    What it finds:
        A Windows pool to move with an N-series size.

    Why it matters:
        Graphics cards on Windows are a preview, the driver can be chosen only when the pool is
        created, and some series are not taken at all.

    How it is decided:
        By the series in the size's name, and gpuProfile of the pool.

    What to do:
        Register the preview, state the driver's type in the create call, and try one node.

    Example:
        Standard_NC6s_v3 in a Windows2022 pool.
    """

    id = "PSW125"
    name = "windows-gpu-pool"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the size of each Windows pool to move."""
        fact = context.catalog.constraint(_FACT)
        for pool, _ in context.moving_windows:
            if not pool.vm_size.lower().startswith(_GPU_SERIES):
                continue
            driver = (pool.properties.get("gpuProfile") or {}).get("driverType")
            yield self.finding(
                f"pool/{pool.name}",
                what=f"{pool.vm_size} has graphics cards: {fact.statement}",
                why=fact.consequence or "the driver is chosen when the pool is created",
                fix=fact.remedy,
                evidence=(
                    Evidence(f"pools/{pool.name}/vm_size", pool.vm_size),
                    Evidence(
                        f"pools/{pool.name}/properties/gpuProfile/driverType",
                        str(driver or "not set"),
                    ),
                ),
            )
