"""Paths of the Kubernetes API."""

from __future__ import annotations

from typing import Any

import pytest

from poolshift.core.kube import DEPLOYMENTS, NODES, PODS, Resource, resource_of_kind


@pytest.mark.parametrize(
    ("resource", "where", "path"),
    [
        (PODS, ("", ""), "/api/v1/pods"),
        (PODS, ("", "shop"), "/api/v1/namespaces/shop/pods"),
        (PODS, ("a", "shop"), "/api/v1/namespaces/shop/pods/a"),
        (NODES, ("n1", ""), "/api/v1/nodes/n1"),
        (DEPLOYMENTS, ("a", "shop"), "/apis/apps/v1/namespaces/shop/deployments/a"),
    ],
)
def test_the_path_of_a_resource(resource: Resource[Any], where: tuple[str, str], path: str) -> None:
    assert resource.path(*where) == path


def test_a_resource_is_found_by_its_kind() -> None:
    assert resource_of_kind("Deployment") is DEPLOYMENTS
    assert resource_of_kind("Rollout") is None
