"""DaemonSets: a pod a node, the rolling update with and without surge, and what a pass costs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import BUILD_2019, LINUX_IMAGE, add_pool, linux_seed, make_world

from poolshift.core.ports import PatchKind
from poolshift.sim.kube.controllers import daemonplaces, daemonsets
from poolshift.sim.kube.objects import Object, annotations_of, ready, terminating
from poolshift.sim.kube.resources import DAEMON_SETS, NODES, PODS, REVISIONS
from poolshift.sim.kube.world import KubeWorld


def daemon(**spec: Any) -> Object:
    labels = {"app": "agent"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "kube-system"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": {"turn": "1"}},
                "spec": {
                    "containers": [{"name": "agent", "image": LINUX_IMAGE}],
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                },
            },
            **spec,
        },
    }


def world(nodes: int = 4, **spec: Any) -> KubeWorld:
    made = make_world()
    made.warming = True
    for n in range(nodes):
        seed = linux_seed(f"aks-agentpool-1-vmss{n:06}", f"10.240.1.{n + 4}")
        made.add_node(seed, by="user:arm", ready_after_s=0)
    made.apply(daemon(**spec), by="user:setup")
    made.settle()
    made.warming = False
    made.open_trace()
    return made


def turn(made: KubeWorld, value: str) -> None:
    body = {"spec": {"template": {"metadata": {"annotations": {"turn": value}}}}}
    made.api.patch(DAEMON_SETS, ("kube-system", "agent"), body, PatchKind.MERGE, by="u")


def pods(made: KubeWorld) -> list[Object]:
    return list(made.store.all(PODS))


def status(made: KubeWorld) -> Object:
    found: Object = made.store.get(DAEMON_SETS, "kube-system", "agent")["status"]
    return found


def lowest(made: KubeWorld, until: float) -> tuple[int, int]:
    """The lowest ready count, and the most pods that stay at a time, on the way."""
    least, most = len(pods(made)), 0
    while made.clock.t < until:
        made.clock.run_until(made.clock.t + 0.2)
        least = min(least, sum(ready(p) for p in pods(made)))
        most = max(most, sum(not terminating(p) for p in pods(made)))
    return least, most


@pytest.mark.parametrize(
    ("rolling", "least", "most"),
    [
        ({"maxUnavailable": 1}, 3, 4),
        ({"maxUnavailable": "50%"}, 2, 4),
        ({"maxSurge": 1, "maxUnavailable": 0}, 4, 5),
        ({"maxSurge": 2, "maxUnavailable": 0}, 4, 6),
    ],
)
def test_a_rolling_update_keeps_to_its_figures(
    rolling: dict[str, Any], least: int, most: int
) -> None:
    made = world(updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    made.clock.run_until(1)
    turn(made, "2")
    found = lowest(made, 60)
    assert found[0] == least
    assert found[1] <= most
    assert {annotations_of(p)["turn"] for p in pods(made)} == {"2"}
    assert len(pods(made)) == 4
    assert status(made)["updatedNumberScheduled"] == 4


def test_on_delete_replaces_only_what_somebody_deletes() -> None:
    made = world(updateStrategy={"type": "OnDelete"})
    turn(made, "2")
    made.clock.run_until(100)
    assert {annotations_of(p)["turn"] for p in pods(made)} == {"1"}
    made.api.delete(PODS, ("kube-system", pods(made)[0]["metadata"]["name"]), by="u")
    made.clock.run_until(200)
    assert sorted(annotations_of(p)["turn"] for p in pods(made)) == ["1", "1", "1", "2"]
    assert len(list(made.store.all(REVISIONS))) == 2


def test_a_failed_pod_is_replaced() -> None:
    made = world(1)
    [pod] = pods(made)
    failed = {**pod, "status": {**pod["status"], "phase": "Failed"}}
    made.store.update(PODS, failed, by="u")
    made.clock.run_until(60)
    [new] = pods(made)
    assert new["metadata"]["uid"] != pod["metadata"]["uid"]
    assert ready(new)


def test_a_pod_is_available_after_its_time() -> None:
    made = world(1)
    body = {"spec": {"minReadySeconds": 100}}
    made.api.patch(DAEMON_SETS, ("kube-system", "agent"), body, PatchKind.MERGE, by="u")
    made.clock.run_until(50)
    assert (status(made)["numberReady"], status(made).get("numberAvailable")) == (1, None)
    made.clock.run_until(102)
    assert status(made)["numberAvailable"] == 1


def test_the_status_follows_nodes_that_come_and_go() -> None:
    made = world(2)
    made.add_node(linux_seed("aks-agentpool-1-vmss00000x", "10.240.1.99"), by="u", ready_after_s=5)
    add_pool(made, "wspool", BUILD_2019, count=2)
    made.clock.run_until(100)
    assert (status(made)["desiredNumberScheduled"], status(made)["numberReady"]) == (3, 3)
    made.remove_node("aks-agentpool-1-vmss000000", by="u")
    made.clock.run_until(200)
    found = status(made)
    assert (found["desiredNumberScheduled"], found["numberReady"]) == (2, 2)
    assert found["numberMisscheduled"] == 0


def test_a_node_that_no_longer_matches_loses_its_pod() -> None:
    made = world(2)
    taint = {"spec": {"taints": [{"key": "only", "value": "x", "effect": "NoSchedule"}]}}
    name = pods(made)[0]["spec"]["nodeName"]
    made.api.patch(NODES, ("", name), taint, PatchKind.MERGE, by="u")
    made.clock.run_until(30)
    found = status(made)
    assert (found["desiredNumberScheduled"], found["numberMisscheduled"]) == (1, 1)
    away = {"metadata": {"labels": {"kubernetes.io/os": "other"}}}
    made.api.patch(NODES, ("", name), away, PatchKind.MERGE, by="u")
    made.clock.run_until(60)
    assert status(made)["numberMisscheduled"] == 0
    assert len(pods(made)) == 1


def test_a_pass_judges_only_the_nodes_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(40)
    judged: list[str] = []

    def counted(spec: Any, node: Any) -> tuple[bool, bool]:
        judged.append(node.metadata.name)
        return daemonplaces.verdict(spec, node)

    monkeypatch.setattr(daemonsets, "verdict", counted)
    made.cordon("aks-agentpool-1-vmss000007", by="u")
    made.api.delete(PODS, ("kube-system", pods(made)[0]["metadata"]["name"]), by="u")
    made.clock.run_until(60)
    assert set(judged) == {"aks-agentpool-1-vmss000007"}
    assert status(made)["numberReady"] == 40
