"""Rewrites pod templates: image, node selector and toleration of Windows ones, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import yaml

from poolshift.rewrite.scalars import (
    child,
    entries,
    key_of,
    line_of,
    pairs,
    quoted_like,
    replace_scalar,
    scalar_of,
    span,
    text_of,
)
from poolshift.rewrite.splices import Splice
from poolshift.rewrite.tolerations import add_toleration
from poolshift.semantics.images import parse_ref
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.tags import names_windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from poolshift.rewrite.findings import Collector

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


class Template(msgspec.Struct, frozen=True):
    """A pod template: the kind and name of its object, and its pod spec."""

    kind: str
    name: str
    spec: yaml.MappingNode


class _Term(msgspec.Struct, frozen=True):
    """An affinity expression that names an OS or its version."""

    key: str
    operator: str
    values: tuple[yaml.ScalarNode, ...]
    node: yaml.Node


def rewrite_templates(templates: Sequence[Template], collector: Collector) -> None:
    """Edit the Windows templates of a file, unless they share a node with one that must stay."""
    windows = [t for t in templates if is_windows(t.spec)]
    others = [t for t in templates if not is_windows(t.spec)]
    fixed = {id(node) for t in others for node in _editable(t.spec)}
    daemons = {id(child(t.spec, "nodeSelector")) for t in windows if t.kind == "DaemonSet"}
    for template in windows:
        kept = fixed if template.kind == "DaemonSet" else fixed | daemons
        shared = next((n for n in _editable(template.spec) if id(n) in kept), None)
        if shared is not None:
            collector.need(
                line_of(shared, collector),
                "shared-anchor",
                f"{template.kind} {template.name} shares this by an anchor with a workload that "
                "must not change",
                "write it out for each",
            )
            continue
        _rewrite(template, collector)
    for template in others:
        _report_other(template, collector)


def is_windows(spec: yaml.MappingNode) -> bool:
    """Whether a pod spec asks for Windows nodes, by OS, OS SKU, build or host process."""
    selector = {key.value: value for key, value in pairs(child(spec, "nodeSelector"))}
    for key in OS_KEYS:
        if _is_text(selector.get(key), "windows"):
            return True
    sku = selector.get(OS_SKU_KEY)
    if isinstance(sku, yaml.ScalarNode) and str(sku.value).startswith("Windows"):
        return True
    if WINDOWS_BUILD_KEY in selector or text_of(spec, "os", "name") == "windows":
        return True
    return is_host_process(spec) or any(_asks_windows(t) for t in _affinity_terms(spec))


def is_host_process(spec: yaml.MappingNode) -> bool:
    """Whether the pod runs host-process containers."""
    path = ("securityContext", "windowsOptions", "hostProcess")
    return text_of(spec, *path).lower() == "true" or any(
        text_of(c, *path).lower() == "true" for name in _CONTAINERS for c in entries(spec, name)
    )


def _is_text(node: yaml.Node | None, text: str) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == text


def _asks_windows(term: _Term) -> bool:
    if term.operator != "In" or not term.values:
        return False
    values = [str(v.value) for v in term.values]
    if term.key in OS_KEYS:
        return values == ["windows"]
    if term.key == OS_SKU_KEY:
        return all(v.startswith("Windows") for v in values)
    return term.key == WINDOWS_BUILD_KEY


def _affinity_terms(spec: yaml.MappingNode) -> Iterator[_Term]:
    """The expressions on OS labels in required node affinity."""
    required = child(
        spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    for term in entries(required, "nodeSelectorTerms"):
        for expression in entries(term, "matchExpressions"):
            key = text_of(expression, "key")
            if key in (*OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY):
                values = tuple(
                    v for v in entries(expression, "values") if isinstance(v, yaml.ScalarNode)
                )
                yield _Term(key, text_of(expression, "operator"), values, expression)


def _editable(spec: yaml.MappingNode) -> Iterator[yaml.Node]:
    """The nodes of a pod spec that an edit would touch."""
    yield spec
    for node in (child(spec, "nodeSelector"), child(spec, "tolerations")):
        if node is not None:
            yield node
    for term in _affinity_terms(spec):
        yield term.node
    yield from (image for _, image in _images(spec))


def _images(spec: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.ScalarNode]]:
    for name in _CONTAINERS:
        for container in entries(spec, name):
            image = scalar_of(container, "image")
            if image is not None:
                yield container, image


def _rewrite(template: Template, collector: Collector) -> None:
    spec = template.spec
    if is_host_process(spec):
        collector.note(
            f"{template.kind} {template.name} runs host-process containers, whose image is tied "
            "to no Windows version"
        )
    else:
        for _, image in _images(spec):
            _rewrite_image(image, collector)
    if template.kind == "DaemonSet":
        _report_daemon_pin(template, collector)
    else:
        _pin(template, collector)
    if collector.settings.guard is not None:
        add_toleration(spec, collector.settings.guard, collector)


def _rewrite_image(image: yaml.ScalarNode, collector: Collector) -> None:
    line = line_of(image, collector)
    decision = collector.decide(str(image.value))
    if collector.settle(decision, line):
        replace_scalar(image, decision.ref, collector)


def _report_daemon_pin(template: Template, collector: Collector) -> None:
    """A DaemonSet is for the nodes of both pools; one that is pinned misses green."""
    selector = child(template.spec, "nodeSelector")
    for key, value in _version_pins(selector, collector):
        if value.value not in _wanted(key.value, collector):
            collector.need(
                line_of(key, collector),
                "daemon-pin",
                f"DaemonSet {template.name} is pinned to {value.value}: the new nodes get none",
                "take the pin out, or add a second DaemonSet for the new nodes",
            )


def _wanted(key: str, collector: Collector) -> tuple[str, ...]:
    """The values of a version label that are right for the target."""
    to, catalog = collector.settings.to, collector.settings.catalog
    return (to,) if key == OS_SKU_KEY else (catalog.build_of(to),)


def _version_pins(
    selector: yaml.Node | None, collector: Collector
) -> Iterator[tuple[yaml.ScalarNode, yaml.ScalarNode]]:
    for key, value in pairs(selector):
        if key.value in (OS_SKU_KEY, WINDOWS_BUILD_KEY) and isinstance(value, yaml.ScalarNode):
            yield key, value


def _pin(template: Template, collector: Collector) -> None:
    """Make the template ask for the target: change the pin that is there, else add one."""
    selector = child(template.spec, "nodeSelector")
    pinned = False
    for key, value in _version_pins(selector, collector):
        pinned = True
        wanted = _wanted(key.value, collector)[0]
        if value.value != wanted:
            replace_scalar(value, wanted, collector)
    for term in _affinity_terms(template.spec):
        if term.key not in OS_KEYS:
            pinned = True
            _pin_affinity(term, collector)
    if not pinned:
        _add_pin(template, selector, collector)


def _pin_affinity(term: _Term, collector: Collector) -> None:
    wanted = _wanted(term.key, collector)[0]
    if wanted in (v.value for v in term.values):
        return
    if term.operator == "In" and len(term.values) == 1:
        replace_scalar(term.values[0], wanted, collector)
        return
    collector.need(
        line_of(term.node, collector),
        "affinity",
        f"this affinity on {term.key} does not allow {wanted}",
        f"allow {wanted} in it",
    )


def _add_pin(template: Template, selector: yaml.Node | None, collector: Collector) -> None:
    settings = collector.settings
    beside = _entry_beside(selector)
    if beside is None:
        collector.need(
            line_of(template.spec, collector),
            "no-selector",
            f"{template.kind} {template.name} chooses Windows without a nodeSelector",
            f"add nodeSelector {settings.key}: {settings.value}",
        )
        return
    key, value = beside
    new = f"{quoted_like(settings.key, key)}: {quoted_like(settings.value, value)}"
    if isinstance(selector, yaml.MappingNode) and selector.flow_style:
        end = span(value, collector)[1]
        collector.splices.append(Splice(end, end, f", {new}"))
        return
    insert_beside(key, value, new, collector)


def _entry_beside(
    selector: yaml.Node | None,
) -> tuple[yaml.ScalarNode, yaml.ScalarNode] | None:
    """The entry after which a pin goes: that of the OS, else the first one."""
    found = [(k, v) for k, v in pairs(selector) if isinstance(v, yaml.ScalarNode)]
    by_os = (pair for pair in found if pair[0].value in OS_KEYS)
    return next(by_os, found[0] if found else None)


def insert_beside(key: yaml.ScalarNode, value: yaml.Node, new: str, collector: Collector) -> None:
    """Add a line after a block mapping's entry, as deep as its key stands."""
    source = collector.source
    start, _ = span(key, collector)
    lead = source.text[source.line_start(source.line_of(start)) : start].lstrip("\ufeff")
    indent = lead if not lead.strip() else " " * len(lead)
    last = source.line_of(max(span(value, collector)[1] - 1, start))
    collector.splices.append(source.after_line(last, [indent + new]))


def _report_other(template: Template, collector: Collector) -> None:
    """A template that does not select Windows stays, and what looks odd is said."""
    runtime = text_of(template.spec, "runtimeClassName")
    if runtime:
        collector.note(
            f"{template.kind} {template.name} is left as it is: whether runtime class {runtime} "
            "chooses Windows nodes is not known here"
        )
    catalog = collector.settings.catalog
    for _, image in _images(template.spec):
        if key_of(template.spec, "nodeSelector") is None and names_windows(
            parse_ref(str(image.value)), catalog
        ):
            collector.need(
                line_of(image, collector),
                "windows-image-without-selector",
                f"{image.value} is a Windows image, but the template does not ask for Windows "
                "nodes, so it was not touched",
                "add nodeSelector kubernetes.io/os: windows",
            )
