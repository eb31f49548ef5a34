"""The subscription: its clusters, and what they share."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.arm import VmSize
from poolshift.sim.arm.addresses import Addresses
from poolshift.sim.arm.around.features import Features
from poolshift.sim.arm.durations import Durations
from poolshift.sim.arm.governance.throttling import Throttle
from poolshift.sim.arm.ids import Ids, ids_of
from poolshift.sim.arm.subnets import made_by_client, resources_of, subnet_id
from poolshift.sim.arm.troubles import Troubles

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from poolshift.catalog import Catalog
    from poolshift.sim.arm.operations import Operations, SimOperation
    from poolshift.sim.arm.snapshots.store import Snapshot
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.clock import VirtualClock
    from poolshift.sim.scenario import Scenario
    from poolshift.sim.scenarioparts import LockSpec, PolicySpec, SubnetSpec, VmSizeSpec

# Overlay blocks between the first nodes of two subnets.
_BLOCKS_EACH = 64


class Group(msgspec.Struct):
    """A resource group.

    Attributes:
        managed_by: id of the cluster whose node resource group it is; empty for any other.
    """

    name: str
    location: str
    tags: dict[str, str] = {}
    managed_by: str = ""


class ApiAccess(msgspec.Struct, frozen=True):
    """How kubeconfigs reach the API servers: an address, its authority (PEM) and a token."""

    server: str = "https://in-process.invalid"
    authority: bytes = b""
    token: str = ""


class Subscription:
    """Everything that ARM knows in this world.

    Args:
        scenario: what there is at the start.
        catalog: dated facts.
        clock: virtual time.
        rng: what everything is drawn from.
        start_cluster: makes the empty ARM side of a cluster, with a Kubernetes world of the
            version, for ids; the subscription then counts it among its own.
    """

    def __init__(
        self,
        *,
        scenario: Scenario,
        catalog: Catalog,
        clock: VirtualClock,
        rng: random.Random,
        start_cluster: Callable[[Subscription, Ids, str, str], ArmWorld],
    ) -> None:
        self.scenario = scenario
        self.catalog = catalog
        self.clock = clock
        self.rng = rng
        self.durations = Durations(catalog, rng)
        self.home = ids_of(scenario.name, scenario.cluster)
        self._start_cluster = start_cluster
        self._clusters: dict[tuple[str, str], ArmWorld] = {}
        # Of every cluster that there is or was: clients poll to the end of a deletion.
        self.operations: list[Operations] = []
        self.groups: dict[str, Group] = {}
        # Snapshots of pools, by group and name in lower case.
        self.snapshots: dict[tuple[str, str], Snapshot] = {}
        self.add_group(Group(self.home.group, self.home.location))
        self.features = Features(scenario.features)
        self.throttle = Throttle(catalog, clock)
        self.troubles = Troubles()
        self.role_assignments: dict[str, dict[str, Any]] = {}
        self.providers: set[str] = {"microsoft.containerservice", "microsoft.compute"}
        # Applications of the directory that nothing else of the world names, by client id.
        self.applications: list[str] = []
        # Resources of other providers than the two of clusters, by id in lower case.
        self.resources = resources_of(self.home, scenario)
        # While no face is served, at a name that is reserved for no host.
        self.api_access = ApiAccess()
        self._addresses: dict[tuple[str, str], Addresses] = {}
        # Milliseconds (of the wall) that clients are told to wait between polls; None says nothing.
        self.poll_hint_ms: int | None = None
        # Calls that the local AKS could not answer, by method and path or by what is missing.
        self.unanswered: collections.Counter[str] = collections.Counter()

    def add_group(self, group: Group) -> None:
        """A resource group that is there from now on."""
        self.groups[group.name.lower()] = group

    def add_cluster(self, ids: Ids, version: str, subnet: str) -> ArmWorld:
        """Begin a cluster: its node resource group, its Kubernetes world, no body and no pools."""
        world = self._start_cluster(self, ids, version, subnet)
        self._clusters[ids.group.lower(), ids.cluster.lower()] = world
        self.add_group(Group(ids.node_group, ids.location, managed_by=ids.cluster_id))
        return world

    def drop_cluster(self, world: ArmWorld) -> None:
        """End a cluster; its node resource group goes with it."""
        del self._clusters[world.ids.group.lower(), world.ids.cluster.lower()]
        del self.groups[world.ids.node_group.lower()]

    def clusters(self) -> Iterator[ArmWorld]:
        """Every cluster that there is."""
        yield from self._clusters.values()

    def cluster(self, group: str, name: str) -> ArmWorld | None:
        """The cluster of a group, in any case."""
        return self._clusters.get((group.lower(), name.lower()))

    def by_node_group(self, group: str) -> ArmWorld | None:
        """The cluster whose node resource group that is."""
        return next((w for w in self.clusters() if w.ids.node_group.lower() == group.lower()), None)

    def operation(self, id_: str) -> SimOperation | None:
        """An operation of any cluster by id."""
        found = (operations.find(id_) for operations in self.operations)
        return next((operation for operation in found if operation is not None), None)

    def subnet(self, id_: str) -> SubnetSpec | None:
        """A subnet by resource id, in any case: the scenario's, or one that a client has made."""
        found = (s for s in self.scenario.subnets if _same(subnet_id(self.home, s), id_))
        return next(found, None) or made_by_client(self.resources, id_)

    def addresses_in(self, id_: str) -> Addresses | None:
        """The addresses of a subnet; None without one."""
        spec = self.subnet(id_)
        if spec is None:
            return None
        # A subnet with machines in it keeps its range; an empty one may get another.
        key = id_.lower(), spec.cidr
        if key not in self._addresses:
            block = (len(self._addresses) + 1) * _BLOCKS_EACH
            self._addresses[key] = Addresses(spec.cidr, taken=spec.taken, first_block=block)
        return self._addresses[key]

    def vm_size(self, name: str) -> VmSize | None:
        """A VM size by name, in any case: the catalog's, or one that the scenario describes."""
        known = self.catalog.vm_size(name)
        if known is not None:
            return known
        found = (s for s in self.scenario.vm_sizes if s.vcpus and s.name.lower() == name.lower())
        spec = next(found, None)
        if spec is None:
            return None
        return VmSize(
            name=spec.name,
            family=spec.family,
            vcpus=spec.vcpus,
            memory_gb=spec.memory_gb,
            generations=spec.generations,
            architecture=spec.architecture,
        )

    @property
    def locks(self) -> tuple[LockSpec, ...]:
        """Every lock that there is."""
        return (*self.scenario.governance.locks, *self.troubles.locks)

    @property
    def policies(self) -> tuple[PolicySpec, ...]:
        """Every policy that denies."""
        return (*self.scenario.governance.policies, *self.troubles.policies)

    def special_size(self, name: str) -> VmSizeSpec | None:
        """What differs from the catalog for a size, by name in any case; None where nothing."""
        known = (*reversed(self.troubles.sizes), *self.scenario.vm_sizes)
        return next((s for s in known if s.name.lower() == name.lower()), None)

    def family_cores(self, family: str) -> int:
        """Cores of a family in use: by the pools of all clusters, and by others."""
        used = self.troubles.cores_taken(family)
        for pool in (pool for world in self.clusters() for pool in world.pools.values()):
            size = self.vm_size(str(pool.properties["vmSize"]))
            if size is not None and size.family.lower() == family.lower():
                used += size.vcpus * pool.machine_count
        return used

    def family_limit(self, family: str) -> int:
        """The quota of a family: its own entry in the scenario, else the general one."""
        entries = {quota.family.lower(): quota.limit for quota in self.scenario.quota}
        return entries.get(family.lower(), entries.get("", 0))


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()
