"""Rewrites the Windows workloads of Kubernetes manifests, and takes manifests apart by object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.core.errors import UsageError
from poolshift.rewrite.scalars import child, entries, text_of
from poolshift.rewrite.templates import Template, rewrite_templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector

_TEMPLATE_PATHS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_USUAL_PATH = ("spec", "template", "spec")
"""Where every other kind that has a pod template keeps it, custom resources too."""

_DEEPEST_LIST = 8
"""Bound on Lists inside Lists."""


def rewrite_manifest(collector: Collector) -> None:
    """Decide about every Windows workload of a manifest and collect the edits."""
    try:
        roots = list(yaml.compose_all(collector.source.text.lstrip("\ufeff"), yaml.CSafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        _unreadable(error, collector)
        return
    found = [t for root in roots if root is not None for t in _templates(root, 0)]
    rewrite_templates(found, collector)


def _unreadable(error: Exception, collector: Collector) -> None:
    mark = getattr(error, "problem_mark", None)
    line = min(mark.line + 1 if mark is not None else 1, len(collector.source.lines))
    why = getattr(error, "problem", None) or str(error).splitlines()[0]
    collector.need(
        line, "no-yaml", f"this is no YAML: {why}", "correct it, or change the file by hand"
    )


def _templates(node: yaml.Node, depth: int) -> Iterator[Template]:
    """The pod templates of an object, or of the objects of a List."""
    kind = text_of(node, "kind")
    items = entries(node, "items")
    if kind.endswith("List") and items and depth < _DEEPEST_LIST:
        for item in items:
            yield from _templates(item, depth + 1)
        return
    spec = child(node, *_TEMPLATE_PATHS.get(kind, _USUAL_PATH))
    if isinstance(spec, yaml.MappingNode) and kind:
        yield Template(kind, text_of(node, "metadata", "name"), spec)


class Document(msgspec.Struct, frozen=True):
    """One object of a manifest file.

    `target` is NAMESPACE/KIND/NAME; `has_template` tells a workload from the rest.
    """

    target: str
    text: str
    has_template: bool


def documents(data: bytes, *, name: str = "manifest") -> list[Document]:
    """The objects of a manifest file one by one, Lists taken apart.

    A document keeps its own text; an object out of a List is written anew.

    Raises:
        UsageError: no UTF-8 or no YAML.
    """
    try:
        text = data.decode("utf-8").lstrip("\ufeff")
        nodes = [n for n in yaml.compose_all(text, yaml.CSafeLoader) if n is not None]
        plain = [p for p in yaml.load_all(text, yaml.CSafeLoader) if p is not None]
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageError(
            f"{name} cannot be read as manifests",
            why=str(error),
            fix="Correct the file, or leave it out of --manifests",
            code="PSE332",
        ) from error
    found: list[Document] = []
    for node, value in zip(nodes, plain, strict=False):
        if isinstance(value, dict):
            found.extend(_objects(value, _own_text(text, node), 0))
    return found


def workload_documents(data: bytes, *, name: str = "manifest") -> list[tuple[str, str]]:
    """Target and text of each object that has a pod template.

    Raises:
        UsageError: no UTF-8 or no YAML.
    """
    return [(d.target, d.text) for d in documents(data, name=name) if d.has_template]


def _own_text(text: str, node: yaml.Node) -> str:
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    lead = text[start : node.start_mark.index]
    if lead.strip():
        # Content on the line of the document marker begins after it.
        start = node.start_mark.index
    return text[start : node.end_mark.index].rstrip() + "\n"


def _objects(value: dict[str, Any], text: str, depth: int) -> Iterator[Document]:
    kind = str(value.get("kind", ""))
    items = value.get("items")
    if kind.endswith("List") and isinstance(items, list) and depth < _DEEPEST_LIST:
        for item in items:
            if isinstance(item, dict):
                anew = yaml.dump(item, Dumper=yaml.CSafeDumper, sort_keys=False)
                yield from _objects(item, anew, depth + 1)
        return
    metadata = value.get("metadata")
    if not kind or not isinstance(metadata, dict):
        return
    namespace = metadata.get("namespace") or "default"
    spec: Any = value
    for key in _TEMPLATE_PATHS.get(kind, _USUAL_PATH):
        spec = spec.get(key) if isinstance(spec, dict) else None
    has_template = isinstance(spec, dict) and "containers" in spec
    yield Document(f"{namespace}/{kind}/{metadata.get('name', '')}", text, has_template)
