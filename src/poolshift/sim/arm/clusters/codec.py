"""The body of the managed cluster."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.ids import is_identity, principal_of, stable_guid
from poolshift.sim.arm.pools.codec import profile_of
from poolshift.sim.arm.problems import no_identity

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
# What a cluster gets that asks for no network plugin. The last recorded cluster with kubenet by
# default is of September 2024, the first with an overlay of April 2025: the day is assumed.
_OVERLAY_SINCE = dt.date(2025, 1, 1)
_OVERLAY = {"networkPlugin": "azure", "networkPluginMode": "overlay"}
_KUBENET = {"networkPlugin": "kubenet"}
# Answers had the name Basic until October 2022, and Base from November on.
_BASE_SINCE = dt.date(2022, 11, 1)
_UID_SINCE = dt.date(2023, 10, 1)
_UID_DIGITS = 24
# What clients send and the service never answers.
_KEEPING = ("storageProfile", "networkProfile", "autoUpgradeProfile", "metricsProfile")
_SECRETS = {"windowsProfile": "adminPassword", "servicePrincipalProfile": "secret"}


def scenario_body(world: ArmWorld) -> dict[str, Any]:
    """The cluster of the scenario, without its pools."""
    spec = world.scenario.cluster
    sent: dict[str, Any] = {
        "location": spec.location,
        "tags": dict(spec.tags),
        "sku": {"tier": spec.tier},
        "properties": {
            "kubernetesVersion": spec.kubernetes_version,
            "dnsPrefix": spec.name,
            "networkProfile": dict(spec.network),
            "autoUpgradeProfile": dict(spec.channels),
            # Said even where there is none, so that none is filled in.
            "windowsProfile": dict(spec.windows) if spec.windows is not None else None,
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
    asked = sent.get("properties") or {}
    given = {k: v for k, v in asked.items() if v is not None}
    prefix = str(given.get("dnsPrefix") or ids.cluster).lower()
    host = f"{prefix}-{stable_guid('dns', ids.cluster_id)[:8]}"
    domain = f"hcp.{ids.location}.azmk8s.io"
    identity = identity_of(world, sent)
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
        "maxAgentPools": world.catalog.limit_number("pools-per-cluster", "max"),
        **({"identityProfile": _kubelet(world, kubelet)} if identity is not None else {}),
        "autoUpgradeProfile": {},
        "disableLocalAccounts": False,
        "securityProfile": {},
        "oidcIssuerProfile": {"enabled": False},
        "workloadAutoScalerProfile": {},
    }
    kept = {k: v for k, v in given.items() if k not in READ_ONLY and v != ""}
    properties |= told(properties, kept)
    properties["networkProfile"] = _network(world, kept)
    properties["storageProfile"] = {**_storage(), **(kept.get("storageProfile") or {})}
    if kept.get("supportPlan") == "AKSLongTermSupport":
        channel = {"upgradeChannel": "patch"}
        properties["autoUpgradeProfile"] = channel | properties["autoUpgradeProfile"]
    if "windowsProfile" not in asked and not _own_range(properties["networkProfile"]):
        properties["windowsProfile"] = {"adminUsername": "azureuser"}
    if (given.get("apiServerAccessProfile") or {}).get("enablePrivateCluster"):
        properties["privateFQDN"] = f"{host}.privatelink.{ids.location}.azmk8s.io"
        properties["privateLinkResources"] = [_private_link(world)]
    if _day(world) >= _UID_SINCE:
        uid = stable_guid("uid", ids.cluster_id) + stable_guid("more", ids.cluster_id)
        properties["resourceUID"] = uid.replace("-", "")[:_UID_DIGITS]
    return {
        "id": ids.cluster_id,
        "location": ids.location,
        "name": ids.cluster,
        "tags": dict(sent.get("tags") or {}),
        "type": CLUSTER_TYPE,
        "eTag": world.tag(),
        **({"identity": identity} if identity is not None else {}),
        "sku": sku_of(world, sent.get("sku")),
        "properties": properties,
    }


def told(old: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a client may set of the properties, over what there is.

    Secrets are kept to the service. Objects keep what they have and the client leaves out: recorded
    of every update, which sends some of them empty.
    """
    found = {k: _over(old.get(k), v) if k in _KEEPING else v for k, v in given.items()}
    if isinstance(found.get("addonProfiles"), dict):
        # Recorded: an add-on that is off has a configuration without anything in it.
        found["addonProfiles"] = {
            name: {"config": {}, **addon} if isinstance(addon, dict) else addon
            for name, addon in found["addonProfiles"].items()
        }
    for name, secret in _SECRETS.items():
        profile = found.get(name)
        if isinstance(profile, dict):
            shown = {key: value for key, value in profile.items() if key != secret}
            found[name] = {**(old.get(name) or {}), **shown}
    return found


def _over(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return old | {key: _over(old.get(key), value) for key, value in new.items()}


def _day(world: ArmWorld) -> dt.date:
    return world.clock.moment().date()


def identity_of(world: ArmWorld, sent: Mapping[str, Any]) -> dict[str, Any] | None:
    """The control plane's identity; None where a service principal stands in for it."""
    properties = sent.get("properties") or {}
    principal = (properties.get("servicePrincipalProfile") or {}).get("clientId", "msi")
    asked = sent.get("identity") or {}
    if not asked and principal != "msi":
        return None
    if asked.get("type") == "UserAssigned":
        named = asked.get("userAssignedIdentities") or {}
        for name in named:
            if not is_identity(name):
                raise no_identity(name)
        return {
            "type": "UserAssigned",
            "userAssignedIdentities": {name: principal_of(name) for name in named},
        }
    return {
        "type": "SystemAssigned",
        "principalId": stable_guid("principal", world.ids.cluster_id),
        "tenantId": world.ids.tenant,
    }


def _kubelet(world: ArmWorld, name: str) -> dict[str, Any]:
    identity = world.ids.identity_id(f"{world.ids.cluster}-{name}", world.ids.node_group)
    principal = principal_of(identity)
    return {
        "kubeletidentity": {
            "resourceId": identity,
            "clientId": principal["clientId"],
            "objectId": principal["principalId"],
        }
    }


def _network(world: ArmWorld, given: Mapping[str, Any]) -> dict[str, Any]:
    """The network: a plugin where none is asked for, and the address that the cluster leaves by."""
    asked = {k: v for k, v in (given.get("networkProfile") or {}).items() if v is not None}
    usual = _OVERLAY if _day(world) >= _OVERLAY_SINCE else _KUBENET
    network = {**({} if asked.get("networkPlugin") else usual), **asked}
    if _own_range(network):
        network.setdefault("podCidr", "10.244.0.0/16")
    way = network.setdefault("outboundType", "loadBalancer")
    profile = {"loadBalancer": "loadBalancerProfile", "managedNATGateway": "natGatewayProfile"}
    if way in profile:
        network[profile[way]] = {
            "managedOutboundIPs" if way == "loadBalancer" else "managedOutboundIPProfile": {
                "count": 1
            },
            "effectiveOutboundIPs": [{"id": _outbound_address(world)}],
            **(network.get(profile[way]) or {}),
        }
    return network


def _own_range(network: Mapping[str, Any]) -> bool:
    """Whether pods have a range of addresses of their own."""
    return network.get("networkPlugin") != "azure" or bool(network.get("networkPluginMode"))


def _outbound_address(world: ArmWorld) -> str:
    return (
        f"/subscriptions/{world.ids.subscription}/resourceGroups/{world.ids.node_group}"
        f"/providers/Microsoft.Network/publicIPAddresses/{stable_guid('ip', world.ids.cluster_id)}"
    )


def _private_link(world: ArmWorld) -> dict[str, Any]:
    return {
        "id": f"{world.ids.cluster_id}/privateLinkResources/management",
        "name": "management",
        "type": "Microsoft.ContainerService/managedClusters/privateLinkResources",
        "groupId": "management",
        "requiredMembers": ["management"],
    }


def _storage() -> dict[str, Any]:
    names = ("diskCSIDriver", "fileCSIDriver", "snapshotController")
    return {name: {"enabled": True} for name in names}


def sku_of(world: ArmWorld, asked: Any) -> dict[str, Any]:
    """The SKU as the service writes it; name and tier where none are asked for."""
    given = asked if isinstance(asked, dict) else {}
    name = "Base" if _day(world) >= _BASE_SINCE else "Basic"
    return {"name": given.get("name") or name, "tier": str(given.get("tier") or "Free").title()}


def body_of(world: ArmWorld) -> dict[str, Any]:
    """The cluster as its own resource, its pools in it."""
    body = world.cluster.body
    properties = dict(body["properties"])
    properties["agentPoolProfiles"] = [profile_of(pool) for pool in world.pools.values()]
    if (entra := properties.get("aadProfile")) and not entra.get("tenantID"):
        properties["aadProfile"] = {**entra, "tenantID": world.ids.tenant}
    return {**body, "properties": properties}
