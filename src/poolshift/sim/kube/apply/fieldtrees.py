"""FieldsV1 as text, straight from a value: for objects whose managers nobody has noted.

Between a value and its FieldsV1, `fieldsets` puts a set of paths, which is what can be compared
and taken apart. Lists and watches only show. So they get the text in one walk, and a value that
thousands of objects share, as pods share the parts of their template, is walked through once.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.kube.apply import fieldsets, shapes

if TYPE_CHECKING:
    from collections.abc import Callable

LONE = "{}"
_SELF = '".":{}'
_PLAIN = (str, int, float, bool, type(None))
_HOLDERS = frozenset({dict, list})
# Shared values whose text is kept; the templates of the largest cluster have some 30,000.
_MOST_KEPT = 50_000
# Those of the object itself and of its metadata that nobody owns.
_OWN = frozenset(path[0][2:] for path in fieldsets.OURS if len(path) == 1)
_OWN_META = frozenset(path[1][2:] for path in fieldsets.OURS if len(path) > 1)
_MAPS = frozenset({"labels", "annotations", "data"})
# An element that is known by its uid is owned as one.
_UID = "uid"


class Repeated(Exception):
    """A list has an element twice: only sets of paths can tell what that means."""


@lru_cache(maxsize=8192)
def quoted(step: str) -> str:
    """A step as JSON writes it."""
    return msgspec.json.encode(step).decode()


@lru_cache(maxsize=1024)
def _flat(key: str, elements: tuple[tuple[str, ...], ...]) -> str:
    """The tree of a list that is a map, of plain structs: the key of each, and its fields."""
    steps = [fieldsets.key_step(((key, value),)) for value, *_ in elements]
    _check_each_once(steps)
    found = {
        step: LONE if key == _UID else joined({f"f:{name}": LONE for name in fields}, _SELF)
        for step, (_, *fields) in zip(steps, elements, strict=True)
    }
    return joined(found, _SELF)


class Trees:
    """The trees of one kind's objects.

    Args:
        kind: the kind.
        left_out: whether a step of a path is left out, with all below it.
        emptied: names of lists that are left out when all of their elements are.
        shares: whether objects of the kind hold the same values, as those of one template do.
    """

    def __init__(
        self,
        kind: str,
        left_out: Callable[[str], bool] | None = None,
        emptied: tuple[str, ...] = (),
        *,
        shares: bool = False,
    ) -> None:
        self._kind = kind
        self._shares = shares
        self._left_out = left_out
        self._emptied = emptied
        self._kept: dict[tuple[str | int, ...], tuple[dict[str, Any], str]] = {}

    def metadata(self, meta: dict[str, Any]) -> str:
        """The tree of an object's metadata, empty when nobody owns any of it."""
        return self.part(meta, _OWN_META)

    def part(self, value: dict[str, Any], without: frozenset[str] = frozenset()) -> str:
        """The tree of a struct that every object has, but for some of its fields."""
        fields = {name: inner for name, inner in value.items() if name not in without}
        if not self._shares:
            return self._part(fields)
        # Plain values are leaves whatever they say.
        held = [id(inner) for inner in fields.values() if type(inner) in _HOLDERS]
        key: tuple[str | int, ...] = (*fields, *held)
        known = self._kept.get(key)
        if known is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            # What is kept is alive, so that its identity means no other value.
            known = self._kept[key] = (fields, self._part(fields))
        return known[1]

    def _part(self, fields: dict[str, Any]) -> str:
        return joined({f"f:{name}": self._node(v, name) for name, v in fields.items()}, "")

    def top(self, name: str, value: Any) -> str:
        """The tree of a field of the object itself that is neither metadata, spec nor status."""
        return "" if name in _OWN else self._node(value, name)

    def _node(self, value: Any, name: str, whole: bool = False) -> str:
        """The tree of a value; empty where all of it is left out."""
        if isinstance(value, dict):
            if not value or whole or shapes.atomic(name):
                return LONE
            return joined(self._fields(value, name), "" if name in shapes.STRUCTS else _SELF)
        if isinstance(value, list):
            if shapes.is_set(name):
                return joined({fieldsets.value_step(v): LONE for v in value}, _SELF)
            keys = shapes.keys_of(self._kind, name, value)
            if keys is not None:
                return self._list(value, name, keys)
        return self._leaf(name)

    def _leaf(self, name: str) -> str:
        return "" if name in self._emptied else LONE

    def _fields(self, value: dict[str, Any], name: str) -> dict[str, str]:
        inside = name in _MAPS
        found = {
            f"f:{key}": LONE if isinstance(inner, _PLAIN) else self._node(inner, key, inside)
            for key, inner in value.items()
        }
        if self._left_out is not None:
            return {step: text for step, text in found.items() if not self._left_out(step)}
        return found

    def _list(self, items: list[Any], name: str, keys: tuple[str, ...]) -> str:
        """The tree of a list that is a map."""
        if self._left_out is None and len(keys) == 1 and _plain(items):
            shape = tuple([(item[keys[0]], *item) for item in items])
            if all(isinstance(fields[0], str) for fields in shape):
                return _flat(keys[0], shape)
        steps = [fieldsets.key_step(shapes.element_key(keys, item)) for item in items]
        _check_each_once(steps)
        found = {
            step: self._element(item, keys)
            for step, item in zip(steps, items, strict=True)
            if self._left_out is None or not self._left_out(step)
        }
        return "" if not found and name in self._emptied else joined(found, _SELF)

    def _element(self, item: dict[str, Any], keys: tuple[str, ...]) -> str:
        return LONE if keys == (_UID,) else joined(self._fields(item, ""), _SELF)


def _check_each_once(steps: list[str]) -> None:
    if len(set(steps)) < len(steps):
        raise Repeated


def _plain(items: list[dict[str, Any]]) -> bool:
    """Whether structs hold plain values only."""
    return _HOLDERS.isdisjoint(map(type, chain.from_iterable(map(dict.values, items))))


def joined(found: dict[str, str], own: str) -> str:
    """A node of its own mark, if it has one, and its children in their order."""
    children = [f"{quoted(step)}:{found[step]}" for step in sorted(found) if found[step]]
    if not children:
        return LONE if own else ""
    return f"{{{','.join([own, *children] if own else children)}}}"
