"""What objects without a pod template say of Windows versions: policies, pools, other resources.

Nothing of it is edited, since only its controller knows what follows from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.manifests.objects import DELIVERIES, WITHOUT_PODS, WORKLOADS
from poolshift.rewrite.mentions import report_ref
from poolshift.rewrite.scalars import child, entries, is_object, line_of, pairs, scalar_of, text_of
from poolshift.rewrite.versions import VERSIONS, is_older_pin, older_sku, wanted
from poolshift.rewrite.yamltree import Mapping, Scalar, Sequence
from poolshift.semantics.pins import OS_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.manifests.objects import Object
    from poolshift.rewrite.manifests.template import Template
    from poolshift.rewrite.yamltree import Node

_PASSED_OVER = frozenset({"annotations", "labels", "matchLabels", "status"})
_KEPT = ("nodeSelector", "affinity", "tolerations", "image")
_SKU_KEYS = frozenset({"ossku", "os_sku"})
_NODE_SELECTOR = "scheduler.alpha.kubernetes.io/node-selector"
"""The annotation by which a namespace adds to the selectors of all its pods."""
_ENTRY = re.compile(r"\s*(?P<key>[^=,\s]+)\s*=\s*(?P<value>[^=,\s]+)\s*")


def report_leftovers(
    objects: Iterable[Object], templates: Iterable[Template], collector: Collector
) -> None:
    """Leave what no template of the file covers to a person."""
    decided = {id(node) for template in templates for node in _decided(template)}
    for kind, root in objects:
        if kind == "Namespace":
            _report_namespace(root, collector)
        elif kind and kind not in WORKLOADS | WITHOUT_PODS | DELIVERIES | {"Node"}:
            name = text_of(root, "metadata", "name")
            called = f"{kind} {name}" if name else f"this {kind}"
            for node in _mappings(root, decided):
                _report(node, called, decided, collector)


def _decided(template: Template) -> Iterator[Node]:
    """What a template is decided by; a resource that is its own container says more than that."""
    yield from (c for c in template.containers if c is not template.place)
    yield from (n for name in _KEPT if (n := child(template.place, name)) is not None)


def _mappings(root: Node, decided: set[int]) -> Iterator[Mapping]:
    """The mappings of an object that nothing was decided about, those of its labels aside."""
    waiting: list[Node] = [root]
    seen = set(decided)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            waiting += node.value
        elif isinstance(node, Mapping):
            if node is not root and is_object(node) and text_of(node, "kind") in WORKLOADS:
                continue
            yield node
            waiting += [v for k, v in pairs(node) if k.value not in _PASSED_OVER]


def _report(node: Mapping, called: str, decided: set[int], collector: Collector) -> None:
    for key, value in pairs(node):
        if id(value) in decided:
            continue
        if key.value == "nodeSelector":
            _report_selector(value, called, collector)
        elif isinstance(value, Scalar):
            _report_scalar(key.value, value, called, collector)
    expression = text_of(node, "key")
    if expression in VERSIONS and text_of(node, "operator") == "In":
        held = [v for v in entries(node, "values") if isinstance(v, Scalar)]
        if held and wanted(expression, collector) not in [v.value for v in held]:
            _report_pin(expression, held[0], called, collector)


def _report_scalar(key: str, value: Scalar, called: str, collector: Collector) -> None:
    if key in VERSIONS:
        _report_pin(key, value, called, collector)
    elif key.lower() in _SKU_KEYS and older_sku(value.value, collector):
        to = collector.settings.to
        collector.need(
            line_of(value, collector),
            "pool-object",
            f"{called} is a pool with {value.value}: its OS SKU cannot change to {to} with pods "
            "on it",
            f"add a pool with {to} and another name beside it, move, then take this one out",
        )
    elif "\n" not in value.value:
        report_ref(value.value, line_of(value, collector), called, collector)


def _report_pin(key: str, value: Scalar, called: str, collector: Collector) -> None:
    if is_older_pin(key, value.value, collector):
        collector.need(
            line_of(value, collector),
            "other-pin",
            f"{called} names {key} {value.value}; what follows from it is not known here",
            f"see whether it must be {wanted(key, collector)}, or allow that, too",
        )


def _report_selector(selector: Node, called: str, collector: Collector) -> None:
    """A selector in a place that is no pod's as far as can be told."""
    found = {k.value: v for k, v in pairs(selector)}
    for key in OS_KEYS:
        value = found.get(key)
        chooses = isinstance(value, Scalar) and value.value == "windows"
        if chooses and not any(pin in found for pin in VERSIONS):
            settings = collector.settings
            collector.need(
                line_of(selector, collector),
                "other-selector",
                f"{called} chooses Windows nodes of any version; which pods it does so for is not "
                "known here",
                f"if they are no DaemonSet's, add {settings.key}: {settings.value}",
            )
            return


def _report_namespace(root: Mapping, collector: Collector) -> None:
    """A namespace that adds an old pin to every pod keeps them off the new nodes."""
    value = scalar_of(root, "metadata", "annotations", _NODE_SELECTOR)
    for entry in _ENTRY.finditer(value.value) if value is not None else ():
        if value is not None and is_older_pin(entry["key"], entry["value"], collector):
            name = text_of(root, "metadata", "name")
            collector.need(
                line_of(value, collector),
                "namespace-selector",
                f"namespace {name} pins all its pods to {entry['key']} {entry['value']}",
                f"set {wanted(entry['key'], collector)} when its workloads move",
            )
