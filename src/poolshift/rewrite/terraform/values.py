"""OS SKUs that Terraform files name outside of pools: variables, module inputs, tfvars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.terraform.tree import object_items
from poolshift.rewrite.versions import older_sku

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.terraform.tree import Attribute, Block

_DEEPEST_OBJECT = 12
"""Bound on objects inside objects that are looked into."""

HELM_RELEASE = "helm_release"
"""The resource that installs a chart: what it sets is no pool's."""
_LABELS = frozenset({"tags", "labels", "node_labels", "default_tags", "extra_tags"})
_RULES = {
    "variable": "variable-default",
    "module": "module-input",
    "locals": "local-value",
}
_ADVICE = {
    "variable-default": "leave the default to the pools that stay; give the new pool {to} by a "
    "value of its own",
    "variable-value": "add an entry for a new pool with {to} and another name; take the old one "
    "out after the move",
    "module-input": "add a second pool with {to} and another name to what the module is given; "
    "take the old one out after the move",
    "local-value": "add an entry for a new pool with {to} and another name; take the old one out "
    "after the move",
    "os-sku": "add a second pool with {to} and another name; take the old one out after the move",
}


def report_values(root: Block, skipped: Collection[int], collector: Collector) -> None:
    """Leave every other place that names an older Windows OS SKU to a person.

    Args:
        root: the file.
        skipped: where the blocks begin that were decided about.
        collector: takes what is decided.
    """
    for attribute in _strings(root.attributes, collector, 0):
        _report(attribute, "variable-value", collector)
    for block in root.blocks:
        is_chart = block.label(0) == HELM_RELEASE
        if block.start in skipped or block.kind == "output" or is_chart:
            continue
        rule = _RULES.get(block.kind, "os-sku")
        for inner in (block, *block.all_blocks()):
            if inner.kind not in ("validation", "precondition", "postcondition", *_LABELS):
                for attribute in _strings(inner.attributes, collector, 0):
                    _report(attribute, rule, collector)


def _strings(
    attributes: tuple[Attribute, ...], collector: Collector, depth: int
) -> Iterator[Attribute]:
    """Attributes whose value is one string, those of objects included; labels and tags are not."""
    for attribute in attributes:
        if attribute.name in _LABELS or depth > _DEEPEST_OBJECT:
            continue
        if attribute.value.literal is not None:
            yield attribute
            continue
        items = object_items(collector.source.text, attribute.value)
        if items:
            yield from _strings(items, collector, depth + 1)


def _report(attribute: Attribute, rule: str, collector: Collector) -> None:
    sku = older_sku(attribute.value.literal or "", collector)
    if sku is None:
        return
    collector.need(
        collector.source.line_of(attribute.start),
        rule,
        f"{attribute.name} is {sku.id}: a changed OS SKU replaces each pool that has it, with all "
        "that runs on it",
        _ADVICE[rule].format(to=collector.settings.to),
    )
