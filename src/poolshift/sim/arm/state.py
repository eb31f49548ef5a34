"""The ARM side of one cluster: what exists of it, and what every part of it shares."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.addresses import Addresses
from poolshift.sim.arm.operations import Operations, SimOperation
from poolshift.sim.scenarioparts import NodeImage

if TYPE_CHECKING:
    from poolshift.core.arm import VmSize
    from poolshift.sim.arm.autoscaler.loop import Autoscaler
    from poolshift.sim.arm.ids import Ids
    from poolshift.sim.arm.maintenance.autoupgrade import AutoUpgrader
    from poolshift.sim.arm.subscription import Subscription
    from poolshift.sim.kube.world import KubeWorld
    from poolshift.sim.scenario import Scenario

# What the service itself does in the cluster carries this name in the trace.
SERVICE = "controller:aks"


class Make(msgspec.Struct, frozen=True):
    """What a machine is made of: an upgrade changes it, and nothing else does."""

    version: str
    image: NodeImage
    os_sku: str
    fips: bool


class Used(msgspec.Struct, frozen=True):
    """A Kubernetes version and node image that a pool ran, and until when."""

    make: Make
    until: datetime


class SimPool:
    """An agent pool.

    Attributes:
        properties: the body as clients see it.
        next_instance: id of the scale set's next machine; those of deleted ones never come back.
        machines: node names.
        extra: names of machines beyond the count: those that an upgrade added, or left over.
        quarantined: names of machines that an upgrade could not drain and has replaced.
        made_of: what each machine was made of: by it the service knows which are behind.
        cordoned: nodes that the service itself has cordoned and not let go again.
        good: what they were made of when all was last well, while an upgrade is not through.
        deletion: the last operation that was to delete it.
        fate: what a fault has in store for the next upgrade: `fails`, `untrue`, or nothing.
        used: what the pool ran before, the newest first, for a rollback.
        pod_addresses: the first of each machine's pods where these have a subnet of their own.
        addresses: of every machine that there was, by name.
        identities: user-assigned identities of its scale set, by resource id.
        granted_at: when those were put there that have been since the start.
        gpu_image: whether it was made with the image for GPUs, by a header that nothing shows.
    """

    def __init__(self, name: str, properties: dict[str, Any], image: NodeImage) -> None:
        self.name = name
        self.properties = properties
        self.image = image
        self.scale_set = ""
        self.next_instance = 0
        self.machines: list[str] = []
        self.extra: list[str] = []
        self.quarantined: list[str] = []
        self.made_of: dict[str, Make] = {}
        self.cordoned: set[str] = set()
        self.good: Make | None = None
        self.fate = ""
        self.deletion: SimOperation | None = None
        self.used: list[Used] = []
        self.addresses: dict[str, str] = {}
        self.pod_addresses: dict[str, str] = {}
        self.identities: dict[str, dict[str, str]] = {}
        self.granted_at: dict[str, float] = {}
        self.gpu_image = False

    @property
    def windows(self) -> bool:
        """Whether its nodes run Windows."""
        return bool(self.properties["osType"] == "Windows")

    @property
    def count(self) -> int:
        """Nodes asked for."""
        return int(self.properties["count"])

    @property
    def make(self) -> Make:
        """What its new machines are made of."""
        props = self.properties
        return Make(
            str(props["currentOrchestratorVersion"]),
            self.image,
            str(props["osSKU"]),
            bool(props.get("enableFIPS")),
        )

    @property
    def machine_count(self) -> int:
        """Machines that count against the quota: those asked for, and those beyond."""
        return self.count + len(self.extra) + len(self.quarantined)

    @property
    def well(self) -> bool:
        """Whether its last change went well and none is under way."""
        return bool(self.properties["provisioningState"] == "Succeeded")

    @property
    def stopped(self) -> bool:
        """Whether its machines are off."""
        return bool((self.properties.get("powerState") or {}).get("code") == "Stopped")

    @property
    def target(self) -> str:
        """Its name among the targets of operations."""
        return f"pool/{self.name}"


class SimCluster:
    """The managed cluster: its own body without the pools, and the operation that deletes it."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.deletion: SimOperation | None = None

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties."""
        properties: dict[str, Any] = self.body["properties"]
        return properties

    @property
    def version(self) -> str:
        """The control plane's Kubernetes version."""
        return str(self.properties["currentKubernetesVersion"])


class ArmWorld:
    """Everything that ARM knows of one cluster.

    Args:
        azure: the subscription that it is in.
        ids: its names and ids.
        kube: what runs in it.
        subnet: addresses of its nodes, CIDR.
    """

    def __init__(self, *, azure: Subscription, ids: Ids, kube: KubeWorld, subnet: str) -> None:
        self.azure = azure
        self.catalog = azure.catalog
        self.clock = azure.clock
        self.rng = azure.rng
        self.durations = azure.durations
        self.ids = ids
        self.kube = kube
        # Its own events; those of every cluster but the scenario's name their cluster.
        self.trace = kube.ctx.trace
        self.operations = Operations(azure.clock, azure.rng)
        azure.operations.append(self.operations)
        self.pools: dict[str, SimPool] = {}
        self.cluster = SimCluster({"properties": {}})
        self.subnet = subnet
        self.addresses = Addresses(subnet)
        self.kube.ctx.identities.granted = self._granted
        # How long after it was put on a scale set an identity works there.
        self.identity_delay_s = 0.0
        self.autoscaler: Autoscaler | None = None
        self.upgrader: AutoUpgrader | None = None
        # Properties of the maintenance configurations by name.
        self.maintenance: dict[str, dict[str, Any]] = {}

    @property
    def scenario(self) -> Scenario:
        """What there was at the start."""
        return self.azure.scenario

    @property
    def network(self) -> dict[str, Any]:
        """Its networkProfile."""
        return dict(self.cluster.properties.get("networkProfile") or {})

    @property
    def overlay(self) -> bool:
        """Whether pods take their addresses from a range of their own."""
        network = self.network
        mode = network.get("networkPluginMode")
        return mode == "overlay" or network.get("networkPlugin") == "kubenet"

    def _granted(self, pool: str) -> dict[str, dict[str, str]]:
        """The identities that work on a pool's nodes."""
        found = self.pools.get(pool.lower())
        if found is None:
            return {}
        now = self.clock.t
        return {
            identity: ids
            for identity, ids in found.identities.items()
            if (at := found.granted_at.get(identity)) is None or at + self.identity_delay_s <= now
        }

    def addresses_of(self, pool: SimPool) -> Addresses:
        """The addresses of a pool's nodes: of the subnet that it names, else the cluster's own."""
        subnet = str(pool.properties.get("vnetSubnetID") or "")
        return self.azure.addresses_in(subnet) or self.addresses

    def pod_addresses_of(self, pool: SimPool) -> Addresses | None:
        """Those of its pods where they have a subnet of their own."""
        return self.azure.addresses_in(str(pool.properties.get("podSubnetID") or ""))

    def vm_size(self, name: str) -> VmSize | None:
        """A VM size by name, in any case."""
        return self.azure.vm_size(name)

    def pools_changed(self) -> None:
        """Tell who follows the pools' settings."""
        if self.autoscaler is not None:
            self.autoscaler.wake()

    def settings_changed(self) -> None:
        """Tell who follows the cluster's channels and maintenance."""
        if self.upgrader is not None:
            self.upgrader.settings_changed()

    def tag(self) -> str:
        """A fresh eTag."""
        return self.operations.new_id()
