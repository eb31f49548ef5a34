"""The ARM side of the world: what exists, and what every part of it shares."""

from __future__ import annotations

import collections
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.addresses import Addresses
from poolshift.sim.arm.durations import Durations
from poolshift.sim.arm.ids import Ids, ids_of, stable_guid
from poolshift.sim.arm.operations import Operations
from poolshift.sim.scenarioparts import NodeImage

if TYPE_CHECKING:
    import random

    from poolshift.catalog import Catalog
    from poolshift.core.arm import VmSize
    from poolshift.sim.arm.autoscaler.loop import Autoscaler
    from poolshift.sim.arm.snapshots.store import Snapshot
    from poolshift.sim.clock import VirtualClock
    from poolshift.sim.kube.world import KubeWorld
    from poolshift.sim.scenario import Scenario
    from poolshift.sim.trace import Trace

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
        used: what the pool ran before, the newest first, for a rollback.
        addresses: of every machine that there was, by name.
        identities: user-assigned identities of its scale set, by resource id.
        granted_at: when those were put there that have been since the start.
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
        self.used: list[Used] = []
        self.addresses: dict[str, str] = {}
        self.identities: dict[str, dict[str, str]] = {}
        self.granted_at: dict[str, float] = {}

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
    def stopped(self) -> bool:
        """Whether its machines are off."""
        return bool((self.properties.get("powerState") or {}).get("code") == "Stopped")

    @property
    def target(self) -> str:
        """Its name among the targets of operations."""
        return f"pool/{self.name}"


class SimCluster:
    """The managed cluster: its own body without the pools."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

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
    """Everything that ARM knows in this world."""

    def __init__(
        self,
        *,
        scenario: Scenario,
        catalog: Catalog,
        clock: VirtualClock,
        trace: Trace,
        rng: random.Random,
        kube: KubeWorld,
    ) -> None:
        self.scenario = scenario
        self.catalog = catalog
        self.clock = clock
        self.trace = trace
        self.rng = rng
        self.kube = kube
        self.ids: Ids = ids_of(scenario.name, scenario.cluster)
        self.durations = Durations(catalog, rng)
        self.operations = Operations(clock, rng)
        self.pools: dict[str, SimPool] = {}
        # Snapshots of pools, by name in lower case.
        self.snapshots: dict[str, Snapshot] = {}
        self.cluster = SimCluster({"properties": {}})
        self.addresses = Addresses(scenario.cluster.subnet)
        self.features = dict(scenario.features)
        self.role_assignments: dict[str, dict[str, Any]] = {}
        self.providers: set[str] = {"microsoft.containerservice", "microsoft.compute"}
        self.kube.ctx.identities.granted = self._granted
        # How long after it was put on a scale set an identity works there.
        self.identity_delay_s = 0.0
        self.kubeconfig = b""
        self.autoscaler: Autoscaler | None = None
        # Milliseconds (of the wall) that clients are told to wait between polls; None says nothing.
        self.poll_hint_ms: int | None = None
        # Calls that the local AKS could not answer, by method and path or by what is missing.
        self.unanswered: collections.Counter[str] = collections.Counter()

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

    def vm_size(self, name: str) -> VmSize | None:
        """A VM size by name, in any case."""
        return self.catalog.vm_size(name)

    def pools_changed(self) -> None:
        """Tell who follows the pools' settings."""
        if self.autoscaler is not None:
            self.autoscaler.wake()

    def tag(self) -> str:
        """A fresh eTag."""
        return self.operations.new_id()

    def principal_of(self, identity_id: str) -> dict[str, str]:
        """Client and principal id of a user-assigned identity: made up, always the same."""
        name = identity_id.lower()
        return {
            "clientId": stable_guid("client", name),
            "principalId": stable_guid("principal", name),
        }

    def family_cores(self, family: str) -> int:
        """Cores of a family in use by all pools."""
        used = 0
        for pool in self.pools.values():
            size = self.vm_size(str(pool.properties["vmSize"]))
            if size is not None and size.family.lower() == family.lower():
                beyond = len(pool.extra) + len(pool.quarantined)
                used += size.vcpus * (pool.count + beyond)
        return used

    def family_limit(self, family: str) -> int:
        """The quota of a family: its own entry in the scenario, else the general one."""
        entries = {quota.family.lower(): quota.limit for quota in self.scenario.quota}
        return entries.get(family.lower(), entries.get("", 0))
