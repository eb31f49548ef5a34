"""Takes manifest files apart, object by object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.core.errors import UsageError
from poolshift.rewrite.manifests.objects import MOST_LISTS, TEMPLATE_PATHS, USUAL_PATH
from poolshift.rewrite.yamltree import Node, compose

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        # Read first without recursion: what is nested too deep would end the process below.
        nodes = compose(text).roots
        plain = list(yaml.load_all(text, yaml.CSafeLoader))
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageError(
            f"{name} cannot be read as manifests",
            why=str(error),
            fix="Correct the file, or leave it out of --manifests",
            code="PSE332",
        ) from error
    found: list[Document] = []
    for node, value in zip(nodes, plain, strict=True):
        if isinstance(value, dict):
            found.extend(_objects(value, _own_text(text, node), 0))
    return found


def workload_documents(data: bytes, *, name: str = "manifest") -> list[tuple[str, str]]:
    """Target and text of each object that has a pod template.

    Raises:
        UsageError: no UTF-8 or no YAML.
    """
    return [(d.target, d.text) for d in documents(data, name=name) if d.has_template]


def _own_text(text: str, node: Node) -> str:
    start = text.rfind("\n", 0, node.start_mark.index) + 1
    lead = text[start : node.start_mark.index]
    if lead.strip():
        # Content on the line of the document marker begins after it.
        start = node.start_mark.index
    return text[start : node.end_mark.index].rstrip() + "\n"


def _objects(value: dict[str, Any], text: str, depth: int) -> Iterator[Document]:
    kind = str(value.get("kind", ""))
    items = value.get("items")
    if kind.endswith("List") and isinstance(items, list) and depth < MOST_LISTS:
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
    for key in TEMPLATE_PATHS.get(kind, USUAL_PATH):
        spec = spec.get(key) if isinstance(spec, dict) else None
    has_template = isinstance(spec, dict) and "containers" in spec
    yield Document(f"{namespace}/{kind}/{metadata.get('name', '')}", text, has_template)
