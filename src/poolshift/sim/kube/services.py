"""Addresses of Services."""

from __future__ import annotations

import itertools
from ipaddress import IPv4Network

from poolshift.sim.kube.objects import Object, with_spec

SERVICE_RANGE = IPv4Network("10.0.0.0/16")
_RESERVED = 16
_FIRST_NODE_PORT = 30_000


class Addresses:
    """Hands out cluster addresses and node ports, each once."""

    def __init__(self) -> None:
        self._host = itertools.count(_RESERVED)
        self._port = itertools.count(_FIRST_NODE_PORT)

    def assigned(self, service: Object) -> Object:
        """A new Service with its cluster address and node ports."""
        spec = service["spec"]
        if spec["type"] == "ExternalName":
            return service
        address = spec.get("clusterIP") or str(SERVICE_RANGE[next(self._host)])
        ports = spec.get("ports") or []
        if spec["type"] in ("LoadBalancer", "NodePort"):
            ports = [{**p, "nodePort": p.get("nodePort") or next(self._port)} for p in ports]
        return with_spec(
            service,
            clusterIP=address,
            clusterIPs=[address],
            ipFamilies=["IPv4"],
            ipFamilyPolicy="SingleStack",
            ports=ports or None,
        )

    def kept(self, old: Object, new: Object) -> Object:
        """A replaced Service with the address that it had."""
        if old["spec"].get("clusterIP") and not new["spec"].get("clusterIP"):
            names = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
            new = with_spec(new, **{name: old["spec"].get(name) for name in names})
        return self.assigned(new)
