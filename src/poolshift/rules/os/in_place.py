"""PSW115: a pool could change its OS in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context


class InPlacePossible(Rule):
    """The service offers to change this pool's OS in place, with what that means.

    What it finds:
        A pool to move whose OS SKU can become the target by an update of the pool.

    Why it matters:
        On Linux it is the usual way: nodes are reimaged with the pool's surge, and the way back is
        the same call with the old OS SKU. On Windows it is a preview for one direction only: the
        accepted call is the act, there is no dry run, and no way back in place.

    How it is decided:
        By the in-place changes of the catalog, each with its Kubernetes range.

    What to do:
        Linux: change it in place, after a copy of one node. Windows: a new pool is the careful way;
        in place only on request, after a one-node copy of the pool was tried.

    Example:
        pool/apps with Ubuntu2204 can become Ubuntu2404 by az aks nodepool update.
    """

    id = "PSW115"
    name = "in-place-possible"
    severity = Severity.INFO
    sources = (
        "constraints/constraints/linux-ossku-in-place",
        "constraints/constraints/windows-inplace-2022-2025",
        "constraints/constraints/windows-ossku-not-in-place",
        "constraints/constraints/one-windows-version-per-pool",
        "limits/limits/windows-versions-per-pool",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each pool to move against the changes that the catalog has."""
        for pool, to in context.moving:
            sku = context.catalog.sku(pool.os_sku)
            if sku is not None and to in sku.in_place_update_to:
                yield self._finding(context, pool, to)

    def _finding(self, context: Context, pool: PoolFacts, to: str) -> Finding:
        windows = pool.os_type == "Windows"
        fact = context.catalog.constraint(
            "windows-inplace-2022-2025" if windows else "linux-ossku-in-place"
        )
        plan = f"poolshift plan --to {to} --pool {quote(pool.name)}"
        update = f"az aks nodepool update {context.pool_arguments(pool.name)} --os-sku {to}"
        return self.finding(
            f"pool/{pool.name}",
            what=f"{pool.os_sku} can become {to} in place"
            + (", in one direction and without a dry run (preview)" if windows else ""),
            why=fact.consequence,
            fix=f"A new pool keeps the way back: {plan} --out plan.yaml; in place, with the "
            "preview extension and after a copy of the pool was tried: "
            f"{update} --enable-fips-image"
            if windows
            else f"Try one node of a copy first, then: {update}",
            evidence=(
                Evidence(f"pools/{pool.name}/os_sku", pool.os_sku),
                Evidence(f"catalog/{pool.os_sku}/in_place_update_to", to),
            ),
        )
