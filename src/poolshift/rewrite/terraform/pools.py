"""The node pools that Terraform files declare, by the azurerm and the azapi provider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.pools import CodePool, Refusal, Value, version_refusal
from poolshift.rewrite.terraform.tree import Attribute, Block, Span, object_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector

AZURERM = "azurerm_kubernetes_cluster_node_pool"
AZAPI = "azapi_resource"
_AZAPI_UPDATE = "azapi_update_resource"
_TYPE = re.compile(
    r'"Microsoft\.ContainerService/managedClusters/agentPools(?:@(?P<version>[^"$]*))?',
    re.IGNORECASE,
)
_CLIENT = "Terraform azurerm"


class TerraformPool(msgspec.Struct, frozen=True):
    """A pool with the places that its green differs in.

    Attributes:
        pool: what is decided by.
        block: the resource.
        name: the value of its name.
        sku: its OS SKU.
        os_type: its OS type.
        beside: the attributes among which the OS SKU stands.
        fips_key: what the attribute is called that asks for a FIPS image.
    """

    pool: CodePool
    block: Block
    name: Span | None
    sku: Attribute | None
    os_type: Attribute | None
    beside: tuple[Attribute, ...]
    fips_key: str


def pools_of(root: Block, collector: Collector) -> Iterator[TerraformPool]:
    """The pools of a file in its order."""
    for block in root.blocks:
        if block.kind != "resource":
            continue
        if block.label(0) == AZURERM:
            yield _azurerm(block, collector)
        elif block.label(0) in (AZAPI, _AZAPI_UPDATE):
            kind = block.value("type")
            found = _TYPE.match(kind.text) if kind is not None else None
            if found is not None:
                yield _azapi(block, found["version"] or "", collector)


def _azurerm(block: Block, collector: Collector) -> TerraformPool:
    sku = block.attribute("os_sku")
    os_type = block.attribute("os_type")
    cluster = block.value("kubernetes_cluster_id")
    pool = CodePool(
        label=_label(block),
        name=_said(block.value("name")),
        cluster=_squeezed(cluster),
        os_type=_said(os_type.value if os_type else None),
        os_sku=_said(sku.value if sku else None),
        vm_size=_said(block.value("vm_size")),
        line=_line(block, sku, os_type, collector),
        sku_field="os_sku",
        barred=_repeated(block) or _provider(collector) or _from_snapshot(block.attributes),
    )
    return TerraformPool(
        pool, block, block.value("name"), sku, os_type, block.attributes, "fips_enabled"
    )


def _azapi(block: Block, version: str, collector: Collector) -> TerraformPool:
    body = block.value("body")
    items = object_items(collector.source.text, body) if body is not None else None
    held = _named(items or (), "properties")
    properties = object_items(collector.source.text, held.value) if held is not None else None
    sku, os_type = _named(properties or (), "osSKU"), _named(properties or (), "osType")
    size = _named(properties or (), "vmSize")
    to, catalog = collector.settings.to, collector.settings.catalog
    pool = CodePool(
        label=_label(block),
        name=_said(block.value("name")),
        cluster=_squeezed(block.value("parent_id")),
        os_type=_said(os_type.value if os_type else None),
        os_sku=_said(sku.value if sku else None),
        vm_size=_said(size.value if size else None),
        line=_line(block, sku, os_type, collector),
        sku_field="osSKU",
        barred=_repeated(block)
        or _update(block)
        or version_refusal(version, to, catalog)
        or _from_snapshot(properties or ()),
    )
    return TerraformPool(
        pool, block, block.value("name"), sku, os_type, properties or (), "enableFIPS"
    )


def _named(items: tuple[Attribute, ...], name: str) -> Attribute | None:
    return next((i for i in items if i.name.lower() == name.lower()), None)


def _said(span: Span | None) -> Value | None:
    return Value(span.text, span.literal) if span is not None else None


def _label(block: Block) -> str:
    return f"{block.label(0)}.{block.label(1)}"


def _squeezed(span: Span | None) -> str:
    return re.sub(r"\s+", "", span.text) if span is not None else ""


def _line(
    block: Block, sku: Attribute | None, os_type: Attribute | None, collector: Collector
) -> int:
    at = sku or os_type
    return collector.source.line_of(at.start if at is not None else block.start)


def _repeated(block: Block) -> Refusal | None:
    by = next((a for a in block.attributes if a.name in ("count", "for_each")), None)
    if by is None:
        return None
    return Refusal(
        "pool-repeated",
        f"{by.name} makes several pools of one block, or none",
        f"give the pools that stay what they have, and add entries (or a second block with its "
        f"own {by.name}) for the new OS SKU under other names",
    )


def _provider(collector: Collector) -> Refusal | None:
    """A refusal where the facts say that the azurerm provider does not take the OS SKU."""
    to = collector.settings.to
    clients = collector.settings.catalog.os_skus.client_enums
    client = next((c for c in clients if c.client == _CLIENT), None)
    if client is None or to not in client.values_missing:
        return None
    return Refusal(
        "provider",
        f"the azurerm provider does not take {to} ({client.note.partition(';')[0]})",
        "see whether your version of it does; else add the pool with azapi, or az, beside it:",
    )


def _update(block: Block) -> Refusal | None:
    if block.label(0) != _AZAPI_UPDATE:
        return None
    return Refusal(
        "update-resource",
        "it changes a pool that something else creates",
        "add a pool where the old one is created",
    )


def _from_snapshot(attributes: tuple[Attribute, ...]) -> Refusal | None:
    found = next((a for a in attributes if a.name in ("snapshot_id", "creationData")), None)
    if found is None:
        return None
    return Refusal(
        "pool-snapshot",
        f"{found.name} makes it from the node image of another pool, whose OS it has",
        f"add a pool without {found.name}",
    )
