"""PSK355: pools that code creates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "terraform-no-custom-header"
_CLIENT = "Terraform azurerm"
_HOW = {
    "terraform": "add the new pool in one apply and remove the old one in a later one, after the "
    "pods have gone: an apply that replaces the pool takes its nodes away without a drain",
    "bicep": "add the new pool to the template, deploy, move, and take the old one out of it "
    "(a template in complete mode deletes what is not in it)",
    "capz": "add a new AzureManagedMachinePool beside the old one, and delete the old object last",
    "aso": "add a new ManagedClustersAgentPool object beside the old one, and delete that last",
    "crossplane": "add a new node pool object beside the old one, and delete the old one last",
}


class CodeOwner(Rule):
    """A pool to move is created and changed by code.

    What it finds:
        Pools to move that carry the marks of Terraform, Bicep, Cluster API, the service operator
        or Crossplane.

    Why it matters:
        What is changed beside the code comes back with its next run: the old pool is created
        again, or the new one removed. Some tools know no new OS SKU yet.

    How it is decided:
        By the tags of the pool, and by what the catalog says of the tool's versions.

    What to do:
        Let the code add the new pool and, later, remove the old one; move the pods in between.

    Example:
        pool/wspool has the tag managed-by: terraform.
    """

    id = "PSK355"
    name = "pool-owned-by-code"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}", f"os_skus/client_enums/{_CLIENT}")
    pains = ("B12", "B13", "B14", "D3")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the owner of every pool to move."""
        clients = context.catalog.os_skus.client_enums
        missing = next((c.values_missing for c in clients if c.client == _CLIENT), ())
        for pool, to in context.moving:
            if pool.owner not in _HOW:
                continue
            sku = context.catalog.sku(to)
            lacks = pool.owner == "terraform" and to in missing
            least = sku.min_cli if sku is not None else None
            yield self.finding(
                f"pool/{pool.name}",
                what=f"{pool.owner} owns it, and would "
                + ("bring the old pool back" if pool.os_type == "Windows" else "set its OS back")
                + (f"; its provider does not know {to}" if lacks else ""),
                why="what is changed beside the code is undone by its next run",
                fix=(
                    f"In the code, {_HOW[pool.owner]}"
                    if pool.os_type == "Windows"
                    else f"Change its OS SKU to {to} in the code, not beside it"
                )
                + ("; use azapi, or az, for it" if lacks else "")
                + (f"; by az it takes CLI {least} or later" if least else ""),
                evidence=(
                    Evidence(f"pools/{pool.name}/owner", pool.owner),
                    Evidence("target", to),
                ),
            )
