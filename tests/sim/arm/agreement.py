"""Operations at any moment, one into the other, and what must hold when all is quiet again.

A run draws operations of pools and of the cluster and waits between them for so long that they fall
into each other. Afterwards what ARM says and what runs in the cluster must be the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from poolshift.sim.arm.state import SimPool
    from poolshift.sim.world import World

Call = Callable[..., ArmAnswer]
SETTLED = ("Succeeded", "Failed", "Canceled")
_HOUR = 3600.0
_LONGEST = 200
_PREVIEW = {"api-version": "2025-07-02-preview"}
_IMAGE_LABEL = "kubernetes.azure.com/node-image-version"
_PAUSES = (0, 1, 7, 30, 100, 300, 1000, 4000)
_LABELS: tuple[dict[str, str], ...] = ({"a": "1"}, {"a": "2"}, {"b": "x"}, {})
_TAINTS: tuple[list[str], ...] = ([], ["k=v:NoSchedule"], ["k=w:NoExecute"])
_SETTINGS: tuple[dict[str, Any], ...] = (
    {"maxSurge": "2", "undrainableNodeBehavior": "Cordon"},
    {"maxSurge": "0", "maxUnavailable": "1"},
    {"maxSurge": "50%", "drainTimeoutInMinutes": 5},
)
_MARKS = ("node.kubernetes.io/", "DeletionCandidateOf", "ToBeDeletedBy")


class Turmoil:
    """Draws operations and sends them.

    Args:
        world: where.
        call: sends a request.
        seed: of what is drawn here; the world has its own.
    """

    def __init__(self, world: World, call: Call, seed: int) -> None:
        self._world = world
        self._call = call
        self._rng = random.Random(seed)
        self._names = (*(p.name for p in world.arm.pools.values()), "w22", "lin")
        self.done: list[str] = []

    def run(self, steps: int) -> None:
        """So many operations, whatever becomes of them, and then nothing until all have ended."""
        acts = (
            self._create, self._change, self._change, self._upgrade, self._image, self._power,
            self._abort, self._delete, self._machines, self._cluster, self._cluster_upgrade,
            self._cluster_power, self._cluster_abort, self._roll_back,
        )  # fmt: skip
        for _ in range(steps):
            act, name = self._rng.choice(acts), self._rng.choice(self._names)
            reply = act(name)
            if reply is not None:
                self.done.append(f"{self._world.clock.t:.0f} {act.__name__} {name} {reply.status}")
                assert reply.status < 500, self.done
            self._wait(self._rng.choice(_PAUSES))
        self.rest()

    def rest(self) -> None:
        """Wait until no operation runs, and a while for machines that still come."""
        for _ in range(_LONGEST):
            if not any(ledger.running() for ledger in self._world.azure.operations):
                break
            self._wait(_HOUR)
        self._wait(3 * _HOUR)

    def set_right(self) -> None:
        """Start what is stopped and PUT everything as it is read."""
        if self._cluster_properties()["powerState"]["code"] == "Stopped":
            self._send("POST", "start")
            self.rest()
        self._cluster("")
        self.rest()
        for name in list(self._world.arm.pools):
            self._put(name)
            self.rest()

    def _send(self, method: str, path: str, body: Any = None) -> ArmAnswer:
        return self._call(self._world, method, path, body, query=_PREVIEW)

    def _wait(self, seconds: float) -> None:
        self._world.clock.run_until(self._world.clock.t + seconds)

    def _put(self, name: str, **changed: Any) -> ArmAnswer | None:
        shown = self._send("GET", f"agentPools/{name}")
        if shown.status != 200:
            return None
        properties = {**shown.body["properties"], **changed}
        return self._send("PUT", f"agentPools/{name}", {"properties": properties})

    def _cluster_properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self._send("GET", "").body["properties"]
        return found

    def _create(self, name: str) -> ArmAnswer | None:
        if name in self._world.arm.pools:
            return None
        windows = {"osType": "Windows", "osSKU": "Windows2022"}
        sort = {"osType": "Linux"} if name == "lin" else windows
        count = self._rng.randint(0, 3)
        body = {"properties": {**sort, "count": count, "mode": "User"}}
        return self._send("PUT", f"agentPools/{name}", body)

    def _change(self, name: str) -> ArmAnswer | None:
        autoscaled = {"enableAutoScaling": True, "minCount": 1, "maxCount": self._rng.randint(1, 5)}
        not_scaled = {"enableAutoScaling": False, "minCount": None, "maxCount": None}
        labelled = {
            "nodeLabels": self._rng.choice(_LABELS),
            "nodeTaints": self._rng.choice(_TAINTS),
        }
        set_up = {
            "upgradeSettings": self._rng.choice(_SETTINGS),
            "upgradeStrategy": self._rng.choice(("Rolling", "BlueGreen")),
        }
        count = {"count": self._rng.randint(0, 4)}
        options: tuple[dict[str, Any], ...] = ({}, count, labelled, autoscaled, not_scaled, set_up)
        return self._put(name, **self._rng.choice(options))

    def _upgrade(self, name: str) -> ArmAnswer | None:
        version = self._cluster_properties()["currentKubernetesVersion"]
        return self._put(name, orchestratorVersion=version, nodeImageVersion=None)

    def _image(self, name: str) -> ArmAnswer:
        return self._send("POST", f"agentPools/{name}/upgradeNodeImageVersion")

    def _power(self, name: str) -> ArmAnswer | None:
        return self._put(name, powerState={"code": self._rng.choice(("Stopped", "Running"))})

    def _abort(self, name: str) -> ArmAnswer:
        return self._send("POST", f"agentPools/{name}/abort")

    def _delete(self, name: str) -> ArmAnswer | None:
        return None if self._rng.random() < 0.6 else self._send("DELETE", f"agentPools/{name}")

    def _machines(self, name: str) -> ArmAnswer | None:
        shown = self._send("GET", f"agentPools/{name}/machines")
        there = [m["name"] for m in shown.body["value"]] if shown.status == 200 else []
        if not there:
            return None
        gone = self._rng.sample(there, self._rng.randint(1, len(there)))
        return self._send("POST", f"agentPools/{name}/deleteMachines", {"machineNames": gone})

    def _cluster(self, name: str) -> ArmAnswer:
        return self._send("PUT", "", self._send("GET", "").body)

    def _cluster_upgrade(self, name: str) -> ArmAnswer | None:
        profile = self._send("GET", "upgradeProfiles/default").body["properties"]
        ahead = profile["controlPlaneProfile"].get("upgrades") or ()
        if not ahead:
            return None
        body = self._send("GET", "").body
        to = self._rng.choice(ahead)["kubernetesVersion"]
        body["properties"]["kubernetesVersion"] = to
        if self._rng.random() < 0.5:
            for pool in body["properties"]["agentPoolProfiles"]:
                pool |= {"orchestratorVersion": to, "nodeImageVersion": None}
        return self._send("PUT", "", body)

    def _cluster_power(self, name: str) -> ArmAnswer:
        return self._send("POST", self._rng.choice(("stop", "start", "start", "start")))

    def _cluster_abort(self, name: str) -> ArmAnswer:
        return self._send("POST", "abort")

    def _roll_back(self, name: str) -> ArmAnswer | None:
        shown = self._send("GET", f"agentPools/{name}/upgradeProfiles/default")
        used = shown.body.get("properties", {}).get("recentlyUsedVersions") or ()
        return self._put(name, **{k: used[0][k] for k in _BACK}) if used else None


_BACK = ("orchestratorVersion", "nodeImageVersion")


def disagreements(world: World) -> list[str]:
    """What ARM says otherwise than it is, when nothing is under way."""
    found = list(_of_cluster(world))
    for pool in world.arm.pools.values():
        found += [f"{pool.name}: {what}" for what in _of_pool(world, pool)]
    of_pools = {name for pool in world.arm.pools for name in world.kube.nodes_of(pool)}
    strays = {node["metadata"]["name"] for node in world.kube.store.all(NODES)} - of_pools
    return [*found, *(f"node {name} is of no pool" for name in sorted(strays))]


def _of_cluster(world: World) -> Iterator[str]:
    properties = world.arm.cluster.properties
    if properties["provisioningState"] not in SETTLED:
        yield f"the cluster is {properties['provisioningState']} for ever"
    if world.kube.answers != (properties["powerState"]["code"] == "Running"):
        yield "the API server answers otherwise than the power state says"
    if world.kube.version != world.arm.cluster.version:
        yield f"the API server is {world.kube.version}, ARM says {world.arm.cluster.version}"
    for ledger in world.azure.operations:
        yield from (f"{o.target} is worked at for ever" for o in ledger.running())


def _of_pool(world: World, pool: SimPool) -> Iterator[str]:
    machines = (*pool.machines, *pool.extra, *pool.quarantined)
    nodes = set(world.kube.nodes_of(pool.name))
    state = pool.properties["provisioningState"]
    if state not in SETTLED:
        yield f"{state} for ever"
    if len(set(machines)) != len(machines):
        yield "a machine is there twice"
    if set(pool.addresses) != set(machines):
        yield "addresses are not those of its machines"
    if nodes - set(machines):
        yield f"nodes without machines: {sorted(nodes - set(machines))}"
    if pool.stopped or not world.kube.answers:
        if nodes:
            yield f"is off and has nodes: {sorted(nodes)}"
    elif state == "Succeeded":
        if nodes != set(machines):
            yield f"machines without nodes: {sorted(set(machines) - nodes)}"
        if (len(pool.machines), pool.extra) != (pool.count, []):
            yield f"counts {pool.count}, has {pool.machines} and {pool.extra}"
        for name in pool.machines:
            yield from (f"{name} {what}" for what in _of_node(world, pool, name))


def _of_node(world: World, pool: SimPool, name: str) -> Iterator[str]:
    node = world.kube.store.find(NODES, "", name)
    if node is None:
        return
    properties, labels = pool.properties, node["metadata"]["labels"]
    version = node["status"]["nodeInfo"]["kubeletVersion"]
    if version != f"v{properties['currentOrchestratorVersion']}":
        yield f"runs {version}, not {properties['currentOrchestratorVersion']}"
    if labels.get(_IMAGE_LABEL) != properties["nodeImageVersion"]:
        yield f"has {labels.get(_IMAGE_LABEL)}, not {properties['nodeImageVersion']}"
    own = {key: labels[key] for key in ("a", "b") if key in labels}
    if own != (properties.get("nodeLabels") or {}):
        yield f"is labelled {own}"
    taints = {
        f"{t['key']}={t.get('value', '')}:{t['effect']}"
        for t in node["spec"].get("taints") or ()
        if not t["key"].startswith(_MARKS)
    }
    if taints != set(properties.get("nodeTaints") or ()):
        yield f"is tainted {sorted(taints)}"
    if node["spec"].get("unschedulable"):
        yield "is cordoned"
    if [c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"] != ["True"]:
        yield "is not ready"
