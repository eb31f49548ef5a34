"""The body of the managed cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.ids import stable_guid
from poolshift.sim.arm.pools.codec import profile_of

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld

CLUSTER_TYPE = "Microsoft.ContainerService/ManagedClusters"


def new_body(world: ArmWorld) -> dict[str, Any]:
    """The cluster of the scenario, without its pools."""
    spec, ids = world.scenario.cluster, world.ids
    kubelet = ids.identity_id(f"{spec.name}-{spec.kubelet_identity}", ids.node_group)
    principal = world.principal_of(kubelet)
    host = f"{spec.name.lower()}-{stable_guid('dns', ids.cluster_id)[:8]}"
    domain = f"hcp.{spec.location}.azmk8s.io"
    properties: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "powerState": {"code": "Running"},
        "kubernetesVersion": spec.kubernetes_version,
        "currentKubernetesVersion": spec.kubernetes_version,
        "dnsPrefix": spec.name,
        "fqdn": f"{host}.{domain}",
        "azurePortalFQDN": f"{host}.portal.{domain}",
        "servicePrincipalProfile": {"clientId": "msi"},
        "nodeResourceGroup": ids.node_group,
        "enableRBAC": True,
        "supportPlan": "KubernetesOfficial",
        "networkProfile": dict(spec.network),
        "maxAgentPools": world.catalog.limit_number("pools-per-cluster", "max"),
        "identityProfile": {
            "kubeletidentity": {
                "resourceId": kubelet,
                "clientId": principal["clientId"],
                "objectId": principal["principalId"],
            }
        },
        "autoUpgradeProfile": dict(spec.channels),
        "disableLocalAccounts": False,
        "securityProfile": {},
        "storageProfile": {
            "diskCSIDriver": {"enabled": True},
            "fileCSIDriver": {"enabled": True},
            "snapshotController": {"enabled": True},
        },
        "oidcIssuerProfile": {"enabled": False},
        "workloadAutoScalerProfile": {},
    }
    if spec.windows is not None:
        properties["windowsProfile"] = dict(spec.windows)
    return {
        "id": ids.cluster_id,
        "location": spec.location,
        "name": spec.name,
        "tags": dict(spec.tags),
        "type": CLUSTER_TYPE,
        "eTag": world.tag(),
        "identity": {
            "type": "SystemAssigned",
            "principalId": stable_guid("principal", ids.cluster_id),
            "tenantId": ids.tenant,
        },
        "sku": {"name": "Base", "tier": "Free"},
        "properties": {**properties, **spec.properties},
    }


def body_of(world: ArmWorld) -> dict[str, Any]:
    """The cluster as its own resource, its pools in it."""
    body = world.cluster.body
    profiles = [profile_of(pool) for pool in world.pools.values()]
    return {**body, "properties": {**body["properties"], "agentPoolProfiles": profiles}}
