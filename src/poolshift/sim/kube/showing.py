"""Objects as clients see them: with all their managers, and nulls where old servers write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.apply import managers

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.world import KubeWorld

# Working out managers costs a quarter of a millisecond an object: longer lists show notes alone.
MOST_WORKED_OUT = 500
# Since 1.34 a template's metadata has no empty creation time.
_OMITS_SINCE = (1, 34)
_TEMPLATED = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job")


def shown(world: KubeWorld, obj: Object) -> Object:
    """One object."""
    return _with_nulls(world, managers.shown(obj))


def all_shown(world: KubeWorld, objects: list[Object]) -> list[Object]:
    """The objects of a list."""
    if len(objects) > MOST_WORKED_OUT:
        return objects
    return [shown(world, obj) for obj in objects]


def _with_nulls(world: KubeWorld, obj: Object) -> Object:
    major, minor, *_ = world.version.split(".")
    if obj["kind"] not in _TEMPLATED or (int(major), int(minor)) >= _OMITS_SINCE:
        return obj
    template = obj["spec"]["template"]
    meta = {"creationTimestamp": None, **(template.get("metadata") or {})}
    return {**obj, "spec": {**obj["spec"], "template": {**template, "metadata": meta}}}
