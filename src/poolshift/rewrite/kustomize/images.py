"""The `images` of a kustomization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import entries, line_of, replace_scalar, scalar_of
from poolshift.semantics.images import parse_ref
from poolshift.semantics.tags import names_windows

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Node


def rewrite_images(root: Node | None, collector: Collector) -> None:
    """Edit `newTag` of the entries whose successor differs in the tag alone."""
    for node in entries(root, "images"):
        _entry(node, collector)


def _entry(node: Node, collector: Collector) -> None:
    name, new_name = scalar_of(node, "name"), scalar_of(node, "newName")
    tag, digest = scalar_of(node, "newTag"), scalar_of(node, "digest")
    repository = new_name or name
    if repository is None or not repository.value or (tag is None and digest is None):
        return
    ref = str(repository.value) + (f":{tag.value}" if tag is not None and tag.value else "")
    ref += f"@{digest.value}" if digest is not None and digest.value else ""
    parsed = parse_ref(ref)
    catalog = collector.settings.catalog
    said = name is not None and names_windows(parse_ref(str(name.value)), catalog)
    if not (said or names_windows(parsed, catalog) or ref in collector.settings.images):
        return
    line = line_of(tag or digest or repository, collector)
    decision = collector.decide(ref)
    if not collector.settle(decision, line):
        return
    new = parse_ref(decision.ref)
    if tag is not None and tag.value and new.name == parsed.name and not new.digest:
        replace_scalar(tag, new.tag, collector)
    else:
        collector.need(line, "other-image", f"{ref} becomes another image", decision.ref)
