"""Each fault does its harm, and it ends when it should."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.rig import deployment, replaced, with_scenario

from poolshift.core.errors import ApiError, UsageError
from poolshift.sim.behaviour import RegistrySpec
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.faults.schedule import schedule
from poolshift.sim.faults.table import FAULTS, fault_named
from poolshift.sim.kube.objects import ready
from poolshift.sim.kube.resources import BUDGETS, CONFIG_MAPS, DEPLOYMENTS, EVENTS, PODS
from poolshift.sim.scenario import Scenario, load_scenario
from poolshift.sim.world import World, build_world

SAMPLE = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019"
BOTH = "myacr.azurecr.io/catalog:7"
BUILD_2019 = "10.0.17763"
WORKLOAD = "default/Deployment/app"
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "app", "namespace": "default"},
    "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "app"}}},
}


def world_with(*faults: FaultSpec) -> World:
    return build_world(with_scenario(lambda s: replaced(s, faults=faults)), seed=1)


def deploy(world: World, image: str = BOTH, name: str = "app", **options: Any) -> None:
    world.kube.apply(deployment(name, image, replicas=2, **options), by="user:kubectl")
    world.clock.run_until(world.clock.t + 300)


def pods(world: World, name: str = "app") -> list[dict[str, Any]]:
    return [p for p in world.kube.store.all(PODS) if p["metadata"]["name"].startswith(f"{name}-")]


def up(world: World, name: str = "app") -> int:
    return sum(ready(p) for p in pods(world, name))


def evict(world: World, pod: dict[str, Any]) -> int:
    """The status that the eviction of a pod is answered with."""
    meta = pod["metadata"]
    try:
        world.kube.evict(meta["namespace"], meta["name"], by="run")
    except ApiError as refused:
        return refused.status
    return 201


def faults_told(world: World) -> list[tuple[str, str]]:
    return [(e["name"], e["target"]) for e in world.trace.events if e["kind"] == "fault"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_every_fault_says_what_it_stands_for(fault: Any) -> None:
    assert fault.pains or fault.codes
    assert fault.what
    assert bool(fault.value) or not fault.default
    assert bool(fault.target) == fault.needs_target


def test_fault_names_are_unique() -> None:
    assert len({f.name for f in FAULTS}) == len(FAULTS)


def test_an_unknown_fault_and_a_missing_target_are_refused() -> None:
    with pytest.raises(UsageError, match="build-mismatch"):
        fault_named("nope")
    with pytest.raises(UsageError, match="needs a target"):
        world_with(FaultSpec("network-lost"))
    with pytest.raises(UsageError, match="no image"):
        world_with(FaultSpec("build-mismatch", "nowhere:1"))


def test_a_fault_begins_and_ends_at_its_time() -> None:
    world = world_with(FaultSpec("slow-pull", at_s=100.0, for_s=50.0, value=10.0))
    rate = world.kube.ctx.timings.windows_pull_mb_s
    world.clock.run_until(99)
    assert faults_told(world) == []
    world.clock.run_until(101)
    assert world.kube.ctx.timings.windows_pull_mb_s == rate / 10
    assert faults_told(world) == [("slow-pull", "")]
    world.clock.run_until(151)
    assert world.kube.ctx.timings.windows_pull_mb_s == rate


def test_a_jumping_clock_does_not_jump_to_a_fault() -> None:
    world = world_with(FaultSpec("slow-pull", at_s=5000.0))
    before = build_world(load_scenario("reference"), seed=1).clock.next_at()
    assert world.clock.next_at() == before


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(
            FaultSpec("missing-manifest", f"{BOTH} {BUILD_2019}"),
            "no match for platform",
            id="missing-manifest",
        ),
        pytest.param(
            FaultSpec("registry-throttled", "myacr.azurecr.io", value=0.0),
            "toomanyrequests",
            id="registry-throttled",
        ),
    ],
)
def test_an_image_that_cannot_be_had_is_pulled_when_it_can(fault: FaultSpec, words: str) -> None:
    world = world_with(msgspec.structs.replace(fault, for_s=400.0))
    deploy(world)
    assert up(world) == 0
    assert words in str([p["status"] for p in pods(world)])
    world.clock.run_until(2000)
    assert up(world) == 2


def throttled(host: str, for_s: float, pulls: float = 0.0) -> FaultSpec:
    return FaultSpec("registry-throttled", host, for_s=for_s, value=pulls)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(throttled("docker.io", 100.0), id="of another registry"),
        pytest.param(throttled("myacr.azurecr.io", 100.0), id="of the same registry"),
        pytest.param(throttled("myacr.azurecr.io", 100.0, pulls=50.0), id="laxer"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["begun first", "begun second"])
def test_a_throttling_that_ends_leaves_the_others(other: FaultSpec, *, first: bool) -> None:
    own = throttled("myacr.azurecr.io", 2500.0)
    world = world_with(*((other, own) if first else (own, other)))
    world.clock.run_until(200)
    deploy(world)
    world.clock.run_until(2000)
    assert up(world) == 0
    world.clock.run_until(4000)
    assert up(world) == 2


def test_a_throttled_registry_sends_no_faster_than_it_does() -> None:
    def slow(scenario: Scenario) -> Scenario:
        spec = RegistrySpec("myacr.azurecr.io", mb_s=0.05)
        return replaced(scenario, registries=(spec,), faults=(throttled(spec.host, 900.0, 50.0),))

    world = build_world(with_scenario(slow), seed=1)
    deploy(world)
    assert up(world) < 2


@pytest.mark.parametrize(
    ("name", "words"), [("build-mismatch", "0xc0370101"), ("image-too-new", "0xc0370106")]
)
def test_a_bad_image_under_a_good_tag_stays_on_the_nodes_that_have_it(
    name: str, words: str
) -> None:
    world = world_with(FaultSpec(name, BOTH, for_s=400.0))
    deploy(world)
    assert up(world) == 0
    assert words in str([p["status"] for p in pods(world)])
    world.clock.run_until(2000)
    assert up(world) == 0
    deploy(world, name="always", containers=[container(BOTH, "Always")])
    assert up(world, "always") == 2


def container(image: str, policy: str) -> dict[str, Any]:
    return {"name": "c", "image": image, "imagePullPolicy": policy}


def ready_times(*faults: FaultSpec) -> list[float]:
    world = world_with(*faults)
    deploy(world, SAMPLE.replace("2019", "2022"), name="blocked")
    before = len([e for e in world.trace.events if e["kind"] == "pod-ready"])
    began = world.clock.t
    deploy(world)
    world.clock.run_until(began + 3000)
    times = [e["t_s"] for e in world.trace.events if e["kind"] == "pod-ready"]
    return [t - began for t in times[before:]]


def test_slow_pulls_take_as_many_times_as_long() -> None:
    plain = min(ready_times())
    slow = min(ready_times(FaultSpec("slow-pull", value=5.0)))
    assert slow - plain == pytest.approx(4 * 60 / 12.5)


def test_a_node_that_comes_cold_pulls_its_bases_too() -> None:
    def last_ready(*faults: FaultSpec) -> float:
        world = world_with(*faults)
        name = "akswspoolcold01"
        seed = world.kube.kubelets.machines[world.kube.nodes_of("wspool")[0]].seed
        new = msgspec.structs.replace(seed, name=name, internal_ip="10.240.9.9", pod_base="")
        for node in world.kube.nodes_of("wspool"):
            world.kube.cordon(node, by="test")
        world.kube.add_node(new, by="test", ready_after_s=1.0)
        world.clock.run_until(400)
        began = world.clock.t
        deploy(world, "myacr.azurecr.io/cart:42")
        world.clock.run_until(3000)
        assert up(world) == 2
        return max(float(e["t_s"]) for e in world.trace.events if e["kind"] == "pod-ready") - began

    assert last_ready(FaultSpec("cold-nodes")) - last_ready() == pytest.approx(2080 / 12.5, rel=0.1)


def test_a_blocked_budget_allows_nothing_and_then_again() -> None:
    world = build_world(load_scenario("reference"), seed=1)
    deploy(world)
    world.kube.apply(BUDGET, by="user:kubectl")
    world.clock.run_until(world.clock.t + 10)
    schedule(world, [FaultSpec("budget-blocks", "default/app", for_s=100.0)])
    world.clock.run_until(world.clock.t + 10)
    assert evict(world, pods(world)[0]) == 429
    world.clock.run_until(world.clock.t + 100)
    assert world.kube.store.get(BUDGETS, "default", "app")["spec"] == BUDGET["spec"]
    assert evict(world, pods(world)[0]) == 201


def test_a_webhook_denies_and_the_operator_moves_the_pod() -> None:
    world = world_with(FaultSpec("eviction-denied", WORKLOAD, value=60.0, for_s=1000.0))
    deploy(world)
    victim = pods(world)[0]
    assert evict(world, victim) == 403
    world.clock.run_until(world.clock.t + 50)
    assert victim["metadata"]["uid"] in {p["metadata"]["uid"] for p in pods(world)}
    world.clock.run_until(world.clock.t + 60)
    assert victim["metadata"]["uid"] not in {p["metadata"]["uid"] for p in pods(world)}
    world.clock.run_until(2000)
    assert evict(world, pods(world)[0]) == 201


WEBHOOK: dict[str, Any] = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": "policies"},
    "webhooks": [
        {
            "name": "policies.example.com",
            "clientConfig": {"service": {"name": "app", "namespace": "default"}},
            "rules": [
                {
                    "operations": ["CREATE"],
                    "apiGroups": [""],
                    "apiVersions": ["v1"],
                    "resources": ["configmaps"],
                }
            ],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
    ],
}


def write(world: World) -> int:
    """Make a ConfigMap; the status."""
    name = f"c{world.clock.t:.0f}"
    try:
        world.kube.api.create(CONFIG_MAPS, "default", {"metadata": {"name": name}}, by="u")
    except ApiError as refused:
        return refused.status
    return 201


@pytest.mark.parametrize(("fault", "status"), [("webhook-down", 500), ("webhook-denies", 403)])
def test_a_webhook_in_trouble_stops_what_it_is_asked_about(fault: str, status: int) -> None:
    world = build_world(load_scenario("reference"), seed=1)
    world.kube.apply(WEBHOOK, by="user:kubectl")
    assert write(world) == 201
    world.clock.run_until(world.clock.t + 10)
    schedule(world, [FaultSpec(fault, "policies", for_s=100.0)])
    assert write(world) == status
    world.clock.run_until(world.clock.t + 101)
    assert write(world) == 201


def test_a_webhook_that_is_called_needs_its_own_pods() -> None:
    world = build_world(load_scenario("reference"), seed=1)
    deploy(world)
    spec = {"selector": {"app": "app"}, "ports": [{"port": 443}]}
    meta = {"name": "app", "namespace": "default"}
    world.kube.apply(
        {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}, by="user:kubectl"
    )
    world.kube.apply(WEBHOOK, by="user:kubectl")
    world.clock.run_until(world.clock.t + 10)
    schedule(world, [FaultSpec("webhook-called", "policies")])
    assert write(world) == 201
    for pod in pods(world):
        world.kube.api.delete(PODS, ("default", pod["metadata"]["name"]), by="user:kubectl")
    world.clock.run_until(world.clock.t + 5)
    assert write(world) == 500
    world.clock.run_until(world.clock.t + 2000)
    assert write(world) == 201


def test_a_webhook_that_there_is_not_cannot_be_in_trouble() -> None:
    world = build_world(load_scenario("reference"), seed=1)
    with pytest.raises(UsageError, match="no webhook configuration"):
        schedule(world, [FaultSpec("webhook-down", "nope")])


def test_who_is_refused_by_a_webhook_tries_again() -> None:
    world = world_with(FaultSpec("eviction-denied", WORKLOAD, value=60.0))
    deploy(world)
    hook = {
        **WEBHOOK["webhooks"][0],
        "rules": [
            {
                "operations": ["DELETE"],
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "resources": ["pods"],
            }
        ],
    }
    world.kube.apply({**WEBHOOK, "webhooks": [hook]}, by="user:kubectl")
    schedule(world, [FaultSpec("webhook-denies", "policies", for_s=200.0)])
    victim = pods(world)[0]["metadata"]["uid"]
    assert evict(world, pods(world)[0]) == 403
    world.clock.run_until(world.clock.t + 150)
    assert victim in {p["metadata"]["uid"] for p in pods(world)}
    world.clock.run_until(world.clock.t + 200)
    assert victim not in {p["metadata"]["uid"] for p in pods(world)}


@pytest.mark.parametrize("whole_build", [True, False])
def test_pods_without_a_network_are_not_ready_until_they_have_it_again(whole_build: bool) -> None:
    world = build_world(load_scenario("reference"), seed=1)
    deploy(world)
    place = BUILD_2019 if whole_build else pods(world)[0]["spec"]["nodeName"]
    schedule(world, [FaultSpec("network-lost", place, for_s=200.0)])
    lost = [p for p in pods(world) if place in (BUILD_2019, p["spec"]["nodeName"])]
    assert lost
    assert up(world) == 2 - len(lost)
    world.clock.run_until(world.clock.t + 201)
    assert up(world) == 2


def test_a_pod_that_starts_without_a_network_waits_for_it() -> None:
    world = world_with(FaultSpec("network-lost", BUILD_2019, for_s=400.0))
    deploy(world)
    assert [p["status"]["phase"] for p in pods(world)] == ["Running", "Running"]
    assert up(world) == 0
    world.clock.run_until(500)
    assert up(world) == 2


def test_so_many_starts_fail_and_the_next_one_does_not() -> None:
    world = world_with(FaultSpec("attach-fails", BUILD_2019, value=3.0))
    deploy(world)
    world.clock.run_until(1000)
    assert up(world) == 2
    assert any("attach namespace failed" in e["message"] for e in world.kube.store.all(EVENTS))
    failed = [e for e in world.trace.events if e["kind"] == "pod-failed"]
    assert {e["reason"] for e in failed} == {"RunContainerError"}


def test_a_stopping_pod_cuts_what_it_still_served() -> None:
    world = world_with(FaultSpec("shutdown-cut", WORKLOAD, value=7.0))
    deploy(world)
    victim = pods(world)[0]
    evict(world, victim)
    world.clock.run_until(world.clock.t + 60)
    cuts = [e for e in world.trace.events if e["kind"] == "connection-cut"]
    assert [(e["node"], e["count"]) for e in cuts] == [(victim["spec"]["nodeName"], 7)]


def test_an_owner_puts_its_template_back() -> None:
    world = build_world(load_scenario("reference"), seed=1)
    deploy(world)
    schedule(world, [FaultSpec("template-reverted", WORKLOAD, value=60.0)])
    found = world.kube.store.get(DEPLOYMENTS, "default", "app")
    before = found["spec"]["template"]
    changed = {**before, "metadata": {**before["metadata"], "annotations": {"a": "b"}}}
    world.kube.apply({**found, "spec": {**found["spec"], "template": changed}}, by="run")
    world.clock.run_until(world.clock.t + 30)
    assert world.kube.store.get(DEPLOYMENTS, "default", "app")["spec"]["template"] != before
    world.clock.run_until(world.clock.t + 60)
    assert world.kube.store.get(DEPLOYMENTS, "default", "app")["spec"]["template"] == before


def test_a_lost_machine_takes_its_pods_and_says_that_it_was_a_fault() -> None:
    world = world_with(FaultSpec("node-lost", "akswspool000001", at_s=10.0))
    world.clock.run_until(600)
    assert "akswspool000001" not in world.kube.nodes_of("wspool")
    [gone] = [e for e in world.trace.events if e["kind"] == "node-removed"]
    assert (gone["node"], gone["fault"]) == ("akswspool000001", True)
    assert not [p for p in pods(world, "sample") if p["spec"].get("nodeName") == "akswspool000001"]
    assert len(pods(world, "sample")) == 3


def _with_identity(scenario: Scenario) -> Scenario:
    pools = tuple(
        msgspec.structs.replace(p, identities=("orders",)) if p.os_type == "Windows" else p
        for p in scenario.pools
    )
    return replaced(scenario, pools=pools)


def test_lost_identities_are_those_that_were_put_there_by_hand() -> None:
    world = build_world(with_scenario(_with_identity), seed=1)
    granted = world.kube.ctx.identities.granted
    assert any(i.endswith("/orders") for i in granted("wspool"))
    schedule(world, [FaultSpec("identity-lost", "wspool")])
    assert len(granted("wspool")) == 1
    assert not any(i.endswith("/orders") for i in granted("wspool"))


def test_a_slow_identity_works_only_later() -> None:
    from poolshift.sim.arm.around.compute import grant

    world = build_world(with_scenario(_with_identity), seed=1)
    schedule(world, [FaultSpec("identity-slow", value=300.0)])
    pool = world.arm.pools["wspool"]
    grant(world.arm, pool, world.arm.ids.identity_id("billing"), by="run")
    granted = world.kube.ctx.identities.granted
    assert [i for i in granted("wspool") if i.endswith("/billing")] == []
    assert any(i.endswith("/orders") for i in granted("wspool"))
    world.clock.run_until(301)
    assert any(i.endswith("/billing") for i in granted("wspool"))


@pytest.mark.parametrize("target", ["cluster", "pool/wspool"])
def test_somebody_elses_operation_keeps_others_out_until_it_ends(target: str) -> None:
    world = world_with(FaultSpec("foreign-operation", target, value=120.0))
    assert world.arm.operations.running_on(target) is not None
    world.clock.run_until(121)
    assert world.arm.operations.running_on(target) is None


def test_disks_are_let_go_so_many_times_slower() -> None:
    world = world_with(FaultSpec("slow-detach", value=10.0, for_s=100.0))
    plain = build_world(load_scenario("reference"), seed=1).kube.ctx.timings.disk_detach_s
    assert world.kube.ctx.timings.disk_detach_s == 10 * plain
    world.clock.run_until(101)
    assert world.kube.ctx.timings.disk_detach_s == plain


def test_a_share_that_cannot_be_mounted_keeps_its_pod_waiting() -> None:
    world = world_with(FaultSpec("mount-fails", BUILD_2019, for_s=400.0))
    share = {"name": "s", "azureFile": {"secretName": "s", "shareName": "s"}}
    deploy(world, volumes=[share])
    assert up(world) == 0
    assert any("0xc0000142" in e["message"] for e in world.kube.store.all(EVENTS))
    world.clock.run_until(2000)
    assert up(world) == 2


def test_an_autoscaler_that_is_turned_on_takes_idle_nodes() -> None:
    world = world_with(FaultSpec("autoscaler-on", "wspool", value=5.0, for_s=7200.0))
    world.kube.api.delete(DEPLOYMENTS, ("default", "sample"), by="user:kubectl")
    world.clock.run_until(3600)
    assert len(world.kube.nodes_of("wspool")) == 1
    world.clock.run_until(7201)
    assert world.arm.pools["wspool"].properties["enableAutoScaling"] is False
