"""The cluster, its pools and nodes, and what the subscription puts around them."""

from __future__ import annotations

from typing import Any

import msgspec

from poolshift.core.arm import AutoUpgradeProfile, NetworkProfile, WindowsProfile
from poolshift.core.kube import Taint
from poolshift.core.snapshot.part import Part


class ClusterFacts(Part, frozen=True):
    """The managed cluster.

    Attributes:
        id: the full resource id in the service's own case.
        tier: Free, Standard or Premium; empty when the service did not say.
        automatic: whether it is an AKS Automatic cluster.
        created_at: ISO 8601, empty when the service did not say.
        service_principal: whether it signs in with a service principal, not an identity.
        identities: its own user-assigned identities, by resource id.
        kubelet_object_id: object id of the kubelet's identity.
        restriction_level: of the node resource group: Unrestricted, ReadOnly or empty.
        artifact_source: where nodes get their parts from: Direct, Cache or empty.
        node_provisioning: Manual, Auto or empty.
        private: whether its API server answers inside its network alone.
        authorized_ranges: how many address ranges may reach the API server; 0 for all.
        local_accounts: whether accounts of the cluster itself are on.
        addons: names of the add-ons that are on.
        drivers: CSI drivers that are on: disk, file, blob, snapshot.
        managed_prometheus: whether managed Prometheus is on.
        max_pools: as the service says; None when it did not.
        autoscaler_profile: the cluster autoscaler's settings, as the service has them.
    """

    id: str
    name: str
    region: str
    kubernetes_version: str
    node_resource_group: str = ""
    provisioning_state: str = ""
    power_state: str = "Running"
    network: NetworkProfile = NetworkProfile()
    windows: WindowsProfile | None = None
    auto_upgrade: AutoUpgradeProfile = AutoUpgradeProfile()
    kubelet_identity: str = ""
    support_plan: str | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    tier: str = ""
    automatic: bool = False
    created_at: str = ""
    service_principal: bool = False
    identities: tuple[str, ...] = ()
    kubelet_object_id: str = ""
    restriction_level: str = ""
    artifact_source: str = ""
    node_provisioning: str = ""
    private: bool = False
    authorized_ranges: int = 0
    local_accounts: bool = True
    addons: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    managed_prometheus: bool = False
    max_pools: int | None = None
    autoscaler_profile: dict[str, str] = msgspec.field(default_factory=dict)


class PoolFacts(Part, frozen=True):
    """A pool. `raw` holds every field as the service gave it, kept for cloning.

    `build` is the Windows build of its nodes (`10.0.17763.3165`), empty on Linux and when no
    node says it. `vm_generation` is V1 or V2 by the node image's name, empty when unknown.
    `owner` is who creates and changes the pool: nobody, terraform, bicep, capz, aso, crossplane.
    `latest_node_image` is the newest that the service offers it, empty when it did not say.
    """

    name: str
    os_type: str
    os_sku: str
    mode: str
    count: int
    vm_size: str
    kubernetes_version: str
    node_image_version: str = ""
    build: str = ""
    vm_generation: str = ""
    provisioning_state: str = "Succeeded"
    power_state: str = "Running"
    autoscaling: bool = False
    min_count: int | None = None
    max_count: int | None = None
    max_pods: int = 30
    fips: bool = False
    zones: tuple[str, ...] = ()
    subnet_id: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    taints: tuple[str, ...] = ()
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    spot: bool = False
    owner: str = "none"
    latest_node_image: str = ""
    raw: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def properties(self) -> dict[str, Any]:
        """The pool's properties as the service gave them; empty without them."""
        found = self.raw.get("properties")
        return found if isinstance(found, dict) else {}


class NodeFacts(Part, frozen=True):
    """A node. Quantities as the API gives them; `runtime` as `containerd://1.7.20`."""

    name: str
    pool: str
    os: str
    build: str = ""
    os_image: str = ""
    kubelet: str = ""
    image_version: str = ""
    zone: str = ""
    ready: bool = True
    cordoned: bool = False
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    allocatable: dict[str, str] = msgspec.field(default_factory=dict)
    runtime: str = ""
    created_at: str = ""


class MaintenanceFacts(Part, frozen=True):
    """A maintenance configuration: its name and its properties as the service has them."""

    name: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class OfferFacts(Part, frozen=True):
    """A Kubernetes minor that the region offers, with its full versions and support plans.

    `upgrades` are the full versions that the cluster itself may go to now, on the entries of
    their minor.
    """

    minor: str
    patches: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    preview: bool = False
    upgrades: tuple[str, ...] = ()


class SubnetFacts(Part, frozen=True):
    """A subnet of pools.

    Attributes:
        id: resource id, lower case.
        prefixes: its address ranges, CIDR.
        used: addresses in use; None when the service did not say.
        delegated_to: the service that it is delegated to, empty without one.
    """

    id: str
    prefixes: tuple[str, ...] = ()
    used: int | None = None
    delegated_to: str = ""


class LockFacts(Part, frozen=True):
    """A lock: `level` is CanNotDelete or ReadOnly, `scope` the resource or group it is on."""

    name: str
    level: str
    scope: str


class PolicyFacts(Part, frozen=True):
    """A policy that the copy of a pool would not keep to; `effect` as the service says it."""

    pool: str
    assignment: str
    effect: str
    reason: str = ""
