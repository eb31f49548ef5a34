"""Label selectors, node selectors and the selector strings of the API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import UsageError
from poolshift.core.kube import (
    LabelSelector,
    Meta,
    NodeSelectorTerm,
    PodSpec,
    Requirement,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOKEN = re.compile(r"\s*(\(|\)|,|!=|==|=|!|[^\s(),=!]+)")


class SelectorError(UsageError):
    """A selector string that does not parse; `why` is the API server's wording."""


def requirement_holds(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    """Whether one expression holds; Gt and Lt compare integers, as for node labels."""
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value is not None and value in requirement.values
        case "NotIn":
            return value is None or value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(requirement, value)
        case _:
            return False


def _compares(requirement: Requirement, value: str | None) -> bool:
    try:
        left, right = int(value or ""), int(requirement.values[0])
    except (ValueError, IndexError):
        return False
    return left > right if requirement.operator == "Gt" else left < right


def matches(selector: LabelSelector | None, labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy a selector: None matches nothing, an empty one everything."""
    if selector is None:
        return False
    return all(labels.get(k) == v for k, v in selector.match_labels.items()) and all(
        requirement_holds(r, labels) for r in selector.match_expressions
    )


def term_matches(term: NodeSelectorTerm, node: Meta) -> bool:
    """Whether a node satisfies one term; a term that says nothing matches no node."""
    if not term.match_expressions and not term.match_fields:
        return False
    fields = {"metadata.name": node.name}
    return all(requirement_holds(r, node.labels) for r in term.match_expressions) and all(
        requirement_holds(r, fields) for r in term.match_fields
    )


def node_matches(spec: PodSpec, node: Meta) -> bool:
    """Whether a node satisfies a pod's nodeSelector and its required node affinity."""
    labels = node.labels
    if any(labels.get(k) != v for k, v in spec.node_selector.items()):
        return False
    affinity = spec.affinity.node_affinity if spec.affinity else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity else None
    if required is None:
        return True
    return any(term_matches(term, node) for term in required.node_selector_terms)


def preferred_weight(spec: PodSpec, node: Meta) -> int:
    """Sum of the weights of the preferred node affinity terms that a node satisfies."""
    affinity = spec.affinity.node_affinity if spec.affinity else None
    if affinity is None:
        return 0
    return sum(
        preferred.weight
        for preferred in affinity.preferred_during_scheduling_ignored_during_execution
        if term_matches(preferred.preference, node)
    )


def pinned_node(spec: PodSpec) -> str | None:
    """The one node that required affinity names by metadata.name, as DaemonSet pods have it."""
    affinity = spec.affinity.node_affinity if spec.affinity else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity else None
    if required is None or len(required.node_selector_terms) != 1:
        return None
    for r in required.node_selector_terms[0].match_fields:
        if r.key == "metadata.name" and r.operator == "In" and len(r.values) == 1:
            return r.values[0]
    return None


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """A label selector in API syntax: `a=b,c!=d,e in (x,y),f notin (z),g,!h`."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise _unparsed("unexpected character")
    parser = _LabelParser(tokens)
    requirements = []
    while parser.more():
        requirements.append(parser.requirement())
        parser.separator()
    return tuple(requirements)


def _unparsed(why: str) -> SelectorError:
    return SelectorError("unable to parse requirement", why=why)


class _LabelParser:
    """Recursive descent over the tokens of a label selector."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def more(self) -> bool:
        return self._at < len(self._tokens)

    def _next(self, expected: str) -> str:
        if not self.more():
            raise _unparsed(f"found '', expected: {expected}")
        self._at += 1
        return self._tokens[self._at - 1]

    def _word(self, expected: str = "identifier") -> str:
        token = self._next(expected)
        if token in ("(", ")", ",", "!=", "==", "=", "!"):
            raise _unparsed(f"found '{token}', expected: {expected}")
        return token

    def requirement(self) -> Requirement:
        if self._tokens[self._at] == "!":
            self._at += 1
            return Requirement(self._word(), "DoesNotExist")
        key = self._word()
        if not self.more() or self._tokens[self._at] == ",":
            return Requirement(key, "Exists")
        operator = self._next("operator")
        if operator in ("=", "=="):
            return Requirement(key, "In", (self._value(),))
        if operator == "!=":
            return Requirement(key, "NotIn", (self._value(),))
        if operator in ("in", "notin"):
            return Requirement(key, "In" if operator == "in" else "NotIn", self._values())
        raise _unparsed(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")

    def _value(self) -> str:
        """A value may be empty: `a=` and `a=,b`."""
        return "" if not self.more() or self._tokens[self._at] == "," else self._word()

    def _values(self) -> tuple[str, ...]:
        if self._next("'('") != "(":
            raise _unparsed("found no '(' after in or notin")
        values: list[str] = []
        while (word := self._next("',' or ')'")) != ")":
            if word not in (",",):
                values.append(word)
        return tuple(values)

    def separator(self) -> None:
        if self.more() and self._next("','") != ",":
            raise _unparsed(
                f"found '{self._tokens[self._at - 1]}', expected: ',' or 'end of string'"
            )


def format_selector(selector: LabelSelector | None) -> str:
    """A selector in API syntax, as tables print it; `<none>` when it says nothing."""
    if selector is None:
        return "<none>"
    parts = [f"{k}={v}" for k, v in sorted(selector.match_labels.items())]
    parts += [_format_requirement(r) for r in selector.match_expressions]
    return ",".join(parts) or "<none>"


def _format_requirement(r: Requirement) -> str:
    match r.operator:
        case "Exists":
            return r.key
        case "DoesNotExist":
            return f"!{r.key}"
        case "In":
            return f"{r.key} in ({','.join(sorted(r.values))})"
        case _:
            return f"{r.key} notin ({','.join(sorted(r.values))})"


class FieldTerm(msgspec.Struct, frozen=True):
    """One term of a field selector."""

    field: str
    value: str
    equal: bool


def parse_fields(text: str) -> tuple[FieldTerm, ...]:
    """A field selector in API syntax: `spec.nodeName=a,status.phase!=Failed`."""
    terms = []
    for part in filter(None, text.split(",")):
        for sign, equal in (("!=", False), ("==", True), ("=", True)):
            field, found, value = part.partition(sign)
            if found:
                terms.append(FieldTerm(field.strip(), value.strip(), equal))
                break
        else:
            raise SelectorError("invalid selector", why=f"'{text}'; can't understand '{part}'")
    return tuple(terms)


def fields_match(terms: tuple[FieldTerm, ...], read: Callable[[str], str]) -> bool:
    """Whether all terms hold; `read` gives the value of a field, empty when it is not set."""
    return all((read(t.field) == t.value) is t.equal for t in terms)
