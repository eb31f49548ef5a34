"""The cloud's load balancer: which nodes it sends connections to, and those that it cuts.

Every Ready node is a backend while a Service of type LoadBalancer exists, but for those that
carry the exclusion label. Entering and leaving take a while. A node that is removed while it is a
backend cuts the connections that go through it: those of each Service with
`externalTrafficPolicy: Cluster`, and of one with `Local` only where the node has answered its
health probe, which it does while a ready pod of the Service runs there.

How many long connections a node carries for a Service no cluster tells: the scenario says so, or it
is one. A pod that goes cuts nothing here: what its own connections do depends on the application.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.kube.objects import Key, Object, key_of, labels_of, ready, with_status
from poolshift.sim.kube.resources import NODES, SERVICES

if TYPE_CHECKING:
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.controllers.endpoints import EndpointLists
    from poolshift.sim.kube.store import Change

BY = "controller:service"
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
# Two probes, five seconds apart: what AKS sets on the health probe of a Service.
PROBE_S = 10.0
_FIRST_ADDRESS = "20.0.0."
_ADDRESSES = 250


class Balancer:
    """Keeps the backends and gives Services their public addresses."""

    def __init__(self, ctx: Context, endpoints: EndpointLists) -> None:
        self._ctx = ctx
        self._endpoints = endpoints
        self.backends: dict[str, None] = {}
        self._moves: dict[str, Timer] = {}
        self._services: dict[Key, None] = {}
        self._local: dict[Key, dict[str, None]] = {}
        self._probes: dict[tuple[Key, str], Timer] = {}
        self._given = 0
        ctx.store.listen(NODES, self._node)
        ctx.store.listen(SERVICES, self._service)
        endpoints.followers.append(self._probe)

    def _service(self, change: Change) -> None:
        key = key_of(change.obj)
        balanced = change.type != "DELETED" and change.obj["spec"].get("type") == "LoadBalancer"
        had_any = bool(self._services)
        if not balanced:
            self._services.pop(key, None)
        elif key not in self._services:
            self._services[key] = None
            self._ctx.after(self._ctx.timings.balancer_address_s, lambda: self._give(key))
        if balanced and change.obj["spec"].get("externalTrafficPolicy") == "Local":
            self._local.setdefault(key, {})
        else:
            self._local.pop(key, None)
        if had_any != bool(self._services):
            for node in self._ctx.store.all(NODES):
                self._weigh(node)

    def _give(self, key: Key) -> None:
        """Give a Service a public address."""
        service = self._ctx.store.find(SERVICES, *key)
        if service is None or key not in self._services:
            return
        if service.get("status", {}).get("loadBalancer", {}).get("ingress"):
            return
        self._given = self._given % _ADDRESSES + 1
        ingress = [{"ip": f"{_FIRST_ADDRESS}{self._given}"}]
        status = with_status(service, loadBalancer={"ingress": ingress})
        self._ctx.store.update(SERVICES, status, by=BY)

    def _probe(self, key: Key) -> None:
        """The pods of a Service changed: nodes answer its probe, or answer it no more, later."""
        healthy = self._local.get(key)
        if healthy is None:
            return
        up = self._endpoints.ready_on(key)
        for node in {**healthy, **up}:
            slot = (key, node)
            timer = self._probes.pop(slot, None)
            if timer is not None:
                timer.cancel()
            if (node in up) != (node in healthy):
                self._probes[slot] = self._ctx.after(PROBE_S, partial(self._probed, key, node))

    def _probed(self, key: Key, node: str) -> None:
        self._probes.pop((key, node), None)
        healthy = self._local.get(key)
        if healthy is None:
            return
        if node in self._endpoints.ready_on(key):
            healthy[node] = None
        else:
            healthy.pop(node, None)

    def connections(self, name: str) -> int:
        """The connections that go through a node now."""
        if name not in self.backends:
            return 0
        stated = {c.service: c.per_backend for c in self._ctx.behaviour.connections}
        return sum(
            stated.get("/".join(key), 1)
            for key in self._services
            if key not in self._local or name in self._local[key]
        )

    def _node(self, change: Change) -> None:
        name = change.obj["metadata"]["name"]
        if change.type != "DELETED":
            self._weigh(change.obj)
            return
        self._cancel(name)
        if name in self.backends:
            cut = self.connections(name)
            del self.backends[name]
            if cut:
                self._ctx.trace.emit("connection-cut", node=name, count=cut)
            self._ctx.trace.emit("lb-backend-removed", node=name)
        for healthy in self._local.values():
            healthy.pop(name, None)

    def _weigh(self, node: Object) -> None:
        """Have a node enter or leave after the delay, unless it is where it belongs."""
        name = node["metadata"]["name"]
        belongs = self._belongs(node)
        if belongs == (name in self.backends):
            self._cancel(name)
        elif name not in self._moves:
            timings = self._ctx.timings
            delay_s = timings.balancer_enter_s if belongs else timings.balancer_leave_s
            self._moves[name] = self._ctx.after(delay_s, lambda: self._move(name))

    def _belongs(self, node: Object) -> bool:
        return bool(self._services) and ready(node) and EXCLUDED not in labels_of(node)

    def _cancel(self, name: str) -> None:
        timer = self._moves.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _move(self, name: str) -> None:
        self._moves.pop(name, None)
        node = self._ctx.store.find(NODES, "", name)
        if node is None:
            return
        if self._belongs(node) and name not in self.backends:
            self.backends[name] = None
            self._ctx.trace.emit("lb-backend-added", node=name)
        elif not self._belongs(node) and name in self.backends:
            del self.backends[name]
            self._ctx.trace.emit("lb-backend-removed", node=name)

    def tell(self) -> None:
        """The backends as the trace opens."""
        for name in self.backends:
            self._ctx.trace.emit("lb-backend-added", node=name)
