"""Requests of careless, broken and mean ARM clients."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from tests.sim.kube.fuzz.hostility import Sent
from tests.sim.kube.fuzz.values import hostile, twisted

from poolshift.sim.arm.pools.codec import body_of
from poolshift.sim.arm.service import ROUTES

if TYPE_CHECKING:
    import random

    from poolshift.sim.world import World

_VERSIONS = ("2026-06-01", "2024-09-01", "2017-08-31", "2025-07-02-preview", "", "soon", "0" * 300)
_NAMES = (
    "wspool",
    "agentpool",
    "ws22",
    "np2",
    "WSPOOL",
    "x" * 13,
    "a b",
    "..",
    "%00",
    "ümlaut",
    "1",
)
_METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")
_ETAGS = ("*", '""', '"x"', "W/", "", "\t", "a" * 5000)
_HOLE = re.compile(r"\{(\w+)\}")
_OUTSIDE = (
    "/",
    "/subscriptions",
    "/metadata/endpoints",
    "/common/discovery/instance",
    "/t/v2.0/.well-known/openid-configuration",
    "/t/oauth2/v2.0/token",
    "/msi/token",
    "/v1.0/servicePrincipals",
    "/v2/",
    "/v2/library/nginx/manifests/latest",
    "/v2/x/blobs/sha256:0",
    "/_sim/clock",
    "/_sim/state",
    "/_sim/sleep",
    "//",
    "/subscriptions//resourceGroups",
    "/subscriptions/%2e%2e/providers",
)


class Hostility:
    """Draws requests; the same source draws the same ones of the same world."""

    def __init__(self, rng: random.Random, token: str) -> None:
        self._rng = rng
        self._token = token

    def request(self, world: World) -> Sent:
        """The next one."""
        rng = self._rng
        method, path = self._target(world)
        if rng.random() < 0.06:
            method = rng.choice(_METHODS)
        if rng.random() < 0.05:
            path = self._mangled(path)
        content = b""
        if method in ("PUT", "POST", "PATCH") or rng.random() < 0.02:
            content = self._encoded(self._body(world, path))
        return Sent(method, "/" + path.lstrip("/"), self._query(), self._headers(), content)

    def _target(self, world: World) -> tuple[str, str]:
        rng = self._rng
        if rng.random() < 0.05:
            return rng.choice(_METHODS[:5]), rng.choice(_OUTSIDE)
        # Most of what clients write goes to pools: so does most of this.
        pools = [r for r in ROUTES if "agentPools" in r.template]
        route = rng.choice(pools if rng.random() < 0.6 else ROUTES)
        home = world.azure.home
        usual = {
            "sub": home.subscription,
            "group": rng.choice((home.group, home.group.upper(), home.node_group)),
            "cluster": rng.choice((home.cluster, home.cluster, "other")),
            "location": home.location,
        }

        def fill(hole: re.Match[str]) -> str:
            if rng.random() < 0.03:
                return quote(str(hostile(rng))[:200], safe="")
            return quote(usual.get(hole[1]) or rng.choice(_NAMES), safe="")

        return route.method, _HOLE.sub(fill, route.template)

    def _mangled(self, path: str) -> str:
        rng = self._rng
        parts = path.split("/")
        match rng.randrange(4):
            case 0:
                parts.insert(rng.randrange(len(parts)), rng.choice(_NAMES).replace(" ", "%20"))
            case 1 if len(parts) > 2:
                del parts[rng.randrange(1, len(parts))]
            case 2:
                return path + "/" * rng.choice((1, 3, 200))
            case _:
                return path.swapcase()
        return "/" + "/".join(quote(part, safe="%") for part in parts).lstrip("/")

    def _query(self) -> str:
        rng = self._rng
        query = [("api-version", rng.choice(_VERSIONS[:2] if rng.random() < 0.8 else _VERSIONS))]
        if rng.random() < 0.1:
            query.append(
                (rng.choice(("$filter", "$expand", "api-version", "x")), str(hostile(rng)))
            )
        if rng.random() < 0.1:
            query.append(("ignore-pod-disruption-budget", rng.choice(("true", "maybe", ""))))
        return urlencode(query, errors="replace")[:4000]

    def _headers(self) -> dict[str, str]:
        rng = self._rng
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        if rng.random() < 0.02:
            headers["authorization"] = rng.choice(("", "Bearer", "Bearer x", "Basic eA==", "é"))
        for name in ("if-match", "if-none-match"):
            if rng.random() < 0.05:
                headers[name] = rng.choice(_ETAGS)
        if rng.random() < 0.1:
            headers["usewindowsgen2vm"] = rng.choice(("true", "false", "1", ""))
        if rng.random() < 0.05:
            headers["content-type"] = rng.choice(("text/plain", "", "application/x-www-form"))
        return headers

    def _body(self, world: World, path: str) -> Any:
        """A good body for the path, most often with something wrong in it."""
        rng = self._rng
        body = self._good(world, path)
        return body if rng.random() < 0.2 else twisted(rng, body)

    def _good(self, world: World, path: str) -> Any:
        rng = self._rng
        lower = path.lower()
        pool = rng.choice(list(world.arm.pools.values()) or [None])
        if "agentpools" in lower and lower.endswith("machines"):
            return {"machineNames": pool.machines[:1] if pool is not None else []}
        if "agentpools" in lower and pool is not None:
            body = copy.deepcopy(body_of(world.arm, pool))
            if rng.random() < 0.6:
                body["properties"].update(rng.choice(_CHANGES))
            return body
        if "managedclusters" in lower and "configurations" not in lower:
            return copy.deepcopy(world.arm.cluster.body)
        return copy.deepcopy(rng.choice(_OTHERS))

    def _encoded(self, body: Any) -> bytes:
        """JSON, sometimes broken."""
        rng = self._rng
        content = json.dumps(body).encode()
        if rng.random() > 0.08:
            return content
        match rng.randrange(7):
            case 0:
                return content[: len(content) // 2]
            case 1:
                return content.replace(b'"name"', b'"n\xff\xfe"', 1)
            case 2:
                return b"[" * 30_000
            case 3:
                return b'{"properties":' * rng.choice((150, 2500)) + b"1"
            case 4:
                return content.replace(b"1", rng.choice((b"1e400", b"NaN", b"1" * 400)), 1)
            case 5:
                return b""
            case _:
                return content + content


# What clients ask of a pool, and what it cannot be.
_CHANGES: tuple[dict[str, Any], ...] = (
    {"count": 1},
    {"count": 4},
    {"count": -1},
    {"count": 10**9},
    {"count": 2.5},
    {"count": True},
    {"osSKU": "Windows2022"},
    {"osSKU": "Ubuntu2404"},
    {"osSKU": None},
    {"orchestratorVersion": "1.24"},
    {"orchestratorVersion": "1.24.0"},
    {"orchestratorVersion": "one"},
    {"orchestratorVersion": "1"},
    {"enableAutoScaling": True, "minCount": 1, "maxCount": 3},
    {"enableAutoScaling": True, "minCount": "a"},
    {"powerState": {"code": "Stopped"}},
    {"powerState": {"code": "Running"}},
    {"powerState": "off"},
    {"nodeLabels": {"a": "b"}, "nodeTaints": ["a=b:NoSchedule"]},
    {"nodeLabels": ["a"], "nodeTaints": "a"},
    {"nodeTaints": ["=:", "x"]},
    {"upgradeSettings": {"maxSurge": "33%", "drainTimeoutInMinutes": 1}},
    {"upgradeSettings": {"maxSurge": "lots", "maxUnavailable": "-1"}},
    {"upgradeStrategy": "BlueGreen", "upgradeSettingsBlueGreen": {"drainBatchSize": "50%"}},
    {"upgradeStrategy": "BlueGreen", "upgradeSettingsBlueGreen": {"drainBatchSize": {}}},
    {"vmSize": "Standard_D4s_v5"},
    {"vmSize": 7},
    {"maxPods": 9},
    {"osType": "windows"},
    {"availabilityZones": ["1", "9"]},
    {"availabilityZones": 1},
    {"mode": "System"},
    {"mode": "Neither"},
    {"nodeImageVersion": "AKSUbuntu-2204gen2containerd-202401.01.0"},
    {"creationData": {"sourceResourceId": "/subscriptions/x/snapshots/y"}},
    {"creationData": {"sourceResourceId": 5}},
    {"kubeletConfig": {"cpuManagerPolicy": "static"}},
    {"vnetSubnetID": "/subscriptions/x"},
    {"vnetSubnetID": {}},
    {"tags": {"a": 1}},
    {"tags": []},
)
_OTHERS: tuple[Any, ...] = (
    {},
    [],
    "x",
    {"properties": {}},
    {"properties": {"principalId": "x", "roleDefinitionId": "y"}},
    {"location": "eastus", "properties": {"creationData": {"sourceResourceId": "/x"}}},
    {"location": "eastus", "tags": {"a": "b"}},
    {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/x": {}}}},
    {"query": "Resources | where type =~ 'microsoft.containerservice/managedclusters'"},
    {"query": "Resources | project", "subscriptions": [1]},
    {
        "properties": {
            "maintenanceWindow": {
                "schedule": {"weekly": {"intervalWeeks": 1, "dayOfWeek": "Friday"}},
                "durationHours": 4,
                "startTime": "00:00",
                "startDate": "2022-01-01",
            }
        }
    },
    {"properties": {"timeInWeek": [{"day": "Monday", "hourSlots": [1]}]}},
)
