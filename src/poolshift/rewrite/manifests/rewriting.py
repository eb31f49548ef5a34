"""Rewrites the Windows workloads of a manifest file, and nothing else of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from poolshift.rewrite.findings import Collector
from poolshift.rewrite.manifests.daemons import rewrite_daemon
from poolshift.rewrite.manifests.embedded import report_embedded
from poolshift.rewrite.manifests.fragments import report_fragment
from poolshift.rewrite.manifests.leftovers import report_leftovers
from poolshift.rewrite.manifests.objects import DELIVERIES, Object, objects_of, templates_of
from poolshift.rewrite.manifests.pins import pin
from poolshift.rewrite.manifests.runtimeclasses import report_runtime_class, windows_classes
from poolshift.rewrite.manifests.sharing import editable_nodes, fixed_nodes
from poolshift.rewrite.manifests.template import Os, is_host_process, os_of
from poolshift.rewrite.manifests.tolerations import add_toleration
from poolshift.rewrite.reading import UNREADABLE, report_unreadable
from poolshift.rewrite.scalars import child, line_of, replace_scalar, span, text_of, twice
from poolshift.rewrite.yamltree import Tree, compose
from poolshift.semantics.images import parse_ref
from poolshift.semantics.tags import family_of, names_windows, os_of_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolshift.rewrite.manifests.template import Template
    from poolshift.rewrite.yamltree import Node, Scalar

_MARKER = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_WORDS = (
    "windows",
    "nanoserver",
    "servercore",
    "ltsc20",
    "dotnet/framework",
    "os-sku",
    "hostprocess",
    "runtimeclassname",
)

Deliver: TypeAlias = Callable[[Object, Tree, Collector], None]
"""Decides about an object that hands something on to a tool: values to a chart, patches."""


def rewrite_manifest(collector: Collector, deliver: Deliver | None = None) -> None:
    """Decide about every Windows workload of a manifest and collect the edits.

    Args:
        collector: the file, and what is decided about it.
        deliver: decides about an object that tells a tool what to deliver.
    """
    tree = _read(collector)
    if tree is not None and _has_words(collector.source.text):
        rewrite_roots(tree.roots, tree, collector, deliver)


def rewrite_roots(
    roots: Sequence[Node], tree: Tree, collector: Collector, deliver: Deliver | None = None
) -> None:
    """The same for some nodes of a file that hold objects."""
    objects = objects_of(roots)
    classes = [o.root for o in objects if o.kind == "RuntimeClass"]
    for root in classes:
        report_runtime_class(root, collector)
    for found in objects:
        if found.kind == "ConfigMap":
            report_embedded(found.root, collector, rewrite_manifest)
        elif found.kind in DELIVERIES and deliver is not None:
            deliver(found, tree, collector)
        elif not found.kind:
            report_fragment(found.root, collector)
    templates = templates_of(objects)
    _rewrite_templates(templates, tree, windows_classes(classes), collector)
    report_leftovers(objects, templates, collector)


def _has_words(text: str) -> bool:
    """Whether a text holds what it must for a rewrite to have anything to do there."""
    lower = text.lower()
    return any(word in lower for word in _WORDS)


def _read(collector: Collector) -> Tree | None:
    """The nodes of the file; None where nothing of it may be written."""
    text = collector.source.text[collector.offset :]
    try:
        return compose(text)
    except UNREADABLE as error:
        return _read_parts(text, error, collector)


def _read_parts(text: str, error: Exception, collector: Collector) -> Tree | None:
    """The documents that can be read, if the others hold nothing to change."""
    roots: list[Node] = []
    has_aliases = False
    starts = [0, *(m.start() for m in _MARKER.finditer(text)), len(text)]
    for start, end in pairwise(starts):
        try:
            # What stands before keeps its length, so that positions are the file's own.
            part = compose(re.sub(r"[^\r\n]", " ", text[:start]) + text[start:end])
        except UNREADABLE as found:
            if _has_words(text[start:end]):
                report_unreadable(found, collector)
                return None
            continue
        roots += part.roots
        has_aliases |= part.has_aliases
    report_unreadable(error, collector)
    return Tree(roots, has_aliases=has_aliases) if roots else None


def _rewrite_templates(
    templates: Sequence[Template], tree: Tree, classes: frozenset[str], collector: Collector
) -> None:
    systems = [(t, os_of(t, classes)) for t in templates]
    windows = [t for t, system in systems if system is Os.WINDOWS]
    changing = [t for t, system in systems if system is not Os.LINUX and not t.is_daemon]
    fixed = fixed_nodes(tree, changing, (t for t in templates if t not in changing))
    for template, system in systems:
        if _is_ambiguous(template, collector) or system is Os.LINUX:
            continue
        if template.is_daemon:
            if system is Os.WINDOWS:
                rewrite_daemon(template, windows, collector)
        elif system is Os.WINDOWS:
            _rewrite(template, fixed, collector)
        else:
            _rewrite_unplaced(template, fixed, collector)


def _is_ambiguous(template: Template, collector: Collector) -> bool:
    """Whether a mapping that would be edited says one thing twice: readers differ on it."""
    parts = (template.place, child(template.place, "nodeSelector"), *template.containers)
    doubled = next((key for key in map(twice, parts) if key is not None), None)
    if doubled is not None and _concerns(template.root, collector):
        collector.need(
            line_of(doubled, collector),
            "duplicate-key",
            f"{doubled.value} stands twice in {template.called}, and which of them holds depends "
            "on the reader, so nothing of it was changed",
            "take one of them out",
        )
    return doubled is not None


def _concerns(node: Node, collector: Collector) -> bool:
    """Whether a node's own text holds anything of Windows."""
    start, end = span(node, collector)
    return _has_words(collector.source.text[start:end])


def _rewrite(template: Template, fixed: frozenset[int], collector: Collector) -> None:
    touched = editable_nodes(template) if fixed else ()
    shared = next((n for n in touched if id(n) in fixed), None)
    if shared is not None:
        collector.need(
            line_of(shared, collector),
            "shared-anchor",
            f"{template.called} shares this by an anchor with something that must not change",
            "write it out for each",
        )
        return
    if is_host_process(template):
        collector.note(
            f"{template.called} runs host-process containers, whose image is tied to no Windows "
            "version"
        )
        images: list[Scalar] = []
    else:
        images = [i for i in template.images() if _rewrite_image(i, collector)]
    pin(template, collector, new_image=bool(images))
    if collector.settings.guard is not None and template.place is not None:
        add_toleration(template.place, collector.settings.guard, collector)


def _rewrite_image(image: Scalar, collector: Collector) -> bool:
    """Whether the image changes."""
    decision = collector.decide(image.value)
    changes = collector.settle(decision, line_of(image, collector))
    if changes:
        replace_scalar(image, decision.ref, collector)
    return changes


def _rewrite_unplaced(template: Template, fixed: frozenset[int], collector: Collector) -> None:
    """A template that asks for no OS: what its images say for certain is rewritten."""
    runtime = text_of(template.place, "runtimeClassName")
    if runtime:
        collector.note(
            f"{template.called} is left as it is: whether runtime class {runtime} chooses Windows "
            "nodes is not known here"
        )
        return
    certain = [i for i in template.images() if is_windows_image(i.value, collector)]
    for image in certain:
        if id(image) not in fixed:
            _rewrite_image(image, collector)
    if certain and template.place is not None:
        collector.need(
            line_of(certain[0], collector),
            "no-selector",
            f"{certain[0].value} is a Windows image, but {template.called} does not ask for "
            "Windows nodes",
            "add nodeSelector kubernetes.io/os: windows and "
            f"{collector.settings.key}: {collector.settings.value}",
        )


def is_windows_image(ref: str, collector: Collector) -> bool:
    """Whether a reference is for Windows without doubt: by its family and version.

    A mere name with `windows` in it is none, nor is a tag `1809` that may be any number.
    """
    parsed = parse_ref(ref)
    catalog = collector.settings.catalog
    if family_of(parsed, catalog) is not None:
        return names_windows(parsed, catalog)
    return os_of_tag(parsed.tag, catalog) is not None and _has_words(ref)
