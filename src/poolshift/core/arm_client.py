"""The ARM port, without its I/O: requests made and answers read once, for every transport.

Over HTTP the transport is the adapters'; in process it is the simulator's own service. What a
path, an api-version, a body or an error looks like stands here alone.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from poolshift.core.arm import (
    Accepted,
    Cluster,
    ClusterProperties,
    KubernetesOffer,
    Lock,
    Operation,
    PolicyVerdict,
    Pool,
    PoolProperties,
    ScaleSet,
    Subnet,
    Usage,
    VmSize,
)
from poolshift.core.errors import ApiError, PoolshiftError, UsageError, api_error_type

# The api-version of each provider, pinned: what was tried is what is sent.
API_VERSIONS: Mapping[str, str] = {
    "microsoft.containerservice": "2026-06-01",
    "microsoft.compute/skus": "2021-07-01",
    "microsoft.compute": "2024-11-01",
    "microsoft.features": "2021-07-01",
    "microsoft.network": "2024-05-01",
    "microsoft.authorization/locks": "2020-05-01",
    "microsoft.policyinsights": "2022-03-01",
}

# No list of ours has more pages: a service that always says "next" is a defect, not data.
MAX_PAGES = 1000

_CLUSTER_ID = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/"
    r"microsoft\.containerservice/managedclusters/[^/]+",
    re.IGNORECASE,
)
_POOL_TAG_KEYS = ("aks-managed-poolname", "poolname")

T = TypeVar("T")


class ArmReply(msgspec.Struct, frozen=True):
    """An answer: status, headers by lower-case name, decoded JSON (None for an empty body)."""

    status: int
    headers: Mapping[str, str]
    body: Any = None


class ArmTransport(Protocol):
    """Carries one request; raises UnreachableError when there is no answer at all."""

    async def send(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> ArmReply:
        """Send to a path (`/subscriptions/…`) or to an address that the service gave."""
        ...


class ArmClient:
    """ArmApi over a transport.

    Args:
        transport: what carries the requests.
        heed_polling_hint: whether the delay that a service asks for between polls is passed on.
            A local AKS gives one in wall time, which is of no use to who sleeps by its clock.
    """

    def __init__(self, transport: ArmTransport, *, heed_polling_hint: bool = True) -> None:
        self._transport = transport
        self._heed_polling_hint = heed_polling_hint

    async def cluster(self, cluster_id: str) -> Cluster:
        """The managed cluster."""
        return parse_cluster((await self._call("GET", checked_id(cluster_id))).body)

    async def pools(self, cluster_id: str) -> tuple[Pool, ...]:
        """Its agent pools."""
        items = await self._pages(f"{checked_id(cluster_id)}/agentPools")
        return tuple(parse_pool(item) for item in items)

    async def pool(self, cluster_id: str, name: str) -> Pool:
        """One agent pool."""
        return parse_pool((await self._call("GET", _pool_path(cluster_id, name))).body)

    async def put_pool(
        self,
        cluster_id: str,
        name: str,
        body: Mapping[str, Any],
        *,
        if_match: str = "",
        create_only: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Accepted:
        """Create or replace; `create_only` sends If-None-Match: *."""
        sent = {**(headers or {}), **_if_match(if_match)}
        if create_only:
            sent["If-None-Match"] = "*"
        reply = await self._call("PUT", _pool_path(cluster_id, name), headers=sent, body=body)
        return self._accepted(reply)

    async def delete_pool(self, cluster_id: str, name: str, *, if_match: str = "") -> Accepted:
        """Delete; the service cordons and drains first."""
        path = _pool_path(cluster_id, name)
        return self._accepted(await self._call("DELETE", path, headers=_if_match(if_match)))

    async def delete_machines(
        self, cluster_id: str, name: str, machines: tuple[str, ...]
    ) -> Accepted:
        """Delete single machines of a pool, by node name; the service drains them first."""
        path = f"{_pool_path(cluster_id, name)}/deleteMachines"
        return self._accepted(await self._call("POST", path, body={"machineNames": list(machines)}))

    async def put_cluster(
        self, cluster_id: str, body: Mapping[str, Any], *, if_match: str = ""
    ) -> Accepted:
        """Replace the cluster."""
        reply = await self._call(
            "PUT", checked_id(cluster_id), headers=_if_match(if_match), body=body
        )
        return self._accepted(reply)

    async def operation(self, url: str) -> Operation:
        """Poll a long-running operation at the address the service gave."""
        reply = await self._call("GET", url)
        body = reply.body if isinstance(reply.body, dict) else {}
        error = body.get("error") or {}
        return Operation(
            status=str(body.get("status") or "InProgress"),
            error_code=str(error.get("code") or ""),
            error_message=str(error.get("message") or ""),
            retry_after_s=self._retry_after(reply),
        )

    async def vm_sizes(self, subscription: str, location: str) -> tuple[VmSize, ...]:
        """The VM sizes of a region with their capabilities."""
        items = await self._pages(
            f"/subscriptions/{subscription}/providers/Microsoft.Compute/skus",
            {"$filter": f"location eq '{location}'"},
        )
        return tuple(
            parse_vm_size(item, location)
            for item in items
            if str(item.get("resourceType")).lower() == "virtualmachines"
        )

    async def usages(self, subscription: str, location: str) -> tuple[Usage, ...]:
        """Quota of a region in vCPUs."""
        items = await self._pages(
            f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/usages"
        )
        return tuple(
            Usage(i["name"]["value"], int(i["currentValue"]), int(i["limit"])) for i in items
        )

    async def scale_sets(self, subscription: str, resource_group: str) -> tuple[ScaleSet, ...]:
        """The scale sets of the node resource group."""
        items = await self._pages(
            f"/subscriptions/{subscription}/resourceGroups/{resource_group}"
            "/providers/Microsoft.Compute/virtualMachineScaleSets"
        )
        return tuple(parse_scale_set(item) for item in items)

    async def assign_identities(self, scale_set_id: str, identities: tuple[str, ...]) -> Accepted:
        """Add user-assigned identities to a scale set, keeping those it has."""
        return await self._patch_identities(scale_set_id, {identity: {} for identity in identities})

    async def remove_identities(self, scale_set_id: str, identities: tuple[str, ...]) -> Accepted:
        """Take user-assigned identities off a scale set."""
        return await self._patch_identities(scale_set_id, dict.fromkeys(identities))

    async def feature(self, subscription: str, name: str) -> str:
        """State of a feature of Microsoft.ContainerService (Registered, NotRegistered)."""
        reply = await self._call(
            "GET",
            f"/subscriptions/{subscription}/providers/Microsoft.Features/providers"
            f"/Microsoft.ContainerService/features/{quote(name)}",
        )
        return str(reply.body["properties"]["state"])

    async def maintenance(self, cluster_id: str) -> tuple[dict[str, Any], ...]:
        """Its maintenance configurations, as the service has them."""
        return tuple(await self._pages(f"{checked_id(cluster_id)}/maintenanceConfigurations"))

    async def upgrades(self, cluster_id: str) -> tuple[str, ...]:
        """The full Kubernetes versions that its control plane may go to now."""
        reply = await self._call("GET", f"{checked_id(cluster_id)}/upgradeProfiles/default")
        plane = (reply.body.get("properties") or {}).get("controlPlaneProfile") or {}
        return tuple(str(u["kubernetesVersion"]) for u in plane.get("upgrades") or ())

    async def latest_node_image(self, cluster_id: str, pool: str) -> str:
        """The newest node image that a pool may have; empty where the service names none."""
        path = f"{_pool_path(cluster_id, pool)}/upgradeProfiles/default"
        properties = (await self._call("GET", path)).body.get("properties") or {}
        return str(properties.get("latestNodeImageVersion") or "")

    async def kubernetes_versions(
        self, subscription: str, location: str
    ) -> tuple[KubernetesOffer, ...]:
        """The Kubernetes minors that a region offers."""
        reply = await self._call(
            "GET",
            f"/subscriptions/{subscription}/providers/Microsoft.ContainerService"
            f"/locations/{location}/kubernetesVersions",
        )
        return tuple(parse_offer(item) for item in reply.body.get("values") or ())

    async def locks(self, scope: str) -> tuple[Lock, ...]:
        """The locks at a scope, those that it inherits, and those below it."""
        items = await self._pages(f"{scope}/providers/Microsoft.Authorization/locks")
        return tuple(parse_lock(item) for item in items)

    async def policy_verdicts(
        self, group: str, content: Mapping[str, Any]
    ) -> tuple[PolicyVerdict, ...]:
        """The policies that a resource would not keep to; nothing is written.

        Args:
            group: resource id of the resource group it would be in.
            content: the whole resource with its `type`.
        """
        reply = await self._call(
            "POST",
            f"{group}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions",
            body={
                "resourceDetails": {
                    "resourceContent": content,
                    "apiVersion": API_VERSIONS["microsoft.containerservice"],
                }
            },
        )
        found = (reply.body.get("contentEvaluationResult") or {}).get("policyEvaluations") or ()
        return tuple(parse_verdict(item) for item in found)

    async def subnet(self, subnet_id: str) -> Subnet:
        """One subnet."""
        return parse_subnet((await self._call("GET", subnet_id)).body)

    async def subnets_of(self, subscription: str, resource_group: str) -> tuple[Subnet, ...]:
        """The subnets of all networks of a resource group."""
        networks = await self._pages(
            f"/subscriptions/{subscription}/resourceGroups/{resource_group}"
            "/providers/Microsoft.Network/virtualNetworks"
        )
        inside = [(n.get("properties") or {}).get("subnets") or () for n in networks]
        return tuple(parse_subnet(item) for items in inside for item in items)

    async def kubeconfig(self, cluster_id: str) -> bytes:
        """The user kubeconfig (YAML) by listClusterUserCredential."""
        reply = await self._call("POST", f"{checked_id(cluster_id)}/listClusterUserCredential")
        try:
            return base64.b64decode(reply.body["kubeconfigs"][0]["value"], validate=True)
        except (KeyError, IndexError, TypeError, binascii.Error) as error:
            raise ApiError(
                f"listClusterUserCredential of {cluster_id} gave no kubeconfig",
                status=reply.status,
            ) from error

    async def _patch_identities(self, scale_set_id: str, wanted: Mapping[str, Any]) -> Accepted:
        current = (await self._call("GET", scale_set_id)).body
        kind = str((current.get("identity") or {}).get("type") or "None")
        types = {word.strip() for word in kind.split(",")} - {"None", ""} | {"UserAssigned"}
        left = set((current.get("identity") or {}).get("userAssignedIdentities") or {})
        left = {i.lower() for i in left} - {k.lower() for k, v in wanted.items() if v is None}
        if not left and all(v is None for v in wanted.values()):
            types.discard("UserAssigned")
        identity: dict[str, Any] = {"type": ", ".join(sorted(types)) or "None"}
        if "UserAssigned" in types:
            identity["userAssignedIdentities"] = dict(wanted)
        return self._accepted(await self._call("PATCH", scale_set_id, body={"identity": identity}))

    async def _pages(
        self, path: str, params: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        reply = await self._call("GET", path, params=params)
        items: list[dict[str, Any]] = list(reply.body.get("value") or ())
        for _ in range(MAX_PAGES):
            link = reply.body.get("nextLink")
            if not link:
                return items
            reply = await self._call("GET", link)
            items += reply.body.get("value") or ()
        raise ApiError(f"{path} has more than {MAX_PAGES} pages")

    async def _call(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> ArmReply:
        if target.startswith("/"):
            params = {"api-version": api_version_of(target), **(params or {})}
        reply = await self._transport.send(
            method, target, params=params, headers=headers, body=body
        )
        if reply.status >= 400:
            raise read_error(f"{method} {target.partition('?')[0]}", reply)
        return reply

    def _accepted(self, reply: ArmReply) -> Accepted:
        url = reply.headers.get("azure-asyncoperation")
        if url is None and reply.status == 202:
            url = reply.headers.get("location")
        body = reply.body if isinstance(reply.body, dict) else None
        return Accepted(operation_url=url, retry_after_s=self._retry_after(reply), body=body)

    def _retry_after(self, reply: ArmReply) -> float | None:
        return read_retry_after(reply.headers) if self._heed_polling_hint else None


def api_version_of(path: str) -> str:
    """The pinned api-version for a path, by the last provider that it names."""
    lower = path.lower()
    _, _, provider = lower.rpartition("/providers/")
    if lower.endswith("/providers/microsoft.compute/skus"):
        return API_VERSIONS["microsoft.compute/skus"]
    if "/providers/microsoft.features/" in lower:
        return API_VERSIONS["microsoft.features"]
    if lower.endswith("/providers/microsoft.authorization/locks"):
        return API_VERSIONS["microsoft.authorization/locks"]
    name = provider.split("/")[0]
    if name not in API_VERSIONS:
        raise UsageError(f"{path} is no resource that poolshift knows")
    return API_VERSIONS[name]


def checked_id(cluster_id: str) -> str:
    """The id, refused when it is not that of a managed cluster."""
    if _CLUSTER_ID.fullmatch(cluster_id) is None:
        raise UsageError(
            f"{cluster_id!r} is not the resource id of an AKS cluster",
            fix="Take the id from: az aks show -g GROUP -n NAME --query id -o tsv",
            code="PSE104",
        )
    return cluster_id


def _pool_path(cluster_id: str, name: str) -> str:
    return f"{checked_id(cluster_id)}/agentPools/{quote(name, safe='')}"


def _if_match(etag: str) -> dict[str, str]:
    return {"If-Match": etag} if etag else {}


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, by the first of the headers that Azure's own clients read; None without.

    A zero counts as absent, as it does for them.
    """
    for name, unit in (
        ("retry-after", 1.0),
        ("retry-after-ms", 0.001),
        ("x-ms-retry-after-ms", 0.001),
    ):
        try:
            value = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if value > 0:
            return value
    return None


def read_error(call: str, reply: ArmReply) -> PoolshiftError:
    """The error of an answer: flat as the AKS provider sends it, or wrapped as ARM's front door."""
    body = reply.body if isinstance(reply.body, dict) else {}
    inner = body.get("error") if isinstance(body.get("error"), dict) else body
    code = str((inner or {}).get("code") or "")
    message = str((inner or {}).get("message") or "")
    why, fix = _advice(reply.status, message)
    return api_error_type(reply.status)(
        f"{call} was refused with HTTP {reply.status}",
        status=reply.status,
        service_code=code,
        message=message,
        details=(inner or {}).get("details"),
        request_id=reply.headers.get("x-ms-request-id", ""),
        why=f"{code}: {message}" if why and code else why,
        fix=fix,
        retry_after_s=read_retry_after(reply.headers) or (1.0 if reply.status >= 429 else None),
    )


_ACTION = re.compile(r"perform action '([^']+)'")
_ROLES = (
    ("microsoft.containerservice/managedclusters/listcluster", "AKS Cluster User Role"),
    ("microsoft.containerservice/", "Azure Kubernetes Service Contributor Role"),
    ("microsoft.compute/virtualmachinescalesets/", "Virtual Machine Contributor"),
    ("microsoft.managedidentity/", "Managed Identity Operator"),
    ("microsoft.authorization/roleassignments/", "Role Based Access Control Administrator"),
)


def _advice(status: int, message: str) -> tuple[str, str]:
    """Why and fix, where the status alone tells what to do."""
    if status == 401:
        return (
            "the Azure credential is missing or has expired",
            "Sign in again: az login (or renew the credential in the environment)",
        )
    if status != 403:
        return "", ""
    found = _ACTION.search(message)
    if found is None:
        return "", "Ask for a role that allows this call on the cluster"
    action = found.group(1)
    role = next((r for prefix, r in _ROLES if action.lower().startswith(prefix)), "Reader")
    return "", f"Ask for a role with the action {action}, for example: {role}"


def _convert(data: Any, type_: type[T], what: str) -> T:
    try:
        return msgspec.convert(data, type_)
    except msgspec.ValidationError as error:
        raise ApiError(f"{what} is not as the service documents it", message=str(error)) from error


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Without nulls: the service sends them for what is not set, which is our default."""
    return {key: value for key, value in properties.items() if value is not None}


def parse_pool(raw: Any) -> Pool:
    """An agent pool, the raw JSON kept."""
    name = str(raw.get("name") or "")
    properties = _convert(_plain(raw.get("properties") or {}), PoolProperties, f"pool {name}")
    return Pool(id=str(raw.get("id") or ""), name=name, properties=properties, raw=raw)


def parse_cluster(raw: Any) -> Cluster:
    """A managed cluster, the raw JSON kept."""
    name = str(raw.get("name") or "")
    properties = _plain(raw.get("properties") or {})
    return Cluster(
        id=str(raw.get("id") or ""),
        name=name,
        location=str(raw.get("location") or ""),
        tags=dict(raw.get("tags") or {}),
        properties=_convert(properties, ClusterProperties, f"cluster {name}"),
        raw=raw,
    )


def parse_vm_size(raw: Mapping[str, Any], location: str) -> VmSize:
    """A VM size of the Resource SKUs API; every capability there is a string."""
    able = {c["name"]: str(c["value"]) for c in raw.get("capabilities") or ()}
    here = [
        info
        for info in raw.get("locationInfo") or ()
        if str(info.get("location", "")).lower() == location.lower()
    ]
    closed = raw.get("restrictions") or ()
    return VmSize(
        name=str(raw["name"]),
        family=str(raw.get("family") or ""),
        vcpus=int(able.get("vCPUs", "0")),
        memory_gb=float(able.get("MemoryGB", "0")),
        generations=tuple(g.strip() for g in able.get("HyperVGenerations", "").split(",") if g),
        zones=tuple(sorted(here[0].get("zones") or ())) if here else (),
        restricted=any(r.get("type") == "Location" for r in closed),
        restricted_zones=tuple(
            sorted(
                zone
                for r in closed
                if r.get("type") == "Zone"
                for zone in (r.get("restrictionInfo") or {}).get("zones") or ()
            )
        ),
        architecture=able.get("CpuArchitectureType", "x64"),
        max_data_disks=_whole(able.get("MaxDataDiskCount")),
        disk_controllers=tuple(
            kind.strip() for kind in able.get("DiskControllerTypes", "").split(",") if kind
        ),
        local_disk_gb=_gigabytes(able.get("MaxResourceVolumeMB")),
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _gigabytes(megabytes: str | None) -> float | None:
    found = _whole(megabytes)
    return None if found is None else found / 1024


def parse_scale_set(raw: Mapping[str, Any]) -> ScaleSet:
    """A scale set; its pool stands in a tag that AKS sets."""
    tags = {key.lower(): str(value) for key, value in (raw.get("tags") or {}).items()}
    identities = (raw.get("identity") or {}).get("userAssignedIdentities") or {}
    names = sorted(identities)
    machine = (raw.get("properties") or {}).get("virtualMachineProfile") or {}
    image = (machine.get("storageProfile") or {}).get("imageReference") or {}
    return ScaleSet(
        id=str(raw.get("id") or ""),
        name=str(raw.get("name") or ""),
        pool=next((tags[key] for key in _POOL_TAG_KEYS if key in tags), ""),
        identities=tuple(names),
        object_ids=tuple(str((identities[n] or {}).get("principalId") or "") for n in names),
        license_type=str(machine.get("licenseType") or ""),
        tags={str(k): str(v) for k, v in (raw.get("tags") or {}).items()},
        image=str(image.get("id") or image.get("sharedGalleryImageId") or ""),
    )


def parse_offer(raw: Mapping[str, Any]) -> KubernetesOffer:
    """A Kubernetes minor of a region's list."""
    able = raw.get("capabilities") or {}
    return KubernetesOffer(
        minor=str(raw["version"]),
        patches=tuple(raw.get("patchVersions") or ()),
        plans=tuple(able.get("supportPlan") or ()),
        preview=bool(raw.get("isPreview")),
    )


def parse_lock(raw: Mapping[str, Any]) -> Lock:
    """A lock; the scope is what stands before its own provider in its id."""
    scope = str(raw.get("id") or "").partition("/providers/Microsoft.Authorization/locks/")[0]
    level = str((raw.get("properties") or {}).get("level") or "")
    return Lock(name=str(raw.get("name") or ""), level=level, scope=scope)


def parse_verdict(raw: Mapping[str, Any]) -> PolicyVerdict:
    """What a policy says of a resource."""
    info, effect = raw.get("policyInfo") or {}, raw.get("effectDetails") or {}
    return PolicyVerdict(
        assignment=str(info.get("policyAssignmentName") or info.get("policyAssignmentId") or ""),
        effect=str(effect.get("policyEffect") or ""),
        result=str(raw.get("evaluationResult") or ""),
    )


def parse_subnet(raw: Mapping[str, Any]) -> Subnet:
    """A subnet; addresses in use are those of the interfaces that it lists."""
    properties = raw.get("properties") or {}
    one = properties.get("addressPrefix")
    prefixes = tuple(properties.get("addressPrefixes") or ((one,) if one else ()))
    used = properties.get("ipConfigurations")
    delegations = [d.get("properties") or {} for d in properties.get("delegations") or ()]
    return Subnet(
        id=str(raw.get("id") or "").lower(),
        prefixes=tuple(str(p) for p in prefixes),
        used=len(used) if isinstance(used, list) else None,
        delegated_to=str(delegations[0].get("serviceName") or "") if delegations else "",
    )
