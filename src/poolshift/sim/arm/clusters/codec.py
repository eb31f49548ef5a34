"""The body of the managed cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.ids import principal_of, stable_guid
from poolshift.sim.arm.pools.codec import profile_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.state import ArmWorld

CLUSTER_TYPE = "Microsoft.ContainerService/ManagedClusters"


# The service answers with these; a client that writes them back changes nothing by it.
READ_ONLY = frozenset(
    {
        "provisioningState",
        "powerState",
        "currentKubernetesVersion",
        "fqdn",
        "azurePortalFQDN",
        "privateFQDN",
        "nodeResourceGroup",
        "maxAgentPools",
        "agentPoolProfiles",
        "resourceUID",
    }
)
_DEFAULT_NETWORK = {
    "networkPlugin": "azure",
    "networkPluginMode": "overlay",
    "podCidr": "10.244.0.0/16",
}


def scenario_body(world: ArmWorld) -> dict[str, Any]:
    """The cluster of the scenario, without its pools."""
    spec = world.scenario.cluster
    sent: dict[str, Any] = {
        "location": spec.location,
        "tags": dict(spec.tags),
        "properties": {
            "kubernetesVersion": spec.kubernetes_version,
            "dnsPrefix": spec.name,
            "networkProfile": dict(spec.network),
            "autoUpgradeProfile": dict(spec.channels),
            **({"windowsProfile": dict(spec.windows)} if spec.windows is not None else {}),
            **spec.properties,
        },
    }
    return new_body(world, sent, spec.kubernetes_version, kubelet=spec.kubelet_identity)


def new_body(
    world: ArmWorld, sent: Mapping[str, Any], version: str, *, kubelet: str = "agentpool"
) -> dict[str, Any]:
    """A cluster as the service keeps it: what was sent, and all that the service fills in.

    Args:
        world: the cluster, which has no body yet.
        sent: the body of the PUT.
        version: the full Kubernetes version of its control plane.
        kubelet: what the kubelet's identity is called behind the cluster's name.
    """
    ids = world.ids
    given = {k: v for k, v in (sent.get("properties") or {}).items() if v is not None}
    identity = ids.identity_id(f"{ids.cluster}-{kubelet}", ids.node_group)
    principal = principal_of(identity)
    prefix = str(given.get("dnsPrefix") or ids.cluster).lower()
    host = f"{prefix}-{stable_guid('dns', ids.cluster_id)[:8]}"
    domain = f"hcp.{ids.location}.azmk8s.io"
    properties: dict[str, Any] = {
        "provisioningState": "Succeeded",
        "powerState": {"code": "Running"},
        "kubernetesVersion": version,
        "currentKubernetesVersion": version,
        "dnsPrefix": ids.cluster,
        "fqdn": f"{host}.{domain}",
        "azurePortalFQDN": f"{host}.portal.{domain}",
        "servicePrincipalProfile": {"clientId": "msi"},
        "nodeResourceGroup": ids.node_group,
        "enableRBAC": True,
        "supportPlan": "KubernetesOfficial",
        "networkProfile": dict(_DEFAULT_NETWORK),
        "maxAgentPools": world.catalog.limit_number("pools-per-cluster", "max"),
        "identityProfile": {
            "kubeletidentity": {
                "resourceId": identity,
                "clientId": principal["clientId"],
                "objectId": principal["principalId"],
            }
        },
        "autoUpgradeProfile": {},
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
    if (given.get("apiServerAccessProfile") or {}).get("enablePrivateCluster"):
        properties["privateFQDN"] = f"{host}.privatelink.{ids.location}.azmk8s.io"
    kept = {k: v for k, v in given.items() if k not in READ_ONLY and v != ""}
    return {
        "id": ids.cluster_id,
        "location": ids.location,
        "name": ids.cluster,
        "tags": dict(sent.get("tags") or {}),
        "type": CLUSTER_TYPE,
        "eTag": world.tag(),
        "identity": {
            "type": "SystemAssigned",
            "principalId": stable_guid("principal", ids.cluster_id),
            "tenantId": ids.tenant,
        },
        "sku": {"name": "Base", "tier": "Free", **(sent.get("sku") or {})},
        "properties": {**properties, **kept},
    }


def body_of(world: ArmWorld) -> dict[str, Any]:
    """The cluster as its own resource, its pools in it."""
    body = world.cluster.body
    profiles = [profile_of(pool) for pool in world.pools.values()]
    return {**body, "properties": {**body["properties"], "agentPoolProfiles": profiles}}
