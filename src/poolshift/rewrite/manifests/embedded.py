"""Manifests and settings that a ConfigMap carries as text: read, never written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.mentions import report_text
from poolshift.rewrite.scalars import child, line_of, pairs
from poolshift.rewrite.splices import Text
from poolshift.rewrite.yamltree import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Mapping

_SIGNS = ("kind:", "kubernetes.io/os")


def report_embedded(
    root: Mapping, collector: Collector, rewrite: Callable[[Collector], None]
) -> None:
    """Name the texts inside a ConfigMap that would change, and what would become of them.

    Args:
        root: the object.
        collector: takes what is found.
        rewrite: how a manifest is rewritten, for the text inside.
    """
    for key, value in pairs(child(root, "data")):
        if not isinstance(value, Scalar):
            continue
        if all(sign in value.value for sign in _SIGNS):
            inner = collector.inside(Text(value.value))
            rewrite(inner)
            _report(key, value, inner, collector)
        else:
            report_text(value, f"the text {key.value}", collector)


def _report(key: Scalar, value: Scalar, inner: Collector, collector: Collector) -> None:
    changes = [s.new.strip() for s in inner.splices] + [n.reason for n in inner.needs]
    if changes:
        collector.need(
            line_of(value, collector),
            "embedded",
            f"the text {key.value} holds a manifest that would change",
            "; ".join(changes[:3]),
        )
