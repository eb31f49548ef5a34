"""RuntimeClasses: they may choose nodes for every pod that names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.manifests.pins import version_pins, wanted
from poolshift.rewrite.scalars import child, line_of, text_of
from poolshift.semantics.pins import OS_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Mapping

_KIND = "RuntimeClass"
_SELECTOR = ("scheduling", "nodeSelector")


def windows_classes(objects: Iterable[Mapping]) -> frozenset[str]:
    """The names of the runtime classes in a file that choose Windows nodes."""
    return frozenset(
        text_of(o, "metadata", "name")
        for o in objects
        if text_of(o, "kind") == _KIND and _chooses_windows(o)
    )


def _chooses_windows(root: Mapping) -> bool:
    by_os = any(text_of(root, *_SELECTOR, key) == "windows" for key in OS_KEYS)
    return by_os or any(version_pins(child(root, *_SELECTOR)))


def report_runtime_class(root: Mapping, collector: Collector) -> None:
    """A class that is pinned to another version stays: pods of both versions may name it."""
    if text_of(root, "kind") != _KIND:
        return
    name = text_of(root, "metadata", "name")
    for key, value in version_pins(child(root, *_SELECTOR)):
        new = wanted(key.value, collector)
        if value.value != new:
            collector.need(
                line_of(value, collector),
                "runtime-class",
                f"runtime class {name} sends every pod that names it to {value.value}, those that "
                "have not moved yet, too",
                f"add a class with {key.value}: {new}, and name it in what moves",
            )
