"""Where a finding is: what its target says, taken apart."""

from __future__ import annotations

import re

_FILE = re.compile(r"file/(?P<path>.+?)(?::(?P<line>[1-9]\d*))?", re.DOTALL)


def file_of(target: str) -> tuple[str, int] | None:
    """Path and line of the target `file/PATH:LINE`, line 1 without one; None for other targets."""
    found = _FILE.fullmatch(target)
    if found is None:
        return None
    return found["path"], int(found["line"] or 1)


def kind_and_name(target: str) -> tuple[str, str]:
    """What a target is and its own name: `pool`, `wspool`; `Deployment`, `cart`."""
    first, _, rest = target.partition("/")
    if not rest:
        return target, target
    if first in ("pool", "node", "image", "file"):
        return first, rest
    kind, _, name = rest.partition("/")
    return (kind, name) if name else (first, rest)
