"""Filling in what is missing, so that what was there already stays the very same object."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def fill(target: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The mapping with values for the keys that it lacks; the very same where it lacks none."""
    lacking = {k: v for k, v in values.items() if k not in target}
    return {**target, **lacking} if lacking else target


def changed(target: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The mapping with other values; the very same where it has them already."""
    changed = {k: v for k, v in values.items() if target.get(k) is not v}
    return {**target, **changed} if changed else target


def each(items: list[Any], filled: Callable[[Any], Any]) -> list[Any]:
    """The items with their defaults; the very same list where they have them already."""
    found = [filled(item) for item in items]
    return items if all(map(is_, found, items)) else found


def unless_equal(old: Any, new: Any) -> Any:
    """The old value where the new one says the same: what is shared stays shared."""
    return old if old == new else new
