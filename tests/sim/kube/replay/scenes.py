"""How each raw scenario's state is made, and what of its requests names that state."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from poolshift.core.ports import PatchKind
from poolshift.sim.kube.objects import key_of, with_condition, with_status
from poolshift.sim.kube.resources import (
    BUDGETS,
    DEPLOYMENTS,
    EVENTS,
    NODES,
    PODS,
    by_kind,
)
from poolshift.sim.kube.selection import Selection
from poolshift.sim.kube.world import KubeWorld

BY = "user:replay"
NODE = "aksw22000003"
_PODS = re.compile(r"\b((?:web|sick)-[a-z0-9]{8,10}-[a-z0-9]{5}|once-[a-z0-9]{5})\b")


class Stage:
    """A world with what the recorded requests must be told of it."""

    def __init__(self, world: KubeWorld) -> None:
        self.world = world
        self.token = ""
        self.headers: dict[int, dict[str, str]] = {}
        self.words: dict[str, str] = {}
        self.before: dict[int, Callable[[], None]] = {}

    def pass_time(self, seconds: float = 30.0) -> None:
        self.world.clock.run_until(self.world.clock.t + seconds)

    def make(self, obj: dict[str, Any]) -> dict[str, Any]:
        kind = by_kind(obj["apiVersion"], obj["kind"])
        assert kind is not None
        namespace = "shop" if kind.namespaced else ""
        return self.world.api.create(kind, namespace, obj, by=BY, manager="cap")

    def config(self, name: str, **more: Any) -> dict[str, Any]:
        meta = {"name": name, **more.pop("metadata", {})}
        return self.make({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, **more})

    def patch_node(self, **spec: Any) -> None:
        body = {"spec": spec}
        self.world.api.patch(NODES, ("", NODE), body, PatchKind.STRATEGIC, by=BY, manager="cap")
        self.pass_time(2)

    def told(self, text: str) -> str:
        """The recorded text with this world's names in place of the recorded ones."""
        for old in dict.fromkeys(_PODS.findall(text)):
            if old not in self.words:
                self.words[old] = self._another(old.partition("-")[0])
        for old, new in self.words.items():
            text = text.replace(old, new)
        return text

    def _another(self, app: str) -> str:
        taken = set(self.words.values())
        pods = self.world.store.all(PODS, "shop")
        # The recorded ones ran, unless there was no other.
        for pod in sorted(pods, key=lambda pod: pod["status"].get("phase") != "Running"):
            name: str = pod["metadata"]["name"]
            if name.startswith(f"{app}-") and name not in taken:
                return name
        return f"{app}-none"

    @property
    def version(self) -> str:
        return str(self.world.store.rv)


def _conflict(stage: Stage) -> None:
    made = stage.config("c1", data={"a": "1"})
    stage.words = {
        "ecbf682e-475c-40e1-ae93-e75270aa086a": made["metadata"]["uid"],
        '"459"': f'"{made["metadata"]["resourceVersion"]}"',
    }


def _cordoned(stage: Stage) -> None:
    stage.patch_node(unschedulable=True)


def _two_configs(stage: Stage) -> None:
    for name in ("z1", "z2"):
        stage.config(name, metadata={"labels": {"k": "z"}})


def _pod(stage: Stage, name: str, sku: str = "Windows2022") -> None:
    container = {"name": "c", "image": "example.azurecr.io/x:1"}
    selector = {"kubernetes.azure.com/os-sku": sku}
    stage.make(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {"containers": [container], "nodeSelector": selector},
        }
    )


def _pods_to_delete(stage: Stage) -> None:
    for name in ("d1", "d2"):
        _pod(stage, name)
    stage.pass_time(200)


def _stuck(stage: Stage) -> None:
    _pod(stage, "stuck", "Windows2025")
    stage.pass_time(5)


def _unauthorised(stage: Stage) -> None:
    stage.token = "right"
    stage.headers = {0: {"Authorization": "Bearer wrong"}}


def _denied(stage: Stage) -> None:
    stage.world.api.user = "system:serviceaccount:shop:default"
    stage.world.denied = {("list", "nodes"), ("create", "pods/eviction")}


def _budget(name: str, app: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }


def _no_disruptions(stage: Stage) -> None:
    _evict_one(stage)
    stage.pass_time(2)


def _evicted_and_replaced(stage: Stage) -> None:
    _evict_one(stage)
    stage.pass_time(400)


def _observed(pauses: dict[int, float]) -> Callable[[Stage], None]:
    """Some time goes by before some of the requests, as it did on the recorded cluster."""

    def setup(stage: Stage) -> None:
        for at, seconds in pauses.items():
            stage.before[at] = partial(stage.pass_time, seconds)

    return setup


def _as_placed(stage: Stage) -> None:
    """The recorded scheduler had put the pod that nobody owns elsewhere than on the first node."""
    bare = stage.world.store.get(PODS, "shop", "bare")
    if bare["spec"]["nodeName"] == "aksw22000000":
        stage.world.store.remove(PODS, key_of(bare), by=BY)


def _completed(stage: Stage, name: str = "once-8lv2v") -> None:
    _pod(stage, name)
    stage.pass_time(200)
    pod = stage.world.store.get(PODS, "shop", name)
    stage.world.store.update(PODS, with_status(pod, phase="Succeeded"), by=BY)


def _evict_one(stage: Stage) -> None:
    """Spend the budget: what is left allows nothing until the replacement is ready."""
    name = next(
        p["metadata"]["name"]
        for p in stage.world.store.all(PODS, "shop")
        if p["metadata"]["name"].startswith("web-")
    )
    stage.words["a spent pod"] = name
    stage.world.evict("shop", name, by=BY)


def _two_budgets(stage: Stage) -> None:
    stage.make(_budget("web2", "web", maxUnavailable=1))
    stage.pass_time(5)


def _sick(stage: Stage) -> None:
    web = stage.world.store.get(DEPLOYMENTS, "shop", "web")
    template = {**web["spec"]["template"], "metadata": {"labels": {"app": "sick"}}}
    selector = {"matchLabels": {"app": "sick"}}
    spec = {"replicas": 1, "selector": selector, "template": template}
    stage.make(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "sick"}, "spec": spec}
    )
    stage.pass_time(200)
    for pod in list(stage.world.store.all(PODS, "shop")):
        if pod["metadata"]["name"].startswith("sick-"):
            condition = {"type": "Ready", "status": "False"}
            worse = with_condition(pod, condition, stage.world.ctx.now())
            statuses = [{**s, "ready": False} for s in worse["status"]["containerStatuses"]]
            stage.world.store.update(PODS, with_status(worse, containerStatuses=statuses), by=BY)
    stage.make(_budget("sick", "sick", minAvailable=1))
    stage.pass_time(5)

    def lenient() -> None:
        body = {"spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"}}
        stage.world.api.patch(BUDGETS, ("shop", "sick"), body, PatchKind.MERGE, by=BY)
        stage.pass_time(5)

    stage.before[2] = lenient


def _paged(stage: Stage, selection: str = "") -> str:
    page = stage.world.api.list(NODES, Selection(NODES), limit=2)
    return page.token


def _second_page(stage: Stage) -> None:
    recorded = (
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NDUzLCJzdGFydCI6Ii9ha3Mtc3lzLTMxNDE1OTI2LXZtc3Mw"
        "MDAwMDFcdTAwMDAifQ"
    )
    stage.words[recorded] = _paged(stage)


def _expired_page(stage: Stage) -> None:
    recorded = (
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NjMxLCJzdGFydCI6Ii9ha3Mtc3lzLTMxNDE1OTI2LXZtc3Mw"
        "MDAwMDFcdTAwMDAifQ"
    )
    stage.words[recorded] = _paged(stage)
    for n in range(40):
        stage.config(f"filler-{n}")
        _paged(stage)


def _silent_kubelets(stage: Stage) -> None:
    """The recorded stand-ins for kubelets wrote no events; only the scheduler's were there."""
    for event in list(stage.world.store.all(EVENTS)):
        if event["source"].get("component") == "kubelet":
            stage.world.store.remove(EVENTS, key_of(event), by=BY)


def _compacted(stage: Stage) -> None:
    stage.world.store.forget(NODES)


def _forgotten(stage: Stage) -> None:
    stage.words["resourceVersion=619"] = f"resourceVersion={int(stage.version) - 1}"
    stage.config("late")
    for kind in (PODS, NODES):
        stage.world.store.forget(kind)


def _now(*recorded: str) -> Callable[[Stage], None]:
    def setup(stage: Stage) -> None:
        for version in recorded:
            stage.words[f"resourceVersion={version}"] = f"resourceVersion={stage.version}"

    return setup


def _cordon_stream(stage: Stage) -> None:
    _now("613")(stage)
    stage.patch_node(unschedulable=True)
    stage.patch_node(unschedulable=None)


def _system_configs(stage: Stage) -> None:
    kind = by_kind("v1", "ConfigMap")
    assert kind is not None
    for name in ("a", "b", "c"):
        body = {"metadata": {"name": name}, "data": {"a": "1"}}
        stage.world.api.create(kind, "kube-system", body, by=BY, manager="cap")


def _applied_config(stage: Stage) -> None:
    stage.config("ssa", data={"a": "1"})


def _one_config(stage: Stage) -> None:
    """One beside the certificate that every namespace has."""
    stage.config("c1", data={"a": "1"})


SETUPS: dict[str, Callable[[Stage], None]] = {
    "conflict_409_put": _conflict,
    "cordon_after": _cordoned,
    "uncordon": _cordoned,
    "tables_other": _system_configs,
    "delete_cm": _applied_config,
    "delete_collection": _two_configs,
    "delete_pod": _pods_to_delete,
    "pod_unschedulable": _stuck,
    "err_401": _unauthorised,
    "err_403": _denied,
    "eviction_two_pdbs": _two_budgets,
    "eviction_unhealthy": _sick,
    "eviction_odd": _no_disruptions,
    "eviction_after_wait": _evicted_and_replaced,
    "eviction_completed": _completed,
    "eviction_maxunavailable0": _observed({1: 5}),
    "eviction_pdb": _observed({3: 1, 7: 400, 8: 1}),
    "events": _silent_kubelets,
    "list_fieldselector": _as_placed,
    "list_410_continue": _expired_page,
    "list_410_exact": _compacted,
    "nodes_list_page2": _second_page,
    "watch_410": _forgotten,
    "watch_410_compacted": _now("613"),
    "watch_bookmark": _now("619"),
    "watch_timeout": _now("613"),
    "watch_cordon_stream": _cordon_stream,
    "watch_initial": _one_config,
    "watch_table": _one_config,
    "watch_list_stream": _one_config,
}
