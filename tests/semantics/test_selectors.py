from __future__ import annotations

import pytest

from poolshift.core.kube import (
    Affinity,
    LabelSelector,
    Meta,
    NodeAffinity,
    NodeSelector,
    NodeSelectorTerm,
    PodSpec,
    PreferredTerm,
    Requirement,
)
from poolshift.semantics.selectors import (
    FieldTerm,
    SelectorError,
    fields_match,
    format_selector,
    matches,
    node_matches,
    parse_fields,
    parse_labels,
    pinned_node,
    preferred_weight,
    requirement_holds,
)

NODE = Meta(name="n1", labels={"os": "windows", "rank": "5", "empty": ""})


@pytest.mark.parametrize(
    ("operator", "key", "values", "holds"),
    [
        pytest.param("In", "os", ("linux", "windows"), True, id="in"),
        pytest.param("In", "none", ("windows",), False, id="in-absent"),
        pytest.param("NotIn", "os", ("windows",), False, id="not-in"),
        pytest.param("NotIn", "none", ("windows",), True, id="not-in-absent"),
        pytest.param("Exists", "empty", (), True, id="exists-empty"),
        pytest.param("DoesNotExist", "os", (), False, id="does-not-exist"),
        pytest.param("Gt", "rank", ("4",), True, id="gt"),
        pytest.param("Lt", "rank", ("5",), False, id="lt-equal"),
        pytest.param("Gt", "os", ("4",), False, id="gt-no-number"),
        pytest.param("Gt", "rank", (), False, id="gt-no-value"),
        pytest.param("Bogus", "os", (), False, id="unknown-operator"),
    ],
)
def test_a_requirement_holds(operator: str, key: str, values: tuple[str, ...], holds: bool) -> None:
    assert requirement_holds(Requirement(key, operator, values), NODE.labels) is holds


def test_no_selector_matches_nothing_and_an_empty_one_everything() -> None:
    assert not matches(None, {"a": "b"})
    assert matches(LabelSelector(), {})
    assert matches(LabelSelector(match_labels={"a": "b"}), {"a": "b", "c": "d"})
    assert not matches(LabelSelector(match_expressions=(Requirement("c", "Exists"),)), {"a": "b"})


def required(*terms: NodeSelectorTerm) -> PodSpec:
    affinity = NodeAffinity(required_during_scheduling_ignored_during_execution=NodeSelector(terms))
    return PodSpec(affinity=Affinity(node_affinity=affinity))


def test_terms_are_alternatives_and_an_empty_term_matches_no_node() -> None:
    windows = NodeSelectorTerm(match_expressions=(Requirement("os", "In", ("windows",)),))
    linux = NodeSelectorTerm(match_expressions=(Requirement("os", "In", ("linux",)),))
    assert node_matches(required(linux, windows), NODE)
    assert not node_matches(required(linux), NODE)
    assert not node_matches(required(NodeSelectorTerm()), NODE)
    assert node_matches(PodSpec(), NODE)
    assert not node_matches(PodSpec(node_selector={"os": "linux"}), NODE)


def test_a_field_term_pins_one_node() -> None:
    pin = NodeSelectorTerm(match_fields=(Requirement("metadata.name", "In", ("n1",)),))
    assert node_matches(required(pin), NODE)
    assert not node_matches(required(pin), Meta(name="n2"))
    assert pinned_node(required(pin)) == "n1"
    assert pinned_node(required(pin, pin)) is None
    assert pinned_node(required(NodeSelectorTerm())) is None
    assert pinned_node(PodSpec()) is None


def test_preferred_terms_add_their_weights() -> None:
    windows = NodeSelectorTerm(match_expressions=(Requirement("os", "In", ("windows",)),))
    terms = (PreferredTerm(10, windows), PreferredTerm(5, windows), PreferredTerm(1))
    affinity = NodeAffinity(preferred_during_scheduling_ignored_during_execution=terms)
    assert preferred_weight(PodSpec(affinity=Affinity(node_affinity=affinity)), NODE) == 15
    assert preferred_weight(PodSpec(), NODE) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("a=b", (Requirement("a", "In", ("b",)),)),
        ("a==b", (Requirement("a", "In", ("b",)),)),
        ("a!=b", (Requirement("a", "NotIn", ("b",)),)),
        ("a=", (Requirement("a", "In", ("",)),)),
        ("a", (Requirement("a", "Exists"),)),
        ("!a", (Requirement("a", "DoesNotExist"),)),
        ("a in (x, y)", (Requirement("a", "In", ("x", "y")),)),
        ("a notin (x),b", (Requirement("a", "NotIn", ("x",)), Requirement("b", "Exists"))),
        (
            "kubernetes.io/os=windows,!x,c in (d)",
            (
                Requirement("kubernetes.io/os", "In", ("windows",)),
                Requirement("x", "DoesNotExist"),
                Requirement("c", "In", ("d",)),
            ),
        ),
    ],
)
def test_label_selectors_parse(text: str, expected: tuple[Requirement, ...]) -> None:
    assert parse_labels(text) == expected


@pytest.mark.parametrize("text", ["a===b", "a in x", "=b", "a b", "a in (x", "!", "a=b c", "a,,b"])
def test_a_broken_label_selector_says_so(text: str) -> None:
    with pytest.raises(SelectorError):
        parse_labels(text)


def test_the_error_of_a_doubled_sign_is_the_servers() -> None:
    with pytest.raises(SelectorError) as caught:
        parse_labels("a===b")
    assert f"{caught.value.what}: {caught.value.why}" == (
        "unable to parse requirement: found '=', expected: identifier"
    )


def test_field_selectors_parse_and_match() -> None:
    terms = parse_fields("spec.nodeName=n1,status.phase!=Failed,a==b")
    assert terms == (
        FieldTerm("spec.nodeName", "n1", equal=True),
        FieldTerm("status.phase", "Failed", equal=False),
        FieldTerm("a", "b", equal=True),
    )
    values = {"spec.nodeName": "n1", "a": "b"}
    assert fields_match(terms, lambda field: values.get(field, ""))
    with pytest.raises(SelectorError):
        parse_fields("nonsense")


def test_selectors_print_as_the_api_writes_them() -> None:
    selector = LabelSelector(
        {"b": "2", "a": "1"},
        (
            Requirement("c", "In", ("y", "x")),
            Requirement("d", "Exists"),
            Requirement("e", "DoesNotExist"),
            Requirement("f", "NotIn", ("z",)),
        ),
    )
    assert format_selector(selector) == "a=1,b=2,c in (x,y),d,!e,f notin (z)"
    assert format_selector(None) == format_selector(LabelSelector()) == "<none>"
