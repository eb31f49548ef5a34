"""The cloud's load balancer: which nodes it sends connections to.

Every Ready node is a backend while a Service of type LoadBalancer exists, but for those that
carry the exclusion label. Entering and leaving take a while; a node that is removed while it is
a backend cuts the connections that go through it, one count a Service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.objects import Object, key_of, labels_of, ready, with_status
from poolshift.sim.kube.resources import NODES, SERVICES

if TYPE_CHECKING:
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.store import Change

BY = "controller:service"
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
_FIRST_ADDRESS = "20.0.0."
_ADDRESSES = 250


class Balancer:
    """Keeps the backends and gives Services their public addresses."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.backends: dict[str, None] = {}
        self._moves: dict[str, Timer] = {}
        self._services: dict[tuple[str, str], None] = {}
        self._given = 0
        ctx.store.listen(NODES, self._node)
        ctx.store.listen(SERVICES, self._service)

    def _service(self, change: Change) -> None:
        key = key_of(change.obj)
        balanced = change.type != "DELETED" and change.obj["spec"].get("type") == "LoadBalancer"
        had_any = bool(self._services)
        if not balanced:
            self._services.pop(key, None)
        elif key not in self._services:
            self._services[key] = None
            self._ctx.after(self._ctx.timings.balancer_address_s, lambda: self._give(key))
        if had_any != bool(self._services):
            for node in self._ctx.store.all(NODES):
                self._weigh(node)

    def _give(self, key: tuple[str, str]) -> None:
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

    def _node(self, change: Change) -> None:
        name = change.obj["metadata"]["name"]
        if change.type != "DELETED":
            self._weigh(change.obj)
            return
        self._cancel(name)
        if name in self.backends:
            del self.backends[name]
            self._ctx.trace.emit("connection-cut", node=name, count=len(self._services))
            self._ctx.trace.emit("lb-backend-removed", node=name)

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
