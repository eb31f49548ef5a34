"""PSW175: a FIPS pool whose target has no FIPS image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import changes_at
from poolshift.rules.interface import Rule
from poolshift.semantics.hops import hops_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_CHANGE = "u2404-fips"


class FipsImageMissing(Rule):
    """A pool with FIPS moves to an OS that has no FIPS image.

    What it finds:
        A Linux pool with enableFIPS whose target is Ubuntu 24.04.

    Why it matters:
        The target has no FIPS image. The pool stays on, or falls back to, the older Ubuntu, which
        has an end; or it loses FIPS where a rule of the house asks for it.

    How it is decided:
        By enableFIPS of the pool and what the catalog says of the hop.

    What to do:
        Move to Azure Linux 3 with FIPS, or wait for an image.

    Example:
        pool/secure runs Ubuntu2204 with enableFIPS true; asked for is Ubuntu2404.
    """

    id = "PSW175"
    name = "fips-image-missing"
    severity = Severity.REQUIRED
    sources = (f"os_changes/changes/{_CHANGE}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at each FIPS pool to move."""
        for pool, to in context.moving:
            hops = hops_of(pool, to, context.catalog)
            changes = changes_at(context, pool, hops, (_CHANGE,))
            sku = context.catalog.sku(to)
            if not pool.fips or not changes:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"it runs with FIPS, and {to} has no FIPS image",
                why=changes[0].statement,
                fix=f"Choose another target: {changes[0].remedy}",
                evidence=(
                    Evidence(f"pools/{pool.name}/fips", "true"),
                    Evidence(f"catalog/{to}/fips", sku.fips if sku else ""),
                ),
            )
