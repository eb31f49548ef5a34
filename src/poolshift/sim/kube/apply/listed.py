"""Objects as long lists and watches show them: the managers that nobody noted, written out fast.

What `managers.shown` works out through sets of paths comes here as text, and is the same.
"""

from __future__ import annotations

from functools import cache

import msgspec

from poolshift.sim.kube.apply import managers
from poolshift.sim.kube.apply.fieldtrees import LONE, Repeated, Trees, joined, quoted
from poolshift.sim.kube.apply.managers import REVISION
from poolshift.sim.kube.objects import Object, annotations_of, with_meta

_PARTS = ("metadata", "spec", "status")


def listed(obj: Object) -> Object:
    """The object with all its managers, as `managers.shown` gives it once both are encoded."""
    # Who wrote an event is in the event, and there are few of them.
    if obj["kind"] == "Event" or obj["metadata"].get("managedFields"):
        return managers.shown(obj)
    try:
        found = _managers(obj)
    except Repeated:
        return managers.shown(obj)
    return with_meta(obj, managedFields=found)


@cache
def _made(kind: str) -> Trees:
    """The trees of what makers write."""
    if kind == "Pod":
        lists = tuple(step.removeprefix("f:") for step in managers.LISTS)
        return Trees(kind, _of_token, lists, shares=True)
    if kind == "Job":
        return Trees(kind, _of_job)
    return Trees(kind, _of_server if kind in managers.GIVEN else None)


@cache
def _kept(kind: str) -> Trees:
    """The trees of statuses."""
    return Trees(kind)


@cache
def _given(kind: str) -> frozenset[str]:
    """Fields of the spec that the server fills in."""
    return frozenset(path[1].removeprefix("f:") for path in managers.GIVEN.get(kind, ()))


def _of_server(step: str) -> bool:
    return step == "f:nodePort"


def _of_token(step: str) -> bool:
    return step == "f:nodePort" or managers.is_token(step)


def _of_job(step: str) -> bool:
    return step == "f:nodePort" or step.startswith(managers.JOB_MARKS)


def _managers(obj: Object) -> msgspec.Raw | None:
    """Both entries as one text: its maker's and that of the keeper of its status."""
    born = str(obj["metadata"].get("creationTimestamp") or "")
    maker, keeper = managers.maker_of(obj), managers.keeper_of(obj)
    entries = []
    if made := _of_maker(obj):
        entries.append((maker, "", made))
    if kept := _of_keeper(obj):
        entries.append((keeper, "status", kept))
    entries.sort()
    if not entries:
        return None
    texts = (_entry(name, sub, obj["apiVersion"], born, fields) for name, sub, fields in entries)
    return msgspec.Raw(f"[{','.join(texts)}]".encode())


def _of_maker(obj: Object) -> str:
    trees = _made(obj["kind"])
    meta, spec = obj["metadata"], obj.get("spec")
    found = {"metadata": trees.metadata(_without_revision(meta))}
    if isinstance(spec, dict) and spec:
        found["spec"] = trees.part(spec, _given(obj["kind"]))
    elif "spec" in obj:
        found["spec"] = LONE
    found |= {name: trees.top(name, value) for name, value in obj.items() if name not in _PARTS}
    return _tree(found)


def _without_revision(meta: Object) -> Object:
    """The metadata without the one annotation that a controller keeps."""
    notes = meta.get("annotations")
    if not notes or REVISION not in notes:
        return meta
    return {**meta, "annotations": {k: v for k, v in notes.items() if k != REVISION}}


def _of_keeper(obj: Object) -> str:
    found = {}
    if REVISION in annotations_of(obj):
        found["metadata"] = f'{{"f:annotations":{{"f:{REVISION}":{LONE}}}}}'
    status = obj.get("status")
    if isinstance(status, dict) and status:
        found["status"] = _kept(obj["kind"]).part(status)
    elif "status" in obj:
        found["status"] = LONE
    return _tree(found)


def _tree(found: dict[str, str]) -> str:
    return joined({f"f:{name}": text for name, text in found.items()}, "")


def _entry(manager: str, sub: str, version: str, born: str, fields: str) -> str:
    time = f'"time":{quoted(born)},' if born else ""
    tail = f',"subresource":"{sub}"' if sub else ""
    return (
        f'{{"manager":"{manager}","operation":"Update","apiVersion":{quoted(version)},{time}'
        f'"fieldsType":"FieldsV1","fieldsV1":{fields}{tail}}}'
    )
