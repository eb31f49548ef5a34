"""What surrounds a message in a pasted text: whose pod it is, on which node, with which images.

Read out of what kubectl prints (`describe`, `get events`) and of YAML and JSON of pods and nodes:
from the head of the object in whose part of the text the message stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from poolshift.semantics.tags import os_of_tag, parse_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.report.explain.text import Text

MOST_HEAD_LINES = 400
"""Lines behind the first of an object that are read for what it is."""

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?"
_HEAD = re.compile(r"^Name:\s+(\S+)\s*$|^\s{0,4}kind:\s+(Pod|Node)\s*$")
_FIELDS: dict[str, re.Pattern[str]] = {
    "namespace": re.compile(rf'^\s{{0,6}}"?[Nn]amespace"?:\s+"?({_NAME})"?,?\s*$'),
    "node": re.compile(rf'^\s{{0,6}}(?:Node:|"?nodeName"?:)\s+"?({_NAME})(?:/[\d.:a-f]+)?"?,?\s*$'),
    "image": re.compile(r'^\s{2,}(?:- )?"?[Ii]mage"?:\s+"?([A-Za-z0-9][^\s",]{0,400})"?,?\s*$'),
    "build": re.compile(
        r"(?:windows-build[=:]\s*\"?|Kernel Version:\s+|kernelVersion:\s+\"?)"
        r"(10\.0\.\d{5}(?:\.\d+)?)"
    ),
    "os_sku": re.compile(r"kubernetes\.azure\.com/os-sku[=:]\s*\"?(\w+)"),
    "controlled_by": re.compile(rf"^Controlled By:\s+(\w+/{_NAME})\s*$"),
}
_YAML_NAME = re.compile(rf'^\s{{1,6}}"?name"?:\s+"?({_NAME})"?,?\s*$')
_EVENT_ROW = re.compile(
    rf"^(?:({_NAME})\s+)?\d+[smhdy][\dsmhdy]*(?: \(x\d+ over \S+\))?\s+(?:Normal|Warning)\s+\w+\s+"
    rf"(pod|node)/({_NAME})\s"
)
_IN_LINE: dict[str, re.Pattern[str]] = {
    "image": re.compile(r"(?:image|reference) [\"']([A-Za-z0-9][A-Za-z0-9._/:@+-]{0,400})[\"']"),
    "total": re.compile(r"\b0/(\d+) nodes are available"),
    "container": re.compile(rf"spec\.(?:init)?[cC]ontainers\{{({_NAME})\}}"),
    "node": re.compile(
        rf"(?:node |kubelet[, ]+)[\"']?(aks[a-z0-9]{{7,12}}|aks-{_NAME}-vmss[0-9a-z]{{6}})\b"
    ),
}


class Context:
    """The surroundings of the places in one text."""

    def __init__(self, text: Text, catalog: Catalog) -> None:
        self._text = text
        self._names = catalog.os_skus.node_names
        self.catalog = catalog
        self._objects: dict[int, dict[str, str]] = {}

    @cached_property
    def _heads(self) -> tuple[int, ...]:
        """The lines at which objects begin."""
        lines = self._text.lines
        return tuple(i for i, line in enumerate(lines) if line and _HEAD.match(line))

    def around(self, index: int) -> dict[str, str]:
        """What is known of the object in whose part a line stands, and of the line itself."""
        found = dict(self._object(index))
        found |= self._row(self._text.lines[index])
        pool = self.pool_of(found.get("node", ""))
        if pool:
            found.setdefault("pool", pool)
        found |= image_build(found.get("image", ""), self.catalog)
        return found

    def _object(self, index: int) -> dict[str, str]:
        at = bisect_right(self._heads, index) - 1
        if at < 0:
            return {}
        if at not in self._objects:
            end = self._heads[at + 1] if at + 1 < len(self._heads) else len(self._text.lines)
            begin = self._heads[at]
            self._objects[at] = _read(self._text.lines[begin : min(end, begin + MOST_HEAD_LINES)])
        return self._objects[at]

    def _row(self, line: str) -> dict[str, str]:
        """What one line says of itself: a row of events, an image in quotes."""
        line = line[:2000]
        found: dict[str, str] = {}
        event = _EVENT_ROW.match(line)
        if event:
            found[event[2]] = event[3]
            if event[1]:
                found["namespace"] = event[1]
        for name, pattern in _IN_LINE.items():
            hit = pattern.search(line)
            if hit:
                found[name] = hit[1]
        return found

    def pool_of(self, node: str) -> str:
        """The pool that a node's name tells; empty where it doesn't."""
        for pattern in (self._names.windows_pattern, self._names.linux_pattern):
            hit = re.match(pattern, node)
            if hit:
                return str(hit["pool"])
        return ""


def _read(lines: tuple[str, ...]) -> dict[str, str]:
    """What the head of an object says."""
    found: dict[str, str] = {}
    images: list[str] = []
    head = _HEAD.match(lines[0])
    kind = head[2] if head and head[2] else ""
    name = head[1] if head and head[1] else ""
    for line in lines:
        for key, value in _fields_of(line[:2000]):
            if key == "image":
                images.append(value)
            else:
                found.setdefault(key, value)
        if kind and not name:
            hit = _YAML_NAME.match(line[:400])
            name = hit[1] if hit else ""
    if name:
        # A node has no namespace, and no image either.
        of_pod = bool(images) or "namespace" in found or kind == "Pod"
        found["pod" if of_pod else "node"] = name
    different = list(dict.fromkeys(images))
    if len(different) == 1:
        found["image"] = different[0]
    elif different:
        found["images"] = ", ".join(different)
    return found


def _fields_of(line: str) -> Iterator[tuple[str, str]]:
    if ":" in line or "=" in line:
        for key, pattern in _FIELDS.items():
            hit = pattern.search(line)
            if hit:
                yield key, hit[1]


def image_build(ref: str, catalog: Catalog) -> dict[str, str]:
    """The Windows that an image's tag names (`ltsc2019`, `1809`), as build and product."""
    release = os_of_tag(parse_ref(ref).tag, catalog) if ref else None
    if release is None:
        return {}
    return {"image_build": release.os_version_prefix, "image_os": release.product}
