"""Kubernetes versions as the service compares them."""

from __future__ import annotations

Minor = tuple[int, int]


def minor(version: str) -> Minor:
    """`1.23.8` → (1, 23)."""
    parts = [*version.lstrip("v").split("."), "0"][:2]
    return int(parts[0]), int(parts[1])


def numbers(version: str) -> tuple[int, ...]:
    """`1.23.8` → (1, 23, 8), for comparing whole versions."""
    return tuple(int(part) for part in version.lstrip("v").split(".") if part.isdigit())


def in_range(version: str, first: str | None, last: str | None) -> bool:
    """Whether the minor lies between two minors, inclusive; None is no bound."""
    here = minor(version)
    return (first is None or here >= minor(first)) and (last is None or here <= minor(last))


def matches(version: str, text: str) -> bool:
    """Whether the minor is in a range written as `<=1.24`, `>=1.37` or `1.25-1.36`."""
    if text.startswith("<="):
        return in_range(version, None, text[2:])
    if text.startswith(">="):
        return in_range(version, text[2:], None)
    first, _, last = text.partition("-")
    return in_range(version, first, last or first)
