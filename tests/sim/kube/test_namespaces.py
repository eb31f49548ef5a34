"""Namespaces end as on a real cluster: nothing new comes in, and they go when they are empty."""

from __future__ import annotations

import pytest
from tests.sim.kube.worlds import reference_world

from poolshift.core.errors import ApiError, NotFoundError
from poolshift.sim.kube.resources import (
    CONFIG_MAPS,
    NAMESPACES,
    PODS,
    SERVICE_ACCOUNTS,
)

BY = "user:test"


def test_a_new_namespace_has_its_default_account() -> None:
    world = reference_world()
    world.api.create(NAMESPACES, "", {"metadata": {"name": "shop"}}, by=BY)
    assert world.store.find(SERVICE_ACCOUNTS, "shop", "default") is not None


def test_a_namespace_goes_after_all_that_is_in_it() -> None:
    world = reference_world()
    going = world.api.delete(NAMESPACES, ("", "default"), by=BY)
    assert going["status"]["phase"] == "Terminating"
    assert going["metadata"]["deletionTimestamp"]
    with pytest.raises(ApiError) as caught:
        world.api.create(CONFIG_MAPS, "default", {"metadata": {"name": "late"}}, by=BY)
    assert caught.value.status == 403
    assert "because it is being terminated" in caught.value.message
    world.clock.run_until(world.clock.t + 2.1)
    left = list(world.store.all(PODS, "default"))
    assert left
    assert all(pod["metadata"].get("deletionTimestamp") for pod in left)
    assert world.store.find(NAMESPACES, "", "default") is not None
    world.clock.run_until(world.clock.t + 120)
    assert list(world.store.all(PODS, "default")) == []
    with pytest.raises(NotFoundError):
        world.store.get(NAMESPACES, "", "default")


def test_asking_twice_changes_nothing() -> None:
    world = reference_world()
    first = world.api.delete(NAMESPACES, ("", "default"), by=BY)
    assert world.api.delete(NAMESPACES, ("", "default"), by=BY) == first
