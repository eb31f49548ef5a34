"""The pools of Bicep files, and the green ones beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.arm.bicep_scan import BicepError, without_comments
from poolshift.rewrite.arm.bicep_tree import Declaration, parse
from poolshift.rewrite.arm.pools import (
    CLUSTER_TYPE,
    POOL_TYPE,
    ArmPool,
    code_pool,
    inline_pools,
    report_strings,
    sku_splices,
)
from poolshift.rewrite.pools import Refusal, Value, greens_for, lines_after, version_refusal
from poolshift.rewrite.skus import report_lines, report_missed
from poolshift.rewrite.splices import Splice, apply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.jsonc import JsonNode

_PLAIN_NAME = re.compile(r"'(?P<name>[a-z][a-z0-9]*)'")
_BUILT_NAME = re.compile(r"'(?P<cluster>(?:[^'\\$]|\$\{[^{}']*\})*/)(?P<name>[a-z][a-z0-9]*)'")
_REPEATED = Refusal(
    "pool-repeated",
    "a loop or a condition makes several pools of one resource, or none",
    "add an entry to what the loop goes through, or a resource of its own, for the new OS SKU "
    "under another name; move, then take the old one out",
)
_RULES = {"param": "parameter", "var": "variable", "module": "module-input"}


def rewrite_bicep(collector: Collector) -> None:
    """Add green pools beside the pools of a Bicep file, or tell what a person must decide."""
    try:
        _rewrite(collector)
    except BicepError as error:
        collector.splices.clear()
        collector.needs.clear()
        line = collector.source.line_of(min(error.offset, len(collector.source.text)))
        report_lines(collector, "no-bicep", f"line {line} cannot be read as Bicep: {error}")
        collector.note(f"line {line}: this is no Bicep: {error}")


def _rewrite(collector: Collector) -> None:
    text = collector.source.text
    found, visible = parse(text), without_comments(text)
    pools = list(_pools(found, collector))
    writer = _Greens(pools, collector)
    for green in greens_for([p.pool for p in pools], collector, writer.sketch):
        writer.add(green.index, green.name)
    roots = [(_RULES.get(d.kind, "os-sku"), d.symbol, d.value) for d in found if not d.there]
    report_strings(roots, pools, collector)
    there = [d for d in found if d.there]
    decided = {p.pool.line for p in pools} | {n for d in there for n in _lines(d, collector)}
    report_missed(visible, decided, collector)
    if not collector.needs and not collector.splices:
        collector.note(f"it sets no Windows OS SKU older than {collector.settings.to}")


def _lines(declaration: Declaration, collector: Collector) -> range:
    """The lines of a declaration."""
    line_of = collector.source.line_of
    return range(line_of(declaration.start), line_of(max(declaration.end - 1, 0)) + 1)


def _pools(found: Sequence[Declaration], collector: Collector) -> Iterator[ArmPool]:
    for declaration in found:
        if declaration.kind != "resource" or declaration.there:
            continue
        kind, _, version = declaration.type.partition("@")
        if kind.lower() == CLUSTER_TYPE:
            yield from inline_pools(declaration.value, declaration.symbol, collector)
        parent = declaration.parent
        if kind.lower() == POOL_TYPE:
            yield _pool(declaration, version, collector)
        elif kind.lower() == "agentpools" and parent is not None:
            yield _pool(declaration, version or parent.type.partition("@")[2], collector)


def _pool(declaration: Declaration, version: str, collector: Collector) -> ArmPool:
    body = declaration.value
    name, at, prefix = _name(body.get("name"), collector)
    parent = body.get("parent")
    cluster = parent.text if parent is not None else prefix
    if declaration.parent is not None:
        cluster = declaration.parent.symbol
    settings = collector.settings
    repeated = declaration.loop or declaration.condition
    refusal = version_refusal(version, settings.to, settings.catalog)
    pool = code_pool(
        body.get("properties"),
        collector,
        label=declaration.symbol,
        name=name,
        cluster=cluster,
        start=declaration.start,
        barred=_REPEATED if repeated else refusal,
    )
    return ArmPool(
        pool=pool,
        start=declaration.start,
        end=declaration.end,
        name_at=at,
        properties=body.get("properties"),
        symbol=declaration.symbol,
        symbol_at=declaration.symbol_at,
    )


def _name(
    node: JsonNode | None, collector: Collector
) -> tuple[Value | None, tuple[int, int] | None, str]:
    """A pool's own name, where it stands, and what precedes it."""
    if node is None:
        return None, None, ""
    raw = collector.source.text[node.start : node.end]
    found = _PLAIN_NAME.fullmatch(raw) or _BUILT_NAME.fullmatch(raw)
    if found is None:
        return Value(raw), None, raw
    start, end = found.span("name")
    return Value(raw, found["name"]), (node.start + start, node.start + end), raw[:start]


class _Greens:
    """Writes green pools of one file; each gets a symbol that is free in it."""

    def __init__(self, pools: Sequence[ArmPool], collector: Collector) -> None:
        self._pools = pools
        self._collector = collector
        self._words = set(re.findall(r"\w+", collector.source.text))

    def add(self, index: int, name: str) -> None:
        """Put green's declaration after blue's."""
        pool = self._pools[index]
        source = self._collector.source
        begin = source.line_start(source.line_of(pool.start))
        lead = source.text[begin : pool.start].lstrip("\ufeff")
        symbol = self._symbol(pool)
        self._words.add(symbol)
        copy = f"{lead if not lead.strip() else ''}{self._copy(pool, symbol, name)}"
        lines = ["", *(line.removesuffix("\r") for line in copy.split("\n"))]
        self._collector.splices.append(lines_after(source, source.line_of(pool.end - 1), lines))
        self._collector.note(
            f"line {pool.pool.line}: pool {name} with {self._collector.settings.to} is added "
            f"beside {pool.symbol}; deploy, move, then take the old one out"
        )

    def sketch(self, index: int, name: str) -> str:
        """The text of green where a person must decide; empty where a copy would say nothing."""
        pool = self._pools[index]
        if pool.pool.barred == _REPEATED:
            return ""
        return self._copy(pool, self._symbol(pool), name).replace("\r", "")

    def _symbol(self, pool: ArmPool) -> str:
        stem = f"{pool.symbol}{self._collector.settings.to}"
        numbered = (stem, *(f"{stem}{n}" for n in range(2, len(self._words) + 3)))
        return next(word for word in numbered if word not in self._words)

    def _copy(self, pool: ArmPool, symbol: str, name: str) -> str:
        text = self._collector.source.text
        splices = [Splice(*pool.name_at, name)] if pool.name_at is not None else []
        if pool.symbol:
            splices.append(Splice(pool.symbol_at, pool.symbol_at + len(pool.symbol), symbol))
        splices += sku_splices(pool, "'", self._entry, self._collector)
        moved = sorted(Splice(s.start - pool.start, s.end - pool.start, s.new) for s in splices)
        return apply(text[pool.start : pool.end], moved)

    def _entry(self, at: int, key: str, value: str) -> str:
        """One more item after the value at an offset, on a line of its own where that is."""
        text = self._collector.source.text
        begin = text.rfind("\n", 0, at) + 1
        before = text[begin:at]
        lead = before[: len(before) - len(before.lstrip(" \t"))]
        if re.fullmatch(r"[ \t]*'?\w+'?[ \t]*:[ \t]*", before) is None:
            return f", {key}: {value}"
        end = text.find("\n", at)
        carriage = "\r" if end > 0 and text[end - 1] == "\r" else ""
        return f"{carriage}\n{lead}{key}: {value}"
