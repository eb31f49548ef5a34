"""Tells values from templates, and rewrites each in its own way."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import yaml

from poolshift.rewrite.helm.templates import rewrite_template
from poolshift.rewrite.helm.values import rewrite_values
from poolshift.rewrite.scalars import all_nodes, pairs

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector

_OBJECT = re.compile(r"^[\"']?(?:apiVersion|kind)[\"']?\s*:", re.MULTILINE)
_IMAGE = re.compile(
    r"^\s*(?:-\s+)?[\"']?(?:repository|\w*[iI]mage|\w*[nN]odeSelector)[\"']?\s*:", re.MULTILINE
)


def rewrite_helm(path: str, collector: Collector) -> None:
    """Edit a values file, or report what a template says."""
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
        rewrite_values(collector)


def _reads_as_yaml(text: str) -> bool:
    try:
        yaml.compose(text.lstrip("\ufeff"), yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return False
    return True


def is_values(text: str) -> bool:
    """Whether a YAML text is a values file by its content: images or node selectors, no object."""
    if _OBJECT.search(text) or not _IMAGE.search(text):
        return False
    try:
        root = yaml.compose(text.lstrip("\ufeff"), yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return False
    return isinstance(root, yaml.MappingNode) and any(_holds_images(n) for n in all_nodes(root))


def _holds_images(node: yaml.Node) -> bool:
    """Whether a mapping gives an image by its parts, or a node selector."""
    names = {str(key.value).lower(): value for key, value in pairs(node)}
    if "repository" in names and names.keys() & {"tag", "digest", "registry", "pullpolicy"}:
        return True
    return any(
        name.endswith("nodeselector") and isinstance(value, yaml.MappingNode)
        for name, value in names.items()
    )
