"""Names of pools: which are allowed, and a free one for green."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from poolshift.catalog import Catalog

_YEAR = re.compile(r"\d\d(\d\d)$")
_SHORTEST_STEM = 1
_YEAR_DIGITS = 2


def longest(os_type: str, catalog: Catalog) -> int:
    """How many characters a pool's name may have."""
    limit = "pool-name-windows-length" if os_type == "Windows" else "pool-name-linux-length"
    return catalog.limit_number(limit, "max")


def problem_with(name: str, os_type: str, catalog: Catalog) -> str | None:
    """What is wrong with a pool's name, in words; None when the service takes it."""
    if len(name) > longest(os_type, catalog):
        most = longest(os_type, catalog)
        return f"{name!r} has {len(name)} characters; {os_type} pools take at most {most}"
    pattern = str(catalog.limit("pool-name-pattern").current)
    if not re.fullmatch(pattern, name):
        return f"{name!r} is not lower-case letters and digits beginning with a letter"
    return None


def propose_green(
    blue: str, taken: Collection[str], *, to: str, os_type: str, catalog: Catalog
) -> str | None:
    """A free name for green, the same for the same input; None when no short name is free.

    Args:
        blue: the name of the pool to replace; its beginning is kept.
        taken: names in use, blue's own included or not.
        to: the target OS SKU, whose year the name carries where it fits (`wspool` → `wspo22`).
        os_type: Windows or Linux, which decides how long the name may be.
        catalog: where the limits stand.
    """
    used = {*taken, blue}
    for name in _candidates(blue, to, longest(os_type, catalog)):
        if name not in used and problem_with(name, os_type, catalog) is None:
            return name
    return None


def _candidates(blue: str, to: str, most: int) -> Iterator[str]:
    year = _YEAR.search(to)
    letters = blue.rstrip("0123456789") or "p"
    if year:
        yield letters[: most - _YEAR_DIGITS] + year[1]
    for width in (1, 2):
        stem = letters[: max(most - width, _SHORTEST_STEM)]
        for number in range(10 ** (width - 1) + (width == 1), 10**width):
            yield f"{stem}{number}"


def check_green(
    green: str, blue: str, taken: Collection[str], *, os_type: str, catalog: Catalog
) -> str:
    """A name that the user chose for green, returned when it can be used.

    Raises:
        UsageError: the service would refuse it, or another pool has it.
    """
    why = problem_with(green, os_type, catalog)
    if why is None and green in {*taken, blue}:
        why = f"a pool {green!r} exists"
    if why is not None:
        raise UsageError(
            f"green for pool {blue} cannot be called {green}",
            why=why,
            fix=f"Choose another: --green {blue}=NAME",
            code="PSE310",
        )
    return green
