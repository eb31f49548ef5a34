"""A tool that moves pools by hand: each verb does what it says, and no care is built in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from tests.rig import Rig, run_async

from poolshift.core.errors import ApiError
from poolshift.sim.arm.port import SimArm
from poolshift.sim.kube.objects import with_spec
from poolshift.sim.kube.owners import workload_of
from poolshift.sim.kube.resources import DEPLOYMENTS
from poolshift.sim.scenario import load_scenario
from poolshift.sim.scenarioparts import NodeImage

HERE = Path(__file__).parent
BY = "user:script"


class Tool(Rig):
    """A world of one of the scenarios here, poolshift on it, and a script beside it."""

    def __init__(self, name: str) -> None:
        super().__init__(load_scenario(str(HERE / name)))
        self.script = SimArm(self.world.azure, "script")

    @property
    def now(self) -> float:
        return self.world.clock.t

    def make_pool(self, name: str, like: str, **properties: Any) -> None:
        """Ask for a pool like another one, and wait until it is there."""
        old = self.world.arm.pools[like].properties
        kept = {k: old[k] for k in ("osType", "vmSize", "mode", "maxPods")}
        body = {"properties": {**kept, "osSKU": "Windows2022", "count": 3, **properties}}
        run_async(self.script.put_pool(self.cluster_id, name, body))
        self.pass_time(1200)

    def try_pool(self, name: str, like: str) -> str:
        """The same; gives the code of a refusal instead of stopping at it."""
        try:
            self.make_pool(name, like)
        except ApiError as error:
            return error.service_code
        return ""

    def send_pool(self, name: str, properties: dict[str, Any]) -> None:
        """Change properties of a pool that is there."""
        changed = {**self.world.arm.pools[name].properties, **properties}
        run_async(self.script.put_pool(self.cluster_id, name, {"properties": changed}))
        self.pass_time(60)

    def delete_pool(self, name: str) -> None:
        """Delete a pool, without another thought."""
        run_async(self.script.delete_pool(self.cluster_id, name))
        self.pass_time(3600)

    def cordon(self, *pools: str) -> None:
        for node in self.nodes_in(*pools):
            self.world.kube.cordon(node, by=BY)

    def nodes_in(self, *pools: str) -> list[str]:
        return [node for pool in pools for node in self.nodes(pool)]

    def pods_on(self, node: str) -> list[dict[str, Any]]:
        """The pods of a node that no DaemonSet put there."""
        store = self.world.kube.store
        found = self.world.kube.pods_on(node)
        return [p for p in found if "/DaemonSet/" not in (workload_of(store, p) or "")]

    def evict_all(self, node: str, *, only: str = "", pause_s: float = 0.0) -> None:
        """Evict every pod of a node, or those of an app alone, with a pause after each."""
        for pod in self.pods_on(node):
            meta = pod["metadata"]
            if only in ("", meta.get("labels", {}).get("app")):
                self.world.kube.evict(meta["namespace"], meta["name"], by=BY)
                self.pass_time(pause_s)

    def drain(self, *pools: str, pause_s: float = 60.0) -> None:
        """Empty node after node."""
        for node in self.nodes_in(*pools):
            self.evict_all(node)
            self.pass_time(pause_s)

    def scale(self, name: str, replicas: int) -> None:
        """Set the replicas of a Deployment, and wait for its pods."""
        found = self.world.kube.store.get(DEPLOYMENTS, "default", name)
        changed = with_spec(found, replicas=replicas)
        self.world.kube.api.update(DEPLOYMENTS, ("default", name), changed, by=BY)
        self.pass_time(300)

    def patch_pods(self, name: str, *, image: str = "", **spec: Any) -> None:
        """Change the pod template of a Deployment, which starts a rollout."""
        found = self.world.kube.store.get(DEPLOYMENTS, "default", name)
        template = found["spec"]["template"]
        containers = template["spec"]["containers"]
        if image:
            containers = [{**c, "image": image} for c in containers]
        pod = {**template["spec"], "containers": containers, **spec}
        changed = with_spec(found, template={**template, "spec": pod})
        self.world.kube.api.update(DEPLOYMENTS, ("default", name), changed, by=BY)

    def reimage(self, node: str, image: NodeImage) -> None:
        """A node gets another OS under the same name: what the service does in an update in place.

        The ARM side refuses a change of a Windows pool's SKU, so this works on the node itself.
        """
        seed = self.world.kube.kubelets.machines[node].seed
        fresh = msgspec.structs.replace(
            seed,
            os_sku=image.os_sku,
            build=image.build,
            os_image=image.os_image,
            kernel=image.kernel,
            image_version=image.version,
            cached_bases=image.bases,
            age_s=0.0,
        )
        self.world.kube.remove_node(node, by=BY)
        self.world.kube.add_node(fresh, by=BY, ready_after_s=300.0)
        self.pass_time(360)
