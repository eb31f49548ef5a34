"""What ARM answers, parsed as far as poolshift reads it, the raw JSON kept for writing back.

A PUT of a pool or cluster replaces it, so it is always made from `raw`: a field that poolshift
does not know must survive.
"""

from __future__ import annotations

from typing import Any

import msgspec

from poolshift.core.kube import Wire


class UpgradeSettings(Wire, frozen=True):
    """Surge settings of a pool."""

    max_surge: str = ""
    max_unavailable: str = ""
    drain_timeout_in_minutes: int | None = None
    node_soak_duration_in_minutes: int | None = None
    undrainable_node_behavior: str | None = None


class PowerState(Wire, frozen=True):
    """Running or Stopped."""

    code: str = "Running"


class PoolProperties(Wire, frozen=True):
    """The properties of an agent pool that poolshift reads."""

    os_type: str = "Linux"
    os_sku: str = msgspec.field(default="", name="osSKU")
    count: int = 0
    vm_size: str = ""
    mode: str = "User"
    type: str = "VirtualMachineScaleSets"
    e_tag: str = ""
    max_pods: int = 30
    os_disk_size_gb: int | None = msgspec.field(default=None, name="osDiskSizeGB")
    orchestrator_version: str = ""
    current_orchestrator_version: str = ""
    node_image_version: str = ""
    provisioning_state: str = ""
    power_state: PowerState = PowerState()
    enable_auto_scaling: bool | None = None
    min_count: int | None = None
    max_count: int | None = None
    enable_fips: bool | None = msgspec.field(default=None, name="enableFIPS")
    availability_zones: tuple[str, ...] | None = None
    vnet_subnet_id: str | None = msgspec.field(default=None, name="vnetSubnetID")
    node_labels: dict[str, str] | None = None
    node_taints: tuple[str, ...] | None = None
    tags: dict[str, str] | None = None
    upgrade_settings: UpgradeSettings | None = None
    scale_set_priority: str | None = None


class Pool(msgspec.Struct, frozen=True):
    """An agent pool as the service gave it."""

    id: str
    name: str
    properties: PoolProperties
    raw: dict[str, Any]


class GmsaProfile(Wire, frozen=True):
    """gMSA settings of a cluster."""

    enabled: bool | None = None
    dns_server: str | None = None
    root_domain_name: str | None = None


class WindowsProfile(Wire, frozen=True):
    """Windows settings of a cluster."""

    admin_username: str = ""
    license_type: str | None = None
    gmsa_profile: GmsaProfile | None = None
    enable_csi_proxy: bool | None = msgspec.field(default=None, name="enableCSIProxy")


class ManagedAddresses(Wire, frozen=True):
    """Outbound addresses that the service keeps."""

    count: int | None = None


class OutboundAddress(Wire, frozen=True):
    """An outbound address in use; which one does not matter, only how many there are."""


class LoadBalancerProfile(Wire, frozen=True):
    """Outbound settings of the load balancer; 0 allocated ports means by itself."""

    allocated_outbound_ports: int | None = None
    idle_timeout_in_minutes: int | None = None
    managed_outbound_ips: ManagedAddresses | None = msgspec.field(
        default=None, name="managedOutboundIPs"
    )
    effective_outbound_ips: tuple[OutboundAddress, ...] = msgspec.field(
        default=(), name="effectiveOutboundIPs"
    )


class NetworkProfile(Wire, frozen=True):
    """Network settings of a cluster."""

    network_plugin: str = ""
    network_plugin_mode: str | None = None
    network_policy: str | None = None
    network_dataplane: str | None = None
    pod_cidr: str | None = None
    outbound_type: str | None = None
    load_balancer_sku: str | None = None
    service_cidr: str | None = None
    pod_cidrs: tuple[str, ...] = ()
    ip_families: tuple[str, ...] = ()
    load_balancer_profile: LoadBalancerProfile | None = None


class AutoUpgradeProfile(Wire, frozen=True):
    """Auto-upgrade channels."""

    upgrade_channel: str | None = None
    node_os_upgrade_channel: str | None = msgspec.field(default=None, name="nodeOSUpgradeChannel")


class AssignedIdentity(Wire, frozen=True):
    """A user-assigned identity in identityProfile."""

    resource_id: str = ""
    client_id: str = ""
    object_id: str = ""


class ServicePrincipal(Wire, frozen=True):
    """Who the cluster signs in as; the client id `msi` stands for a managed identity."""

    client_id: str = "msi"


class NodeGroupProfile(Wire, frozen=True):
    """Whether the node resource group may be changed by others."""

    restriction_level: str = ""


class BootstrapProfile(Wire, frozen=True):
    """Where nodes get their parts from."""

    artifact_source: str = ""


class NodeProvisioning(Wire, frozen=True):
    """Whether nodes are provisioned by themselves."""

    mode: str = ""


class ApiServerAccess(Wire, frozen=True):
    """Who reaches the API server."""

    enable_private_cluster: bool | None = None
    authorized_ip_ranges: tuple[str, ...] | None = msgspec.field(
        default=None, name="authorizedIPRanges"
    )


class Addon(Wire, frozen=True):
    """An add-on; its settings are not read."""

    enabled: bool = False


class Driver(Wire, frozen=True):
    """A CSI driver."""

    enabled: bool = False


class StorageProfile(Wire, frozen=True):
    """The CSI drivers of a cluster."""

    disk_csi_driver: Driver | None = msgspec.field(default=None, name="diskCSIDriver")
    file_csi_driver: Driver | None = msgspec.field(default=None, name="fileCSIDriver")
    blob_csi_driver: Driver | None = msgspec.field(default=None, name="blobCSIDriver")
    snapshot_controller: Driver | None = None


class MonitorMetrics(Wire, frozen=True):
    """Managed Prometheus."""

    enabled: bool = False


class MonitorProfile(Wire, frozen=True):
    """Azure Monitor of a cluster."""

    metrics: MonitorMetrics | None = None


class ClusterProperties(Wire, frozen=True):
    """The properties of a managed cluster that poolshift reads."""

    provisioning_state: str = ""
    power_state: PowerState = PowerState()
    kubernetes_version: str = ""
    current_kubernetes_version: str = ""
    node_resource_group: str = ""
    fqdn: str | None = None
    private_fqdn: str | None = msgspec.field(default=None, name="privateFQDN")
    network_profile: NetworkProfile | None = None
    windows_profile: WindowsProfile | None = None
    auto_upgrade_profile: AutoUpgradeProfile | None = None
    identity_profile: dict[str, AssignedIdentity] | None = None
    disable_local_accounts: bool | None = None
    support_plan: str | None = None
    service_principal_profile: ServicePrincipal | None = None
    node_resource_group_profile: NodeGroupProfile | None = None
    bootstrap_profile: BootstrapProfile | None = None
    node_provisioning_profile: NodeProvisioning | None = None
    api_server_access_profile: ApiServerAccess | None = None
    addon_profiles: dict[str, Addon] | None = None
    storage_profile: StorageProfile | None = None
    azure_monitor_profile: MonitorProfile | None = None
    max_agent_pools: int | None = None
    auto_scaler_profile: dict[str, str] | None = None


class Cluster(msgspec.Struct, frozen=True):
    """A managed cluster as the service gave it."""

    id: str
    name: str
    location: str
    tags: dict[str, str]
    properties: ClusterProperties
    raw: dict[str, Any]


class Accepted(msgspec.Struct, frozen=True):
    """A call that the service accepted.

    `operation_url` is where to poll, as sent by the service; None when the call was complete
    with its answer. `retry_after_s` is what the service asked for, None when it said nothing.
    """

    operation_url: str | None = None
    retry_after_s: float | None = None
    body: dict[str, Any] | None = None


class Operation(msgspec.Struct, frozen=True):
    """The state of a long-running operation.

    `status` is free text until it is one of the three terminal words; an `error` beside a
    running or succeeded status is no failure.
    """

    status: str
    error_code: str = ""
    error_message: str = ""
    retry_after_s: float | None = None

    @property
    def done(self) -> bool:
        """Whether the status is terminal."""
        return self.status in ("Succeeded", "Failed", "Canceled")


class VmSize(msgspec.Struct, frozen=True):
    """A VM size of a region.

    `generations` holds V1, V2 or both; `restricted_zones` are those closed to the subscription.
    """

    name: str
    family: str
    vcpus: int
    memory_gb: float
    generations: tuple[str, ...]
    zones: tuple[str, ...] = ()
    restricted: bool = False
    restricted_zones: tuple[str, ...] = ()
    architecture: str = "x64"
    max_data_disks: int | None = None
    disk_controllers: tuple[str, ...] = ()
    local_disk_gb: float | None = None


class Usage(msgspec.Struct, frozen=True):
    """Quota of a region: vCPUs of a family, or `cores` for the regional total."""

    name: str
    current: int
    limit: int


class ScaleSet(msgspec.Struct, frozen=True):
    """A scale set of the node resource group.

    Attributes:
        identities: user-assigned identities, by resource id.
        object_ids: their object ids, in the same order; empty where the service did not say.
        license_type: Azure Hybrid Benefit of its machines, empty without.
        tags: its tags.
        image: the image reference of its machines, empty when the service did not say.
    """

    id: str
    name: str
    pool: str
    identities: tuple[str, ...] = ()
    object_ids: tuple[str, ...] = ()
    license_type: str = ""
    tags: dict[str, str] = {}
    image: str = ""


class KubernetesOffer(msgspec.Struct, frozen=True):
    """A Kubernetes minor of a region: its full versions and the support plans that may run it."""

    minor: str
    patches: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    preview: bool = False


class Lock(msgspec.Struct, frozen=True):
    """A lock: CanNotDelete or ReadOnly, and the resource or group it is on."""

    name: str
    level: str
    scope: str


class PolicyVerdict(msgspec.Struct, frozen=True):
    """What a policy says of a resource: its effect (`deny`), and whether that is kept to."""

    assignment: str
    effect: str
    result: str = ""


class Subnet(msgspec.Struct, frozen=True):
    """A subnet: its id in lower case, its ranges, and the addresses in use where it says so."""

    id: str
    prefixes: tuple[str, ...] = ()
    used: int | None = None
    delegated_to: str = ""
