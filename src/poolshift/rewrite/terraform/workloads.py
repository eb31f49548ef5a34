"""Windows workloads that Terraform declares by the Kubernetes provider: told, never edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite import mentions
from poolshift.rewrite.terraform.tree import object_items
from poolshift.rewrite.terraform.values import HELM_RELEASE
from poolshift.rewrite.versions import older_product
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.tags import names_windows

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.terraform.tree import Attribute, Block

_PINS = (OS_SKU_KEY, WINDOWS_BUILD_KEY)


def report_workloads(root: Block, collector: Collector) -> None:
    """Leave images of Windows and selectors of Windows nodes to a person."""
    for block in root.blocks:
        if block.label(0) == HELM_RELEASE:
            _report_release(block, collector)
        daemon = "daemonset" in block.label(0) or "daemon_set" in block.label(0)
        for inner in (block, *block.all_blocks()):
            for attribute in inner.attributes:
                if attribute.name == "image":
                    _report_image(attribute, collector)
                elif attribute.name == "node_selector":
                    _report_selector(attribute, daemon=daemon, collector=collector)
        if block.label(0) == "azurerm_kubernetes_cluster":
            _report_old_pools(block, collector)


def _report_image(attribute: Attribute, collector: Collector) -> None:
    ref = attribute.value.literal
    if not ref or not names_windows(parse_ref(ref), collector.settings.catalog):
        return
    decision = collector.decide(ref)
    line = collector.source.line_of(attribute.start)
    if decision.action == Action.NEEDS_HUMAN:
        collector.need(line, decision.rule, decision.reason, decision.suggestion)
    elif decision.action == Action.EDIT:
        collector.need(
            line,
            "workload-image",
            f"{ref} is for another Windows version; workloads in Terraform are not edited",
            f"write {decision.ref}",
        )


def _report_release(block: Block, collector: Collector) -> None:
    """The values that a release sets one by one."""
    for inner in block.blocks:
        name, value = inner.value("name"), inner.attribute("value")
        product = older_product(value.value.literal or "", collector) if value else ""
        if value is not None and product:
            collector.need(
                collector.source.line_of(value.start),
                "values-os",
                f"{name.text if name else 'a value'} names {product}; what the chart makes of it "
                "is not known here",
                f"set it for {collector.settings.to}",
            )


def report_texts(root: Block, text: str, collector: Collector) -> None:
    """What else the file says of Windows versions: values of charts, manifests, arguments.

    Args:
        root: the file.
        text: its text without comments.
        collector: what is decided about it.
    """
    told = {need.line for need in collector.needs}
    for block in root.all_blocks():
        selector = block.value("node_selector")
        if selector is not None:
            first = collector.source.line_of(selector.start)
            told |= set(range(first, collector.source.line_of(selector.end) + 1))
    lines = {n: line for n, line in enumerate(text.split("\n"), start=1) if n not in told}
    mentions.report_lines(lines, "this file", collector)


def _report_selector(attribute: Attribute, *, daemon: bool, collector: Collector) -> None:
    settings = collector.settings
    items = object_items(collector.source.text, attribute.value) or ()
    pins = [i for i in items if i.name in _PINS]
    for pin in pins:
        wanted = settings.to if pin.name == OS_SKU_KEY else settings.build
        if pin.value.literal not in (None, wanted):
            _say(pin, "workload-pin", f"it is pinned to {pin.value.literal}", wanted, collector)
    for item in items:
        chooses = item.name in OS_KEYS and item.value.literal == "windows"
        if chooses and not pins and not daemon:
            what = "it chooses Windows nodes of any version"
            hint = f'add "{settings.key}" = "{settings.value}" beside it'
            _say(item, "workload-selector", what, hint, collector)


def _say(item: Attribute, rule: str, what: str, hint: str, collector: Collector) -> None:
    line = collector.source.line_of(item.start)
    collector.need(line, rule, f"{what}; workloads in Terraform are not edited", hint)


def _report_old_pools(cluster: Block, collector: Collector) -> None:
    """Pools that an old form of the cluster resource holds."""
    for block in cluster.blocks:
        kind = block.attribute("os_type") if block.kind == "agent_pool_profile" else None
        if kind is not None and (kind.value.literal or "").lower() == "windows":
            collector.need(
                collector.source.line_of(kind.start),
                "inline-pool",
                "the pool stands inside of the cluster, which is replaced when it changes",
                f"add an azurerm_kubernetes_cluster_node_pool with {collector.settings.to} beside "
                "the cluster",
            )
