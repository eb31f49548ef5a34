"""Tells values from templates, and rewrites each in its own way."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from poolshift.rewrite.helm.templates import rewrite_template
from poolshift.rewrite.helm.values import rewrite_values
from poolshift.rewrite.reading import UNREADABLE
from poolshift.rewrite.scalars import child, entries, pairs
from poolshift.rewrite.yamltree import Mapping, compose, every_node

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.helm.values import RewriteRoots
    from poolshift.rewrite.yamltree import Node

_OBJECT = re.compile(r"^[\"']?(?:apiVersion|kind)[\"']?\s*:", re.MULTILINE)
_IMAGE = re.compile(
    r"(?:^|[{,-])\s*[\"']?(?:repository|\w*[iI]mage|\w*[nN]odeSelector)[\"']?\s*:", re.MULTILINE
)
_PIECE = frozenset({"spec", "template", "containers", "metadata", "data"})
"""What stands at the top of a piece of a manifest, rather than of values."""
_PIPELINE = frozenset({"on", "pool", "resources", "stages", "steps", "trigger", "workflow"})
"""What stands at the top of a pipeline, which has images and repositories as values do."""


def rewrite_helm(path: str, collector: Collector, rewrite_roots: RewriteRoots) -> None:
    """Edit a values file, or report what a template says.

    Args:
        path: how the file is called, which tells a template from values.
        collector: the file, and what is decided about it.
        rewrite_roots: decides about whole objects, which some charts take as values.
    """
    text = collector.source.text
    folders = {part.lower() for part in PurePosixPath(path).parts[:-1]}
    is_template = (
        path.lower().endswith(".tpl")
        or ("{{" in text and "templates" in folders)
        or ("{{" in text and _OBJECT.search(text) is not None)
        or ("{{" in text and not _reads_as_yaml(text))
    )
    if is_template:
        rewrite_template(collector)
    else:
        rewrite_values(collector, rewrite_roots)


def _reads_as_yaml(text: str) -> bool:
    try:
        compose(text.lstrip("\ufeff"))
    except UNREADABLE:
        return False
    return True


def is_values(text: str) -> bool:
    """Whether a YAML text is a values file by its content: images or node selectors, no object."""
    if _OBJECT.search(text) or not _IMAGE.search(text):
        return False
    try:
        roots = compose(text.lstrip("\ufeff")).roots
    except UNREADABLE:
        return False
    top = {key.value for key, _ in pairs(roots[0])} if len(roots) == 1 else set()
    is_pipeline = len(top & _PIPELINE) > 1 or "steps" in top
    if len(roots) != 1 or top & _PIECE or is_pipeline or _is_jobs(child(roots[0], "jobs")):
        return False
    inside = [n for n in every_node(roots) if isinstance(n, Mapping)]
    return any(_gives_image(n) for n in inside) or any(
        _has_selector(n) for n in inside if n is not roots[0]
    )


def _is_jobs(node: Node | None) -> bool:
    """Whether a value of `jobs` is that of a pipeline."""
    return any(
        {"job", "deployment", "template"} & {k.value for k, _ in pairs(j)} for j in entries(node)
    )


def _gives_image(node: Mapping) -> bool:
    """Whether a mapping gives an image by its parts."""
    names = {key.value.lower() for key, _ in pairs(node)}
    return "repository" in names and bool(names & {"tag", "digest", "registry", "pullpolicy"})


def _has_selector(node: Mapping) -> bool:
    return any(
        key.value.lower().endswith("nodeselector") and isinstance(value, Mapping)
        for key, value in pairs(node)
    )
