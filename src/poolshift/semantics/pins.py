"""Which nodes a pod template asks for, as far as the OS and its version go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.core.kube import NodeSelectorTerm, PodSpec

OS_KEYS = ("kubernetes.io/os", "beta.kubernetes.io/os")
OS_SKU_KEY = "kubernetes.azure.com/os-sku"
WINDOWS_BUILD_KEY = "node.kubernetes.io/windows-build"
NODE_IMAGE_KEY = "kubernetes.azure.com/node-image-version"
VERSION_KEYS = (OS_SKU_KEY, WINDOWS_BUILD_KEY, NODE_IMAGE_KEY)
"""Labels that tell two versions of one OS apart."""

POOL_KEYS = ("kubernetes.azure.com/agentpool", "agentpool")
"""Labels that name the pool."""


def required_values(spec: PodSpec, key: str) -> frozenset[str] | None:
    """The values that a template requires of a node label; None when it requires none.

    nodeSelector and required node affinity count. Terms of an affinity are alternatives: a term
    that leaves the label open leaves it open for the whole.
    """
    if key in spec.node_selector:
        return frozenset({spec.node_selector[key]})
    affinity = spec.affinity.node_affinity if spec.affinity else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity else None
    if required is None or not required.node_selector_terms:
        return None
    found: set[str] = set()
    for term in required.node_selector_terms:
        values = _values_of_term(term, key)
        if values is None:
            return None
        found |= values
    return frozenset(found)


def _values_of_term(term: NodeSelectorTerm, key: str) -> frozenset[str] | None:
    for requirement in term.match_expressions:
        if requirement.key == key and requirement.operator == "In":
            return frozenset(requirement.values)
    return None


def is_windows(spec: PodSpec) -> bool:
    """Whether a template asks for Windows nodes, by the OS or by a Windows version."""
    for key in OS_KEYS:
        if required_values(spec, key) == frozenset({"windows"}):
            return True
    skus = required_values(spec, OS_SKU_KEY)
    if skus and all(sku.startswith("Windows") for sku in skus):
        return True
    return bool(required_values(spec, WINDOWS_BUILD_KEY)) or is_host_process(spec)


def is_host_process(spec: PodSpec) -> bool:
    """Whether the pod runs host-process containers, whose image is not tied to the build."""
    return spec.security_context.windows_options.host_process


def has_host_process(spec: PodSpec) -> bool:
    """Whether the pod or any of its containers runs as a host process."""
    containers = (*spec.init_containers, *spec.containers)
    return is_host_process(spec) or any(
        c.security_context.windows_options.host_process for c in containers
    )


def tells_versions_apart(spec: PodSpec) -> bool:
    """Whether a template matches the nodes of one OS version only."""
    return any(required_values(spec, key) for key in (*VERSION_KEYS, *POOL_KEYS))
