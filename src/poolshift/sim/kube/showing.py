"""Objects as clients see them: with all their managers, and nulls where old servers write them."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from poolshift.sim.kube.apply import managers
from poolshift.sim.kube.apply.listed import listed
from poolshift.sim.kube.objects import Object

if TYPE_CHECKING:
    from poolshift.sim.kube.world import KubeWorld

# Taking noted managers apart costs about half a millisecond: it is done once a version.
_KEPT = 5_000
_Kept = OrderedDict[tuple[str, str], Object]
_KEPT_OF: WeakKeyDictionary[KubeWorld, _Kept] = WeakKeyDictionary()
# Since 1.34 a template's metadata has no empty creation time.
_OMITS_SINCE = (1, 34)
_TEMPLATED = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job")


def shown(world: KubeWorld, obj: Object) -> Object:
    """One object."""
    return _with_nulls(world, managers.shown(obj))


def all_shown(world: KubeWorld, objects: list[Object]) -> list[Object]:
    """The stored objects of a list, to be encoded; what takes long is kept for a while."""
    kept = _KEPT_OF.setdefault(world, OrderedDict())
    found = [
        _shown_once(world, kept, obj)
        if "managedFields" in obj["metadata"]
        else _with_nulls(world, listed(obj))
        for obj in objects
    ]
    while len(kept) > _KEPT:
        kept.popitem(last=False)
    return found


def _shown_once(world: KubeWorld, kept: _Kept, obj: Object) -> Object:
    meta = obj["metadata"]
    key = (meta["uid"], meta["resourceVersion"])
    found = kept.get(key)
    if found is None:
        found = kept[key] = shown(world, obj)
    else:
        kept.move_to_end(key)
    return found


def _with_nulls(world: KubeWorld, obj: Object) -> Object:
    if obj["kind"] not in _TEMPLATED or world.ctx.version >= _OMITS_SINCE:
        return obj
    template = obj["spec"]["template"]
    meta = {"creationTimestamp": None, **(template.get("metadata") or {})}
    return {**obj, "spec": {**obj["spec"], "template": {**template, "metadata": meta}}}
