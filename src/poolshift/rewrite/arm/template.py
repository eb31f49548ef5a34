"""The pools of ARM templates in JSON, and the green ones beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.arm.pools import (
    CLUSTER_TYPE,
    POOL_TYPE,
    ArmPool,
    code_pool,
    inline_pools,
    report_strings,
    sku_splices,
)
from poolshift.rewrite.jsonc import JsonError, JsonNode, parse
from poolshift.rewrite.pools import Refusal, Value, greens_for, version_refusal
from poolshift.rewrite.skus import report_lines
from poolshift.rewrite.splices import Splice, apply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector

_PLAIN_NAME = re.compile(r'"(?P<cluster>[^"\[]*/)?(?P<name>[a-z][a-z0-9]*)"')
_BUILT_NAME = re.compile(
    r'"\[\s*(?:concat\([^"]*\'(?:[^\'"]*/)|concat\([^"]*/\'\s*,\s*\''
    r"|format\('\{0\}/\{1\}'\s*,[^\"]*,\s*')(?P<name>[a-z][a-z0-9]*)'\s*\)\s*\]\""
)
_REPEATED = Refusal(
    "pool-repeated",
    "copy or condition makes several pools of one resource, or none",
    "add a resource of its own for the new OS SKU under another name, move, then take the old one "
    "out",
)
_NO_LIST = Refusal(
    "no-list",
    "the resource stands in no list of resources that another one could be added to",
    "declare a second pool beside it:",
)


class _Place(msgspec.Struct, frozen=True):
    """Where a resource stands: in a list or not, and in which resource."""

    in_list: bool
    parent: JsonNode | None


def rewrite_template_json(collector: Collector) -> None:
    """Add green pools beside the pools of an ARM template, or tell what a person must decide."""
    text = collector.source.text
    try:
        root = parse(text)
    except JsonError as error:
        line = collector.source.line_of(min(error.offset, len(text)))
        report_lines(collector, "no-json", f"line {line} cannot be read as JSON: {error}")
        collector.note(f"line {line}: this is no JSON: {error}")
        return
    pools = list(_pools(root, _Place(in_list=False, parent=None), collector))
    writer = _Greens(pools, collector)
    for green in greens_for([p.pool for p in pools], collector, writer.sketch):
        writer.add(green.index, green.name)
    report_strings(_roots(root), pools, collector)
    if not collector.needs and not collector.splices:
        collector.note(f"it sets no Windows OS SKU older than {collector.settings.to}")


def _roots(root: JsonNode) -> list[tuple[str, str, JsonNode]]:
    """The parts of a template that may name an OS SKU, with what they are."""
    rules = {"parameters": "parameter", "variables": "variable"}
    if root.kind != "object":
        return [("os-sku", "it", root)]
    parts = [(key.text.lower(), key, value) for key, value in root.members]
    return [
        (
            rules.get(name, "os-sku"),
            name,
            JsonNode("object", key.start, value.end, members=((key, value),)),
        )
        for name, key, value in parts
        if name != "outputs"
    ]


def _pools(node: JsonNode, place: _Place, collector: Collector) -> Iterator[ArmPool]:
    """The pools of a value, those of nested templates included."""
    kind = (node.get("type") or node).string if node.kind == "object" else None
    inside = _Place(in_list=False, parent=place.parent)
    if kind is not None and _is_pool(kind, place.parent):
        yield _pool(node, place, collector)
    elif kind is not None and kind.lower() == CLUSTER_TYPE:
        name = node.get("name")
        yield from inline_pools(node, name.text if name else "the cluster", collector)
        inside = _Place(in_list=False, parent=node)
    for _, value in node.members:
        yield from _pools(value, inside, collector)
    for item in node.items:
        yield from _pools(item, _Place(in_list=True, parent=place.parent), collector)


def _is_pool(kind: str, parent: JsonNode | None) -> bool:
    return kind.lower() == POOL_TYPE or (kind.lower() == "agentpools" and parent is not None)


def _pool(node: JsonNode, place: _Place, collector: Collector) -> ArmPool:
    name = node.get("name")
    raw = collector.source.text[name.start : name.end] if name is not None else ""
    found = _PLAIN_NAME.fullmatch(raw) or _BUILT_NAME.fullmatch(raw)
    at, said, cluster = None, Value(name.text) if name is not None else None, raw
    if name is not None and found is not None:
        start, end = found.span("name")
        at = (name.start + start, name.start + end)
        said = Value(name.text, found["name"])
        cluster = raw[:start]
    holder = place.parent.get("name") if place.parent is not None else None
    version = node.get("apiVersion")
    repeated = node.get("copy") is not None or node.get("condition") is not None
    settings = collector.settings
    refusal = version_refusal(version.text if version else "", settings.to, settings.catalog)
    pool = code_pool(
        node.get("properties"),
        collector,
        label=name.text if name is not None else "a pool",
        name=said,
        cluster=f"{cluster} of {holder.text}" if holder is not None else cluster,
        start=node.start,
        barred=(_REPEATED if repeated else refusal) or (None if place.in_list else _NO_LIST),
    )
    return ArmPool(pool, node.start, node.end, at, node.get("properties"))


class _Greens:
    """Writes green pools of one template."""

    def __init__(self, pools: list[ArmPool], collector: Collector) -> None:
        self._pools = pools
        self._collector = collector

    def add(self, index: int, name: str) -> None:
        """Put green after blue in the list that holds it."""
        pool = self._pools[index]
        source = self._collector.source
        begin = source.line_start(source.line_of(pool.start))
        lead = source.text[begin : pool.start].lstrip("\ufeff")
        between = f"{_line_end(source.text, pool.start)}{lead}" if not lead.strip() else " "
        new = f",{between}{self._copy(pool, name)}"
        self._collector.splices.append(Splice(pool.end, pool.end, new))
        self._collector.note(
            f"line {pool.pool.line}: pool {name} with {self._collector.settings.to} is added "
            f"beside {pool.pool.label}; deploy, move, then take the old one out"
        )

    def sketch(self, index: int, name: str) -> str:
        """The text of green where a person must decide; empty where a copy would say nothing."""
        pool = self._pools[index]
        if pool.pool.barred == _REPEATED:
            return ""
        return self._copy(pool, name).replace("\r", "")

    def _copy(self, pool: ArmPool, name: str) -> str:
        text = self._collector.source.text
        splices = [Splice(*pool.name_at, name)] if pool.name_at is not None else []
        splices += sku_splices(pool, '"', self._entry, self._collector)
        moved = sorted(Splice(s.start - pool.start, s.end - pool.start, s.new) for s in splices)
        return apply(text[pool.start : pool.end], moved)

    def _entry(self, at: int, key: str, value: str) -> str:
        """One more member after the value at an offset, on a line of its own where that is."""
        text = self._collector.source.text
        begin = text.rfind("\n", 0, at) + 1
        before = text[begin:at]
        lead = before[: len(before) - len(before.lstrip(" \t"))]
        own_line = re.fullmatch(r"[ \t]*\"\w+\"[ \t]*:[ \t]*", before) is not None
        return f',{_line_end(text, at) + lead if own_line else " "}"{key}": {value}'


def _line_end(text: str, at: int) -> str:
    """The line end that the line of an offset has, CR included."""
    end = text.find("\n", at)
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"
