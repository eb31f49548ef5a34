"""The real kubectl against the HTTP face."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from tests.sim.kube.faces import served
from tests.sim.kube.worlds import BUILD_2022, add_pool, budget, deployment, reference_world

if TYPE_CHECKING:
    from pathlib import Path

KUBECTL = shutil.which("kubectl")
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed"),
]
Kubectl = Callable[..., str]


@pytest.fixture
def kubectl(tmp_path: Path) -> Iterator[Kubectl]:
    world = reference_world(1, deployment(), budget(maxUnavailable=1))
    add_pool(world, "poolws", BUILD_2022, subnet=1)
    world.clock.run_until(100)
    with served(world) as address:

        def run(*arguments: str, text: str | None = None, timeout_s: float = 60) -> str:
            done = subprocess.run(
                [str(KUBECTL), "--server", address, *arguments],
                input=text,
                capture_output=True,
                text=True,
                timeout=timeout_s,
                env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "NO_PROXY": "*"},
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        yield run


def test_nodes_and_pods_print_as_the_how_to_shows(kubectl: Kubectl) -> None:
    nodes = kubectl("get", "nodes", "-o", "wide").splitlines()
    assert nodes[0].split() == [
        "NAME",
        "STATUS",
        "ROLES",
        "AGE",
        "VERSION",
        "INTERNAL-IP",
        "EXTERNAL-IP",
        "OS-IMAGE",
        "KERNEL-VERSION",
        "CONTAINER-RUNTIME",
    ]
    linux = nodes[1].split()
    assert linux[:3] == ["aks-agentpool-18877473-vmss000000", "Ready", "agent"]
    assert nodes[2].split()[-5:] == [
        "Server",
        "2022",
        "Datacenter",
        "10.0.20348.825",
        "containerd://1.6.6+azure",
    ]
    pods = kubectl("get", "pods", "-o", "wide").splitlines()
    assert pods[0].split()[:7] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    assert [line.split()[1:4] for line in pods[1:]] == [["1/1", "Running", "0"]] * 3


def test_apply_creates_configures_and_leaves_alone(kubectl: Kubectl) -> None:
    manifest = deployment("web", image="both:1")
    steps = []
    for replicas in (2, 2, 3):
        manifest["spec"]["replicas"] = replicas
        steps.append(kubectl("apply", "-f", "-", text=json.dumps(manifest)).strip())
    assert steps == [
        "deployment.apps/web created",
        "deployment.apps/web unchanged",
        "deployment.apps/web configured",
    ]
    out = kubectl("rollout", "status", "deployment/web", "--timeout=50s")
    assert 'deployment "web" successfully rolled out' in out
    assert kubectl("get", "deploy", "web").splitlines()[1].split()[1] == "3/3"


def test_drain_moves_pods_within_the_budget(kubectl: Kubectl) -> None:
    assert kubectl("cordon", "akswspool000000").strip() == "node/akswspool000000 cordoned"
    out = kubectl("get", "node", "akswspool000000")
    assert "Ready,SchedulingDisabled" in out
    assert "uncordoned" in kubectl("uncordon", "akswspool000000")
    drained = kubectl("drain", "akswspool000000", "--ignore-daemonsets", "--timeout=50s")
    assert "node/akswspool000000 drained" in drained
    left = kubectl("get", "pods", "--field-selector", "spec.nodeName=akswspool000000", "-o", "name")
    assert left == ""


def test_describe_shows_conditions_and_events(kubectl: Kubectl) -> None:
    out = kubectl("describe", "pod", "-l", "app=sample")
    assert "Controlled By:  ReplicaSet/sample-" in out
    assert "Unschedulable" not in out
    assert "Taints:             <none>" in kubectl("describe", "node", "akswspool000001")


def test_the_rest_of_a_runbook_works(kubectl: Kubectl) -> None:
    assert "image updated" in kubectl("set", "image", "deployment/sample", "sample=both:1")
    assert "restarted" in kubectl("rollout", "restart", "deployment/sample")
    assert "scaled" in kubectl("scale", "deployment/sample", "--replicas=2")
    assert "labeled" in kubectl("label", "node", "akswspool000000", "a=b")
    assert "tainted" in kubectl("taint", "node", "akswspool000000", "x=y:NoSchedule")
    assert "patched" in kubectl("patch", "deployment", "sample", "-p", '{"spec":{"paused":true}}')
    assert kubectl("auth", "can-i", "create", "pods/eviction").strip() == "yes"
    assert "deployments" in kubectl("api-resources")
    assert "deleted" in kubectl("delete", "deployment", "sample", "--timeout=30s")
    assert "condition met" in kubectl("wait", "--for=condition=Ready", "node/akswspool000000")
