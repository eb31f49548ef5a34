"""The lines of watches, each written once for all the watches that show an event alike.

Many clients watch the same kind, and what they are told of a change is mostly the same text. A
line costs some ten times as much as telling it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from poolshift.sim.kube import tables
from poolshift.sim.kube.showing import all_shown
from poolshift.sim.kube.versions import conversion

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.queries import Query
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.world import KubeWorld

# Watches go on in turns of a few events, so that all of them are near the newest lines.
_MOST_KEPT_BYTES = 16_000_000


class Form(NamedTuple):
    """How a watch shows objects.

    Attributes:
        shape: Table, PartialObjectMetadata, or empty for whole objects.
        include: what a table's row carries of its object.
    """

    shape: str = ""
    include: str = ""

    @classmethod
    def of(cls, query: Query) -> Form:
        """The form that a client asks for."""
        if query.shows("Table"):
            return cls("Table", query.params.get("includeObject", "Metadata"))
        return cls("PartialObjectMetadata" if query.shows("PartialObjectMetadata") else "")


class _Event(NamedTuple):
    """What makes two lines the same; tables show ages, which change with the time."""

    uid: str
    version: str
    api: str
    type: str
    form: Form
    headed: bool
    at: float


class Lines:
    """The newest lines of a world."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Event, bytes] = OrderedDict()
        self._size = 0

    def line(
        self, world: KubeWorld, kind: Kind, seen: tuple[str, Object], form: Form, *, headed: bool
    ) -> bytes:
        """The line of an event; only the first table of a watch is headed."""
        type_, obj = seen
        meta, tabled = obj["metadata"], form.shape == "Table"
        at = world.clock.t if tabled else 0.0
        event = _Event(
            meta["uid"],
            meta["resourceVersion"],
            kind.api_version,
            type_,
            form,
            headed=headed and tabled,
            at=at,
        )
        known = self._kept.get(event)
        if known is None:
            known = line(type_, _body(world, kind, obj, form, headed=headed))
            self._keep(event, known)
        return known

    def _keep(self, event: _Event, text: bytes) -> None:
        self._kept[event] = text
        self._size += len(text)
        while self._size > _MOST_KEPT_BYTES:
            self._size -= len(self._kept.popitem(last=False)[1])


def _body(world: KubeWorld, kind: Kind, obj: Object, form: Form, *, headed: bool) -> Object:
    if form.shape == "Table":
        if form.include != "None":
            obj = all_shown(world, [obj])[0]
        version = {"resourceVersion": obj["metadata"]["resourceVersion"]}
        now = world.clock.moment()
        return tables.table(kind, [obj], version, now, include=form.include, headed=headed)
    obj = conversion.seen(kind, all_shown(world, [obj])[0])
    return tables.partial(obj) if form.shape else obj


_LINES: WeakKeyDictionary[KubeWorld, Lines] = WeakKeyDictionary()


def lines_of(world: KubeWorld) -> Lines:
    """The lines that the watches of a world share."""
    found = _LINES.get(world)
    if found is None:
        found = _LINES[world] = Lines()
    return found


def line(type_: str, obj: Object) -> bytes:
    """An event as a watch writes it."""
    return msgspec.json.encode({"type": type_, "object": obj}) + b"\n"
