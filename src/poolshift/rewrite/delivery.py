"""Objects that tell a tool what to deliver: Flux, Argo CD, and the helm controllers.

Values that they hand to a chart are rewritten as a values file is, patches and images as those of
a kustomization.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.rewrite.helm.templates import rewrite_template
from poolshift.rewrite.helm.values import rewrite_values, rewrite_values_node
from poolshift.rewrite.inline import rewrite_inside
from poolshift.rewrite.kustomize import rewrite_images, rewrite_patches
from poolshift.rewrite.manifests import rewrite_roots
from poolshift.rewrite.scalars import child, entries, line_of, replace_part, scalar_of, text_of
from poolshift.rewrite.versions import older_product
from poolshift.rewrite.yamltree import Scalar
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.tags import names_windows

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.manifests import Object
    from poolshift.rewrite.yamltree import Node, Tree

_ARGO = ("Application", "ApplicationSet")
_TEXTS = ("valuesContent", "valuesTemplate")
"""Where helm controllers take values as text."""


def rewrite_delivery(found: Object, tree: Tree, collector: Collector) -> None:
    """Edit what an object hands on, and tell what a person must decide."""
    spec = child(found.root, "spec")
    if found.kind in _ARGO:
        spec = child(spec, "template", "spec") or spec
        for source in (child(spec, "source"), *entries(spec, "sources")):
            _source(source, tree, collector)
        return
    _values(child(spec, "values"), tree, collector)
    for name in _TEXTS:
        _values_text(scalar_of(spec, name), collector)
    for renderer in entries(spec, "postRenderers"):
        _kustomize(child(renderer, "kustomize"), collector)
    if found.kind == "Kustomization":
        _kustomize(spec, collector)


def _source(source: Node | None, tree: Tree, collector: Collector) -> None:
    """A source of Argo CD."""
    _values(child(source, "helm", "valuesObject"), tree, collector)
    _values_text(scalar_of(source, "helm", "values"), collector)
    for parameter in entries(source, "helm", "parameters"):
        _parameter(parameter, collector)
    for image in entries(source, "kustomize", "images"):
        if isinstance(image, Scalar):
            _argo_image(image, collector)
    rewrite_patches(child(source, "kustomize"), collector)


def _values(node: Node | None, tree: Tree, collector: Collector) -> None:
    if node is not None:
        rewrite_object = partial(_object, tree, collector)
        rewrite_values_node(node, collector, rewrite_object)


def _object(tree: Tree, collector: Collector, node: Node) -> None:
    rewrite_roots([node], tree, collector)


def _values_text(node: Scalar | None, collector: Collector) -> None:
    if node is not None:
        rewrite_inside(node, collector, _inner_values, "values")


def _inner_values(inner: Collector) -> None:
    if "{{" in inner.source.text:
        rewrite_template(inner)
    else:
        rewrite_values(inner, rewrite_roots)


def _kustomize(node: Node | None, collector: Collector) -> None:
    rewrite_images(node, collector)
    rewrite_patches(node, collector)


def _parameter(parameter: Node, collector: Collector) -> None:
    """One value by its path, as on helm's command line."""
    name, value = text_of(parameter, "name"), scalar_of(parameter, "value")
    if value is None:
        return
    line = line_of(value, collector)
    product = older_product(value.value, collector)
    if product:
        collector.need(
            line,
            "values-os",
            f"{name} names {product}; what the chart makes of it is not known here",
            f"set it for {collector.settings.to}",
        )
    elif "/" in value.value and names_windows(parse_ref(value.value), collector.settings.catalog):
        decision = collector.decide(value.value)
        if decision.action is not Action.NONE_NEEDED:
            hint = decision.ref or decision.suggestion
            collector.need(line, "values-image", f"{name} is {value.value}", hint)


def _argo_image(image: Scalar, collector: Collector) -> None:
    """`NAME=REFERENCE` or the reference alone, which then names itself."""
    name, sign, new = image.value.rpartition("=")
    ref = new if sign else image.value
    known = any(names_windows(parse_ref(r), collector.settings.catalog) for r in (ref, name) if r)
    if known or ref in collector.settings.images:
        decision = collector.decide(ref)
        if collector.settle(decision, line_of(image, collector)):
            replace_part(image, f"{name}{sign}", decision.ref, collector)
