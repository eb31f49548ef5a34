"""What ARM says of a pool, alike in Bicep and in ARM JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.jsonc import JsonNode
from poolshift.rewrite.pools import CodePool, Refusal, Value
from poolshift.rewrite.splices import Splice
from poolshift.rewrite.versions import older_sku
from poolshift.semantics.generation import needs_fips

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from poolshift.rewrite.findings import Collector

CLUSTER_TYPE = "microsoft.containerservice/managedclusters"
POOL_TYPE = "microsoft.containerservice/managedclusters/agentpools"
_LABELS = frozenset({"tags", "nodelabels", "labels", "metadata", "allowedvalues"})
INLINE = Refusal(
    "inline-pool",
    "the pool stands inside of the cluster: a change there goes with all of the cluster, and its "
    "OS SKU cannot change at all",
    "add a pool of its own beside it (Microsoft.ContainerService/managedClusters/agentPools, or an "
    "entry of agentPoolProfiles) with another name, move, then take this one out",
)


class ArmPool(msgspec.Struct, frozen=True):
    """A pool with the places that its green differs in.

    Attributes:
        pool: what is decided by.
        start: where its text begins.
        end: where its text ends.
        name_at: where the pool's own name stands in the text; None where an expression does.
        properties: the node that holds its properties.
        symbol: what Bicep calls it.
        symbol_at: where that stands.
    """

    pool: CodePool
    start: int
    end: int
    name_at: tuple[int, int] | None
    properties: JsonNode | None
    symbol: str = ""
    symbol_at: int = 0

    @property
    def sku(self) -> JsonNode | None:
        """The value of its OS SKU."""
        return self.properties.get("osSKU") if self.properties is not None else None


def said(node: JsonNode | None, *, is_expression: bool = False) -> Value | None:
    """What a node says."""
    if node is None:
        return None
    literal = None if is_expression or node.kind != "string" else node.text
    return Value(node.text or node.kind, literal)


def is_expression(node: JsonNode | None) -> bool:
    """Whether a string of ARM JSON is an expression in brackets."""
    text = node.string if node is not None else None
    return bool(text) and str(text).startswith("[") and not str(text).startswith("[[")


def code_pool(
    properties: JsonNode | None,
    collector: Collector,
    *,
    label: str,
    name: Value | None,
    cluster: str,
    start: int,
    barred: Refusal | None,
) -> CodePool:
    """What is decided by, from the properties of a pool."""

    def value(key: str) -> Value | None:
        node = properties.get(key) if properties is not None else None
        return said(node, is_expression=is_expression(node))

    found = None
    if properties is not None:
        found = properties.member("osSKU") or properties.member("osType")
    created = properties.get("creationData") if properties is not None else None
    from_snapshot = Refusal(
        "pool-snapshot",
        "creationData makes it from the node image of another pool, whose OS it has",
        "add a pool without creationData",
    )
    return CodePool(
        label=label,
        name=name,
        cluster=cluster,
        os_type=value("osType"),
        os_sku=value("osSKU"),
        vm_size=value("vmSize"),
        line=collector.source.line_of(found[0].start if found else start),
        sku_field="osSKU",
        barred=barred or (from_snapshot if created is not None else None),
    )


def inline_pools(cluster: JsonNode, label: str, collector: Collector) -> Iterator[ArmPool]:
    """The pools inside of a cluster's `agentPoolProfiles`."""
    properties = cluster.get("properties")
    profiles = properties.get("agentPoolProfiles") if properties is not None else None
    for item in profiles.items if profiles is not None else ():
        if item.kind != "object":
            continue
        name = item.get("name")
        pool = code_pool(
            item,
            collector,
            label=f"agentPoolProfiles of {label}",
            name=said(name, is_expression=is_expression(name)),
            cluster=f"in {label}",
            start=item.start,
            barred=INLINE,
        )
        yield ArmPool(pool, item.start, item.end, _inside(name), item)


def _inside(name: JsonNode | None) -> tuple[int, int] | None:
    """Where a name stands that is one string."""
    if name is None or name.kind != "string" or is_expression(name):
        return None
    return name.start + 1, name.end - 1


def sku_splices(
    pool: ArmPool, quote: str, entry: Callable[[int, str, str], str], collector: Collector
) -> list[Splice]:
    """Splices that set the OS SKU of a copy, and a FIPS image where it needs one.

    Args:
        pool: blue.
        quote: what stands around a string.
        entry: the text of one more entry after the value at an offset, of a key and a value.
        collector: whose settings hold.
    """
    settings = collector.settings
    beside = pool.sku or (pool.properties.get("osType") if pool.properties is not None else None)
    if beside is None or pool.properties is None:
        return []
    sku_text, added = f"{quote}{settings.to}{quote}", ""
    found: list[Splice] = []
    if needs_fips(settings.to, settings.catalog):
        there = pool.properties.get("enableFIPS")
        if there is not None:
            found.append(Splice(there.start, there.end, "true"))
        else:
            added = entry(beside.start, "enableFIPS", "true")
    if pool.sku is None:
        added = entry(beside.start, "osSKU", sku_text) + added
        return [*found, Splice(beside.end, beside.end, added)]
    return [*found, Splice(beside.start, beside.end, sku_text + added)]


def report_strings(
    roots: Collection[tuple[str, str, JsonNode]], pools: Collection[ArmPool], collector: Collector
) -> None:
    """Leave every other place that names an older Windows OS SKU to a person.

    Args:
        roots: what to look through, each with a short name of what it is and its own name.
        pools: what was decided about.
        collector: takes what is decided.
    """
    decided = {p.sku.start for p in pools if p.sku is not None}
    for rule, name, root in roots:
        for key, node in _strings(root, name):
            sku = older_sku(node.text, collector)
            if sku is None or node.start in decided:
                continue
            collector.need(
                collector.source.line_of(node.start),
                rule,
                f"{key} is {sku.id}: a changed OS SKU is refused or replaces each pool that has it",
                f"add a second pool with {collector.settings.to} and another name, move, then "
                "take the old one out",
            )


def _strings(node: JsonNode, key: str) -> Iterator[tuple[str, JsonNode]]:
    """Strings that are the whole value of a key; labels, tags and lists are passed over."""
    if node.kind == "string":
        yield key, node
    for name, value in node.members:
        if name.text.lower() not in _LABELS:
            yield from _strings(value, name.text)
    for item in node.items:
        if item.kind != "string":
            yield from _strings(item, key)
