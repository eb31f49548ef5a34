"""A pod template, wherever an object keeps it, and which nodes it asks for."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from poolshift.rewrite.scalars import child, entries, pairs, text_of
from poolshift.rewrite.yamltree import Scalar
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from poolshift.rewrite.yamltree import Mapping, Node

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_HOST_PROCESS = ("securityContext", "windowsOptions", "hostProcess")


class Os(Enum):
    """What a template says of the OS of its nodes."""

    WINDOWS = "windows"
    LINUX = "linux"
    EITHER = "either"


class Template(NamedTuple):
    """The parts of a pod template that the move is about.

    Attributes:
        kind: the kind of its object.
        name: the name of its object, empty without one.
        place: the mapping that holds nodeSelector, affinity and tolerations; None where the
            object leaves that to another one.
        containers: its containers.
        root: the object.
        per_node: whether the object, by another kind, makes a DaemonSet of it.
    """

    kind: str
    name: str
    place: Mapping | None
    containers: tuple[Node, ...]
    root: Mapping
    per_node: bool = False

    @property
    def is_daemon(self) -> bool:
        """Whether it runs on every node that it selects."""
        return self.per_node or self.kind.endswith("DaemonSet")

    @property
    def called(self) -> str:
        """Kind and name."""
        return f"{self.kind} {self.name}" if self.name else f"this {self.kind}"

    def images(self) -> Iterator[Scalar]:
        """The image of each container."""
        for container in self.containers:
            image = child(container, "image")
            if isinstance(image, Scalar) and image.value:
                yield image


class Term(NamedTuple):
    """An expression of node affinity; `required` tells it from a mere preference."""

    key: str
    operator: str
    values: tuple[Scalar, ...]
    node: Node
    required: bool


def os_of(template: Template, windows_classes: Collection[str]) -> Os:
    """What a template says of its OS, by label, build, pod OS, host process or runtime class.

    Args:
        template: the template.
        windows_classes: runtime classes that are known to choose Windows nodes.
    """
    place = template.place
    selector = {key.value: value for key, value in pairs(child(place, "nodeSelector"))}
    for key in OS_KEYS:
        value = selector.get(key)
        if isinstance(value, Scalar):
            return _named(value.value)
    if _is_windows_place(place, selector) or is_host_process(template):
        return Os.WINDOWS
    if text_of(place, "os", "name"):
        return _named(text_of(place, "os", "name"))
    if text_of(place, "runtimeClassName") in windows_classes:
        return Os.WINDOWS
    return _os_of_affinity(place)


def _named(name: str) -> Os:
    return {"windows": Os.WINDOWS, "linux": Os.LINUX}.get(name, Os.EITHER)


def _is_windows_place(place: Mapping | None, selector: dict[str, Node]) -> bool:
    sku = selector.get(OS_SKU_KEY)
    if isinstance(sku, Scalar) and sku.value.startswith("Windows"):
        return True
    return WINDOWS_BUILD_KEY in selector or text_of(place, "os", "name") == "windows"


def _os_of_affinity(place: Mapping | None) -> Os:
    """The OS that every alternative of the required affinity asks for."""
    found = {_os_of_term(tuple(expressions(t))) for t in required_terms(place)}
    return found.pop() if len(found) == 1 else Os.EITHER


def _os_of_term(terms: tuple[Term, ...]) -> Os:
    for term in terms:
        values = [v.value for v in term.values]
        if term.operator != "In" or not values:
            continue
        if term.key in OS_KEYS and len(set(values)) == 1:
            return _named(values[0])
        if term.key == OS_SKU_KEY and all(v.startswith("Windows") for v in values):
            return Os.WINDOWS
        if term.key == WINDOWS_BUILD_KEY:
            return Os.WINDOWS
    return Os.EITHER


def required_terms(place: Mapping | None) -> tuple[Node, ...]:
    """The alternatives of required node affinity."""
    return entries(place, "affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms")


def preferred_terms(place: Mapping | None) -> tuple[Node, ...]:
    """The preferences of node affinity."""
    found = (child(p, "preference") for p in entries(place, "affinity", "nodeAffinity", PREFERRED))
    return tuple(p for p in found if p is not None)


def affinity_terms(place: Mapping | None) -> Iterator[Term]:
    """The expressions of node affinity on labels of nodes, required ones first."""
    if child(place, "affinity") is None:
        return
    for term in required_terms(place):
        yield from expressions(term)
    for term in preferred_terms(place):
        yield from expressions(term, required=False)


def expressions(term: Node, *, required: bool = True) -> Iterator[Term]:
    """The expressions on labels of one alternative or preference."""
    for expression in entries(term, "matchExpressions"):
        values = tuple(v for v in entries(expression, "values") if isinstance(v, Scalar))
        yield Term(
            text_of(expression, "key"),
            text_of(expression, "operator"),
            values,
            expression,
            required,
        )


def is_host_process(template: Template) -> bool:
    """Whether the pod runs host-process containers."""
    return text_of(template.place, *_HOST_PROCESS).lower() == "true" or any(
        text_of(c, *_HOST_PROCESS).lower() == "true" for c in template.containers
    )
