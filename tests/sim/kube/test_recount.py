"""Whatever is done to a cluster, in whichever order: what it keeps is what counting gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.sim.kube.recounting import check_any_time, check_at_rest, everything
from tests.sim.kube.worlds import LINUX_IMAGE, budget, deployment, linux_seed, make_world

from poolshift.core.errors import ApiError
from poolshift.core.ports import PatchKind
from poolshift.sim.images import ImageStore, Layer, SimImage, SimPlatform
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.resources import (
    BUDGETS,
    DAEMON_SETS,
    DEPLOYMENTS,
    NAMESPACES,
    NODES,
    PODS,
    QUOTAS,
    REPLICA_SETS,
    SERVICES,
    STATEFUL_SETS,
    Kind,
)
from poolshift.sim.kube.world import KubeWorld

STEPS = 60
REST_S = 2400.0
ZONES = ("westeurope-1", "westeurope-2")
OTHER_IMAGE = "docker.io/library/nginx:1.26"
MISSING_IMAGE = "docker.io/library/missing:1"
APPS = ("one", "two", "three")
BY = "user:random"


def workload(kind: str, name: str, **spec: Any) -> Object:
    """A workload of small Linux pods."""
    made = deployment(name, image=LINUX_IMAGE, **spec)
    made["kind"] = kind
    template = made["spec"]["template"]["spec"]
    template["nodeSelector"] = {"kubernetes.io/os": "linux"}
    template["containers"][0]["resources"] = {"requests": {"cpu": "100m", "memory": "64Mi"}}
    if kind == "DaemonSet":
        del made["spec"]["replicas"]
    return made


def spread(made: Object) -> Object:
    constraint = {
        "maxSkew": 2,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": made["spec"]["selector"],
    }
    made["spec"]["template"]["spec"]["topologySpreadConstraints"] = [constraint]
    return made


def apart(made: Object) -> Object:
    term = {
        "labelSelector": made["spec"]["selector"],
        "topologyKey": "kubernetes.io/hostname",
    }
    preferred = [{"weight": 50, "podAffinityTerm": term}]
    affinity = {"preferredDuringSchedulingIgnoredDuringExecution": preferred}
    made["spec"]["template"]["spec"]["affinity"] = {"podAntiAffinity": affinity}
    return made


def database() -> Object:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    return workload("StatefulSet", "db", serviceName="db", volumeClaimTemplates=[claim])


def service(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
    }


def quota() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "team", "namespace": "default"},
        "spec": {"hard": {"pods": "200", "requests.cpu": "100", "services": "20"}},
    }


def bare(app: str, name: str = "") -> Object:
    made = workload("Deployment", app)["spec"]["template"]
    meta = {"labels": {"app": app}, "namespace": "default"}
    own = {"name": name} if name else {"generateName": f"bare-{app}-"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {**meta, **own}, "spec": made["spec"]}


WORKLOADS: dict[Kind, Callable[[], list[Object]]] = {
    DEPLOYMENTS: lambda: [
        workload("Deployment", "one", revisionHistoryLimit=1),
        spread(workload("Deployment", "two", replicas=4)),
        apart(workload("Deployment", "three", strategy={"type": "Recreate"})),
    ],
    STATEFUL_SETS: lambda: [database()],
    DAEMON_SETS: lambda: [workload("DaemonSet", "agent")],
    REPLICA_SETS: lambda: [workload("ReplicaSet", "lone", replicas=2)],
}


class Hands:
    """Somebody who does anything at all to a cluster."""

    def __init__(self, world: KubeWorld, seed: int) -> None:
        self.world = world
        self.rng = random.Random(seed)
        self.done: list[str] = []
        self.acts = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("act_")]

    def step(self) -> None:
        """One act, which the server may refuse."""
        act = self.rng.choice(self.acts)
        self.done.append(act.__name__)
        try:
            act()
        except ApiError as refused:
            self.done[-1] += f" refused: {refused.message}"
            if refused.status == 500 and "PodDisruptionBudget" not in refused.message:
                raise

    def any_of(self, *kinds: Kind) -> tuple[Kind, Object] | None:
        found = [
            (kind, obj)
            for kind in kinds
            for obj in everything(self.world, kind)
            if obj["metadata"].get("namespace", "default") == "default"
        ]
        return self.rng.choice(found) if found else None

    def patch(self, found: tuple[Kind, Object] | None, body: Object) -> None:
        if found is not None:
            kind, obj = found
            meta = obj["metadata"]
            self.done[-1] += f" {kind.kind} {meta['name']} {body}"
            key = (meta.get("namespace", ""), meta["name"])
            self.world.api.patch(kind, key, body, PatchKind.MERGE, by=BY)

    def delete(self, found: tuple[Kind, Object] | None, **options: Any) -> None:
        if found is not None:
            kind, obj = found
            meta = obj["metadata"]
            self.done[-1] += f" {kind.kind} {meta['name']} {options}"
            key = (meta.get("namespace", ""), meta["name"])
            self.world.api.delete(kind, key, options, by=BY)

    def act_scale(self) -> None:
        found = self.any_of(DEPLOYMENTS, STATEFUL_SETS, REPLICA_SETS)
        self.patch(found, {"spec": {"replicas": self.rng.randrange(6)}})

    def act_template(self) -> None:
        found = self.any_of(DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)
        if found is not None:
            [container] = found[1]["spec"]["template"]["spec"]["containers"]
            image = self.rng.choice((LINUX_IMAGE, OTHER_IMAGE, OTHER_IMAGE, MISSING_IMAGE))
            body = {"containers": [{**container, "image": image}]}
            self.patch(found, {"spec": {"template": {"spec": body}}})

    def act_pause(self) -> None:
        paused = self.rng.choice((True, None, None))
        self.patch(self.any_of(DEPLOYMENTS), {"spec": {"paused": paused}})

    def act_partition(self) -> None:
        rolling = {"partition": self.rng.randrange(3)}
        body = {"spec": {"updateStrategy": {"rollingUpdate": rolling}}}
        self.patch(self.any_of(STATEFUL_SETS), body)

    def act_relabel_pod(self) -> None:
        app = self.rng.choice((*APPS, "db", "agent", "lone", "elsewhere", None))
        self.patch(self.any_of(PODS), {"metadata": {"labels": {"app": app}}})

    def act_disown(self) -> None:
        self.patch(self.any_of(PODS, REPLICA_SETS), {"metadata": {"ownerReferences": None}})

    def act_relabel_set(self) -> None:
        app = self.rng.choice((*APPS, "elsewhere"))
        self.patch(self.any_of(REPLICA_SETS), {"metadata": {"labels": {"app": app}}})

    def act_delete_pod(self) -> None:
        options = self.rng.choice(({}, {"gracePeriodSeconds": 0}))
        self.delete(self.any_of(PODS), **options)

    def act_evict(self) -> None:
        found = self.any_of(PODS)
        if found is not None:
            self.done[-1] += f" {found[1]['metadata']['name']}"
            self.world.evict("default", found[1]["metadata"]["name"], by=BY)

    def act_bare_pod(self) -> None:
        app = self.rng.choice((*APPS, "db", "lone"))
        name = f"db-{self.rng.randrange(4)}" if app == "db" else ""
        self.world.api.create(PODS, "default", bare(app, name), by=BY)

    def act_delete_workload(self) -> None:
        policy = self.rng.choice(("Background", "Orphan", "Foreground"))
        self.delete(self.any_of(*WORKLOADS), propagationPolicy=policy)

    def act_recreate_workload(self) -> None:
        kind = self.rng.choice(list(WORKLOADS))
        made = self.rng.choice(WORKLOADS[kind]())
        self.done[-1] += f" {made['metadata']['name']}"
        if self.world.store.find(kind, "default", made["metadata"]["name"]) is not None:
            self.world.api.delete(kind, ("default", made["metadata"]["name"]), {}, by=BY)
        self.world.api.create(kind, "default", made, by=BY)

    def act_new_budget(self) -> None:
        figure = self.rng.choice(
            ({"minAvailable": 1}, {"maxUnavailable": 1}, {"minAvailable": "50%"})
        )
        name = self.rng.choice(("one", "two", "three", "db", "agent"))
        self.world.apply(budget(name, **figure), by=BY)

    def act_budget_of_all(self) -> None:
        everybody = {"matchExpressions": [{"key": "app", "operator": "In", "values": [*APPS]}]}
        made = budget("all", maxUnavailable=self.rng.randrange(3), selector=everybody)
        self.world.apply(made, by=BY)

    def act_delete_budget(self) -> None:
        self.delete(self.any_of(BUDGETS))

    def act_service_selector(self) -> None:
        selector = {"app": self.rng.choice((*APPS, "elsewhere"))}
        self.patch(self.any_of(SERVICES), {"spec": {"selector": selector}})

    def act_replace_service(self) -> None:
        name = self.rng.choice(APPS)
        if self.world.store.find(SERVICES, "default", name) is None:
            self.world.api.create(SERVICES, "default", service(name), by=BY)
        else:
            self.world.api.delete(SERVICES, ("default", name), {}, by=BY)

    def act_quota(self) -> None:
        if self.world.store.find(QUOTAS, "default", "team") is None:
            self.world.api.create(QUOTAS, "default", quota(), by=BY)
        else:
            self.world.api.delete(QUOTAS, ("default", "team"), {}, by=BY)

    def act_cordon(self) -> None:
        cordoned = self.rng.choice((True, None, None))
        self.patch(self.any_of(NODES), {"spec": {"unschedulable": cordoned}})

    def act_taint(self) -> None:
        effect = self.rng.choice(("NoSchedule", "PreferNoSchedule", "NoExecute", None, None))
        found = self.any_of(NODES)
        if found is not None:
            others = [t for t in found[1]["spec"].get("taints", ()) if t["key"] != "test"]
            added = [{"key": "test", "value": "", "effect": effect}] if effect else []
            self.patch(found, {"spec": {"taints": [*others, *added] or None}})

    def act_zone(self) -> None:
        zone = self.rng.choice((*ZONES, None))
        body = {"metadata": {"labels": {"topology.kubernetes.io/zone": zone}}}
        self.patch(self.any_of(NODES), body)

    def act_namespace(self) -> None:
        body = {"metadata": {"labels": {"team": self.rng.choice(("red", "blue"))}}}
        self.patch((NAMESPACES, self.world.store.get(NAMESPACES, "", "default")), body)

    def act_delete_node_object(self) -> None:
        if len(everything(self.world, NODES)) > 2:
            self.delete(self.any_of(NODES))

    def act_remove_machine(self) -> None:
        nodes = [n["metadata"]["name"] for n in everything(self.world, NODES)]
        if len(nodes) > 2:
            self.world.remove_node(self.rng.choice(nodes), by=BY)

    def act_add_node(self) -> None:
        index = self.rng.randrange(6)
        if self.world.store.find(NODES, "", f"node-{index}") is None:
            self.done[-1] += f" node-{index}"
            self.world.add_node(node_seed(index), by=BY, ready_after_s=20)


def node_seed(index: int) -> Any:
    seed = linux_seed(f"node-{index}", f"10.240.9.{index + 4}")
    return msgspec.structs.replace(seed, zone=ZONES[index % 2], age_s=0.0)


def images() -> ImageStore:
    layers = (Layer("nginx", 50_000_000),)
    return ImageStore(
        tuple(
            SimImage(ref, (SimPlatform("linux", layers=layers),))
            for ref in (LINUX_IMAGE, OTHER_IMAGE)
        )
    )


def busy_world(seed: int) -> KubeWorld:
    world = make_world(seed, "1.33.0")
    world.ctx.images = images()
    world.warming = True
    for index in range(4):
        world.add_node(node_seed(index), by="user:arm", ready_after_s=0)
    for obj in [o for made in WORKLOADS.values() for o in made()]:
        world.apply(obj, by="user:setup")
    for name in APPS:
        world.apply(service(name), by="user:setup")
    world.apply(budget("one", maxUnavailable=1), by="user:setup")
    world.apply(budget("two", minAvailable=2), by="user:setup")
    world.apply(quota(), by="user:setup")
    world.settle()
    world.warming = False
    world.open_trace()
    return world


@pytest.mark.parametrize("seed", range(10))
def test_all_that_is_kept_is_what_a_recount_gives(seed: int) -> None:
    world = busy_world(seed)
    check_at_rest(world)
    hands = Hands(world, seed)
    try:
        play(world, hands)
    except Exception as error:
        error.add_note("\n".join(hands.done))
        raise


def play(world: KubeWorld, hands: Hands) -> None:
    for _ in range(STEPS):
        hands.step()
        check_any_time(world)
        world.clock.run_until(world.clock.t + hands.rng.choice((0.0, 0.03, 1.0, 7.0, 45.0)))
        check_any_time(world)
        if hands.rng.random() < 0.1:
            world.clock.run_until(world.clock.t + REST_S)
            check_at_rest(world)
    world.clock.run_until(world.clock.t + REST_S)
    check_at_rest(world)
