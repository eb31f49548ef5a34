"""Events: repeated ones are counted, old ones go after an hour.

Everything that happens to a pod leaves events, and hardly anybody reads them. So they are noted
as they happen and become objects when somebody lists, gets or watches events.
"""

from __future__ import annotations

import random
import uuid
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, NamedTuple

from poolshift.sim.kube.resources import EVENTS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.objects import Key, Object

# The API server's default --event-ttl, and a bound for worlds that make events faster.
LIFETIME_S = 3600.0
MOST = 10_000
_NANOSECONDS = 1_000_000_000


class _Note(NamedTuple):
    """An event that is not an object yet."""

    t: float
    now: str
    about: Object
    type_: str
    reason: str
    message: str
    source: str
    host: str


class _Told(NamedTuple):
    """An event that is an object, and when it last happened."""

    key: Key
    t: float


class Recorder:
    """Notes events about objects."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._notes: deque[_Note] = deque(maxlen=2 * MOST)
        self._told: OrderedDict[tuple[str, str, str], _Told] = OrderedDict()
        # A source of its own: who reads events must not change what is drawn for the world.
        self._rng = random.Random(ctx.rng.getrandbits(64))  # noqa: S311 - a simulation
        self._serial = 0
        ctx.store.defer(EVENTS, self._write)

    def record(
        self, about: Object, *, type_: str, reason: str, message: str, source: str, host: str = ""
    ) -> None:
        """Record an event about an object, or count one up that says the same."""
        ctx = self._ctx
        if not ctx.warming:
            self._notes.append(
                _Note(ctx.clock.t, ctx.now(), about, type_, reason, message, source, host)
            )

    def _write(self) -> None:
        """Make objects of the notes, and drop what is too old."""
        oldest = self._ctx.clock.t - LIFETIME_S
        while self._notes:
            note = self._notes.popleft()
            if note.t >= oldest:
                self._tell(note)
        while self._told:
            slot, told = next(iter(self._told.items()))
            if told.t >= oldest and len(self._told) <= MOST:
                return
            del self._told[slot]
            if self._ctx.store.find(EVENTS, *told.key) is not None:
                self._ctx.store.remove(EVENTS, told.key, by="controller:apiserver")

    def _tell(self, note: _Note) -> None:
        slot = (note.about["metadata"]["uid"], note.reason, note.message)
        told = self._told.get(slot)
        known = self._ctx.store.find(EVENTS, *told.key) if told else None
        by = f"controller:{note.source}"
        if told is not None and known is not None:
            again = {**known, "count": known.get("count", 1) + 1, "lastTimestamp": note.now}
            self._ctx.store.update(EVENTS, again, by=by)
            self._told[slot] = _Told(told.key, note.t)
            self._told.move_to_end(slot)
            return
        event = self._ctx.store.create(EVENTS, self._new(note), by=by)
        key = (event["metadata"]["namespace"], event["metadata"]["name"])
        self._told[slot] = _Told(key, note.t)

    def _new(self, note: _Note) -> Object:
        meta = note.about["metadata"]
        involved = {
            "kind": note.about["kind"],
            "namespace": meta.get("namespace"),
            "name": meta["name"],
            "uid": meta["uid"],
            "apiVersion": note.about["apiVersion"],
            "resourceVersion": meta.get("resourceVersion"),
        }
        return {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {
                "name": f"{meta['name']}.{self._moment(note.t):016x}",
                # Events about cluster-scoped objects live in the default namespace.
                "namespace": meta.get("namespace") or "default",
                "uid": str(uuid.UUID(int=self._rng.getrandbits(128), version=4)),
                "creationTimestamp": note.now,
            },
            "involvedObject": {k: v for k, v in involved.items() if v is not None},
            "reason": note.reason,
            "message": note.message,
            "source": {"component": note.source, **({"host": note.host} if note.host else {})},
            "firstTimestamp": note.now,
            "lastTimestamp": note.now,
            "count": 1,
            "type": note.type_,
            "eventTime": None,
            "reportingComponent": note.source,
            "reportingInstance": note.host,
        }

    def _moment(self, t: float) -> int:
        """Nanoseconds since 1970, no two events the same: what clients call an event by."""
        self._serial += 1
        start = int(self._ctx.clock.start.timestamp())
        return (start + int(t)) * _NANOSECONDS + self._serial % _NANOSECONDS
