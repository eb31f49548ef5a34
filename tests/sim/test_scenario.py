from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from poolshift.core.errors import UsageError
from poolshift.sim.kube.customs import ADDONS
from poolshift.sim.kube.objects import annotations_of, finished, labels_of, ready
from poolshift.sim.kube.resources import DEPLOYMENTS, PODS, STATEFUL_SETS
from poolshift.sim.scenario import load_scenario, parse_span, scenario_names
from poolshift.sim.world import build_world

if TYPE_CHECKING:
    from pathlib import Path

MINIMAL = """
name: tiny
summary: One Linux node
start: 2026-01-01T00:00:00Z
cluster:
  {name: c, resource_group: g, location: westus, kubernetes_version: 1.34.1, network: {}}
pools:
- {name: system, mode: System, os_type: Linux, os_sku: Ubuntu, count: 1, node_image: i,
   vm_size: Standard_D4s_v5}
node_images:
- {version: i, os_sku: Ubuntu, os_image: Ubuntu, kernel: k, runtime: r}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# These two load in `make bench`, against their limits.
BIG = ("large", "max")


@pytest.mark.parametrize("name", [n for n in scenario_names() if n not in BIG])
def test_every_shipped_scenario_becomes_a_world_with_everything_running(name: str) -> None:
    world = build_world(load_scenario(name), seed=1)
    assert world.clock.t == 0
    kinds = [event["kind"] for event in world.trace.events]
    assert kinds.count("pod-ready") == kinds.count("pod-created") > 0
    assert kinds.count("node-ready") == kinds.count("node-added") > 0
    assert "pod-failed" not in kinds


def test_the_retail_scenario_is_as_large_and_as_various_as_its_summary_says() -> None:
    world = build_world(load_scenario("retail"), seed=1)
    builds = {e["node"]: e["build"] for e in world.trace.events if e["kind"] == "node-added"}
    windows = [n for n in builds if builds[n]]
    bound = [e["node"] for e in world.trace.events if e["kind"] == "pod-bound"]
    assert (len(builds), len(windows)) == (60, 40)
    assert sum(node in windows for node in bound) == 400
    marks = {
        mark
        for kind in (DEPLOYMENTS, STATEFUL_SETS)
        for obj in world.kube.store.all(kind)
        for mark in (*labels_of(obj), *annotations_of(obj))
    }
    assert marks >= {
        "app.kubernetes.io/managed-by",
        "argocd.argoproj.io/instance",
        "kustomize.toolkit.fluxcd.io/name",
        "helm.toolkit.fluxcd.io/name",
    }


def test_retail_stays_well_while_its_load_grows_through_the_morning() -> None:
    world = build_world(load_scenario("retail"), seed=1)
    world.clock.run_until(4 * 3600)
    unwell = [
        pod["metadata"]["name"]
        for pod in world.kube.store.all(PODS)
        if not ready(pod) and not finished(pod)
    ]
    assert unwell == []
    replicas = {e["workload"]: e["replicas"] for e in world.trace.events if e["kind"] == "workload"}
    assert replicas["shop/Deployment/storefront"] > 45
    assert replicas["orders/Deployment/orders-worker"] == 10


@pytest.mark.parametrize(
    ("name", "nodes", "pods"), [("large", 1_000, 30_000), ("max", 5_000, 100_000)]
)
def test_the_big_scenarios_ask_for_what_their_summary_says(
    name: str, nodes: int, pods: int
) -> None:
    scenario = load_scenario(name)
    windows = sum(p.count for p in scenario.pools if p.os_type == "Windows")
    asked = 0
    for obj in scenario.objects():
        if obj["kind"] == "DaemonSet":
            asked += windows
        elif obj["kind"] in ("Deployment", "StatefulSet"):
            asked += obj["spec"]["replicas"]
    assert abs(asked - pods) <= pods // 1_000
    assert nodes in (windows, sum(p.count for p in scenario.pools))


def test_copies_of_a_manifest_are_numbered_and_dealt_out_to_groups(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a-<n>, namespace: team-<g>}\n"
    )
    text = MINIMAL + "manifests:\n- {file: app.yaml, times: 3, groups: 2}\n"
    found = load_scenario(str(written(tmp_path, text))).objects()
    assert [(o["metadata"]["name"], o["metadata"]["namespace"]) for o in found] == [
        ("a-0001", "team-1"),
        ("a-0002", "team-2"),
        ("a-0003", "team-1"),
    ]


def test_a_scenario_of_ones_own_needs_little(tmp_path: Path) -> None:
    world = build_world(load_scenario(str(written(tmp_path, MINIMAL))), seed=1)
    assert world.kube.nodes_of("system")[0].startswith("aks-system-")
    assert load_scenario(str(tmp_path)).name == "tiny"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("summary:", "sumary:", "sumary", id="unknown-key"),
        pytest.param("os_type: Linux", "os: Linux", "os", id="unknown-key-inside"),
        pytest.param("node_image: i", "node_image: j", "unknown node image", id="node-image"),
        pytest.param("00:00:00Z", "00:00:00", "time zone", id="no-zone"),
        pytest.param("count: 1", "count: one", "int", id="wrong-type"),
    ],
)
def test_a_mistake_in_a_scenario_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = written(tmp_path, MINIMAL.replace(old, new))
    with pytest.raises(UsageError, match=words):
        load_scenario(str(path))


@pytest.mark.parametrize(
    ("loads", "words"),
    [
        ("[{workload: a/Deployment/b, points: [[9, 1], [5, 1]]}]", "ascend"),
        ("[{workload: a/Deployment/b, points: [[noon, 1]]}]", "neither seconds nor HH:MM"),
        ("[{workload: a/Deployment/b, points: [[0, 1]], sped: 1}]", "sped"),
    ],
)
def test_a_mistake_in_a_load_is_named(tmp_path: Path, loads: str, words: str) -> None:
    path = written(tmp_path, f"{MINIMAL}\nloads: {loads}\n")
    with pytest.raises(UsageError, match=words):
        load_scenario(str(path))


def test_the_load_of_a_scenario_reaches_its_world(tmp_path: Path) -> None:
    more = """
loads: [{workload: a/Deployment/b, points: [["08:00", 1], ["18:00", 5]], daily: true}]
jobs: [{job: a/report, run_s: 90, failures: 1}]
connections: [{service: a/web, per_backend: 40}]
"""
    scenario = load_scenario(str(written(tmp_path, MINIMAL + more)))
    behaviour = build_world(scenario, seed=1).kube.ctx.behaviour
    assert behaviour.loads[0].points == (("08:00", 1), ("18:00", 5))
    assert behaviour.run_of("a", "report").run_s == 90
    assert behaviour.connections[0].per_backend == 40


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="reference-2025"):
        load_scenario("nope")


def test_applied_objects_carry_what_kubectl_leaves() -> None:
    deployment = next(
        o for o in load_scenario("reference").objects() if o["metadata"]["name"] == "sample"
    )
    text = deployment["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
    assert '"annotations":{}' in text
    assert '"namespace":"default"' in text
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("text", "seconds"), [("5h40m", 20400), ("3d", 259200), ("90s", 90), ("1d2h", 93600)]
)
def test_spans(text: str, seconds: float) -> None:
    assert parse_span(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "1m1h"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_span(text)


def test_a_scenario_says_which_addons_its_cluster_has(tmp_path: Path) -> None:
    world = build_world(load_scenario(str(written(tmp_path, MINIMAL + "addons: [keda]"))), seed=1)
    assert {kind.addon for kind in world.kube.served.kinds if kind.addon} == {"keda"}
    every = build_world(load_scenario(str(written(tmp_path, MINIMAL))), seed=1)
    assert {kind.addon for kind in every.kube.served.kinds if kind.addon} == set(ADDONS)


def test_an_addon_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no add-on istio"):
        load_scenario(str(written(tmp_path, MINIMAL + "addons: [istio]")))


def test_an_object_of_an_addon_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s}}", "utf-8"
    )
    text = MINIMAL + "addons: []\nmanifests: [{file: m.yaml}]"
    with pytest.raises(UsageError, match="no ScaledObject without the add-on keda"):
        load_scenario(str(written(tmp_path, text)))
