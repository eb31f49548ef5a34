"""What a kustomization builds on, and the component that moves it without a touch."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec
import yaml

from poolshift.rewrite.manifests.objects import objects_of, templates_of
from poolshift.rewrite.manifests.template import Os, is_host_process, os_of
from poolshift.rewrite.scalars import child, entries, line_of
from poolshift.rewrite.versions import version_pins, wanted
from poolshift.rewrite.yamltree import Scalar, compose
from poolshift.semantics.images import Action, parse_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.manifests.template import Template
    from poolshift.rewrite.yamltree import Node

_LISTS = ("resources", "bases")
_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MOST_FILES = 300
"""Bound on what is read of bases on bases."""


class _Based(msgspec.Struct, frozen=True):
    """A workload of a base that is for Windows and not for the target yet."""

    kind: str
    name: str
    images: tuple[tuple[str, str], ...]
    selects: bool


def offer_components(root: Node, collector: Collector) -> None:
    """For each base say how its Windows workloads move without a touch.

    A base that is rewritten as well needs nothing; the offer is a note then.
    """
    for name in _LISTS:
        for entry in entries(root, name):
            if isinstance(entry, Scalar) and not entry.value.endswith((".yaml", ".yml", ".json")):
                _offer(entry, collector)


def _offer(entry: Scalar, collector: Collector) -> None:
    around = collector.around
    line = line_of(entry, collector)
    folder = _folder(entry.value, collector)
    if around is None or folder is None:
        collector.note(
            f"line {line}: {entry.value} was not looked into; to move what it brings without a "
            f"touch, add a component (components: [windows-pin]):\n{component((), collector)}"
        )
        return
    based = [b for path in _files(folder, collector, [0]) for b in _of(path, collector)]
    if not based:
        return
    named = ", ".join(f"{b.kind} {b.name}" for b in based)
    text = component(tuple(based), collector)
    if around.is_rewritten(folder):
        collector.note(
            f"line {line}: {entry.value} brings {named}, which is rewritten there; to leave that "
            f"as it is, add a component instead (components: [windows-pin]):\n{text}"
        )
        return
    collector.need(
        line,
        "kustomize-base",
        f"{entry.value} brings {named} for Windows, and is not rewritten here",
        f"add a component instead of changing the base (components: [windows-pin]):\n{text}",
    )


def _folder(entry: str, collector: Collector) -> str | None:
    """The folder of a base beside the file; None where it lies elsewhere."""
    around = collector.around
    if around is None or "://" in entry or "?" in entry or entry.startswith("/"):
        return None
    there = any(around.read(posixpath.join(entry, name)) is not None for name in _NAMES)
    return entry if there else None


def _files(folder: str, collector: Collector, count: list[int]) -> Iterator[str]:
    """The manifests that a base is made of, those of its own bases included."""
    around = collector.around
    if around is None:
        return
    for name in _NAMES:
        data = around.read(posixpath.join(folder, name))
        for root in _roots(data):
            for entry in (e for key in _LISTS for e in entries(root, key)):
                count[0] += 1
                if not isinstance(entry, Scalar) or "://" in entry.value or count[0] > _MOST_FILES:
                    continue
                path = posixpath.normpath(posixpath.join(folder, entry.value))
                if path.endswith((".yaml", ".yml", ".json")):
                    yield path
                else:
                    yield from _files(path, collector, count)


def _roots(data: bytes | None) -> list[Node]:
    try:
        return compose((data or b"").decode("utf-8").lstrip("\ufeff")).roots
    except (yaml.YAMLError, ValueError):
        return []


def _of(path: str, collector: Collector) -> Iterator[_Based]:
    """The workloads of one file that are for Windows and lack something."""
    around = collector.around
    data = around.read(path) if around is not None else None
    for template in templates_of(objects_of(_roots(data))):
        if os_of(template, ()) is Os.WINDOWS and not template.is_daemon:
            found = _based(template, collector)
            if found is not None:
                yield found


def _based(template: Template, collector: Collector) -> _Based | None:
    selector = child(template.place, "nodeSelector")
    pinned = any(v.value == wanted(k.value, collector) for k, v in version_pins(selector))
    images: list[tuple[str, str]] = []
    for image in () if is_host_process(template) else template.images():
        decision = collector.decide(image.value)
        if decision.action is Action.EDIT and not decision.optional:
            images.append((image.value, decision.ref))
    if pinned and not images:
        return None
    return _Based(template.kind, template.name, tuple(images), selector is not None)


def component(based: tuple[_Based, ...], collector: Collector) -> str:
    """The text of a component that pins workloads of a base and sets their images."""
    settings = collector.settings
    key = settings.key.replace("/", "~1")
    lines = [
        "# windows-pin/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1",
        "kind: Component",
        "patches:",
    ]
    for one in based or (_Based("Deployment", "NAME", (), selects=True),):
        path = "/spec/template/spec/nodeSelector"
        value = f"{{{settings.key}: {settings.value}}}"
        if one.selects:
            path, value = f"{path}/{key}", settings.value
        lines += [
            "- target:",
            f"    kind: {one.kind}",
            f"    name: {one.name}",
            "  patch: |-",
            "    - op: add",
            f"      path: {path}",
            f"      value: {value}",
        ]
    tags = {parse_ref(old).name: parse_ref(new) for one in based for old, new in one.images}
    if tags:
        lines.append("images:")
    for name, new in tags.items():
        lines += [f"- name: {name}"]
        lines += [f"  newName: {new.name}"] if new.name != name else []
        lines += [f'  newTag: "{new.tag}"']
    return "\n".join(lines)
