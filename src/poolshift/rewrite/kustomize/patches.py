"""The inline patches of a kustomization: strategic merge and JSON patch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from poolshift.rewrite.kustomize.inline import Inline
from poolshift.rewrite.manifests import rewrite_manifest
from poolshift.rewrite.manifests.pins import change_pin, wanted
from poolshift.rewrite.scalars import (
    child,
    entries,
    line_of,
    pairs,
    replace_scalar,
    scalar_of,
    text_of,
)
from poolshift.rewrite.yamltree import Scalar, Sequence, compose
from poolshift.semantics.images import parse_ref
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.tags import names_windows, os_of_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Node

_PINS = (OS_SKU_KEY, WINDOWS_BUILD_KEY)
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_CONCERNS = re.compile(r"windows|os-sku|ltsc20\d\d|17763|20348", re.IGNORECASE)
_WORD = re.compile(r"[\w][\w./-]*(?::\d+/[\w./-]+)?:[\w][\w.-]*")


def rewrite_patches(root: Node | None, collector: Collector) -> None:
    """Edit what inline patches set; patches in files of their own are rewritten there."""
    for node, target in _inline(root):
        if "\n" not in node.value and not node.value.lstrip().startswith(("{", "[")):
            continue  # the name of a file
        inline = Inline.of(node, collector)
        if inline is None:
            _unmapped(node, collector)
            continue
        rewrite_patch(inline.inner, target)
        inline.hand_over()


def _inline(root: Node | None) -> Iterator[tuple[Scalar, str]]:
    """Each inline patch with the kind that it is for, where the target tells one."""
    for name in ("patches", "patchesJson6902"):
        for entry in entries(root, name):
            patch = scalar_of(entry, "patch")
            if patch is not None:
                yield patch, text_of(entry, "target", "kind")
    for entry in entries(root, "patchesStrategicMerge"):
        if isinstance(entry, Scalar):
            yield entry, ""


def _unmapped(node: Scalar, collector: Collector) -> None:
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


def rewrite_patch(inner: Collector, target: str = "") -> None:
    """Edit what a patch sets; `target` is the kind that it is for, where that is known."""
    try:
        roots = compose(inner.source.text[inner.offset :]).roots
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line + 1 if mark is not None else 1, len(inner.source.lines))
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        inner.need(line, "no-yaml", f"this patch is no YAML: {why}", "change it by hand")
        return
    operations = [o for root in roots if isinstance(root, Sequence) for o in root.value]
    if operations:
        for operation in operations:
            _operation(operation, target, inner)
        return
    rewrite_manifest(inner)
    # Which nodes a patched workload asks for is the base's business.
    inner.needs[:] = [need for need in inner.needs if need.rule != "no-selector"]


def _image(image: Scalar | None, inner: Collector) -> None:
    if image is None or not names_windows(parse_ref(str(image.value)), inner.settings.catalog):
        return
    decision = inner.decide(str(image.value))
    if inner.settle(decision, line_of(image, inner)):
        replace_scalar(image, decision.ref, inner)


def _operation(node: Node, target: str, inner: Collector) -> None:
    """One operation of a JSON patch."""
    if text_of(node, "op") not in ("add", "replace", "test"):
        return
    value = child(node, "value")
    steps = text_of(node, "path").split("/")
    last = steps[-1].replace("~1", "/").replace("~0", "~")
    if last in _PINS and isinstance(value, Scalar):
        _pin(last, value, target, inner)
    elif last == "image" and isinstance(value, Scalar):
        _image(value, inner)
    elif last == "nodeSelector" or last in ("spec", "template"):
        spec = _as_spec(last, value)
        if spec is not None:
            _selected(spec, target, inner)
    elif steps[-2:-1] and steps[-2] in _CONTAINERS:
        _image(scalar_of(value, "image"), inner)
    elif last in OS_KEYS and isinstance(value, Scalar) and value.value == "windows":
        _missing(value, target, inner)


def _as_spec(last: str, value: Node | None) -> Node | None:
    if last == "nodeSelector":
        return value
    return child(value, "nodeSelector") or child(value, "spec", "nodeSelector")


def _selected(selector: Node, target: str, inner: Collector) -> None:
    """A whole selector that a JSON patch sets."""
    pinned = False
    for key, value in pairs(selector):
        if key.value in _PINS and isinstance(value, Scalar):
            pinned = True
            _pin(str(key.value), value, target, inner)
    for key, value in pairs(selector):
        is_windows_key = key.value in OS_KEYS and isinstance(value, Scalar)
        if is_windows_key and value.value == "windows" and not pinned:
            _missing(key, target, inner)


def _pin(key: str, value: Scalar, target: str, inner: Collector) -> None:
    if target == "DaemonSet" and value.value != wanted(key, inner):
        inner.need(
            line_of(value, inner),
            "daemon-pin",
            f"this pins a DaemonSet to {value.value}: the new nodes get none of its pods",
            "take the pin out, or add a second DaemonSet for the new nodes",
        )
        return
    change_pin(key, value, inner)


def _missing(node: Node, target: str, inner: Collector) -> None:
    if target == "DaemonSet":
        return
    settings = inner.settings
    inner.need(
        line_of(node, inner),
        "patch-selector",
        "this patch chooses Windows nodes of any version",
        f"add {settings.key}: {settings.value} to the same nodeSelector",
    )
