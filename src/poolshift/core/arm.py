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


class NetworkProfile(Wire, frozen=True):
    """Network settings of a cluster."""

    network_plugin: str = ""
    network_plugin_mode: str | None = None
    network_policy: str | None = None
    network_dataplane: str | None = None
    pod_cidr: str | None = None
    outbound_type: str | None = None
    load_balancer_sku: str | None = None


class AutoUpgradeProfile(Wire, frozen=True):
    """Auto-upgrade channels."""

    upgrade_channel: str | None = None
    node_os_upgrade_channel: str | None = msgspec.field(default=None, name="nodeOSUpgradeChannel")


class AssignedIdentity(Wire, frozen=True):
    """A user-assigned identity in identityProfile."""

    resource_id: str = ""
    client_id: str = ""
    object_id: str = ""


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


class Usage(msgspec.Struct, frozen=True):
    """Quota of a region: vCPUs of a family, or `cores` for the regional total."""

    name: str
    current: int
    limit: int


class ScaleSet(msgspec.Struct, frozen=True):
    """A scale set of the node resource group; `identities` are user-assigned, by resource id."""

    id: str
    name: str
    pool: str
    identities: tuple[str, ...] = ()
    raw: dict[str, Any] = {}
