"""Putting an applied configuration into a live object, and taking fields out of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.kube.apply import shapes

if TYPE_CHECKING:
    from poolshift.sim.kube.apply.fieldsets import Path


def merged(live: Any, applied: Any, kind: str, path: Path = ()) -> Any:
    """The live value with what the configuration states; lists that are maps merge by key."""
    name = path[-1][2:] if path and path[-1].startswith("f:") else ""
    if isinstance(live, dict) and isinstance(applied, dict):
        if shapes.whole(path[:-1], name):
            return applied
        put = {
            key: merged(live.get(key), value, kind, (*path, f"f:{key}"))
            for key, value in applied.items()
        }
        return {**live, **put}
    if isinstance(live, list) and isinstance(applied, list):
        return _merged_list(live, applied, kind, path, name)
    return applied


def _merged_list(live: list[Any], applied: list[Any], kind: str, path: Path, name: str) -> Any:
    if shapes.is_set(name):
        return live + [v for v in applied if v not in live]
    keys = shapes.keys_of(kind, name, [*live, *applied])
    if keys is None:
        return applied
    found = {shapes.element_key(keys, item): item for item in live}
    for item in applied:
        key = shapes.element_key(keys, item)
        old = found.get(key)
        found[key] = item if old is None else merged(old, item, kind, (*path, "k:"))
    return list(found.values())


def without(value: Any, paths: frozenset[Path]) -> Any:
    """The value without what stands at those paths; what is left empty goes too."""
    for path in sorted(paths):
        if all(path[:end] not in paths for end in range(1, len(path))):
            value = _without(value, path)
    return value


def _without(value: Any, path: Path) -> Any:
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step.startswith("f:"):
        return _without_field(value, step[2:], rest)
    if isinstance(value, list):
        return _without_element(value, step, rest)
    return value


def _without_field(value: dict[str, Any], name: str, rest: Path) -> dict[str, Any]:
    if name not in value:
        return value
    inner = _without(value[name], rest) if rest else None
    if not rest or (inner in ({}, []) and inner != value[name]):
        return {k: v for k, v in value.items() if k != name}
    return {**value, name: inner}


def _without_element(items: list[Any], step: str, rest: Path) -> list[Any]:
    form, _, text = step.partition(":")
    wanted = msgspec.json.decode(text)
    if form == "v":
        return [item for item in items if item != wanted]
    kept = []
    for item in items:
        found = all(item.get(k, "TCP" if k == "protocol" else None) == v for k, v in wanted.items())
        if not found:
            kept.append(item)
        elif rest:
            kept.append(_without(item, rest))
    return kept
