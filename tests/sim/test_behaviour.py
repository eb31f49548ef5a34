"""A world in which everything acts at once: the same from the same seed, and quiet in the end."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.rig import Rig, deployment, replaced, with_scenario

from poolshift.sim.behaviour import ConnectionsSpec, LoadSpec, RunSpec
from poolshift.sim.scenario import Scenario

LINUX = "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi:v1.23.0"


def busy() -> Scenario:
    def change(scenario: Scenario) -> Scenario:
        scaling = {"enableAutoScaling": True, "minCount": 1, "maxCount": 4}
        pools = tuple(
            msgspec.structs.replace(p, properties=scaling) if p.mode == "System" else p
            for p in scenario.pools
        )
        points: Any = ((0, 1.0), (900, 9.0), (1800, 9.0), (2700, 1.0))
        return replaced(
            scenario,
            pools=pools,
            loads=(LoadSpec("default/Deployment/web", points, noise=0.2),),
            jobs=(RunSpec("default/often", run_s=30, failures=1),),
            connections=(ConnectionsSpec("default/sample", 12),),
        )

    return with_scenario(change)


def objects() -> tuple[dict[str, Any], ...]:
    web = deployment("web", LINUX, replicas=1, selector={"kubernetes.io/os": "linux"})
    container = web["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"cpu": "900m"}}
    hpa = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 8,
        },
    }
    work = {
        "restartPolicy": "Never",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "containers": [{"name": "work", "image": LINUX}],
    }
    cron = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "often", "namespace": "default"},
        "spec": {
            "schedule": "*/10 * * * *",
            "jobTemplate": {"spec": {"template": {"spec": work}, "ttlSecondsAfterFinished": 60}},
        },
    }
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "all", "namespace": "default"},
        "spec": {"hard": {"count/pods": "60"}},
    }
    return web, hpa, cron, quota


def run(seed: int) -> list[dict[str, Any]]:
    rig = Rig(busy(), seed=seed, objects=objects())
    rig.pass_time(1200)
    rig.world.kube.stop_answering(rig.nodes("wspool")[0])
    rig.pass_time(900)
    rig.world.kube.answer_again(rig.nodes("wspool")[0])
    rig.world.kube.remove_node(rig.nodes("wspool")[1], by="user:test")
    rig.pass_time(3000)
    return rig.events


def test_the_same_seed_is_the_same_world_and_another_seed_is_another() -> None:
    first, second, other = run(1), run(1), run(2)
    assert first == second
    assert first != other


def test_everything_took_part() -> None:
    events = run(1)
    makers = {e["by"] for e in events if e["kind"] in ("pod-deleted", "node-removed")}
    assert {"controller:taint-eviction", "controller:cluster-autoscaler"} <= makers
    assert max(numbers(events)) >= 6
    assert next(e["count"] for e in events if e["kind"] == "connection-cut") == 12
    assert any(e["kind"] == "pod-finished" for e in events)


def numbers(events: list[dict[str, Any]]) -> list[int]:
    """Replicas of the scaled workload, as they changed."""
    return [
        e["replicas"]
        for e in events
        if e["kind"] == "workload" and e["workload"] == "default/Deployment/web"
    ]


def test_a_world_at_rest_has_nothing_to_jump_to() -> None:
    rig = Rig(busy(), objects=objects()[:2])
    rig.pass_time(8000)
    assert rig.world.clock.next_at() is None
