"""RuntimeClasses: they may choose nodes for every pod that names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import child, line_of, text_of
from poolshift.rewrite.versions import version_pins, wanted
from poolshift.semantics.pins import OS_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Mapping

_SELECTOR = ("scheduling", "nodeSelector")


def windows_classes(classes: Iterable[Mapping]) -> frozenset[str]:
    """The names of those of a file's runtime classes that choose Windows nodes."""
    return frozenset(text_of(c, "metadata", "name") for c in classes if _chooses_windows(c))


def _chooses_windows(root: Mapping) -> bool:
    by_os = any(text_of(root, *_SELECTOR, key) == "windows" for key in OS_KEYS)
    return by_os or any(version_pins(child(root, *_SELECTOR)))


def report_runtime_class(root: Mapping, collector: Collector) -> None:
    """A class that is pinned to another version stays: pods of both versions may name it."""
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
