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

from poolshift.sim.behaviour import Behaviour, RegistrySpec
from poolshift.sim.images import Layer, SimImage, SimPlatform
from poolshift.sim.kube import rows
from poolshift.sim.kube.resources import DEPLOYMENTS, EVENTS, PODS

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
    pod = run(world, image, until=195)
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
    world.clock.run_until(56)
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


def test_a_set_up_writes_a_pod_twice_and_leaves_it_as_the_long_way_does() -> None:
    def settled(*, long: bool) -> tuple[list[Object], int]:
        world = make_world()
        if long:
            world.scheduler.at_once = lambda pod: None
        world.warming = True
        add_pool(world, "pool", BUILD_2022)
        world.apply(deployment(image=IMAGE_2022, replicas=5), by="u")
        world.apply(deployment("wrong", image=IMAGE_2019, replicas=2), by="u")
        world.apply(deployment("none", image="nowhere:1", replicas=2), by="u")
        waiting = deployment("waiting", image=IMAGE_2022, replicas=2)
        notes = {"sim.poolshift.io/identity": "nobody"}
        waiting["spec"]["template"]["metadata"]["annotations"] = notes
        world.apply(waiting, by="u")
        world.settle()
        world.clock.run_until(60)
        pods = [
            {**p, "metadata": {k: v for k, v in p["metadata"].items() if k != "resourceVersion"}}
            for p in world.store.all(PODS)
        ]
        good = [p["metadata"]["uid"] for p in pods if p["metadata"]["name"].startswith("sample")]
        log = world.store.collection(PODS).log
        return pods, sum(change.obj["metadata"]["uid"] in good for change in log)

    (short, few), (long, many) = settled(long=False), settled(long=True)
    assert short == long
    assert {rows.pod_status(pod) for pod in short} >= {"Running", "ImagePullBackOff"}
    assert (few, many) == (10, 15)


def test_a_new_image_is_laid_down_once_and_then_starts_faster() -> None:
    world = pool_world(BUILD_2022)
    run(world, IMAGE_2022, until=500)
    world.apply(deployment("again", image=IMAGE_2022, replicas=1), by="u")
    began = world.clock.t
    world.clock.run_until(1000)
    first, second = (e["t_s"] for e in trace_of(world, "pod-ready"))
    timings = world.ctx.timings
    pull_s = timings.registry_answer_s + timings.pull_s(250_000_000, windows=True)
    assert first - (second - began) == pytest.approx(pull_s + timings.windows_first_start_s)


@pytest.mark.parametrize(
    ("revision", "strict", "runs"),
    [
        pytest.param("10.0.20348.900", True, False, id="newer-and-strict"),
        pytest.param("10.0.20348.900", False, True, id="newer"),
        pytest.param("10.0.20348.825", True, True, id="same-and-strict"),
        pytest.param("10.0.20348.1", True, True, id="older-and-strict"),
    ],
)
def test_a_host_older_than_a_strict_image_cannot_run_it(
    revision: str, strict: bool, runs: bool
) -> None:
    world = pool_world(BUILD_2022)
    platform = SimPlatform("windows", os_version=revision, strict_revision=strict)
    world.ctx.images.add(SimImage("strict:1", (platform,)))
    pod = run(world, "strict:1", until=60)
    if runs:
        assert rows.pod_status(pod) == "Running"
    else:
        assert "0xc0370106" in str(pod["status"]["containerStatuses"])


def test_a_registry_that_was_asked_too_often_says_so_until_its_window_has_passed() -> None:
    world = pool_world(BUILD_2022)
    world.ctx.behaviour = Behaviour(
        registries=(RegistrySpec("docker.io", pulls=1, window_s=600.0),)
    )
    for name in ("one", "two"):
        world.ctx.images.add(windows_image(f"docker.io/library/{name}:1", BUILD_2022))
    first = run(world, "one:1", until=120)
    assert rows.pod_status(first) == "Running"
    world.apply(deployment("second", image="two:1", replicas=1), by="u")
    world.clock.run_until(world.clock.t + 60)
    [second] = [p for p in world.store.all(PODS) if p["metadata"]["name"].startswith("second")]
    assert "toomanyrequests" in str(second["status"]["containerStatuses"])
    world.clock.run_until(1500)
    assert rows.pod_status(world.store.get(PODS, *_key(second))) == "Running"


def test_nodes_share_what_a_registry_sends() -> None:
    def last_ready(mb_s: float | None) -> float:
        world = make_world()
        world.ctx.behaviour = Behaviour(registries=(RegistrySpec("mcr.microsoft.com", mb_s=mb_s),))
        world.warming = True
        add_pool(world, "pool", BUILD_2022, count=3)
        world.settle()
        world.warming = False
        spread = {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "labelSelector": {"matchLabels": {"app": "sample"}},
                        "topologyKey": "kubernetes.io/hostname",
                    }
                ]
            }
        }
        obj = deployment(image=IMAGE_2022, replicas=3)
        obj["spec"]["template"]["spec"]["affinity"] = spread
        world.apply(obj, by="u")
        world.clock.run_until(2000)
        return max(float(e["t_s"]) for e in trace_of(world, "pod-ready"))

    assert last_ready(10.0) - last_ready(None) == pytest.approx(3 * 25.0 - (1 + 20.0), abs=0.1)


def test_a_full_disk_loses_the_images_that_nobody_uses() -> None:
    world = pool_world(BUILD_2022)
    big = SimPlatform("windows", os_version=BUILD_2022, layers=(Layer("big", 20_000_000_000),))
    other = SimPlatform("windows", os_version=BUILD_2022, layers=(Layer("other", 15_000_000_000),))
    world.ctx.images.add(SimImage("big:1", (big,)))
    world.ctx.images.add(SimImage("other:1", (other,)))
    run(world, "big:1", until=3000)
    machine = world.kubelets.machines["akspool000000"]
    assert list(machine.images) == ["big:1"]
    world.api.delete(DEPLOYMENTS, ("default", "sample"), by="u")
    world.clock.run_until(world.clock.t + 60)
    world.apply(deployment("next", image="other:1", replicas=1), by="u")
    world.clock.run_until(world.clock.t + 3000)
    assert list(machine.images) == ["other:1"]
    assert any(e["reason"] == "ImageGCDeleted" for e in world.store.all(EVENTS))


def test_a_full_disk_keeps_what_runs() -> None:
    world = pool_world(BUILD_2022)
    for name in ("big", "other"):
        layers = (Layer(name, 20_000_000_000),)
        platform = SimPlatform("windows", os_version=BUILD_2022, layers=layers)
        world.ctx.images.add(SimImage(f"{name}:1", (platform,)))
    run(world, "big:1", until=3000)
    world.apply(deployment("next", image="other:1", replicas=1), by="u")
    world.clock.run_until(world.clock.t + 3000)
    assert sorted(world.kubelets.machines["akspool000000"].images) == ["big:1", "other:1"]
