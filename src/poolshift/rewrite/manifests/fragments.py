"""Pieces of manifests without a kind, as documentation and some tools keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import child, entries, line_of, pairs, scalar_of
from poolshift.rewrite.versions import version_pins, wanted
from poolshift.rewrite.yamltree import Scalar
from poolshift.semantics.images import Action
from poolshift.semantics.pins import OS_KEYS

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Mapping, Node

_PATHS: tuple[tuple[str, ...], ...] = (
    (),
    ("spec",),
    ("template", "spec"),
    ("spec", "template", "spec"),
)


def report_fragment(root: Mapping, collector: Collector) -> None:
    """Leave a piece without a kind to a person: whether it is a DaemonSet's is not known."""
    for path in _PATHS:
        part = child(root, *path)
        _report_selector(child(part, "nodeSelector"), collector)
        if child(part, "nodeSelector") is not None:
            _report_images(part, collector)


def _report_selector(selector: Node | None, collector: Collector) -> None:
    pins = list(version_pins(selector))
    for key, value in pins:
        new = wanted(key.value, collector)
        if value.value != new:
            _say(value, f"{key.value}: {value.value}", f"{key.value}: {new}", collector)
    settings = collector.settings
    hint = f"add {settings.key}: {settings.value} below it"
    for key, node in () if pins else pairs(selector):
        if key.value in OS_KEYS and isinstance(node, Scalar) and node.value == "windows":
            _say(node, "a nodeSelector for Windows of any version", hint, collector)


def _report_images(part: Node | None, collector: Collector) -> None:
    for container in (*entries(part, "initContainers"), *entries(part, "containers")):
        image = scalar_of(container, "image")
        decision = collector.decide(image.value) if image is not None else None
        if image is not None and decision is not None and decision.action is not Action.NONE_NEEDED:
            _say(image, image.value, decision.ref or decision.suggestion, collector)


def _say(node: Scalar, what: str, suggestion: str, collector: Collector) -> None:
    reason = f"{what} stands in a piece without a kind, which may be part of a DaemonSet"
    collector.need(line_of(node, collector), "fragment", reason, suggestion)
