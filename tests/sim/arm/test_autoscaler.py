"""The cluster autoscaler: pools that grow for pending pods and shrink when idle."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from tests.rig import Rig, budget, deployment, replaced, with_scenario

from poolshift.core.kube import Container, Meta, Node, NodeStatus, PodSpec, Resources
from poolshift.semantics import fit
from poolshift.sim.arm.autoscaler.expander import Choice, estimate, pick
from poolshift.sim.arm.autoscaler.profile import read_profile
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.resources import CONFIG_MAPS, DEPLOYMENTS, EVENTS, NODES, PODS
from poolshift.sim.scenario import Scenario

LINUX = "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi:v1.23.0"
WINDOWS = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019"
QUICK = {"scale-down-unneeded-time": "10m", "scale-down-delay-after-add": "1m"}


def scaled(
    *, least: int = 1, most: int = 4, pool: str = "agentpool", profile: dict[str, str] | None = None
) -> Scenario:
    """The reference cluster with one pool's autoscaler on."""

    def change(scenario: Scenario) -> Scenario:
        pools = tuple(
            msgspec.structs.replace(
                p, properties={"enableAutoScaling": True, "minCount": least, "maxCount": most}
            )
            if p.name == pool
            else p
            for p in scenario.pools
        )
        properties = {**scenario.cluster.properties, "autoScalerProfile": profile or {}}
        cluster = msgspec.structs.replace(scenario.cluster, properties=properties)
        return replaced(scenario, pools=pools, cluster=cluster)

    return with_scenario(change)


def linux(name: str, replicas: int, cpu: str, **pod: Any) -> Object:
    made = deployment(name, LINUX, replicas=replicas, selector={"kubernetes.io/os": "linux"}, **pod)
    made["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu}}
    return made


def events(rig: Rig, reason: str) -> list[str]:
    return [e["message"] for e in rig.world.kube.store.all(EVENTS) if e["reason"] == reason]


def pending(rig: Rig) -> int:
    return sum(not p["spec"].get("nodeName") for p in rig.world.kube.store.all(PODS))


def taints(rig: Rig, node: str) -> set[str]:
    found = rig.world.kube.store.get(NODES, "", node)["spec"].get("taints") or ()
    return {t["key"] for t in found}


def scale(rig: Rig, name: str, replicas: int) -> None:
    deployments = rig.world.kube.store
    obj = deployments.get(DEPLOYMENTS, "default", name)
    rig.world.kube.apply({**obj, "spec": {**obj["spec"], "replicas": replicas}}, by="u")


def small_windows() -> Rig:
    """Three pods that would fit on one Windows node, one on each of three."""
    rig = Rig(scaled(pool="wspool", profile=QUICK))
    scale(rig, "sample", 0)
    rig.world.kube.apply(deployment("small", WINDOWS), by="u")
    rig.pass_time(300)
    assert len({p["spec"]["nodeName"] for p in rig.world.kube.store.all(PODS, "default")}) == 3
    return rig


def test_pending_pods_bring_as_many_nodes_as_they_need() -> None:
    rig = Rig(scaled())
    size = rig.world.arm.pools["agentpool"].count
    rig.world.kube.apply(linux("web", 4, "1500m"), by="u")
    rig.pass_time(1)
    assert pending(rig) > 0
    rig.pass_time(1500)
    assert pending(rig) == 0
    pool = rig.world.arm.pools["agentpool"]
    assert size < pool.count == len(rig.nodes("agentpool")) <= 4
    [text] = set(events(rig, "TriggeredScaleUp"))
    assert text == f"pod triggered scale-up: [{{{pool.scale_set} {size}->{pool.count} (max: 4)}}]"
    assert pool.properties["provisioningState"] == "Succeeded"
    added = [e for e in rig.events if e["kind"] == "node-added" and e["t_s"] > 0]
    assert len(added) == pool.count - size


def test_it_stops_at_its_maximum_and_says_so() -> None:
    rig = Rig(scaled(most=2))
    rig.world.kube.apply(linux("web", 9, "1500m"), by="u")
    rig.pass_time(1500)
    assert rig.world.arm.pools["agentpool"].count == 2
    assert pending(rig) > 0
    assert "pod didn't trigger scale-up: 1 max node group size reached" in events(
        rig, "NotTriggerScaleUp"
    )


def test_pods_that_no_pool_could_take_trigger_nothing() -> None:
    rig = Rig(scaled())
    rig.world.kube.apply(linux("web", 1, "400"), by="u")
    rig.pass_time(100)
    assert events(rig, "NotTriggerScaleUp") == ["pod didn't trigger scale-up: 1 Insufficient cpu"]


def test_an_idle_node_is_marked_and_goes_after_its_time() -> None:
    rig = Rig(scaled())
    rig.world.kube.apply(linux("web", 4, "1500m"), by="u")
    rig.pass_time(1500)
    nodes = rig.nodes("agentpool")
    scale(rig, "web", 0)
    rig.pass_time(120)
    marked = [n for n in nodes if "DeletionCandidateOfClusterAutoscaler" in taints(rig, n)]
    assert len(marked) == len(nodes) - 1
    rig.pass_time(3000)
    assert len(rig.nodes("agentpool")) == rig.world.arm.pools["agentpool"].count == 1
    removed = [e for e in rig.events if e["kind"] == "node-removed"]
    assert {e["by"] for e in removed} == {"controller:cluster-autoscaler"}
    keys = {e["key"] for e in rig.events if e["kind"] == "taint"}
    assert {"DeletionCandidateOfClusterAutoscaler", "ToBeDeletedByClusterAutoscaler"} <= keys
    assert taints(rig, rig.nodes("agentpool")[0]) == set()
    assert "node removed by cluster autoscaler" in events(rig, "ScaleDown")


def test_it_feeds_a_pool_that_somebody_empties() -> None:
    rig = Rig(scaled(pool="wspool", most=6))
    for name in rig.nodes("wspool"):
        rig.world.kube.cordon(name, by="user:kubectl")
    for pod in list(rig.world.kube.store.all(PODS, "default")):
        rig.world.kube.evict("default", pod["metadata"]["name"], by="user:kubectl")
    rig.pass_time(3)
    assert pending(rig) == 3
    # There is something to do: a jumping clock does not sleep through it.
    assert rig.world.clock.next_at() is not None
    rig.pass_time(3000)
    assert pending(rig) == 0
    fresh = [n for n in rig.nodes("wspool") if n > "akswspool000002"]
    assert len(fresh) == 3


def test_a_node_that_is_needed_again_loses_its_mark() -> None:
    rig = Rig(scaled())
    rig.world.kube.apply(linux("web", 4, "1500m"), by="u")
    rig.pass_time(1500)
    scale(rig, "web", 0)
    rig.pass_time(300)
    scale(rig, "web", 4)
    rig.pass_time(60)
    assert all(taints(rig, n) == set() for n in rig.nodes("agentpool"))


def test_it_empties_a_node_within_the_budgets() -> None:
    rig = small_windows()
    rig.world.kube.apply(budget("small", "small", maxUnavailable=1), by="u")
    rig.pass_time(4000)
    assert len(rig.nodes("wspool")) == 1
    evicted = [e for e in rig.events if e["kind"] == "pod-evicted"]
    assert {e["by"] for e in evicted} == {"controller:cluster-autoscaler"}
    assert [e for e in rig.events if e["kind"] == "evict-refused"] == []
    assert pending(rig) == 0


@pytest.mark.parametrize("what", ["budget", "annotation", "local storage", "bare"])
def test_what_keeps_a_node(what: str) -> None:
    rig = small_windows()
    kube = rig.world.kube
    if what == "budget":
        kube.apply(budget("small", "small", maxUnavailable=0), by="u")
    for pod in list(kube.store.all(PODS, "default")):
        if what == "annotation":
            notes = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
            pod = {**pod, "metadata": {**pod["metadata"], "annotations": notes}}
        elif what == "local storage":
            volumes = [{"name": "scratch", "emptyDir": {}}]
            pod = {**pod, "spec": {**pod["spec"], "volumes": volumes}}
        elif what == "bare":
            meta = {k: v for k, v in pod["metadata"].items() if k != "ownerReferences"}
            # With its own labels, or the ReplicaSet would take it back.
            pod = {**pod, "metadata": {**meta, "labels": {"app": "alone"}}}
        kube.store.update(PODS, pod, by="u")
    rig.pass_time(4000)
    assert len(rig.nodes("wspool")) == 3
    assert [e for e in rig.events if e["kind"] == "pod-evicted"] == []


def test_a_windows_pool_does_not_grow_from_zero() -> None:
    rig = Rig(scaled(least=0, pool="wspool"))
    scale(rig, "sample", 0)
    rig.pass_time(5000)
    assert rig.nodes("wspool") == ()
    scale(rig, "sample", 1)
    rig.pass_time(1500)
    assert rig.nodes("wspool") == ()
    said = "pod didn't trigger scale-up: 1 node(s) didn't match Pod's node affinity/selector"
    assert said in events(rig, "NotTriggerScaleUp")


def test_a_linux_pool_grows_from_zero() -> None:
    def empty(scenario: Scenario) -> Scenario:
        first = next(p for p in scenario.pools if p.name == "agentpool")
        properties = {"enableAutoScaling": True, "minCount": 0, "maxCount": 2}
        extra = msgspec.structs.replace(
            first, name="spare", mode="User", count=0, scale_set="", properties=properties
        )
        return replaced(scenario, pools=(*scenario.pools, extra))

    rig = Rig(with_scenario(empty))
    web = linux("web", 1, "500m")
    web["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.azure.com/agentpool": "spare"}
    rig.world.kube.apply(web, by="u")
    rig.pass_time(1500)
    assert len(rig.nodes("spare")) == 1
    assert pending(rig) == 0


def test_a_used_up_quota_puts_a_group_off() -> None:
    def poor(scenario: Scenario) -> Scenario:
        quota = tuple(msgspec.structs.replace(q, limit=1) for q in scenario.quota)
        return replaced(scenario, quota=quota)

    rig = Rig(poor(scaled()))
    rig.world.kube.apply(linux("web", 4, "1500m"), by="u")
    rig.pass_time(100)
    assert rig.world.arm.pools["agentpool"].count == len(rig.nodes("agentpool"))
    assert "pod didn't trigger scale-up: 1 in backoff after failed scale-up" in events(
        rig, "NotTriggerScaleUp"
    )


def test_nothing_runs_and_nobody_listens_without_an_autoscaled_pool() -> None:
    plain, auto = Rig(), Rig(scaled())
    listeners = [len(r.world.kube.store._followers) for r in (plain, auto)]
    assert listeners[1] == listeners[0] + 1
    plain.pass_time(100)
    assert (
        plain.world.kube.store.find(CONFIG_MAPS, "kube-system", "cluster-autoscaler-status") is None
    )
    auto.pass_time(100)
    found = auto.world.kube.store.get(CONFIG_MAPS, "kube-system", "cluster-autoscaler-status")
    assert "autoscalerStatus: Running" in found["data"]["status"]
    assert auto.world.clock.next_at() is None


def test_the_same_seed_scales_the_same_way() -> None:
    traces = []
    for _ in range(2):
        rig = Rig(scaled())
        rig.world.kube.apply(linux("web", 4, "1500m"), by="u")
        rig.pass_time(1500)
        traces.append(rig.events)
    assert traces[0] == traces[1]


CHOICES = [
    Choice("aks-small-1-vmss", "small", nodes=3, pods=5, waste=0.9),
    Choice("aks-large-1-vmss", "large", nodes=1, pods=6, waste=1.2),
    Choice("aksspot", "spot", nodes=2, pods=6, waste=0.4),
]


@pytest.mark.parametrize(
    ("expander", "priorities", "pools"),
    [
        ("least-waste", "", {"spot"}),
        ("most-pods", "", {"large", "spot"}),
        ("priority", "10:\n- .*small.*\n50:\n- .*large.*\n", {"large"}),
        ("priority", "50:\n- .*missing.*\n10:\n- .*spot.*\n", {"spot"}),
        ("priority", "no mapping", {"small", "large", "spot"}),
        ("random", "", {"small", "large", "spot"}),
    ],
)
def test_which_pool_an_expander_takes(expander: str, priorities: str, pools: set[str]) -> None:
    rng = random.Random(1)
    taken = {pick(CHOICES, expander, priorities, rng).pool for _ in range(100)}
    assert taken == pools


def test_how_many_nodes_pods_need() -> None:
    room = {"cpu": "4", "memory": "8Gi", "pods": "30"}
    template = fit.state_of(Node(metadata=Meta(name="t"), status=NodeStatus(allocatable=room)))

    def pod(cpu: str) -> fit.Incoming:
        return fit.incoming(
            Meta(), PodSpec(containers=(Container(resources=Resources(requests={"cpu": cpu})),))
        )

    pods = [pod("3"), pod("1"), pod("2"), pod("5"), pod("2")]
    assert estimate(pods, template, 10)[:2] == (2, [0, 1, 2, 4])
    assert estimate(pods, template, 1)[:2] == (1, [0, 1])
    assert template.used == {}


def test_a_profile_is_text_and_what_it_leaves_out_is_usual() -> None:
    found = read_profile({"scan-interval": "20s", "scale-down-unneeded-time": "1h30m"})
    assert (found.scan_s, found.unneeded_s, found.after_delete_s) == (20.0, 5400.0, 20.0)
    assert read_profile({"skip-nodes-with-local-storage": "false"}).keep_local_storage is False
    assert read_profile(None).expander == "random"
