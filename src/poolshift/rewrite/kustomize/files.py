"""Rewrites a kustomization."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from poolshift.rewrite.helm.templates import rewrite_template
from poolshift.rewrite.helm.values import rewrite_values_node
from poolshift.rewrite.kustomize.bases import offer_components
from poolshift.rewrite.kustomize.images import rewrite_images
from poolshift.rewrite.kustomize.patches import rewrite_patch, rewrite_patches
from poolshift.rewrite.manifests import rewrite_roots
from poolshift.rewrite.reading import read_yaml
from poolshift.rewrite.scalars import child, entries

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Node, Tree

_KIND = re.compile(r"^kind:\s*[\"']?(?:Kustomization|Component)\b", re.MULTILINE)
_FLUX = re.compile(r"^apiVersion:\s*[\"']?kustomize\.toolkit\.fluxcd\.io/", re.MULTILINE)
_OPERATIONS = re.compile(
    r"""\A(?:\s|\ufeff|\#[^\n]*\n|---[^\n]*\n)*(?:-\s*|\[\s*\{\s*)["']?(?:op|path|value)["']?\s*:"""
)
"""How a JSON patch begins that a kustomization names by its file."""
_OPERATION = re.compile(r"""["']?op["']?\s*:\s*["']?(?:add|replace|remove|test|move|copy)\b""")
_ONLY_HERE = frozenset(
    {
        "patchesStrategicMerge",
        "patchesJson6902",
        "configMapGenerator",
        "secretGenerator",
        "namePrefix",
        "nameSuffix",
        "commonLabels",
        "commonAnnotations",
        "generatorOptions",
    }
)
"""Keys that a file of no other kind has at its top."""


def is_kustomization(text: str) -> bool:
    """Whether a YAML text is a kustomization by its content."""
    if is_patch(text):
        return True
    if _KIND.search(text):
        # Flux calls an object so that is no file of the tool.
        return _FLUX.search(text) is None
    top = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    return bool(top & _ONLY_HERE) and not top & {"spec", "data", "metadata"}


def is_patch(text: str) -> bool:
    """Whether a text is a list of operations: a JSON patch."""
    return _OPERATIONS.match(text) is not None and _OPERATION.search(text) is not None


def rewrite_kustomization(collector: Collector) -> None:
    """Edit the images and inline patches of a kustomization; offer a component for its bases."""
    if "{{" in collector.source.text:
        rewrite_template(collector)
        return
    if is_patch(collector.source.text):
        rewrite_patch(collector)
        return
    tree = read_yaml(collector)
    for root in tree.roots if tree is not None else ():
        rewrite_images(root, collector)
        rewrite_patches(root, collector)
        for chart in entries(root, "helmCharts"):
            inline = child(chart, "valuesInline")
            if inline is not None and tree is not None:
                rewrite_values_node(inline, collector, partial(_object, tree, collector))
        offer_components(root, collector)


def _object(tree: Tree, collector: Collector, node: Node) -> None:
    rewrite_roots([node], tree, collector)
