"""Pulls, builds and the reasons that pods give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.kube.worlds import (
    BUILD_2019,
    BUILD_2022,
    BUILD_2025,
    IMAGE_2019,
    IMAGE_2022,
    add_pool,
    deployment,
    make_world,
    trace_of,
    windows_image,
)

from poolshift.sim.kube import rows
from poolshift.sim.kube.resources import PODS

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.world import KubeWorld


def pool_world(build: str, **changes: Any) -> KubeWorld:
    world = make_world()
    world.warming = True
    add_pool(world, "pool", build, count=1, **changes)
    world.settle()
    world.warming = False
    return world


def run(world: KubeWorld, image: str, until: float = 400, **spec: Any) -> Object:
    obj = deployment(image=image, replicas=1)
    obj["spec"]["template"]["spec"].update(spec)
    world.apply(obj, by="u")
    world.clock.run_until(world.clock.t + until)
    return next(iter(world.store.all(PODS)))


def waiting(pod: Object) -> Object:
    found: Object = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    return found


@pytest.mark.parametrize(
    ("build", "image"),
    [
        pytest.param(BUILD_2019, IMAGE_2019, id="2019-on-2019"),
        pytest.param(BUILD_2022, IMAGE_2022, id="2022-on-2022"),
        pytest.param(BUILD_2025, IMAGE_2022, id="2022-on-2025"),
        pytest.param(BUILD_2019, "both:1", id="index-on-2019"),
        pytest.param(BUILD_2025, "both:1", id="index-on-2025"),
    ],
)
def test_an_image_runs_where_its_build_does(build: str, image: str) -> None:
    assert rows.pod_status(run(pool_world(build), image)) == "Running"


@pytest.mark.parametrize(
    ("build", "image"),
    [
        pytest.param(BUILD_2022, IMAGE_2019, id="2019-on-2022"),
        pytest.param(BUILD_2025, IMAGE_2019, id="2019-on-2025"),
        pytest.param(BUILD_2019, IMAGE_2022, id="2022-on-2019"),
    ],
)
def test_an_index_without_the_build_cannot_be_pulled(build: str, image: str) -> None:
    world = pool_world(build)
    pod = run(world, image, until=8)
    assert waiting(pod)["reason"] == "ErrImagePull"
    assert "no match for platform in manifest" in waiting(pod)["message"]
    world.clock.run_until(60)
    assert rows.pod_status(world.store.get(PODS, *_key(pod))) == "ImagePullBackOff"
    assert [e["reason"] for e in trace_of(world, "pod-failed")] == ["ErrImagePull"]


def _key(pod: Object) -> tuple[str, str]:
    return pod["metadata"]["namespace"], pod["metadata"]["name"]


@pytest.mark.parametrize("image", ["single:2019", "lost:2019"])
def test_a_wrong_build_that_the_index_hides_fails_at_the_start(image: str) -> None:
    world = pool_world(BUILD_2022)
    pod = run(world, image, until=185)
    assert waiting(pod)["reason"] == "RunContainerError"
    assert "does not match the host operating system" in waiting(pod)["message"]
    assert "0xc0370101" in waiting(pod)["message"]
    world.clock.run_until(1000)
    pod = world.store.get(PODS, *_key(pod))
    assert rows.pod_status(pod) == "CrashLoopBackOff"
    assert pod["status"]["containerStatuses"][0]["restartCount"] >= 4
    assert [e["reason"] for e in trace_of(world, "pod-failed")] == ["RunContainerError"]


def test_a_host_process_container_runs_on_any_build() -> None:
    context = {"windowsOptions": {"hostProcess": True}}
    pod = run(pool_world(BUILD_2022), "single:2019", securityContext=context)
    assert rows.pod_status(pod) == "Running"


def test_a_missing_tag_is_pulled_once_it_is_pushed() -> None:
    world = pool_world(BUILD_2022)
    pod = run(world, "late:1", until=30)
    assert "not found" in waiting(pod)["message"]
    world.ctx.images.add(windows_image("late:1", BUILD_2022))
    world.clock.run_until(700)
    assert rows.pod_status(world.store.get(PODS, *_key(pod))) == "Running"


def test_layers_on_the_node_shorten_the_pull() -> None:
    def ready_after(**changes: Any) -> float:
        world = pool_world(BUILD_2022, **changes)
        run(world, IMAGE_2022, until=1000)
        [event] = trace_of(world, "pod-ready")
        return float(event["t_s"])

    with_base, without = ready_after(), ready_after(cached_bases=())
    assert without - with_base == pytest.approx(1700 / 12.5)


def test_a_second_pod_waits_for_the_same_pull_and_no_longer() -> None:
    world = pool_world(BUILD_2022)
    obj = deployment(image=IMAGE_2022, replicas=2)
    world.apply(obj, by="u")
    world.clock.run_until(500)
    first, second = (e["t_s"] for e in trace_of(world, "pod-ready"))
    assert first == second


def test_a_probes_initial_delay_comes_before_ready() -> None:
    world = pool_world(BUILD_2022)
    obj = deployment(image=IMAGE_2022, replicas=1)
    probe = {"httpGet": {"port": 80}, "initialDelaySeconds": 30}
    obj["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = probe
    world.apply(obj, by="u")
    world.clock.run_until(46)
    pod = next(iter(world.store.all(PODS)))
    assert (pod["status"]["phase"], trace_of(world, "pod-ready")) == ("Running", [])
    world.clock.run_until(100)
    assert len(trace_of(world, "pod-ready")) == 1


def test_every_pod_has_an_address_of_its_own() -> None:
    world = make_world()
    world.warming = True
    add_pool(world, "pool", BUILD_2022)
    world.apply(deployment(image=IMAGE_2022, replicas=9), by="u")
    world.settle()
    addresses = [p["status"]["podIP"] for p in world.store.all(PODS)]
    assert len(set(addresses)) == 9
