"""PSW108: the target runs with FIPS only, the pool does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class FipsMissing(Rule):
    """The target needs a FIPS image, which the pool does not ask for today.

    What it finds:
        A pool to move without enableFIPS, whose target exists with FIPS only.

    Why it matters:
        The create call must say enableFIPS, and the pool can never leave it. Code that uses MD5,
        RC4, DES or classes that are not validated fails under FIPS, and shares over SMB want a
        test. A Windows pool may run a FIPS image already while its flag reads false.

    How it is decided:
        By `fips` of the target in the catalog, and enableFIPS of the pool.

    What to do:
        poolshift sets enableFIPS on green. Try the workloads on one green node first.

    Example:
        pool/ws22 has enableFIPS false and moves to Windows2025.
    """

    id = "PSW108"
    name = "fips-missing"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/windows2025-fips-required",
        "constraints/constraints/windows2022-fips-already-on",
        "constraints/constraints/fips-smb",
    )
    pains = ("B9",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the flag of each pool against its target."""
        for pool, to in context.moving_windows:
            target = context.catalog.sku(to)
            if target is None or target.fips != "required" or pool.fips:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"{to} runs with FIPS only, and this pool has enableFIPS false",
                why="a create call without enableFIPS is refused, and code that FIPS does not "
                "allow fails on the new nodes",
                fix="poolshift sets it on green; by hand: az aks nodepool add "
                f"{context.pool_arguments('NAME')} --os-type Windows --os-sku {to} "
                "--enable-fips-image",
                evidence=(
                    Evidence(f"pools/{pool.name}/fips", "false"),
                    Evidence(f"catalog/{to}/fips", target.fips),
                ),
            )
