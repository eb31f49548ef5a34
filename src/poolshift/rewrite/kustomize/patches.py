"""The inline patches of a kustomization: strategic merge and JSON patch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from poolshift.rewrite.kustomize.inline import Inline
from poolshift.rewrite.scalars import (
    child,
    entries,
    line_of,
    pairs,
    replace_scalar,
    scalar_of,
    text_of,
)
from poolshift.rewrite.templates import Template, is_windows, rewrite_templates
from poolshift.semantics.images import parse_ref
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.tags import names_windows, os_of_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector

_PINS = (OS_SKU_KEY, WINDOWS_BUILD_KEY)
_SPECS = (
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
    ("template", "spec"),
)
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_CONCERNS = re.compile(r"windows|os-sku|ltsc20\d\d|17763|20348", re.IGNORECASE)
_WORD = re.compile(r"[\w][\w./-]*(?::\d+/[\w./-]+)?:[\w][\w.-]*")


def rewrite_patches(root: yaml.Node | None, collector: Collector) -> None:
    """Edit what inline patches set; patches in files of their own are rewritten there."""
    for node, target in _inline(root):
        if "\n" not in node.value and not node.value.lstrip().startswith(("{", "[")):
            continue  # the name of a file
        inline = Inline.of(node, collector)
        if inline is None:
            _unmapped(node, collector)
            continue
        _rewrite(inline.inner, target)
        inline.hand_over()


def _inline(root: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, str]]:
    """Each inline patch with the kind that it is for, where the target tells one."""
    for name in ("patches", "patchesJson6902"):
        for entry in entries(root, name):
            patch = scalar_of(entry, "patch")
            if patch is not None:
                yield patch, text_of(entry, "target", "kind")
    for entry in entries(root, "patchesStrategicMerge"):
        if isinstance(entry, yaml.ScalarNode):
            yield entry, ""


def _unmapped(node: yaml.ScalarNode, collector: Collector) -> None:
    """A patch whose text is not written as it is read: nothing is edited in it."""
    words = [parse_ref(word) for word in _WORD.findall(node.value)]
    named = any(os_of_tag(word.tag, collector.settings.catalog) for word in words)
    if named or _CONCERNS.search(node.value):
        collector.need(
            line_of(node, collector),
            "inline-patch",
            "this patch concerns Windows, and it is not written as a literal block",
            "write it with |- and run again, or change it by hand",
        )


def _rewrite(inner: Collector, target: str) -> None:
    try:
        roots = list(yaml.compose_all(inner.source.text, yaml.CSafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line + 1 if mark is not None else 1, len(inner.source.lines))
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        inner.need(line, "no-yaml", f"this patch is no YAML: {why}", "change it by hand")
        return
    for root in roots:
        if isinstance(root, yaml.SequenceNode):
            for operation in root.value:
                _operation(operation, target, inner)
        elif root is not None:
            _merge(root, target, inner)


def _merge(root: yaml.Node, target: str, inner: Collector) -> None:
    """A strategic merge patch: what it holds of a pod template."""
    kind = text_of(root, "kind") or target
    paths = (("spec",),) if kind == "Pod" else _SPECS
    for path in paths:
        spec = child(root, *path)
        if not isinstance(spec, yaml.MappingNode):
            continue
        if is_windows(spec):
            rewrite_templates([Template(kind, text_of(root, "metadata", "name"), spec)], inner)
        else:
            # The selector is the base's business: only what names Windows itself is known.
            for name in _CONTAINERS:
                for container in entries(spec, name):
                    _image(scalar_of(container, "image"), inner)


def _image(image: yaml.ScalarNode | None, inner: Collector) -> None:
    if image is None or not names_windows(parse_ref(str(image.value)), inner.settings.catalog):
        return
    decision = inner.decide(str(image.value))
    if inner.settle(decision, line_of(image, inner)):
        replace_scalar(image, decision.ref, inner)


def _operation(node: yaml.Node, target: str, inner: Collector) -> None:
    """One operation of a JSON patch."""
    if text_of(node, "op") not in ("add", "replace", "test"):
        return
    value = child(node, "value")
    steps = text_of(node, "path").split("/")
    last = steps[-1].replace("~1", "/").replace("~0", "~")
    if last in _PINS and isinstance(value, yaml.ScalarNode):
        _pin(last, value, target, inner)
    elif last == "image" and isinstance(value, yaml.ScalarNode):
        _image(value, inner)
    elif last == "nodeSelector" or last in ("spec", "template"):
        spec = _as_spec(last, value)
        if spec is not None:
            _selected(spec, target, inner)
    elif steps[-2:-1] and steps[-2] in _CONTAINERS:
        _image(scalar_of(value, "image"), inner)
    elif last in OS_KEYS and isinstance(value, yaml.ScalarNode) and value.value == "windows":
        _missing(value, target, inner)


def _as_spec(last: str, value: yaml.Node | None) -> yaml.Node | None:
    if last == "nodeSelector":
        return value
    return child(value, "nodeSelector") or child(value, "spec", "nodeSelector")


def _selected(selector: yaml.Node, target: str, inner: Collector) -> None:
    """A whole selector that a JSON patch sets."""
    pinned = False
    for key, value in pairs(selector):
        if key.value in _PINS and isinstance(value, yaml.ScalarNode):
            pinned = True
            _pin(str(key.value), value, target, inner)
    for key, value in pairs(selector):
        is_windows_key = key.value in OS_KEYS and isinstance(value, yaml.ScalarNode)
        if is_windows_key and value.value == "windows" and not pinned:
            _missing(key, target, inner)


def _pin(key: str, value: yaml.ScalarNode, target: str, inner: Collector) -> None:
    settings = inner.settings
    wanted = settings.to if key == OS_SKU_KEY else settings.catalog.build_of(settings.to)
    if value.value == wanted or (key == OS_SKU_KEY and not value.value.startswith("Windows")):
        return
    if target == "DaemonSet":
        inner.need(
            line_of(value, inner),
            "daemon-pin",
            f"this pins a DaemonSet to {value.value}: the new nodes get none of its pods",
            "take the pin out, or add a second DaemonSet for the new nodes",
        )
        return
    replace_scalar(value, wanted, inner)


def _missing(node: yaml.Node, target: str, inner: Collector) -> None:
    if target == "DaemonSet":
        return
    settings = inner.settings
    inner.need(
        line_of(node, inner),
        "patch-selector",
        "this patch chooses Windows nodes of any version",
        f"add {settings.key}: {settings.value} to the same nodeSelector",
    )
