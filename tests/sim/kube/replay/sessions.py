"""The recorded kubectl sessions: what was typed, the state it was typed in, what may differ."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
from tests.sim.kube.faces import served
from tests.sim.kube.replay import recording
from tests.sim.kube.replay.cluster import ASPNET, cluster
from tests.sim.kube.worlds import make_world

from poolshift.core.ports import PatchKind
from poolshift.sim.kube.objects import with_status
from poolshift.sim.kube.resources import BUDGETS, DEPLOYMENTS, NODES, PODS
from poolshift.sim.kube.world import KubeWorld

BY = "user:replay"
NODE = "aksw22000002"
_OTHER_SYSTEM_NODES = ("aks-sys-31415926-vmss000001", "aks-sys-31415926-vmss000002")
_CHANGED = f"{ASPNET}:4.8.1-windowsservercore-ltsc2022"
_REPEATED = re.compile(r"(\S+-<n>)(?:, \1)+")
_MASKS = (
    (re.compile(r"\d+\.\d+\.\d+\.\d+"), "<address>"),
    (re.compile(r"\b(web|once|agent-win)(-[a-z0-9]{6,10})?-[a-z0-9]{5}\b"), r"<\1 pod>"),
    (re.compile(r"aksw2200000\d"), "<node>"),
    (re.compile(r"queue-\d"), "queue-<n>"),
    (re.compile(r"(?<=\s)(\d+[smhdy])+(?=\s|$)"), "<age>"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000"), "<time>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"kube-api-access-[a-z0-9]{5}\b"), "kube-api-access-<suffix>"),
    (re.compile(r"(web-|pod-template-hash=)[a-z0-9]{8,10}\b"), r"\1<hash>"),
    (re.compile(r"\d+ (out of|old replicas)"), r"<n> \1"),
    (re.compile(r"[ \t]+"), " "),
)
# How a client of another version, or its cache, reads the same: versions, discovery, schemas.
_ABOUT = re.compile(r"GET /(version|api|apis|openapi/\S*)(\?\S*)?$|GET /api/v1$")


class Session(msgspec.Struct, frozen=True):
    """One recorded session.

    Attributes:
        typed: the arguments; `FILE` stands for the manifests.
        setup: what is done to the cluster first.
        changed: whether the manifests are those with the newer image.
        closed: nodes on which nothing was placed at the start.
        step_s: virtual time that each request takes.
    """

    typed: str
    setup: Callable[[KubeWorld], None] | None = None
    changed: bool = False
    closed: tuple[str, ...] = ()
    step_s: float = 1.0


def _cordon(world: KubeWorld) -> None:
    world.cordon(_busy(world), by=BY)


def _busy(world: KubeWorld) -> str:
    """A node with a web pod and one of the queue, but without the pod that nobody owns."""
    for name in NODE_NAMES:
        apps = {p["metadata"]["name"].partition("-")[0] for p in world.pods_on(name)}
        if {"web", "queue"} <= apps and "bare" not in apps:
            return name
    raise LookupError("no node to drain")


def _new_image(world: KubeWorld) -> None:
    body = {"spec": {"replicas": 5, "template": {"spec": {"containers": [_image()]}}}}
    world.api.patch(DEPLOYMENTS, ("shop", "web"), body, PatchKind.STRATEGIC, by=BY, manager="x")


def _rolled_out(world: KubeWorld) -> None:
    _new_image(world)
    world.clock.run_until(world.clock.t + 2000)


def _spent(world: KubeWorld) -> None:
    """A pod is let go by its budget and still there, as after an eviction that came to nothing."""
    pod = next(p for p in world.store.all(PODS, "shop") if p["metadata"]["name"].startswith("web-"))
    budget = world.store.get(BUDGETS, "shop", "web")
    status = {"disruptedPods": {pod["metadata"]["name"]: world.ctx.now()}}
    world.store.update(BUDGETS, with_status(budget, **status), by=BY)


def _image() -> dict[str, str]:
    return {"name": "web", "image": _CHANGED}


SESSIONS: dict[str, Session] = {
    "apply_noop": Session("apply -f FILE"),
    "apply_change": Session("apply -f FILE", changed=True),
    "apply_ssa": Session("apply --server-side -f FILE"),
    "can_i": Session("auth can-i create pods/eviction -n shop"),
    "cordon": Session("cordon aksw22000001"),
    "create_cm": Session("create configmap kk -n shop --from-literal=a=b"),
    "delete_f": Session("delete -f FILE", step_s=0.2),
    "delete_node": Session("delete node aksw22000003"),
    "delete_pod": Session("delete pod -l app=queue -n shop"),
    "describe_node": Session("describe node aksw22000000"),
    "describe_pod": Session("describe pod POD -n shop"),
    "drain": Session("drain BUSY --ignore-daemonsets --delete-emptydir-data", _cordon),
    "drain_dry": Session(
        "drain BUSY --ignore-daemonsets --delete-emptydir-data --dry-run=server", _cordon
    ),
    "drain_refused": Session("drain BUSY"),
    "get_multi": Session("get deploy,sts,ds,job,pdb,svc -n shop", _spent),
    "get_nodes_wide_cold": Session("get nodes -o wide"),
    "get_notfound": Session("get deployment nope -n shop"),
    "get_pods_wide": Session("get pods -n shop -o wide", closed=_OTHER_SYSTEM_NODES),
    "logs": Session("logs bare -n shop"),
    "rollout_restart": Session("rollout restart deployment/web -n shop"),
    "rollout_status": Session("rollout status deployment/web -n shop", _new_image),
    "rollout_undo": Session("rollout undo deployment/web -n shop", _rolled_out),
    "scale": Session("scale deployment/web --replicas=4 -n shop"),
    "top": Session("top nodes"),
    "version": Session("version -o json"),
    "wait": Session("wait --for=condition=Available deployment/web -n shop"),
}


class Outcome(msgspec.Struct, frozen=True):
    """Lines printed and requests made that differ: those too many, those missing."""

    printed: list[str]
    asked: list[str]


def run(kubectl: str, name: str, home: Path) -> Outcome:
    """Type a session's command against the simulator, and compare."""
    session = SESSIONS[name]
    recorded = recording.sessions()[name]
    gone = name == "get_notfound"
    world = (
        make_world(version="1.33.13")
        if gone
        else cluster(recording.manifests(), closed=session.closed)
    )
    if session.setup:
        session.setup(world)
        world.clock.run_until(world.clock.t + 1)
    seen: list[str] = []
    with served(world, session.step_s, seen) as address:
        typed = _typed(session, world, home)
        done = subprocess.run(
            [kubectl, "--server", address, *typed],
            capture_output=True,
            text=True,
            timeout=60,
            env={"HOME": str(home), "PATH": os.environ["PATH"], "NO_PROXY": "*"},
            check=False,
        )
    wanted = [f"{e['method']} {e['path']}" for e in recorded["exchanges"]]
    return Outcome(
        _difference(_lines(done.stdout + done.stderr), _lines(recorded["kubectl_output"])),
        _difference(_requests(seen), _requests(wanted)),
    )


def _typed(session: Session, world: KubeWorld, home: Path) -> list[str]:
    manifests = {kind: dict(obj) for kind, obj in recording.manifests().items()}
    if session.changed:
        text = json.dumps(manifests["Deployment"])
        manifests["Deployment"] = json.loads(
            text.replace(f"{ASPNET}:4.8-windowsservercore-ltsc2022", _CHANGED)
        )
    items = [_stated(manifests[kind]) for kind in _ORDER]
    (home / "all.yaml").write_text("\n---\n".join(json.dumps(item) for item in items))
    pods = [n.partition("/")[2] for n in _pod_names(world)]
    words = {"FILE": "all.yaml", "POD": next(iter(pods), "")}
    if "BUSY" in session.typed:
        words["BUSY"] = _busy(world)
    return [str(home / w) if w == "all.yaml" else w for w in _words(session.typed, words)]


def _words(typed: str, words: dict[str, str]) -> list[str]:
    return [words.get(word, word) for word in typed.split()]


def _pod_names(world: KubeWorld) -> list[str]:
    return [f"pod/{p['metadata']['name']}" for n in NODE_NAMES for p in _web(world, n)]


# Kinds in the order of the recorded file.
_ORDER = (
    *("Namespace", "Deployment", "PodDisruptionBudget", "Service", "DaemonSet"),
    *("StatefulSet", "Job", "CronJob", "Pod"),
)
NODE_NAMES = (NODE, "aksw22000001", "aksw22000000", "aksw22000003")


def _web(world: KubeWorld, node: str) -> list[dict[str, Any]]:
    if world.store.find(NODES, "", node) is None:
        return []
    return [p for p in world.pods_on(node) if p["metadata"]["name"].startswith("web-")]


def _stated(obj: dict[str, Any]) -> dict[str, Any]:
    """The manifest as its file had it: without what apply noted."""
    meta = {k: v for k, v in obj["metadata"].items() if k != "annotations"}
    return {**obj, "metadata": meta}


def _lines(text: str) -> list[str]:
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return [_in_order(line.strip()) for line in text.splitlines() if line.strip()]


def _in_order(line: str) -> str:
    """A refused drain's reasons in one order, and one pod for several alike.

    kubectl has the reasons in another order every time; how many pods of a set a node has is the
    scheduler's choice, which looks at images that the recorded stand-ins did not have.
    """
    line = _REPEATED.sub(r"\1", line)
    start, found, rest = line.partition("[cannot delete")
    reasons, ended, tail = rest.partition("]")
    if not found or not ended:
        return line
    parts = sorted(part.strip(" ,") for part in reasons.split("cannot delete"))
    return f"{start}[cannot delete {', cannot delete '.join(parts)}]{tail}"


def _requests(targets: list[str]) -> list[str]:
    found = []
    for target in targets:
        if not _ABOUT.match(target):
            found.append(_request(target))
    return found


def _request(target: str) -> str:
    """A request without what only this run has; terms of a selector in one order."""
    target = unquote(target)
    for pattern, mask in _MASKS:
        target = pattern.sub(mask, target)
    path, _, query = target.partition("?")
    kept = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == "fieldSelector":
            terms = sorted(t for t in value.split(",") if not t.startswith("involvedObject.uid"))
            value = ",".join(terms)
        if name not in ("resourceVersion", "timeoutSeconds", ""):
            kept.append(f"{name}={value}")
    return f"{path}?{'&'.join(sorted(kept))}"


def _difference(got: list[str], wanted: list[str]) -> list[str]:
    """What is too much and what is missing; how often and in which order is left to time."""
    too_much = [f"+ {line}" for line in dict.fromkeys(got) if line not in wanted]
    return too_much + [f"- {line}" for line in dict.fromkeys(wanted) if line not in got]
