"""Events: repeated ones are counted, old ones go after an hour."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from poolshift.core.clock import parse_time
from poolshift.sim.kube.resources import EVENTS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.objects import Key, Object

# The API server's default --event-ttl, and a bound for worlds that make events faster.
LIFETIME_S = 3600.0
MOST = 10_000


class Recorder:
    """Writes events about objects."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._seen: OrderedDict[tuple[str, str, str], Key] = OrderedDict()

    def record(
        self, about: Object, *, type_: str, reason: str, message: str, source: str, host: str = ""
    ) -> None:
        """Record an event about an object, or count one up that says the same."""
        if self._ctx.warming:
            return
        slot = (about["metadata"]["uid"], reason, message)
        key = self._seen.get(slot)
        known = self._ctx.store.find(EVENTS, *key) if key else None
        now = self._ctx.now()
        if known is not None:
            again = {**known, "count": known.get("count", 1) + 1, "lastTimestamp": now}
            self._ctx.store.update(EVENTS, again, by=f"controller:{source}")
            self._seen.move_to_end(slot)
            return
        event = self._new(about, now, type_, reason, message, source, host)
        stored = self._ctx.store.create(EVENTS, event, by=f"controller:{source}")
        self._seen[slot] = (stored["metadata"]["namespace"], stored["metadata"]["name"])
        self._expire()

    def _new(
        self,
        about: Object,
        now: str,
        type_: str,
        reason: str,
        message: str,
        source: str,
        host: str,
    ) -> Object:
        meta = about["metadata"]
        # Events about cluster-scoped objects live in the default namespace.
        namespace = meta.get("namespace") or "default"
        involved = {
            "kind": about["kind"],
            "namespace": meta.get("namespace"),
            "name": meta["name"],
            "uid": meta["uid"],
            "apiVersion": about["apiVersion"],
            "resourceVersion": meta.get("resourceVersion"),
        }
        return {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {
                "name": f"{meta['name']}.{self._ctx.rng.getrandbits(64):016x}",
                "namespace": namespace,
                "uid": self._ctx.ids.uid(),
                "creationTimestamp": now,
            },
            "involvedObject": {k: v for k, v in involved.items() if v is not None},
            "reason": reason,
            "message": message,
            "source": {"component": source, **({"host": host} if host else {})},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": type_,
            "eventTime": None,
            "reportingComponent": source,
            "reportingInstance": host,
        }

    def _expire(self) -> None:
        """Drop the events that were last seen longest ago."""
        while self._seen:
            slot, key = next(iter(self._seen.items()))
            event = self._ctx.store.find(EVENTS, *key)
            if event is not None:
                age = (
                    self._ctx.clock.moment() - parse_time(event["lastTimestamp"])
                ).total_seconds()
                if age < LIFETIME_S and len(self._seen) <= MOST:
                    return
                self._ctx.store.remove(EVENTS, key, by="controller:apiserver")
            del self._seen[slot]
