"""Objects from the version that a client uses to the stored one, and back.

The parent of the tables beside it: a kind that is served in the version that it is stored in
passes through untouched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from poolshift.sim.kube import errors
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.resources import stored
from poolshift.sim.kube.versions import autoscalers, events

if TYPE_CHECKING:
    from poolshift.sim.kube.resources import Kind

_Change = Callable[[Object], Object]
# By API version and kind: to the stored form, and from it.
_CHANGES: dict[tuple[str, str], tuple[_Change, _Change]] = {
    ("events.k8s.io/v1", "Event"): (events.to_core, events.from_core),
    ("autoscaling/v1", "HorizontalPodAutoscaler"): (autoscalers.to_second, autoscalers.to_first),
}


def received(kind: Kind, obj: Object) -> tuple[Kind, Object]:
    """What a client sent in one version, as it is stored; the body has passed the decoder."""
    if not kind.stored:
        return kind, obj
    home = stored(kind)
    changed = _CHANGES[(kind.api_version, kind.kind)][0](obj)
    return home, {**changed, "kind": home.kind, "apiVersion": home.api_version}


def created(kind: Kind, obj: Object) -> tuple[Kind, Object]:
    """A new object of one version, as it is stored; 422 for what that version does not take."""
    problems = events.problems(obj) if kind.kind == "Event" else []
    if problems:
        raise errors.refused(kind, obj["metadata"].get("name", ""), problems)
    return received(kind, obj)


def seen(kind: Kind, obj: Object) -> Object:
    """A stored object as clients of that version see it."""
    if not kind.stored:
        return obj
    changed = _CHANGES[(kind.api_version, kind.kind)][1](obj)
    return {**changed, "kind": kind.kind, "apiVersion": kind.api_version}


def all_seen(kind: Kind, objects: list[Object]) -> list[Object]:
    """The stored objects of a list as clients of that version see them."""
    return [seen(kind, obj) for obj in objects] if kind.stored else objects
