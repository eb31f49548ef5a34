"""The inline patches of a kustomization: strategic merge and JSON patch."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.rewrite.inline import rewrite_inside
from poolshift.rewrite.manifests import rewrite_manifest
from poolshift.rewrite.reading import read_yaml
from poolshift.rewrite.scalars import (
    child,
    entries,
    line_of,
    pairs,
    replace_scalar,
    scalar_of,
    text_of,
)
from poolshift.rewrite.versions import VERSIONS, change_pin, wanted
from poolshift.rewrite.yamltree import Scalar, Sequence
from poolshift.semantics.images import parse_ref
from poolshift.semantics.pins import OS_KEYS
from poolshift.semantics.tags import names_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Node

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def rewrite_patches(root: Node | None, collector: Collector) -> None:
    """Edit what inline patches set; patches in files of their own are rewritten there."""
    for node, target in _inline(root):
        if "\n" not in node.value and not node.value.lstrip().startswith(("{", "[")):
            continue  # the name of a file
        rewrite_inside(node, collector, partial(rewrite_patch, target=target), "patch")


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


def rewrite_patch(inner: Collector, target: str = "") -> None:
    """Edit what a patch sets; `target` is the kind that it is for, where that is known."""
    tree = read_yaml(inner, "this patch")
    roots = tree.roots if tree is not None else ()
    operations = [o for root in roots if isinstance(root, Sequence) for o in root.value]
    if operations:
        for operation in operations:
            _operation(operation, target, inner)
    elif tree is not None:
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
    if last in VERSIONS and isinstance(value, Scalar):
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
        if key.value in VERSIONS and isinstance(value, Scalar):
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
