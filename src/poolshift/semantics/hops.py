"""Which steps from one OS to the next a move makes, and what each changes for workloads.

A move from Windows Server 2019 to 2025 makes two steps: it has the changes of both.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from poolshift.core.errors import invariant
from poolshift.semantics.images import FITTING, taken, verdict
from poolshift.semantics.support import effective_os
from poolshift.semantics.versions import build_of, minor, range_holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.core.image import ImageFacts
    from poolshift.core.snapshot import PoolFacts

_CONTAINERD = re.compile(r"containerd://(\d+)\.")


def way(pool: PoolFacts, to: str, catalog: Catalog) -> tuple[str, ...]:
    """The OSes that a move passes, the pool's own first, by who follows whom in the catalog.

    Empty where the pool's OS is unknown or the target does not follow it.
    """
    at, end = effective_os(pool, catalog), _effective_target(pool, to, catalog)
    passed: list[str] = []
    while at is not None and at not in passed:
        passed.append(at)
        if at == end:
            return tuple(passed)
        known = catalog.sku(at) or catalog.release(at)
        at = known.successor if known is not None else None
    return ()


def hops_of(pool: PoolFacts, to: str, catalog: Catalog) -> frozenset[str]:
    """The ids of the catalog's hops that a move of a pool makes."""
    passed = set(pairwise(way(pool, to, catalog)))
    return frozenset(h.id for h in catalog.os_changes.hops if (h.from_, h.to) in passed)


def unrecorded(pool: PoolFacts, to: str, catalog: Catalog) -> tuple[str, str] | None:
    """The first step of a move whose changes the catalog does not have; None when it has all."""
    passed = way(pool, to, catalog)
    if not passed:
        return (effective_os(pool, catalog) or pool.os_sku, to)
    steps = pairwise(passed)
    known = {(h.from_, h.to) for h in catalog.os_changes.hops}
    return next((step for step in steps if step not in known), None)


def image_hops(image: ImageFacts, host_sku: str, to: str, catalog: Catalog) -> frozenset[str]:
    """The hops that an image makes itself when its pods go from nodes of one OS to another's.

    An image that holds both builds changes with the node, one that must be rebuilt with the
    rebuild; one that runs as it is keeps its own files, whatever the node is. Empty also where
    today's build is unknown.
    """
    today, target = taken(image, host_sku, catalog), catalog.sku(to)
    if today is None or target is None or target.os_type != "Windows":
        return frozenset()
    before, after = build_of(today.os_version), target.build or ""
    if verdict(image, to, catalog) in FITTING:
        entry = taken(image, to, catalog)
        after = build_of(entry.os_version) if entry is not None else ""
    builds = {hop.id: catalog.build_of(hop.to) for hop in catalog.os_changes.hops}
    return frozenset(
        hop for hop, build in builds.items() if build and before and before < build <= after
    )


def containerd_major(sku_id: str, kubernetes: str, catalog: Catalog) -> int | None:
    """The first number of containerd's version on new nodes; None where nobody says.

    A minor that a table lacks has what the nearest older one has, an older one than all what the
    oldest has.
    """
    sku = catalog.sku(sku_id)
    versions = sku.containerd if sku is not None else None
    if versions is None:
        rows = ((s, r) for s in catalog.os_skus.os_skus for r in s.resolves_to if s.containerd)
        held = (
            s.containerd
            for s, r in rows
            if r.os_sku_effective == sku_id and range_holds(kubernetes, r.k8s)
        )
        versions = next(held, None)
    if versions is None:
        return None
    text = versions if isinstance(versions, str) else _at(versions, kubernetes)
    number = text.partition(".")[0]
    invariant(number.isdigit(), f"containerd of {sku_id} in the catalog begins with a number")
    return int(number)


def _at(versions: dict[str, str], kubernetes: str) -> str:
    by_minor = sorted(versions, key=minor)
    older = [v for v in by_minor if minor(v) <= minor(kubernetes)]
    return versions[older[-1] if older else by_minor[0]]


def _effective_target(pool: PoolFacts, to: str, catalog: Catalog) -> str:
    """What an unversioned target stands for at the pool's Kubernetes version."""
    sku = catalog.sku(to)
    rows = sku.resolves_to if sku is not None else ()
    held = (r.os_sku_effective for r in rows if range_holds(pool.kubernetes_version, r.k8s))
    return next(held, sku.id if sku is not None else to)


def containerd_step(
    pool: PoolFacts, runtimes: Iterable[str], to: str, kubernetes: str, catalog: Catalog
) -> tuple[int, int] | None:
    """Containerd's major version on a pool's nodes and on the target's, where it rises.

    Args:
        pool: the pool that moves.
        runtimes: what its nodes say of themselves (`containerd://1.7.20`); they go before the
            catalog.
        to: the OS SKU that it moves to.
        kubernetes: the version of new pools.
        catalog: which versions the OSes have.

    Returns:
        Both majors; None where it stays or one of them is unknown.
    """
    told = [int(found[1]) for r in runtimes if (found := _CONTAINERD.match(r))]
    os_id = effective_os(pool, catalog) or pool.os_sku
    today = max(told) if told else containerd_major(os_id, pool.kubernetes_version, catalog)
    then = containerd_major(to, kubernetes, catalog)
    return (today, then) if today is not None and then is not None and then > today else None
