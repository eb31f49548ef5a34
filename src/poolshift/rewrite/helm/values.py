"""Rewrites Helm values: images by their parts, version pins; a missing pin is a person's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence as Roots
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import structs

from poolshift.rewrite.findings import Collector
from poolshift.rewrite.helm.images import Parts, image_parts, rewrite_image
from poolshift.rewrite.mentions import report_text
from poolshift.rewrite.reading import read_yaml
from poolshift.rewrite.scalars import (
    DAEMON_MODES,
    child,
    entries,
    is_object,
    line_of,
    pairs,
    text_of,
)
from poolshift.rewrite.versions import allow, change_pin, older_product, wanted
from poolshift.rewrite.yamltree import Mapping, Node, Scalar, Sequence, Tree, every_node
from poolshift.semantics.images import parse_ref
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.tags import names_windows
from poolshift.semantics.taints import format_taint

if TYPE_CHECKING:
    from collections.abc import Iterator

RewriteRoots: TypeAlias = Callable[[Roots[Node], Tree, Collector], None]
"""Decides about nodes of a file that are whole objects."""

_DEEPEST = 200
_NAMES_OS = re.compile(r"(?i)(tag|version|os|build|release|sku|image|windows|suffix|number)")
_PASSED_OVER = frozenset({"labels", "podlabels", "annotations", "podannotations", "matchlabels"})


class _Around(msgspec.Struct, frozen=True):
    """What the mappings around a value say, the nearest first."""

    windows: bool = False
    host_process: bool = False
    registry: str = ""
    daemon: bool = False


def rewrite_values(collector: Collector, rewrite_roots: RewriteRoots) -> None:
    """Edit the images and pins of a values file, and tell what a person must decide.

    Args:
        collector: the file, and what is decided about it.
        rewrite_roots: decides about whole objects, which some charts take as values.
    """
    tree = read_yaml(collector)
    if tree is None:
        return
    for root in tree.roots:
        rewrite_values_node(root, collector, partial(_object, tree, collector, rewrite_roots))
    if not collector.needs and not collector.splices:
        collector.note("its values choose no Windows nodes of another version and name none")


def _object(tree: Tree, collector: Collector, rewrite_roots: RewriteRoots, node: Node) -> None:
    rewrite_roots([node], tree, collector)


def rewrite_values_node(
    root: Node, collector: Collector, rewrite_object: Callable[[Node], None]
) -> None:
    """The same for values that stand inside of another file."""
    registry = text_of(root, "global", "imageRegistry")
    _Walk(root, collector, rewrite_object).visit(root, _Around(registry=registry), 0)


class _Walk:
    """Goes through all mappings of a values file, each once."""

    def __init__(
        self, root: Node, collector: Collector, rewrite_object: Callable[[Node], None]
    ) -> None:
        self._collector = collector
        self._rewrite_object = rewrite_object
        nodes = list(every_node([root]))
        self._uses = Counter(id(value) for node in nodes for _, value in _own_pairs(node))
        self._refs: dict[int, set[str]] = {}
        registry = text_of(root, "global", "imageRegistry")
        for node in nodes:
            for parts in image_parts(node, registry) if isinstance(node, Mapping) else ():
                for changing in parts.changing():
                    self._refs.setdefault(id(changing), set()).add(parts.ref)
        self._seen: set[int] = set()
        self._taken: set[int] = set()

    def visit(self, node: Node, around: _Around, depth: int) -> None:
        """Decide about a node and all that is in it."""
        if id(node) in self._seen:
            return
        if depth > _DEEPEST:
            line = line_of(node, self._collector)
            self._collector.need(line, "too-deep", "it is nested too deeply to be read")
            return
        self._seen.add(id(node))
        if isinstance(node, Sequence):
            for item in node.value:
                self.visit(item, around, depth + 1)
        if not isinstance(node, Mapping):
            return
        if is_object(node):
            self._rewrite_object(node)
            return
        around = _of(node, around)
        for parts in image_parts(node, around.registry):
            self._image(parts, around)
        for key, value in pairs(node):
            name = str(key.value)
            if name.lower() in _PASSED_OVER:
                continue
            if name.lower().endswith("nodeselector") and isinstance(value, Mapping):
                self._selector(value, node, around)
            elif name == "tolerations":
                self._tolerations(value)
            elif name == "affinity":
                self._affinity(value, around)
            elif isinstance(value, Scalar):
                self._scalar(name, value)
            else:
                per_node = around.daemon or name.lower().endswith("daemonset")
                self.visit(value, structs.replace(around, daemon=per_node), depth + 1)

    def _image(self, parts: Parts, around: _Around) -> None:
        changing = parts.changing()
        self._taken.update(id(n) for n in changing)
        if any(self._uses[id(n)] > 1 or len(self._refs[id(n)]) > 1 for n in changing):
            self._shared(parts, changing[0])
            return
        rewrite_image(
            parts,
            self._collector,
            windows=around.windows,
            host_process=around.host_process,
            daemon=around.daemon,
        )

    def _shared(self, parts: Parts, node: Scalar) -> None:
        """One value for several images: a change meant for one would reach all."""
        if names_windows(parse_ref(parts.ref), self._collector.settings.catalog):
            self._collector.need(
                line_of(node, self._collector),
                "shared-anchor",
                f"{parts.ref} shares this value by an anchor",
                "write it out for each",
            )

    def _scalar(self, name: str, value: Scalar) -> None:
        """A value that is the name of a Windows version and nothing else."""
        if "\n" in value.value:
            report_text(value, f"the text {name}", self._collector)
        if id(value) in self._taken or not _NAMES_OS.search(name):
            return
        product = older_product(value.value, self._collector)
        if product:
            self._collector.need(
                line_of(value, self._collector),
                "values-os",
                f"{name} names {product}; what the chart makes of it is not known here",
                f"set it for {self._collector.settings.to}, or add an entry for it",
            )

    def _pin(self, key: str, value: Scalar, around: _Around) -> None:
        """A pin of a DaemonSet stays: its pods run on the old nodes, too."""
        if not around.daemon:
            change_pin(key, value, self._collector)
        elif value.value != wanted(key, self._collector):
            self._collector.need(
                line_of(value, self._collector),
                "daemon-pin",
                f"this pins a DaemonSet to {value.value}: the new nodes get none of its pods",
                "take the pin out, or add a second DaemonSet for the new nodes",
            )

    def _selector(self, selector: Mapping, node: Node, around: _Around) -> None:
        """Change the version pins of a selector; a missing one is told with the line to add."""
        pinned = False
        for key, value in pairs(selector):
            if key.value in (OS_SKU_KEY, WINDOWS_BUILD_KEY) and isinstance(value, Scalar):
                pinned = True
                self._pin(key.value, value, around)
        if pinned or not _chooses_windows(selector):
            return
        key = next(k for k, v in pairs(selector) if k.value in OS_KEYS)
        if not around.daemon:
            self._missing_pin(key)
        self._guard(node, key)

    def _missing_pin(self, node: Node) -> None:
        settings = self._collector.settings
        self._collector.need(
            line_of(node, self._collector),
            "values-selector",
            "it chooses Windows nodes of any version; whether the chart makes a DaemonSet of it, "
            "which needs no pin, is not known here",
            f"if it makes no DaemonSet, add the line  {settings.key}: {settings.value}",
        )

    def _guard(self, around: Node, key: Node) -> None:
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

    def _tolerations(self, node: Node) -> None:
        for item in node.value if isinstance(node, Sequence) else ():
            key = text_of(item, "key")
            value = child(item, "value")
            if key not in (OS_SKU_KEY, WINDOWS_BUILD_KEY) or value is None:
                continue
            if text_of(item, "value") != wanted(key, self._collector):
                self._collector.need(
                    line_of(value, self._collector),
                    "values-toleration",
                    f"this tolerates {key} {text_of(item, 'value')} alone",
                    f"tolerate {wanted(key, self._collector)}, too",
                )

    def _affinity(self, node: Node, around: _Around) -> None:
        required = child(node, "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        terms = [
            expression
            for term in entries(required, "nodeSelectorTerms")
            for expression in entries(term, "matchExpressions")
        ]
        pins = [t for t in terms if text_of(t, "key") in (OS_SKU_KEY, WINDOWS_BUILD_KEY)]
        for term in pins:
            self._pin_term(term, around)
        for term in terms:
            values = [v.value for v in entries(term, "values") if isinstance(v, Scalar)]
            is_os = text_of(term, "key") in OS_KEYS and text_of(term, "operator") == "In"
            if is_os and values == ["windows"] and not (pins or around.daemon):
                self._missing_pin(term)

    def _pin_term(self, term: Node, around: _Around) -> None:
        values = [v for v in entries(term, "values") if isinstance(v, Scalar)]
        key, operator = text_of(term, "key"), text_of(term, "operator")
        if around.daemon and operator == "In" and len(values) == 1:
            self._pin(key, values[0], around)
            return
        allow(key, operator, values, term, self._collector)


def _of(node: Mapping, around: _Around) -> _Around:
    """What a mapping says of the images in it, else what those around it say."""
    windows, host_process = around.windows, around.host_process
    for selector in _selectors(node):
        windows = _chooses_windows(selector)
    for name in ("securityContext", "podSecurityContext", "containerSecurityContext"):
        said = text_of(node, name, "windowsOptions", "hostProcess").lower()
        host_process = said == "true" if said else host_process
    daemon = around.daemon or any(text_of(node, m).lower() == "daemonset" for m in DAEMON_MODES)
    return _Around(windows, host_process, around.registry, daemon)


def _selectors(node: Node) -> Iterator[Mapping]:
    for key, value in pairs(node):
        if str(key.value).lower() == "nodeselector" and isinstance(value, Mapping):
            yield value


def _chooses_windows(selector: Mapping) -> bool:
    for key, value in pairs(selector):
        text = str(value.value) if isinstance(value, Scalar) else ""
        if key.value in OS_KEYS and text == "windows":
            return True
        if key.value == OS_SKU_KEY and text.startswith("Windows"):
            return True
        if key.value == WINDOWS_BUILD_KEY:
            return True
    return False


def _own_pairs(node: Node) -> list[tuple[Node, Node]]:
    """What a mapping itself holds: what is merged into it counts once, where it stands."""
    return node.value if isinstance(node, Mapping) else []
