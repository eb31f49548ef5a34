"""Events: repeated ones are counted, old ones go after an hour.

Everything that happens to a pod leaves events, and hardly anybody reads them. So they are noted
as they happen and become objects when somebody lists, gets or watches events.

Most components write the core form, where a count goes up with each repetition. The scheduler
writes the newer one: who did what about which object is the same event, whatever its text, and
its repetitions are a series, which is written at its second one and then, while it lasts, every
half hour, and when it has ended.
"""

from __future__ import annotations

import random
import uuid
from collections import OrderedDict, deque
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from poolshift.core.clock import format_time
from poolshift.sim.kube.eventnotes import Note, events_of, reference, subject
from poolshift.sim.kube.resources import EVENTS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.objects import Key, Object

# The API server's default --event-ttl, and a bound for worlds that make events faster.
LIFETIME_S = 3600.0
MOST = 10_000
_NANOSECONDS = 1_000_000_000
# client-go's events: how long after its last repetition a series has ended, and how often the
# count of one that lasts is written.
SERIES_ENDS_S = 6 * 60.0
SERIES_TOLD_EVERY_S = 30 * 60.0
# The name of a pod of the control plane, which is made up.
_INSTANCE = "kube-scheduler"


_Slot = tuple[str, str, str]


class _Told(NamedTuple):
    """An event that is an object, when it last happened, and how long its series is.

    `written_t` is when the series was last written, None while it is none or has ended.
    """

    key: Key
    t: float
    times: int = 1
    written_t: float | None = None


class Recorder:
    """Notes events about objects."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._notes: deque[Note] = deque(maxlen=2 * MOST)
        self._told: OrderedDict[_Slot, _Told] = OrderedDict()
        # Series that last, in the order of their last repetitions.
        self._series: dict[_Slot, None] = {}
        # A source of its own: who reads events must not change what is drawn for the world.
        self._rng = random.Random(ctx.rng.getrandbits(64))  # noqa: S311 - a simulation
        self._serial = 0
        ctx.store.defer(EVENTS, self._write)

    def record(
        self,
        about: Object,
        *,
        type_: str,
        reason: str,
        message: str,
        source: str,
        host: str = "",
        related: Object | None = None,
        part: str = "",
        later_s: float = 0.0,
    ) -> None:
        """Record an event about an object, or count one up that says the same.

        Args:
            about: the object, as it was when it happened.
            type_: Normal or Warning.
            reason: one word.
            message: a sentence.
            source: the component that tells.
            host: the node that it runs on.
            related: another object that it concerns.
            part: the container that it is about.
            later_s: how long from now it happens.
        """
        ctx = self._ctx
        if not ctx.warming:
            t = ctx.clock.t + later_s
            self._notes.append(Note(t, about, type_, reason, message, source, host, related, part))

    def _write(self) -> None:
        """Make objects of the notes, and drop what is too old."""
        oldest = self._ctx.clock.t - LIFETIME_S
        for note in self._due(self._ctx.clock.t):
            if note.t >= oldest:
                self._end_series(note.t)
                for one in events_of(note, self._ctx.version):
                    self._tell(one)
        self._end_series(self._ctx.clock.t)
        while self._told:
            slot, told = next(iter(self._told.items()))
            if told.t >= oldest and len(self._told) <= MOST:
                return
            del self._told[slot]
            if self._ctx.store.find(EVENTS, *told.key) is not None:
                self._ctx.store.remove(EVENTS, told.key, by="controller:apiserver")

    def _due(self, now_t: float) -> list[Note]:
        """The notes of what has happened by now, in order; the rest stays noted."""
        due = [note for note in self._notes if note.t <= now_t]
        later = [note for note in self._notes if note.t > now_t]
        self._notes.clear()
        self._notes.extend(later)
        due.sort(key=lambda note: note.t)
        return due

    def _tell(self, note: Note) -> None:
        meta = note.about["metadata"]
        # The newer form tells events apart by the version of their object, not by their text.
        slot = (meta["uid"], note.reason, f"{note.part} {note.message}")
        if note.action:
            slot = (meta["uid"], note.reason, f"version {meta.get('resourceVersion')}")
        told = self._told.get(slot)
        known = self._ctx.store.find(EVENTS, *told.key) if told else None
        by = f"controller:{note.source}"
        if told is not None and known is not None and note.action:
            if note.t - told.t <= SERIES_ENDS_S:
                self._continue(slot, note, told, known)
                return
        elif told is not None and known is not None:
            again = {
                **known,
                "count": known.get("count", 1) + 1,
                "lastTimestamp": self._second(note.t),
            }
            self._ctx.store.update(EVENTS, again, by=by)
            self._told[slot] = _Told(told.key, note.t)
            self._told.move_to_end(slot)
            return
        new = self._newer(note) if note.action else self._core(note)
        event = self._ctx.store.create(EVENTS, new, by=by)
        key = (event["metadata"]["namespace"], event["metadata"]["name"])
        self._told[slot] = _Told(key, note.t)

    def _continue(self, slot: _Slot, note: Note, told: _Told, event: Object) -> None:
        """One more repetition: the first is written at once, later ones now and then."""
        told = told._replace(t=note.t, times=told.times + 1)
        if told.written_t is None or note.t - told.written_t >= SERIES_TOLD_EVERY_S:
            self._write_series(event, told)
            told = told._replace(written_t=note.t)
        self._told[slot] = told
        self._told.move_to_end(slot)
        self._series.pop(slot, None)
        self._series[slot] = None

    def _end_series(self, now_t: float) -> None:
        """Write the last count of every series that had no repetition for long."""
        while self._series and self._over(slot := next(iter(self._series)), now_t):
            del self._series[slot]
            told = self._told.get(slot)
            event = self._ctx.store.find(EVENTS, *told.key) if told else None
            if told is not None and event is not None:
                self._write_series(event, told)

    def _over(self, slot: _Slot, now_t: float) -> bool:
        told = self._told.get(slot)
        return told is None or now_t - told.t > SERIES_ENDS_S

    def _write_series(self, event: Object, told: _Told) -> None:
        series = {"count": told.times, "lastObservedTime": self._micro(told.t)}
        by = f"controller:{event['reportingComponent']}"
        self._ctx.store.update(EVENTS, {**event, "series": series}, by=by)

    def _newer(self, note: Note) -> Object:
        """An event as the newer recorder writes it, in the core form that is stored."""
        related = {"related": reference(note.related)} if note.related is not None else {}
        return {
            **self._head(note),
            "source": {},
            "firstTimestamp": None,
            "lastTimestamp": None,
            "type": note.type_,
            "eventTime": self._micro(note.t),
            "action": note.action,
            **related,
            "reportingComponent": note.source,
            "reportingInstance": f"{note.source}-{_INSTANCE}",
        }

    def _second(self, t: float) -> str:
        return format_time(self._ctx.clock.start + timedelta(seconds=t))

    def _micro(self, t: float) -> str:
        """A moment as times with microseconds are written."""
        moment = self._ctx.clock.start + timedelta(seconds=t)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _head(self, note: Note) -> Object:
        """What both forms begin with."""
        meta = note.about["metadata"]
        return {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {
                "name": f"{meta['name']}.{self._moment(note.t):016x}",
                # Events about cluster-scoped objects live in the default namespace.
                "namespace": meta.get("namespace") or "default",
                "uid": str(uuid.UUID(int=self._rng.getrandbits(128), version=4)),
                "creationTimestamp": self._second(note.t),
            },
            "involvedObject": subject(note),
            "reason": note.reason,
            "message": note.message,
        }

    def _core(self, note: Note) -> Object:
        """An event as most components write it."""
        now = self._second(note.t)
        return {
            **self._head(note),
            "source": {"component": note.source, **({"host": note.host} if note.host else {})},
            "firstTimestamp": now,
            "lastTimestamp": now,
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
