"""The copy of a DaemonSet for the nodes of the target, as a further document of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.manifests.template import affinity_terms
from poolshift.rewrite.manifests.tolerations import add_toleration
from poolshift.rewrite.scalars import (
    child,
    entries,
    key_of,
    line_of,
    pairs,
    quoted_like,
    scalar_of,
    span,
)
from poolshift.rewrite.splices import Splice, apply, without_clashes
from poolshift.rewrite.versions import version_pins, wanted
from poolshift.rewrite.yamltree import Mapping, Scalar
from poolshift.semantics.images import Action
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY

if TYPE_CHECKING:
    from poolshift.rewrite.decide import Decision
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.manifests.template import Template
    from poolshift.rewrite.yamltree import Node

LABEL = "poolshift.io/os-sku"
"""Tells the pods of a copy from those of the one that it was made of: their selectors would
match each other's pods otherwise."""

_LABELS = (("spec", "selector", "matchLabels"), ("spec", "template", "metadata", "labels"))


class _NoCopyError(Exception):
    """Why a copy cannot be made by a machine."""


def add_copy(
    template: Template, bound: list[tuple[Scalar, Decision]], collector: Collector
) -> None:
    """Add the copy after the DaemonSet's document, or say why it is a person's."""
    try:
        text = _copy(template, bound, collector)
    except _NoCopyError as why:
        collector.need(
            line_of(template.root, collector),
            "no-copy",
            f"no copy of {template.called} was made: {why}",
            "write it by hand",
        )
        return
    collector.splices.append(_appended(template.root, text, collector))


def _copy(template: Template, bound: list[tuple[Scalar, Decision]], collector: Collector) -> str:
    """The text of the DaemonSet's document with another name, label, pin and images."""
    root, name = template.root, scalar_of(template.root, "metadata", "name")
    start, end = span(root, collector)
    source = collector.source
    if root.flow_style or name is None or source.lead(start):
        raise _NoCopyError("it is no document of its own in block style with a name")
    image_os = collector.settings.catalog.image_os(collector.settings.to) or collector.settings.to
    splices = [_value(name, f"{name.value}-{image_os.lower()}", collector)]
    for image, decision in bound:
        if decision.action is not Action.EDIT:
            raise _NoCopyError(f"what {image.value} becomes is not known")
        splices.append(_value(image, decision.ref, collector))
    splices += [_label(root, path, collector) for path in _LABELS]
    splices += [*_pins(template, collector), *_toleration(template, collector)]
    if any(s.start < start or s.end > end for s in splices):
        raise _NoCopyError("it is put together by anchors of another place")
    kept, clashing = without_clashes(splices)
    if clashing:
        raise _NoCopyError("two changes meet in it")
    moved = [Splice(s.start - start, s.end - start, s.new) for s in kept]
    return apply(source.text[start:end], moved).rstrip()


def _value(node: Scalar, new: str, collector: Collector) -> Splice:
    start, end = span(node, collector)
    new = quoted_like(new, node)
    if collector.source.text[start:end] != quoted_like(node.value, node):
        raise _NoCopyError(f"{node.value} is written with an anchor, a tag or escapes")
    return Splice(start, end, new)


def _label(root: Mapping, path: tuple[str, ...], collector: Collector) -> Splice:
    labels = child(root, *path)
    key = next((k for k, _ in pairs(labels)), None)
    if not isinstance(labels, Mapping) or labels.flow_style or key is None:
        raise _NoCopyError(f"{'.'.join(path)} is no block of labels")
    return _line_before(key, f"{LABEL}: {collector.settings.to}", collector)


def _pins(template: Template, collector: Collector) -> list[Splice]:
    """The copy's pin to the target: changed where there is one, else added."""
    selector = child(template.place, "nodeSelector")
    pins = [(key.value, value) for key, value in version_pins(selector)]
    for term in affinity_terms(template.place):
        if term.key in (OS_SKU_KEY, WINDOWS_BUILD_KEY):
            if term.operator != "In" or len(term.values) != 1:
                raise _NoCopyError(f"its affinity on {term.key} has several values")
            pins.append((term.key, term.values[0]))
    if pins:
        changed = [(key, value) for key, value in pins if value.value != wanted(key, collector)]
        return [_value(value, wanted(key, collector), collector) for key, value in changed]
    key = next((k for k, _ in pairs(selector) if k.value in OS_KEYS), None)
    new = f"{collector.settings.key}: {collector.settings.value}"
    if key is not None and isinstance(selector, Mapping) and not selector.flow_style:
        return [_line_before(key, new, collector)]
    place_key = key_of(template.place, "containers")
    if selector is None and place_key is not None and entries(template.place, "containers"):
        start, _ = span(place_key, collector)
        lead = collector.source.lead(start)
        return [_line_before(place_key, f"nodeSelector:\n{lead}  {new}", collector)]
    raise _NoCopyError("its nodeSelector is not written in block style")


def _toleration(template: Template, collector: Collector) -> list[Splice]:
    """What lets the copy onto guarded nodes."""
    guard = collector.settings.guard
    if guard is None or template.place is None:
        return []
    inner = collector.inside(collector.source)
    add_toleration(template.place, guard, inner)
    if inner.needs:
        raise _NoCopyError(inner.needs[0].reason)
    return inner.splices


def _line_before(key: Scalar, new: str, collector: Collector) -> Splice:
    source = collector.source
    start, _ = span(key, collector)
    lead = source.lead(start)
    if lead.strip():
        raise _NoCopyError(f"{key.value} stands beside another key")
    line_end = f"{source.carriage(start)}\n"
    return Splice(start, start, line_end.join([*new.split("\n"), lead]))


def _appended(root: Node, text: str, collector: Collector) -> Splice:
    """A document after the one that ends with a node."""
    source = collector.source
    _, end = span(root, collector)
    line_end = f"{source.carriage(0)}\n"
    at_end = end >= len(source.text.rstrip())
    if at_end:
        last = source.text.rstrip()
        return Splice(len(last), len(last), f"{line_end}---{line_end}{text}")
    start = source.begin_of(end)
    return Splice(start, start, f"---{line_end}{text}{line_end}")
