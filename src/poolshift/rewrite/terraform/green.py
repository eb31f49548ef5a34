"""The green pool as Terraform: a copy of blue's block with what must differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.pools import lines_after
from poolshift.rewrite.splices import Splice, apply
from poolshift.rewrite.terraform.azapi import as_azapi
from poolshift.rewrite.terraform.layout import added_beside
from poolshift.semantics.generation import needs_fips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.terraform.pools import TerraformPool
    from poolshift.rewrite.terraform.tree import Attribute


class Greens:
    """Writes green pools of one file; each gets a label that is free in it."""

    def __init__(
        self,
        pools: Sequence[TerraformPool],
        elsewhere: Sequence[TerraformPool],
        collector: Collector,
    ) -> None:
        self._pools = pools
        self._collector = collector
        self._labels = {(p.block.label(0), p.block.label(1)) for p in (*pools, *elsewhere)}

    def add(self, index: int, name: str) -> None:
        """Put green's block after blue's."""
        pool = self._pools[index]
        label = self._label(pool.block.label(0), pool)
        self._labels.add((pool.block.label(0), label))
        source = self._collector.source
        text = self._copy(pool, label, name)
        last = source.line_of(pool.block.end - 1)
        lines = ["", *(line.removesuffix("\r") for line in text.split("\n"))]
        self._collector.splices.append(lines_after(source, last, lines))
        to = self._collector.settings.to
        self._collector.note(
            f"line {pool.pool.line}: pool {name} with {to} is added beside {pool.pool.label}; "
            "apply, move, then take the old block out in an apply of its own"
        )

    def sketch(self, index: int, name: str) -> str:
        """The text of green where a person must decide; empty where a copy would say nothing."""
        pool = self._pools[index]
        settings = self._collector.settings
        barred = pool.pool.barred.rule if pool.pool.barred is not None else ""
        if barred == "provider":
            label = self._label("azapi_resource", pool)
            return as_azapi(pool.block, label, name, settings.to, settings.catalog)
        if barred not in ("", "api-version"):
            return ""
        return self._copy(pool, self._label(pool.block.label(0), pool), name).replace("\r", "")

    def _label(self, kind: str, pool: TerraformPool) -> str:
        stem = f"{pool.block.label(1)}_{self._collector.settings.to.lower()}"
        numbered = (stem, *(f"{stem}_{n}" for n in range(2, len(self._labels) + 3)))
        return next(label for label in numbered if (kind, label) not in self._labels)

    def _copy(self, pool: TerraformPool, label: str, name: str) -> str:
        block, source = pool.block, self._collector.source
        splices = [Splice(block.labels[1].start, block.labels[1].end, f'"{label}"')]
        if pool.name is not None:
            splices.append(Splice(pool.name.start, pool.name.end, f'"{name}"'))
        if pool.sku is not None:
            splices += self._sku_splices(pool, pool.sku)
        elif pool.os_type is not None:
            key, to = pool.pool.sku_field, self._collector.settings.to
            splices += added_beside(source, pool.os_type, pool.beside, key, f'"{to}"')
        moved = sorted({Splice(s.start - block.start, s.end - block.start, s.new) for s in splices})
        return apply(source.text[block.start : block.end], moved)

    def _sku_splices(self, pool: TerraformPool, sku: Attribute) -> list[Splice]:
        settings, source = self._collector.settings, self._collector.source
        found = [Splice(sku.value.start, sku.value.end, f'"{settings.to}"')]
        if not needs_fips(settings.to, settings.catalog):
            return found
        fips = next((a for a in pool.beside if a.name == pool.fips_key), None)
        if fips is not None:
            return [*found, Splice(fips.value.start, fips.value.end, "true")]
        return found + added_beside(source, sku, pool.beside, pool.fips_key, "true")
