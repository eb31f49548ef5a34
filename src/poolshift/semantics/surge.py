"""Machines that a move needs beside those that a pool has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.budgets import scaled

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import PoolFacts

_LIMIT = "max-surge"


def surge_nodes(pool: PoolFacts, catalog: Catalog) -> int:
    """Machines more that an upgrade or an in-place change of a pool runs; at least one.

    A maxSurge of 0 goes with maxUnavailable and needs none.
    """
    settings = pool.properties.get("upgradeSettings") or {}
    figure = str(settings.get("maxSurge") or catalog.limit_text(_LIMIT, "default"))
    if figure in ("0", "0%"):
        return 0
    count = int(figure) if figure.isdigit() else scaled(figure, pool.count, up=True)
    return max(min(count, pool.count), 1) if pool.count else 0


def extra_nodes(pool: PoolFacts, catalog: Catalog) -> int:
    """Machines more while a pool moves: a whole new pool on Windows, the surge on Linux.

    Windows moves to a pool of its own; Linux is changed in place.
    """
    return pool.count if pool.os_type == "Windows" else surge_nodes(pool, catalog)
