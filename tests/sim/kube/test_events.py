"""Events as controllers and kubelets write them: reasons, texts and what they are about."""

from __future__ import annotations

import pytest
from tests.sim.kube.worlds import deployment, make_world, reference_world, windows_seed

from poolshift.core.ports import PatchKind
from poolshift.sim.kube.objects import Object, with_spec
from poolshift.sim.kube.pullevents import span
from poolshift.sim.kube.resources import DEPLOYMENTS, EVENTS, NODES, PODS
from poolshift.sim.kube.world import KubeWorld

BUILD = "10.0.17763.3165"
NODE = "akswspool000000"


def told(world: KubeWorld, reason: str, kind: str = "") -> list[Object]:
    found = [e for e in world.store.all(EVENTS) if e["reason"] == reason]
    return [e for e in found if kind in ("", e["involvedObject"]["kind"])]


def texts(world: KubeWorld, reason: str, kind: str = "") -> list[str]:
    return [e["message"] for e in told(world, reason, kind)]


def scale(world: KubeWorld, replicas: int) -> None:
    body = {"spec": {"replicas": replicas}}
    name = ("default", "web")
    world.api.patch(DEPLOYMENTS, name, body, PatchKind.MERGE, by="u")


@pytest.mark.parametrize(
    ("version", "first", "then"),
    [
        ("1.30.4", "Scaled up replica set {} to 2", "Scaled down replica set {} to 1 from 2"),
        (
            "1.31.0",
            "Scaled up replica set {} from 0 to 2",
            "Scaled down replica set {} from 2 to 1",
        ),
    ],
)
def test_a_deployment_tells_how_it_scales_its_sets(version: str, first: str, then: str) -> None:
    world = make_world(version=version)
    world.apply(deployment("web", replicas=2), by="u")
    world.clock.run_until(10)
    scale(world, 1)
    world.clock.run_until(20)
    said = texts(world, "ScalingReplicaSet")
    name = said[0].split()[4]
    assert said == [first.format(name), then.format(name)]
    assert name.startswith("web-")
    (event, _) = told(world, "ScalingReplicaSet")
    assert event["source"] == {"component": "deployment-controller"}
    assert event["involvedObject"]["kind"] == "Deployment"


def test_a_replica_set_tells_of_each_pod_that_it_makes_and_takes() -> None:
    world = make_world()
    world.apply(deployment("web", replicas=2), by="u")
    world.clock.run_until(10)
    names = [p["metadata"]["name"] for p in world.store.all(PODS)]
    assert texts(world, "SuccessfulCreate", "ReplicaSet") == [f"Created pod: {n}" for n in names]
    scale(world, 1)
    world.clock.run_until(20)
    (said,) = texts(world, "SuccessfulDelete", "ReplicaSet")
    assert said in [f"Deleted pod: {n}" for n in names]


def stateful(**spec: object) -> Object:
    made = deployment("db", replicas=1)
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    keep = {k: v for k, v in made["spec"].items() if k in ("replicas", "selector", "template")}
    body = {**keep, "serviceName": "db", "volumeClaimTemplates": [claim], **spec}
    return {**made, "kind": "StatefulSet", "spec": body}


def test_a_stateful_set_has_words_of_its_own() -> None:
    world = make_world()
    world.apply(stateful(), by="u")
    world.clock.run_until(10)
    assert sorted(texts(world, "SuccessfulCreate", "StatefulSet")) == [
        "create Claim data-db-0 Pod db-0 in StatefulSet db success",
        "create Pod db-0 in StatefulSet db successful",
    ]
    world.apply(stateful(replicas=0), by="u")
    world.clock.run_until(20)
    assert texts(world, "SuccessfulDelete") == ["delete Pod db-0 in StatefulSet db successful"]


def test_a_daemon_set_tells_of_its_pods() -> None:
    world = reference_world(1)
    made = deployment("agent")
    keep = {k: v for k, v in made["spec"].items() if k in ("selector", "template")}
    world.apply({**made, "kind": "DaemonSet", "spec": keep}, by="u")
    world.clock.run_until(10)
    pods = [p for p in world.store.all(PODS) if p["metadata"]["name"].startswith("agent-")]
    assert pods
    assert sorted(texts(world, "SuccessfulCreate", "DaemonSet")) == sorted(
        f"Created pod: {p['metadata']['name']}" for p in pods
    )


def test_a_new_node_tells_that_it_is_there_and_then_that_it_is_ready() -> None:
    world = make_world()
    world.add_node(windows_seed("n", "p", BUILD, "10.0.0.4"), by="u", ready_after_s=60)
    assert texts(world, "RegisteredNode") == ["Node n event: Registered Node n in Controller"]
    assert texts(world, "Starting") == ["Starting kubelet."]
    assert texts(world, "NodeReady") == []
    world.clock.run_until(61)
    (event,) = told(world, "NodeReady")
    assert event["message"] == "Node n status is now: NodeReady"
    assert event["source"] == {"component": "kubelet", "host": "n"}
    # kubectl describe looks for a kubelet's events by the node's name as its uid.
    assert event["involvedObject"] == {"kind": "Node", "name": "n", "uid": "n"}
    assert event["metadata"]["namespace"] == "default"


def test_a_node_that_falls_silent_is_told_of_with_its_pods() -> None:
    world = reference_world(1)
    world.apply(deployment("web", replicas=4), by="u")
    world.clock.run_until(200)
    world.stop_answering(NODE)
    world.clock.run_until(300)
    (event,) = told(world, "NodeNotReady", "Node")
    assert event["source"] == {"component": "node-controller"}
    assert event["message"] == f"Node {NODE} status is now: NodeNotReady"
    about = {e["involvedObject"]["name"] for e in told(world, "NodeNotReady", "Pod")}
    running = {p["metadata"]["name"] for p in world.pods_on(NODE)}
    assert about
    assert about <= running
    assert set(texts(world, "NodeNotReady", "Pod")) == {"Node is not ready"}
    assert {e["type"] for e in told(world, "NodeNotReady", "Pod")} == {"Warning"}
    world.answer_again(NODE)
    assert texts(world, "NodeReady") == [f"Node {NODE} status is now: NodeReady"]


def test_cordons_and_removals_are_told() -> None:
    world = reference_world(1)
    world.cordon(NODE, by="u")
    world.uncordon(NODE, by="u")
    assert texts(world, "NodeNotSchedulable") == [f"Node {NODE} status is now: NodeNotSchedulable"]
    assert texts(world, "NodeSchedulable") == [f"Node {NODE} status is now: NodeSchedulable"]
    world.remove_node(NODE, by="u")
    assert texts(world, "RemovingNode") == [
        f"Node {NODE} event: Removing Node {NODE} from Controller"
    ]
    assert texts(world, "DeletingNode") == [
        f"Deleting node {NODE} because it does not exist in the cloud provider"
    ]


def taint(world: KubeWorld, *taints: Object) -> None:
    node = world.store.get(NODES, "", NODE)
    world.store.update(NODES, with_spec(node, taints=list(taints) or None), by="u")


def test_a_pod_that_may_stay_after_all_is_told_so() -> None:
    world = reference_world(1)
    made = deployment("web", replicas=1)
    made["spec"]["template"]["spec"]["tolerations"] = [
        {"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 500}
    ]
    made["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    world.apply(made, by="u")
    world.clock.run_until(200)
    taint(world, {"key": "k", "effect": "NoExecute"})
    world.clock.run_until(210)
    taint(world)
    world.clock.run_until(220)
    said = [t for t in texts(world, "TaintManagerEviction") if "/web-" in t]
    (pod,) = [p for p in world.store.all(PODS) if p["metadata"]["name"].startswith("web-")]
    assert said == [f"Cancelling deletion of Pod default/{pod['metadata']['name']}"]


@pytest.mark.parametrize(("version", "made"), [("1.31.9", "container"), ("1.32.0", "container:")])
def test_a_kubelet_tells_of_each_container(version: str, made: str) -> None:
    world = make_world(version=version)
    world.add_node(windows_seed("n", "p", BUILD, "10.0.0.4"), by="u", ready_after_s=0)
    web = deployment("web", image="both:1", replicas=1)
    (first,) = web["spec"]["template"]["spec"]["containers"]
    second = {"name": "side", "image": "both:2"}
    web["spec"]["template"]["spec"]["containers"] = [first, second]
    world.apply(web, by="u")
    world.clock.run_until(5)
    assert texts(world, "Pulling") == ['Pulling image "both:1"', 'Pulling image "both:2"']
    assert texts(world, "Pulled") == []
    world.clock.run_until(900)
    assert texts(world, "Created") == [f"Created {made} web", f"Created {made} side"]
    assert texts(world, "Started") == ["Started container web", "Started container side"]
    assert [e["involvedObject"]["fieldPath"] for e in told(world, "Started")] == [
        "spec.containers{web}",
        "spec.containers{side}",
    ]
    pulled = told(world, "Pulled")[0]
    assert "including waiting). Image size: " in pulled["message"]
    assert pulled["firstTimestamp"] > told(world, "Pulling")[0]["firstTimestamp"]
    (pod,) = world.store.all(PODS)
    world.api.delete(PODS, ("default", pod["metadata"]["name"]), by="u")
    assert texts(world, "Killing") == ["Stopping container web", "Stopping container side"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0s"),
        (0.35, "350ms"),
        (2.0, "2s"),
        (72.95, "1m12.95s"),
        (600.001, "10m0.001s"),
        (3661.5, "1h1m1.5s"),
    ],
)
def test_spans_read_as_go_writes_them(seconds: float, text: str) -> None:
    assert span(seconds) == text
