"""Rewrites the Windows workloads of a manifest file, and nothing else of it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import yaml

from poolshift.rewrite.manifests.daemons import rewrite_daemon
from poolshift.rewrite.manifests.embedded import report_embedded
from poolshift.rewrite.manifests.fragments import report_fragment
from poolshift.rewrite.manifests.objects import objects_of, templates_of
from poolshift.rewrite.manifests.pins import pin
from poolshift.rewrite.manifests.runtimeclasses import report_runtime_class, windows_classes
from poolshift.rewrite.manifests.sharing import editable_nodes, fixed_nodes
from poolshift.rewrite.manifests.template import Os, is_host_process, os_of
from poolshift.rewrite.manifests.tolerations import add_toleration
from poolshift.rewrite.scalars import child, line_of, replace_scalar, span, text_of, twice
from poolshift.rewrite.yamltree import TooDeepError, Tree, compose
from poolshift.semantics.images import parse_ref
from poolshift.semantics.tags import family_of, names_windows, os_of_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolshift.rewrite.findings import Collector
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


def rewrite_manifest(collector: Collector) -> None:
    """Decide about every Windows workload of a manifest and collect the edits."""
    tree = _read(collector)
    if tree is None or not _has_words(collector.source.text):
        return
    objects = objects_of(tree.roots)
    classes = [o.root for o in objects if o.kind == "RuntimeClass"]
    for root in classes:
        report_runtime_class(root, collector)
    for kind, root in objects:
        if kind == "ConfigMap":
            report_embedded(root, collector, rewrite_manifest)
        elif not kind:
            report_fragment(root, collector)
    _rewrite_templates(templates_of(objects), tree, windows_classes(classes), collector)


def _has_words(text: str) -> bool:
    """Whether a text holds what it must for a rewrite to have anything to do there."""
    lower = text.lower()
    return any(word in lower for word in _WORDS)


def _read(collector: Collector) -> Tree | None:
    """The nodes of the file; None where nothing of it may be written."""
    text = collector.source.text[collector.offset :]
    try:
        return compose(text)
    except (yaml.YAMLError, TooDeepError, ValueError) as error:
        return _read_parts(text, error, collector)


def _read_parts(text: str, error: Exception, collector: Collector) -> Tree | None:
    """The documents that can be read, if the others hold nothing to change."""
    roots: list[Node] = []
    has_aliases = False
    starts = [0, *(m.start() for m in _MARKER.finditer(text)), len(text)]
    unread = False
    for start, end in pairwise(starts):
        try:
            # What stands before keeps its length, so that positions are the file's own.
            part = compose(re.sub(r"[^\r\n]", " ", text[:start]) + text[start:end])
        except (yaml.YAMLError, TooDeepError, ValueError) as found:
            unread = True
            if _has_words(text[start:end]):
                _unreadable(found, collector)
                return None
            continue
        roots += part.roots
        has_aliases |= part.has_aliases
    if not (unread and roots):
        _unreadable(error, collector)
        return None
    _unreadable(error, collector)
    return Tree(roots, has_aliases=has_aliases)


def _unreadable(error: Exception, collector: Collector) -> None:
    mark = getattr(error, "problem_mark", None)
    line = min(mark.line + 1 if mark is not None else 1, len(collector.source.lines))
    why = getattr(error, "problem", None) or str(error).splitlines()[0]
    hint = "correct it, or change the file by hand"
    collector.need(line, "no-yaml", f"this is no YAML: {why}", hint)


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
    else:
        for image in template.images():
            _rewrite_image(image, collector)
    pin(template, collector)
    if collector.settings.guard is not None and template.place is not None:
        add_toleration(template.place, collector.settings.guard, collector)


def _rewrite_image(image: Scalar, collector: Collector) -> None:
    decision = collector.decide(image.value)
    if collector.settle(decision, line_of(image, collector)):
        replace_scalar(image, decision.ref, collector)


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
