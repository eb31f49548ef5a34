"""Which nodes a template asks for."""

from __future__ import annotations

import pytest

from poolshift.core.kube import (
    Affinity,
    NodeAffinity,
    NodeSelector,
    NodeSelectorTerm,
    PodSpec,
    Requirement,
    SecurityContext,
    WindowsOptions,
)
from poolshift.semantics.pins import (
    OS_SKU_KEY,
    WINDOWS_BUILD_KEY,
    is_host_process,
    is_windows,
    required_values,
    tells_versions_apart,
)


def by_affinity(*terms: NodeSelectorTerm) -> PodSpec:
    return PodSpec(affinity=Affinity(node_affinity=NodeAffinity(NodeSelector(terms))))


def term(key: str, *values: str, operator: str = "In") -> NodeSelectorTerm:
    return NodeSelectorTerm((Requirement(key, operator, values),))


def test_terms_are_alternatives() -> None:
    both = by_affinity(term("a", "1"), term("a", "2", "3"))
    assert required_values(both, "a") == frozenset({"1", "2", "3"})
    assert required_values(by_affinity(term("a", "1"), term("b", "1")), "a") is None
    assert required_values(by_affinity(term("a", "1", operator="NotIn")), "a") is None
    assert required_values(by_affinity(), "a") is None
    assert required_values(PodSpec(affinity=Affinity()), "a") is None


@pytest.mark.parametrize(
    ("spec", "windows"),
    [
        (PodSpec(node_selector={"kubernetes.io/os": "windows"}), True),
        (PodSpec(node_selector={"beta.kubernetes.io/os": "windows"}), True),
        (PodSpec(node_selector={"kubernetes.io/os": "linux"}), False),
        (PodSpec(node_selector={OS_SKU_KEY: "Windows2022"}), True),
        (PodSpec(node_selector={OS_SKU_KEY: "Ubuntu"}), False),
        (PodSpec(node_selector={WINDOWS_BUILD_KEY: "10.0.20348"}), True),
        (by_affinity(term("kubernetes.io/os", "windows")), True),
        (by_affinity(term("kubernetes.io/os", "windows", "linux")), False),
        (PodSpec(), False),
    ],
)
def test_windows_template(spec: PodSpec, windows: bool) -> None:
    assert is_windows(spec) is windows


def test_host_process_is_windows() -> None:
    spec = PodSpec(security_context=SecurityContext(WindowsOptions(host_process=True)))
    assert is_host_process(spec)
    assert is_windows(spec)


def test_labels_that_tell_versions_apart() -> None:
    assert not tells_versions_apart(PodSpec(node_selector={"kubernetes.io/os": "windows"}))
    assert tells_versions_apart(PodSpec(node_selector={"agentpool": "ws"}))
    assert tells_versions_apart(by_affinity(term(WINDOWS_BUILD_KEY, "10.0.20348")))
