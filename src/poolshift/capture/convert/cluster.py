"""The cluster, its pools and nodes, as the snapshot has them; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.arm import AutoUpgradeProfile as Channels
from poolshift.core.arm import NetworkProfile as Network
from poolshift.core.kube import is_ready
from poolshift.core.snapshot import (
    ClusterFacts,
    LockFacts,
    MaintenanceFacts,
    NodeFacts,
    OfferFacts,
    PolicyFacts,
    PoolFacts,
    SubnetFacts,
)
from poolshift.semantics.owners import pool_of_labels
from poolshift.semantics.versions import build_of, minor, parse_node_image

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from poolshift.catalog import Catalog
    from poolshift.core.arm import (
        Cluster,
        ClusterProperties,
        KubernetesOffer,
        Lock,
        PolicyVerdict,
        Pool,
        Subnet,
    )
    from poolshift.core.kube import Node

IMAGE_LABEL = "kubernetes.azure.com/node-image-version"
ZONE_LABEL = "topology.kubernetes.io/zone"
_MANAGED = "msi"
_NON_COMPLIANT = "noncompliant"


def cluster(found: Cluster) -> ClusterFacts:
    """The managed cluster."""
    p = found.properties
    identity = (p.identity_profile or {}).get("kubeletidentity")
    sku = found.raw.get("sku") or {}
    access = p.api_server_access_profile
    monitor = p.azure_monitor_profile
    return ClusterFacts(
        id=found.id,
        name=found.name,
        region=found.location,
        kubernetes_version=p.current_kubernetes_version or p.kubernetes_version,
        node_resource_group=p.node_resource_group,
        provisioning_state=p.provisioning_state,
        power_state=p.power_state.code,
        network=p.network_profile or Network(),
        windows=p.windows_profile,
        auto_upgrade=p.auto_upgrade_profile or Channels(),
        kubelet_identity=identity.resource_id if identity else "",
        kubelet_object_id=identity.object_id if identity else "",
        support_plan=p.support_plan,
        tags=found.tags,
        tier=str(sku.get("tier") or ""),
        automatic=str(sku.get("name") or "").lower() == "automatic",
        created_at=str((found.raw.get("systemData") or {}).get("createdAt") or ""),
        service_principal=p.service_principal_profile is not None
        and p.service_principal_profile.client_id.lower() != _MANAGED,
        identities=tuple(
            sorted((found.raw.get("identity") or {}).get("userAssignedIdentities") or {})
        ),
        restriction_level=p.node_resource_group_profile.restriction_level
        if p.node_resource_group_profile
        else "",
        artifact_source=p.bootstrap_profile.artifact_source if p.bootstrap_profile else "",
        node_provisioning=p.node_provisioning_profile.mode if p.node_provisioning_profile else "",
        private=bool(access and access.enable_private_cluster),
        authorized_ranges=len((access.authorized_ip_ranges if access else None) or ()),
        local_accounts=not p.disable_local_accounts,
        addons=tuple(sorted(k for k, v in (p.addon_profiles or {}).items() if v.enabled)),
        drivers=_drivers(p),
        managed_prometheus=bool(monitor and monitor.metrics and monitor.metrics.enabled),
        max_pools=p.max_agent_pools,
        autoscaler_profile=p.auto_scaler_profile or {},
    )


def _drivers(p: ClusterProperties) -> tuple[str, ...]:
    profile = p.storage_profile
    if profile is None:
        return ()
    named = (
        ("disk", profile.disk_csi_driver),
        ("file", profile.file_csi_driver),
        ("blob", profile.blob_csi_driver),
        ("snapshot", profile.snapshot_controller),
    )
    return tuple(name for name, driver in named if driver is not None and driver.enabled)


def owner_by_tags(tags: Mapping[str, str]) -> str:
    """Who owns a pool, as far as its tags tell."""
    keys = {k.lower(): v.lower() for k, v in tags.items()}
    marks = {
        "terraform": ("terraform", "managed-by-terraform", "tf-managed"),
        "bicep": ("bicep", "deploymentstack"),
        "capz": ("sigs.k8s.io_cluster-api-provider-azure_cluster",),
        "aso": ("serviceoperator.azure.com_owner",),
        "crossplane": ("crossplane-kind", "crossplane-name"),
    }
    for owner, names in marks.items():
        if any(k in names or k.startswith(names) for k in keys):
            return owner
        if keys.get("managed-by", keys.get("managedby", "")) == owner:
            return owner
    return "none"


def pool(
    found: Pool, nodes: tuple[NodeFacts, ...], catalog: Catalog, latest: str = ""
) -> PoolFacts:
    """A pool with what its nodes say of their build."""
    p = found.properties
    image = parse_node_image(p.node_image_version, catalog)
    builds = sorted({n.build for n in nodes if n.pool == found.name and n.build})
    return PoolFacts(
        name=found.name,
        os_type=p.os_type,
        os_sku=p.os_sku,
        mode=p.mode,
        count=p.count,
        vm_size=p.vm_size,
        kubernetes_version=p.current_orchestrator_version or p.orchestrator_version,
        node_image_version=p.node_image_version,
        build=builds[0] if builds else (image.build if image else ""),
        vm_generation=image.generation if image else "",
        provisioning_state=p.provisioning_state,
        power_state=p.power_state.code,
        autoscaling=bool(p.enable_auto_scaling),
        min_count=p.min_count,
        max_count=p.max_count,
        max_pods=p.max_pods,
        fips=bool(p.enable_fips),
        zones=p.availability_zones or (),
        subnet_id=p.vnet_subnet_id or "",
        labels=p.node_labels or {},
        taints=p.node_taints or (),
        tags=p.tags or {},
        spot=p.scale_set_priority == "Spot",
        owner=owner_by_tags(p.tags or {}),
        latest_node_image=latest,
        raw=found.raw,
    )


def node(found: Node) -> NodeFacts:
    """A node."""
    labels = found.metadata.labels
    info = found.status.node_info
    return NodeFacts(
        name=found.metadata.name,
        pool=pool_of_labels(labels),
        os=labels.get("kubernetes.io/os", info.operating_system),
        build=info.kernel_version if build_of(info.kernel_version) else "",
        os_image=info.os_image,
        kubelet=info.kubelet_version,
        image_version=labels.get(IMAGE_LABEL, ""),
        zone=labels.get(ZONE_LABEL, ""),
        ready=is_ready(found),
        cordoned=found.spec.unschedulable,
        labels=labels,
        taints=found.spec.taints,
        allocatable=found.status.allocatable,
        runtime=info.container_runtime_version,
        created_at=found.metadata.creation_timestamp or "",
    )


def maintenance(found: Iterable[Mapping[str, Any]]) -> tuple[MaintenanceFacts, ...]:
    """The maintenance configurations."""
    return tuple(
        MaintenanceFacts(str(item.get("name") or ""), dict(item.get("properties") or {}))
        for item in found
    )


def offers(found: Iterable[KubernetesOffer], upgrades: Iterable[str]) -> tuple[OfferFacts, ...]:
    """The minors on offer, each with the versions of it that the cluster may go to now."""
    ahead = list(upgrades)
    return tuple(
        OfferFacts(
            o.minor,
            o.patches,
            o.plans,
            o.preview,
            tuple(v for v in ahead if minor(v) == minor(o.minor)),
        )
        for o in found
    )


def subnets(found: Iterable[Subnet]) -> tuple[SubnetFacts, ...]:
    """The subnets, each once."""
    by_id = {s.id: SubnetFacts(s.id, s.prefixes, s.used, s.delegated_to) for s in found}
    return tuple(by_id[key] for key in sorted(by_id))


def locks(found: Iterable[Lock]) -> tuple[LockFacts, ...]:
    """The locks, each once."""
    return tuple(sorted({LockFacts(k.name, k.level, k.scope) for k in found}, key=_lock_key))


def _lock_key(lock: LockFacts) -> tuple[str, str]:
    return (lock.scope.lower(), lock.name)


def policies(pool_name: str, found: Iterable[PolicyVerdict]) -> tuple[PolicyFacts, ...]:
    """The policies that a copy of a pool would not keep to."""
    return tuple(
        PolicyFacts(pool_name, v.assignment, v.effect)
        for v in found
        if not v.result or v.result.lower().replace("-", "") == _NON_COMPLIANT
    )
