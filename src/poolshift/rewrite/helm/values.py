"""Rewrites Helm values: images by their parts, version pins; a missing pin is a person's."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import yaml

from poolshift.rewrite.helm.images import Parts, image_parts, rewrite_image
from poolshift.rewrite.scalars import (
    all_nodes,
    child,
    entries,
    line_of,
    pairs,
    replace_scalar,
    text_of,
)
from poolshift.semantics.images import parse_ref
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.tags import names_windows
from poolshift.semantics.taints import format_taint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector

_DEEPEST = 60
_NAMES_OS = re.compile(r"(?i)(tag|version|os|build|release|sku|image|windows|suffix|number)")
_PASSED_OVER = frozenset({"labels", "podlabels", "annotations", "podannotations", "matchlabels"})


class _Around(msgspec.Struct, frozen=True):
    """What the mappings around a value say, the nearest first."""

    windows: bool = False
    host_process: bool = False
    registry: str = ""


def rewrite_values(collector: Collector) -> None:
    """Edit the images and pins of a values file, and tell what a person must decide."""
    try:
        root = yaml.compose(collector.source.text.lstrip("\ufeff"), yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line + 1 if mark is not None else 1, len(collector.source.lines))
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        collector.need(
            line, "no-yaml", f"this is no YAML: {why}", "correct it, or change the file by hand"
        )
        return
    if root is not None:
        rewrite_values_node(root, collector)
    if not collector.needs and not collector.splices:
        collector.note("its values choose no Windows nodes of another version and name none")


def rewrite_values_node(root: yaml.Node, collector: Collector) -> None:
    """The same for values that stand inside of another file."""
    registry = text_of(root, "global", "imageRegistry")
    _Walk(root, collector).visit(root, _Around(registry=registry), 0)


class _Walk:
    """Goes through all mappings of a values file, each once."""

    def __init__(self, root: yaml.Node, collector: Collector) -> None:
        self._collector = collector
        self._uses = Counter(id(value) for node in all_nodes(root) for _, value in pairs(node))
        self._seen: set[int] = set()
        self._taken: set[int] = set()

    def visit(self, node: yaml.Node, around: _Around, depth: int) -> None:
        """Decide about a node and all that is in it."""
        if id(node) in self._seen:
            return
        if depth > _DEEPEST:
            line = line_of(node, self._collector)
            self._collector.need(line, "too-deep", "it is nested too deeply to be read")
            return
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self.visit(item, around, depth + 1)
        if not isinstance(node, yaml.MappingNode):
            return
        around = _of(node, around)
        for parts in image_parts(node, around.registry):
            self._image(parts, around)
        for key, value in pairs(node):
            name = str(key.value)
            if name.lower() in _PASSED_OVER:
                continue
            if name.lower().endswith("nodeselector") and isinstance(value, yaml.MappingNode):
                self._selector(value, node)
            elif name == "tolerations":
                self._tolerations(value)
            elif name == "affinity":
                self._affinity(value)
            elif isinstance(value, yaml.ScalarNode):
                self._scalar(name, value)
            else:
                self.visit(value, around, depth + 1)

    def _image(self, parts: Parts, around: _Around) -> None:
        changing = [n for n in (parts.tag, parts.whole) if n is not None]
        self._taken.update(id(n) for n in changing)
        if any(self._uses[id(n)] > 1 for n in changing):
            self._shared(parts, changing[0])
            return
        rewrite_image(
            parts, self._collector, windows=around.windows, host_process=around.host_process
        )

    def _shared(self, parts: Parts, node: yaml.ScalarNode) -> None:
        """One value for several images: a change meant for one would reach all."""
        if names_windows(parse_ref(parts.ref), self._collector.settings.catalog):
            self._collector.need(
                line_of(node, self._collector),
                "shared-anchor",
                f"{parts.ref} shares this value by an anchor",
                "write it out for each",
            )

    def _scalar(self, name: str, value: yaml.ScalarNode) -> None:
        """A value that is the name of a Windows version and nothing else."""
        if id(value) in self._taken or not _NAMES_OS.search(name):
            return
        product = _older_version(str(value.value), self._collector)
        if product:
            self._collector.need(
                line_of(value, self._collector),
                "values-os",
                f"{name} names {product}; what the chart makes of it is not known here",
                f"set it for {self._collector.settings.to}, or add an entry for it",
            )

    def _selector(self, selector: yaml.MappingNode, around: yaml.Node) -> None:
        """Change the version pins of a selector; a missing one is told with the line to add."""
        pinned = False
        for key, value in pairs(selector):
            if key.value in (OS_SKU_KEY, WINDOWS_BUILD_KEY) and isinstance(value, yaml.ScalarNode):
                pinned = True
                if str(key.value) != OS_SKU_KEY or str(value.value).startswith("Windows"):
                    self._pin(str(key.value), value)
        if pinned or not _chooses_windows(selector):
            return
        key = next(k for k, v in pairs(selector) if k.value in OS_KEYS)
        self._missing_pin(key)
        self._guard(around, key)

    def _pin(self, key: str, value: yaml.ScalarNode) -> None:
        wanted = _wanted(key, self._collector)
        if value.value != wanted:
            replace_scalar(value, wanted, self._collector)

    def _missing_pin(self, node: yaml.Node) -> None:
        settings = self._collector.settings
        self._collector.need(
            line_of(node, self._collector),
            "values-selector",
            "it chooses Windows nodes of any version; whether the chart makes a DaemonSet of it, "
            "which needs no pin, is not known here",
            f"if it makes no DaemonSet, add the line  {settings.key}: {settings.value}",
        )

    def _guard(self, around: yaml.Node, key: yaml.Node) -> None:
        guard = self._collector.settings.guard
        if guard is None:
            return
        for item in entries(around, "tolerations"):
            if text_of(item, "operator") == "Exists" and text_of(item, "key") in ("", guard.key):
                return
            if text_of(item, "key") == guard.key:
                return
        self._collector.need(
            line_of(key, self._collector),
            "toleration",
            "the pods that it is for may not tolerate the taint of the new pool",
            f"tolerate {format_taint(guard)} in the tolerations beside it",
        )

    def _tolerations(self, node: yaml.Node) -> None:
        for item in node.value if isinstance(node, yaml.SequenceNode) else ():
            key = text_of(item, "key")
            value = child(item, "value")
            if key not in (OS_SKU_KEY, WINDOWS_BUILD_KEY) or value is None:
                continue
            if text_of(item, "value") != _wanted(key, self._collector):
                self._collector.need(
                    line_of(value, self._collector),
                    "values-toleration",
                    f"this tolerates {key} {text_of(item, 'value')} alone",
                    f"tolerate {_wanted(key, self._collector)}, too",
                )

    def _affinity(self, node: yaml.Node) -> None:
        required = child(node, "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        terms = [
            expression
            for term in entries(required, "nodeSelectorTerms")
            for expression in entries(term, "matchExpressions")
        ]
        pins = [t for t in terms if text_of(t, "key") in (OS_SKU_KEY, WINDOWS_BUILD_KEY)]
        for term in pins:
            self._pin_term(term)
        for term in terms:
            values = [str(v.value) for v in entries(term, "values")]
            is_os = text_of(term, "key") in OS_KEYS and text_of(term, "operator") == "In"
            if is_os and values == ["windows"] and not pins:
                self._missing_pin(term)

    def _pin_term(self, term: yaml.Node) -> None:
        wanted = _wanted(text_of(term, "key"), self._collector)
        values = [v for v in entries(term, "values") if isinstance(v, yaml.ScalarNode)]
        if wanted in [v.value for v in values]:
            return
        if text_of(term, "operator") == "In" and len(values) == 1:
            replace_scalar(values[0], wanted, self._collector)
            return
        self._collector.need(
            line_of(term, self._collector),
            "affinity",
            f"this affinity on {text_of(term, 'key')} does not allow {wanted}",
            f"allow {wanted} in it",
        )


def _of(node: yaml.MappingNode, around: _Around) -> _Around:
    """What a mapping says of the images in it, else what those around it say."""
    windows, host_process = around.windows, around.host_process
    for name, value in _selectors(node):
        del name
        windows = _chooses_windows(value)
    for name in ("securityContext", "podSecurityContext", "containerSecurityContext"):
        said = text_of(node, name, "windowsOptions", "hostProcess").lower()
        host_process = said == "true" if said else host_process
    return _Around(windows, host_process, around.registry)


def _selectors(node: yaml.Node) -> Iterator[tuple[str, yaml.MappingNode]]:
    for key, value in pairs(node):
        if str(key.value).lower() == "nodeselector" and isinstance(value, yaml.MappingNode):
            yield str(key.value), value


def _chooses_windows(selector: yaml.MappingNode) -> bool:
    for key, value in pairs(selector):
        text = str(value.value) if isinstance(value, yaml.ScalarNode) else ""
        if key.value in OS_KEYS and text == "windows":
            return True
        if key.value == OS_SKU_KEY and text.startswith("Windows"):
            return True
        if key.value == WINDOWS_BUILD_KEY:
            return True
    return False


def _wanted(key: str, collector: Collector) -> str:
    settings = collector.settings
    return settings.to if key == OS_SKU_KEY else settings.catalog.build_of(settings.to)


def _older_version(text: str, collector: Collector) -> str:
    """The product of a Windows version older than the target that a text is the name of."""
    settings = collector.settings
    target = _number(settings.catalog.build_of(settings.to))
    for release in settings.catalog.base_images.os_versions:
        names = (release.id, release.os_version_prefix, *release.alt_tags)
        older = _number(release.os_version_prefix) < target
        if older and text.lower() in (name.lower() for name in names):
            return release.product
    sku = settings.catalog.sku(text)
    if sku is not None and sku.os_type == "Windows" and _number(sku.build or "") < target:
        return sku.product
    return ""


def _number(build: str) -> int:
    last = build.rpartition(".")[2]
    return int(last) if last.isdigit() else 0
