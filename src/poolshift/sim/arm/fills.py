"""What the service answers besides what it was told: fields by the day, and by the api-version.

Every entry is what recorded answers of the service have; `since` and `until` are the months in
which they first and last had it. A field that was recorded in answers to preview api-versions alone
is shown to these, and, where the published models of stable versions have it too, to those from
`_STABLE` on: when a stable version took it up was not recorded.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

# An assumption: between the last recorded answer to a stable version without these fields
# (September 2024) and the models that have them.
_STABLE = dt.date(2025, 1, 1)
_ALWAYS = dt.date(2020, 1, 1)
_EVER = dt.date(9999, 1, 1)


class View(msgspec.Struct, frozen=True):
    """For whom an answer is: the day of the world, and whether a preview api-version asks."""

    day: dt.date
    preview: bool


class Fill(msgspec.Struct, frozen=True):
    """A field that the service fills in.

    Attributes:
        path: names down to the field, below the properties.
        value: what it is filled with.
        since: the first day on which it is.
        until: the last one.
        preview: recorded for preview api-versions alone.
        stable: among those, whether models of stable versions have it.
        when: whether a resource with these properties has it at all.
    """

    path: tuple[str, ...]
    value: Any
    since: dt.date = _ALWAYS
    until: dt.date = _EVER
    preview: bool = False
    stable: bool = True
    when: Callable[[Mapping[str, Any]], bool] = lambda _: True

    def shown(self, view: View) -> bool:
        """Whether answers for a view have it."""
        if not self.since <= view.day <= self.until:
            return False
        return not self.preview or view.preview or (self.stable and view.day >= _STABLE)


def filled_in(properties: Mapping[str, Any], fills: tuple[Fill, ...], view: View) -> dict[str, Any]:
    """The properties with all that a view has besides; what is there stays as it is."""
    found = copy.copy(dict(properties))
    for fill in fills:
        if fill.shown(view) and fill.when(found):
            _put(found, fill.path, fill.value)
    return found


def without_fills(
    sent: Mapping[str, Any], kept: Mapping[str, Any], fills: tuple[Fill, ...], day: dt.date
) -> dict[str, Any]:
    """What was sent, less what a client only wrote back as it had read it.

    Clients read a resource and put it back whole: fields that were filled in for them are in it,
    and are no change.
    """
    views = [filled_in(kept, fills, View(day, preview)) for preview in (False, True)]
    found = dict(sent)
    for name, value in sent.items():
        if any(name in view and view[name] == value for view in views):
            found.pop(name)
            if name in kept:
                found[name] = kept[name]
    return found


def _put(properties: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Fill in one field; the objects on the way are copied, as the world keeps its own."""
    name, *rest = path
    if not rest:
        if properties.get(name) is None:
            properties[name] = copy.deepcopy(value)
        return
    inner = properties.get(name)
    if inner is not None and not isinstance(inner, dict):
        return
    properties[name] = dict(inner or {})
    _put(properties[name], tuple(rest), value)


def month(year: int, number: int) -> dt.date:
    """The first day of a month."""
    return dt.date(year, number, 1)


def _is(name: str, value: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda properties: properties.get(name) == value


def _network(name: str, *values: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda p: (p.get("networkProfile") or {}).get(name) in values


def _own_range(properties: Mapping[str, Any]) -> bool:
    """Whether pods have a range of addresses of their own."""
    network = properties.get("networkProfile") or {}
    return network.get("networkPlugin") == "kubenet" or network.get("networkPluginMode") == (
        "overlay"
    )


def _changing(properties: Mapping[str, Any]) -> bool:
    return properties.get("provisioningState") != "Succeeded"


def _meshed(properties: Mapping[str, Any]) -> bool:
    return bool((properties.get("serviceMeshProfile") or {}).get("istio"))


def _windows(properties: Mapping[str, Any]) -> bool:
    return bool(properties.get("windowsProfile"))


def _gmsa(properties: Mapping[str, Any]) -> bool:
    return bool((properties.get("windowsProfile") or {}).get("gmsaProfile"))


def _private(properties: Mapping[str, Any]) -> bool:
    return bool((properties.get("apiServerAccessProfile") or {}).get("enablePrivateCluster"))


def _autoscaled(properties: Mapping[str, Any]) -> bool:
    pools = properties.get("agentPoolProfiles") or ()
    return any(pool.get("enableAutoScaling") for pool in pools)


_NET = "networkProfile"
_BALANCER = (_NET, "loadBalancerProfile")
_NAT = (_NET, "natGatewayProfile")
_PLUGINS = {
    "karpenter": month(2024, 1),
    "azure-monitor-metrics-ccp": month(2024, 2),
    "live-patching-controller": month(2024, 5),
    "static-egress-controller": month(2024, 5),
    "kubelet-serving-csr-approver": month(2025, 5),
    "gpu-provisioner": month(2025, 7),
    "secure-tls-bootstrap": month(2025, 9),
}
_AUTOSCALER = {
    "balance-similar-node-groups": "false",
    "expander": "random",
    "max-empty-bulk-delete": "10",
    "max-graceful-termination-sec": "600",
    "max-node-provision-time": "15m",
    "max-total-unready-percentage": "45",
    "new-pod-scale-up-delay": "0s",
    "ok-total-unready-count": "3",
    "scale-down-delay-after-add": "10m",
    "scale-down-delay-after-delete": "10s",
    "scale-down-delay-after-failure": "3m",
    "scale-down-unneeded-time": "10m",
    "scale-down-unready-time": "20m",
    "scale-down-utilization-threshold": "0.5",
    "scan-interval": "10s",
    "skip-nodes-with-local-storage": "false",
    "skip-nodes-with-system-pods": "true",
}

CLUSTER_FILLS: tuple[Fill, ...] = (
    Fill((_NET, "outboundType"), "loadBalancer"),
    Fill((_NET, "loadBalancerSku"), "standard"),
    Fill((_NET, "serviceCidr"), "10.0.0.0/16"),
    Fill((_NET, "serviceCidrs"), ["10.0.0.0/16"]),
    Fill((_NET, "dnsServiceIP"), "10.0.0.10"),
    Fill((_NET, "ipFamilies"), ["IPv4"]),
    Fill((_NET, "podCidr"), "10.244.0.0/16", when=_own_range),
    Fill((_NET, "podCidrs"), ["10.244.0.0/16"], when=_own_range),
    # A field of the container runtime that was; the last recorded answer with it is of March 2023.
    Fill((_NET, "dockerBridgeCidr"), "172.17.0.1/16", until=month(2023, 6)),
    Fill(
        (_NET, "networkDataplane"),
        "azure",
        since=month(2023, 3),
        when=_network("networkPlugin", "azure"),
    ),
    Fill((_NET, "networkPolicy"), "none", since=month(2023, 10)),
    Fill((_NET, "podLinkLocalAccess"), "IMDS", since=month(2024, 7), preview=True, stable=False),
    Fill(
        (*_BALANCER, "managedOutboundIPs"),
        {"count": 1},
        when=_network("outboundType", "loadBalancer"),
    ),
    Fill((*_BALANCER, "backendPoolType"), "nodeIPConfiguration", since=month(2022, 11)),
    Fill(
        (*_BALANCER, "clusterServiceLoadBalancerHealthProbeMode"),
        "servicenodeport",
        since=month(2024, 4),
        until=month(2024, 5),
        preview=True,
        stable=False,
    ),
    Fill(
        (*_NAT, "managedOutboundIPProfile"),
        {"count": 1},
        when=_network("outboundType", "managedNATGateway"),
    ),
    Fill((*_NAT, "idleTimeoutInMinutes"), 4, when=_network("outboundType", "managedNATGateway")),
    Fill(("autoUpgradeProfile", "nodeOSUpgradeChannel"), "NodeImage", since=month(2023, 8)),
    Fill(("supportPlan",), "KubernetesOfficial", since=month(2023, 6)),
    Fill(("metricsProfile", "costAnalysis", "enabled"), False, since=month(2023, 10)),
    Fill(("nodeProvisioningProfile", "mode"), "Manual", since=month(2023, 10), preview=True),
    Fill(
        ("nodeProvisioningProfile", "defaultNodePools"),
        "Auto",
        since=month(2025, 7),
        preview=True,
    ),
    Fill(
        ("nodeResourceGroupProfile", "restrictionLevel"),
        "Unrestricted",
        since=month(2023, 6),
        preview=True,
    ),
    Fill(("bootstrapProfile", "artifactSource"), "Direct", since=month(2024, 4), preview=True),
    Fill(("enablePodSecurityPolicy",), False, until=month(2025, 6), preview=True, stable=False),
    Fill(("storageProfile", "diskCSIDriver", "version"), "v1", preview=True, stable=False),
    Fill(("windowsProfile", "enableCSIProxy"), True, when=_windows),
    Fill(("windowsProfile", "gmsaProfile", "dnsServer"), "", when=_gmsa),
    Fill(("windowsProfile", "gmsaProfile", "rootDomainName"), "", when=_gmsa),
    Fill(("serviceMeshProfile", "istio", "components"), {}, when=_meshed),
    Fill(("apiServerAccessProfile", "privateDNSZone"), "system", when=_private),
    Fill(("apiServerAccessProfile", "enablePrivateClusterPublicFQDN"), True, when=_private),
    *(
        Fill(("autoScalerProfile", name), value, when=_autoscaled)
        for name, value in _AUTOSCALER.items()
    ),
    *(
        Fill(
            ("controlPlanePluginProfiles", name, "enableV2"),
            True,
            since=since,
            preview=True,
            stable=False,
        )
        for name, since in _PLUGINS.items()
    ),
)
# Beside the properties of a cluster.
CLUSTER_HEAD: tuple[Fill, ...] = (Fill(("kind",), "Base", since=month(2024, 4), preview=True),)
# Between these days clusters had their tag under another name. The second is of a month in which
# nothing was recorded.
_ETAG = (month(2024, 4), month(2024, 6))
RUNTIME = "OCIContainer"
_RUNTIME_FILL = Fill(("workloadRuntime",), RUNTIME, since=month(2022, 11), preview=True)
POOL_FILLS: tuple[Fill, ...] = (
    Fill(("scaleDownMode",), "Delete"),
    # Recorded in answers to PUTs alone: a pool without labels has none when it is read again.
    Fill(("nodeLabels",), {}, when=_changing),
    _RUNTIME_FILL,
    Fill(("networkProfile",), {}, since=month(2022, 11), preview=True),
    Fill(("enableCustomCATrust",), False, since=month(2022, 11), preview=True, stable=False),
    Fill(("securityProfile", "sshAccess"), "LocalUser", since=month(2023, 10), preview=True),
    Fill(("securityProfile", "enableVTPM"), False, since=month(2024, 2), preview=True),
    Fill(("securityProfile", "enableSecureBoot"), False, since=month(2024, 2), preview=True),
    Fill(
        ("windowsProfile",), {}, since=month(2023, 6), preview=True, when=_is("osType", "Windows")
    ),
    Fill(("upgradeStrategy",), "Rolling", since=month(2025, 9), preview=True, stable=False),
    Fill(("upgradeSettingsBlueGreen",), {}, since=month(2025, 9), preview=True, stable=False),
)


def dressed(body: Any, view: View) -> Any:
    """A cluster, a pool or a list of them as a view sees them; anything else as it is."""
    if not isinstance(body, dict):
        return body
    items = body.get("value")
    if isinstance(items, list):
        return {**body, "value": [dressed(item, view) for item in items]}
    if not isinstance(body.get("properties"), dict):
        return body
    kind = str(body.get("type", "")).lower()
    if kind == "microsoft.containerservice/managedclusters":
        return _cluster(body, view)
    if kind == "microsoft.containerservice/managedclusters/agentpools":
        return {**body, "properties": _pool(body["properties"], view)}
    return body


def _pool(properties: Mapping[str, Any], view: View) -> dict[str, Any]:
    found = filled_in(properties, POOL_FILLS, view)
    # A pool has it whether it is shown or not: what a client then writes back is no change.
    if not _RUNTIME_FILL.shown(view) and found.get("workloadRuntime") == RUNTIME:
        del found["workloadRuntime"]
    names = found.get("localDNSProfile")
    if isinstance(names, dict) and "state" not in names:
        # Recorded: what is asked for is what is, once it is accepted.
        state = "Enabled" if names.get("mode") == "Required" else "Disabled"
        found["localDNSProfile"] = {**names, "state": state}
    if found.get("scaleSetPriority", "Regular") == "Regular":
        # Recorded: of a pool that is no spot pool nothing of this is shown.
        for name in ("scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice"):
            found.pop(name, None)
    return found


def _cluster(body: dict[str, Any], view: View) -> dict[str, Any]:
    properties = filled_in(body["properties"], CLUSTER_FILLS, view)
    pools = properties.get("agentPoolProfiles") or ()
    properties["agentPoolProfiles"] = [_pool(pool, view) for pool in pools]
    head = filled_in(body, CLUSTER_HEAD, view)
    if view.preview and _ETAG[0] <= view.day < _ETAG[1] and "eTag" in head:
        head["etag"] = head.pop("eTag")
    return {**head, "properties": properties}
