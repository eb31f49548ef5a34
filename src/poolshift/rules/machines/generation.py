"""PSW107: the VM size does not boot a generation that the target has an image for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.generation import needs_header, size_generations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_HEADER_FACT = "ws2022-gen1-default"
_REFUSAL_FACT = "ws2019-gen2"


class GenerationMismatch(Rule):
    """The pool's VM size and the target's images disagree on the VM generation.

    What it finds:
        A pool to move whose size boots none of the generations that the target has images for;
        or one whose size boots Gen2 only, with a target that takes the Gen1 image unless the
        create call carries a header.

    Why it matters:
        The service refuses the first with ErrorCode_Windows2019NotSupportedWithGen2VM. The
        second fails while the nodes start, as a Gen1 image does not boot there.

    How it is decided:
        By HyperVGenerations of the size, as the service says in this region; where it was not
        read, by the catalog's table. The version in a size's name is not its generation.

    What to do:
        Take a size that boots what the target has, or a later target. The header is sent by
        poolshift and by every rendering; by hand it is
        --aks-custom-headers UseWindowsGen2VM=true.

    Example:
        Standard_D4ds_v6 boots Gen2 only; Windows2019 has Gen1 images only.
    """

    id = "PSW107"
    name = "vm-generation-mismatch"
    severity = Severity.REQUIRED
    sources = (
        f"constraints/constraints/{_REFUSAL_FACT}",
        f"constraints/constraints/{_HEADER_FACT}",
        "constraints/constraints/gen2-header-not-stored",
        "constraints/constraints/v2-in-name-is-not-gen2",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each pool's size against its target, and against what it runs."""
        for pool in context.snapshot.pools:
            if pool.os_type != "Windows":
                continue
            sku = context.catalog.sku(context.target_of(pool) or pool.os_sku)
            generations = generations_of(context, pool.vm_size)
            if generations is None:
                yield self.not_checked(
                    f"pool/{pool.name}", f"the generations of {pool.vm_size} are not known"
                )
            elif sku is not None and sku.vm_generations is not None:
                yield from self._of_pool(context, pool, sku, generations)

    def _of_pool(
        self, context: Context, pool: PoolFacts, sku: OsSku, generations: tuple[str, ...]
    ) -> Iterator[Finding]:
        evidence = (
            Evidence(f"pools/{pool.name}/vm_size", pool.vm_size),
            Evidence("HyperVGenerations", ",".join(generations)),
            Evidence(f"catalog/{sku.id}/vm_generations", ",".join(sku.vm_generations or ())),
        )
        if not set(generations) & set(sku.vm_generations or ()):
            refusal = context.catalog.constraint(_REFUSAL_FACT)
            code = f" ({refusal.error_code})" if sku.id in refusal.applies_when else ""
            yield self.finding(
                f"pool/{pool.name}",
                what=f"{pool.vm_size} boots {' and '.join(generations)} only, and {sku.id} has "
                f"images for {' and '.join(sku.vm_generations or ())}",
                why=f"the service refuses such a pool{code}",
                fix=f"Take another size for green, or {sku.successor or 'another'} as the target; "
                "sizes by generation: az vm list-skus --resource-type virtualMachines "
                "--query \"[?capabilities[?name=='HyperVGenerations']]\" -l "
                f"{context.snapshot.cluster.region}",
                evidence=evidence,
                blocks=True,
            )
        elif "V1" not in generations and needs_header(sku, context.catalog):
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.INFO,
                what=f"{pool.vm_size} boots Gen2 only, and {sku.id} takes the Gen1 image by itself",
                why=context.catalog.constraint(_HEADER_FACT).statement,
                fix="poolshift sends the header; by hand: az aks nodepool add "
                f"{context.pool_arguments('NAME')} --os-type Windows --os-sku {sku.id} "
                "--aks-custom-headers UseWindowsGen2VM=true",
                evidence=evidence,
            )


def generations_of(context: Context, size: str) -> tuple[str, ...] | None:
    """What a size boots, as the service or the catalog says; None where neither knows it."""
    return size_generations(size, context.snapshot.vm_sizes, context.catalog)[0] or None
