"""PSW121: a copy of a Gen2 pool needs a header that nothing stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.generation import CauseKind, generation_story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_CODE = ("terraform", "bicep", "crossplane")


class Gen2Header(Rule):
    """A Gen2 pool of an OS that takes Gen1 by default cannot be copied from what the service tells.

    What it finds:
        A Windows pool with a Gen2 image of an OS that takes the Gen1 image unless the create call
        carries a header, where code owns the pool.

    Why it matters:
        The header is no property: a GET of the pool does not show it, and code made from that
        answer makes a Gen1 pool, which on a Gen2-only size does not boot. Terraform's azurerm
        provider cannot send it at all.

    How it is decided:
        By the generation of the node image and the catalog's default for the OS.

    What to do:
        Keep the header with whatever creates such pools; poolshift sends it for a copy. Where
        Terraform owns the pool, create it with azapi or az.

    Example:
        AKSWindows-2022-containerd-gen2-… in a pool that Terraform owns.
    """

    id = "PSW121"
    name = "gen2-header-not-stored"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/gen2-header-not-stored",
        "constraints/constraints/terraform-no-custom-header",
    )
    pains = ("B12",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for pools that were made with the header."""
        for pool in context.snapshot.pools:
            if pool.os_type != "Windows" or pool.owner not in _CODE:
                continue
            story = generation_story(pool, context.snapshot.vm_sizes, context.catalog)
            if not story.has(CauseKind.HEADER_SENT):
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="it was made Gen2 by a header, which no copy of its settings has",
                why=f"{pool.owner} owns the pool and would make it again as Gen1",
                fix="Send it with every create call: az aks nodepool add "
                f"{context.pool_arguments('NAME')} --os-type Windows --os-sku {pool.os_sku} "
                "--aks-custom-headers UseWindowsGen2VM=true",
                evidence=(
                    Evidence(f"pools/{pool.name}/node_image_version", pool.node_image_version),
                    Evidence(f"pools/{pool.name}/owner", pool.owner),
                ),
            )
