"""Server-side apply: one manager's configuration against the live object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.kube import errors
from poolshift.sim.kube.apply import fieldsets, managers
from poolshift.sim.kube.apply.managers import APPLY, UPDATE, Entry
from poolshift.sim.kube.apply.merging import merged, without
from poolshift.sim.kube.objects import Object, with_meta

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.apply.fieldsets import Fields, Path
    from poolshift.sim.kube.resources import Kind


def no_manager() -> ApiError:
    """422: an applier must say who it is."""
    problem = "Required value: is required for apply patch"
    cause = {"reason": "FieldValueRequired", "message": problem, "field": "fieldManager"}
    details = {"group": "meta.k8s.io", "kind": "PatchOptions", "causes": [cause]}
    message = f'PatchOptions.meta.k8s.io "" is invalid: fieldManager: {problem}'
    return errors.failure(422, "Invalid", message, details)


def check(kind: Kind, name: str, config: Any) -> None:
    """400 for a configuration that is no object of this kind and name."""
    if not isinstance(config, dict):
        raise errors.bad_request("error decoding YAML: the configuration is not an object")
    for field in ("apiVersion", "kind"):
        if not config.get(field):
            what = "Kind" if field == "kind" else "apiVersion"
            raise errors.bad_request(f"Object '{what}' is missing in the applied configuration")
    meta = config.get("metadata") or {}
    if not isinstance(meta, dict):
        raise errors.bad_request("error decoding YAML: metadata is not an object")
    if meta.get("managedFields"):
        raise errors.bad_request("metadata.managedFields must be nil")
    if meta.get("name", name) != name:
        message = (
            f"the name of the object ({meta['name']}) does not match the name on the URL ({name})"
        )
        raise errors.bad_request(message)


class Applied:
    """What applying a configuration leads to.

    Attributes:
        obj: the merged object, before defaults and checks.
        entries: its managers then.
    """

    def __init__(
        self,
        live: Object,
        config: Object,
        *,
        manager: str,
        force: bool,
        now: str,
        sub: str = "",
        resets_status: bool = False,
    ) -> None:
        fields = fieldsets.stated(config)
        self._fields = (
            frozenset(p for p in fields if p[0] != "f:status") if resets_status else fields
        )
        entries = managers.entries_of(live)
        me = Entry(manager, APPLY, config["apiVersion"], self._fields, now, sub)
        mine = next((e for e in entries if e.identity == me.identity), None)
        others = [e for e in entries if e is not mine]
        target = merged(live, _unreset(config, resets_status=resets_status), live["kind"])
        differing, _ = fieldsets.changed(live, target)
        if force:
            others = [e.with_fields(e.fields - differing) for e in others]
        else:
            _check_conflicts(others, differing)
        last = mine.fields if mine is not None else fieldsets.NONE
        self.obj = without(target, _orphans(last, self._fields, others))
        same = mine is not None and mine.fields == self._fields
        self.entries = [*others, mine if same and mine is not None else me]


def _unreset(config: Object, *, resets_status: bool) -> Object:
    return {k: v for k, v in config.items() if k != "status"} if resets_status else config


def first(config: Object, created: Object, manager: str, now: str) -> Object:
    """An object that an apply made, with its one manager."""
    fields = frozenset(p for p in fieldsets.stated(config) if p[0] != "f:status")
    return managers.noted(created, [Entry(manager, APPLY, created["apiVersion"], fields, now)])


def finished(live: Object, result: Object, entries: list[Entry]) -> Object:
    """The checked result with its managers; a live object that stays as it is keeps its note."""
    stored = live["metadata"].get("managedFields")
    plain = with_meta(live, managedFields=None)
    if with_meta(result, managedFields=None) == plain:
        before = {e.identity: e.fields for e in managers.entries_of(live)}
        if {e.identity: e.fields for e in entries} == before:
            return with_meta(result, managedFields=stored)
    return managers.noted(result, entries)


def _orphans(last: Fields, stated: Fields, others: list[Entry]) -> frozenset[Path]:
    """Fields that this manager gave up and nobody else holds."""
    held = stated.union(*(e.fields for e in others))
    above = frozenset(path[:end] for path in held for end in range(1, len(path)))
    return last - held - above


def _check_conflicts(others: list[Entry], differing: Fields) -> None:
    """409 when the configuration changes what others manage."""
    found = [
        (_named(entry), fieldsets.dotted(path))
        for entry in others
        for path in sorted(entry.fields & differing)
    ]
    if not found:
        return
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": field}
        for who, field in found
    ]
    message = f"Apply failed with {len(found)} conflict{'s' if len(found) > 1 else ''}: "
    if len(found) == 1:
        message += f"conflict with {found[0][0]}: {found[0][1]}"
    else:
        message += "\n".join(_listed(found))
    raise errors.failure(409, "Conflict", message, {"causes": causes})


def _listed(found: list[tuple[str, str]]) -> list[str]:
    lines = []
    for who in sorted({who for who, _ in found}):
        lines.append(f"conflicts with {who}:")
        lines += [f"- {field}" for other, field in found if other == who]
    return lines


def _named(entry: Entry) -> str:
    text = f'"{entry.manager}"'
    if entry.sub:
        text += f' with subresource "{entry.sub}"'
    return f"{text} using {entry.api_version}" if entry.operation == UPDATE else text
