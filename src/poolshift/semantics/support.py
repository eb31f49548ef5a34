"""Until when an OS is served, and which OS may follow which."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from poolshift.catalog.model.base import END_KINDS, winner
from poolshift.core.finding import Deadline, DeadlineClaim
from poolshift.semantics.versions import parse_node_image, range_holds

if TYPE_CHECKING:
    from poolshift.catalog import Catalog, Claim
    from poolshift.core.snapshot import PoolFacts


def effective_os(pool: PoolFacts, catalog: Catalog) -> str | None:
    """The OS that a pool runs: its OS SKU, or what an unversioned one stands for.

    The name of the node image decides where it tells; else the Kubernetes version does. None
    when the catalog doesn't say, or has no record of the OS SKU at all.
    """
    sku = catalog.sku(pool.os_sku)
    if sku is None:
        return None
    if not sku.resolves_to:
        return sku.id
    image = parse_node_image(pool.node_image_version, catalog)
    if image is not None and image.os_sku and image.os_sku != sku.id:
        return image.os_sku
    rows = (r for r in sku.resolves_to if range_holds(pool.kubernetes_version, r.k8s))
    return next((r.os_sku_effective for r in rows), None)


def claims_on(os_id: str, what: str, version: str, catalog: Catalog) -> tuple[Claim, ...]:
    """The claims on an end that hold at a Kubernetes version, newest first."""
    claims = catalog.claims_of_end(os_id, what)
    return tuple(c for c in claims if c.k8s is None or range_holds(version, c.k8s))


def end_of(os_id: str, what: str, version: str, catalog: Catalog) -> Claim | None:
    """The claim that holds on an end at a Kubernetes version; None without any."""
    return winner(claims_on(os_id, what, version, catalog))


def end_day(claim: Claim | None) -> date | None:
    """The day of a claim on an end; None where nobody published one."""
    if claim is None or not isinstance(claim.value, str):
        return None
    return date.fromisoformat(claim.value)


def deadlines(pool: PoolFacts, catalog: Catalog) -> tuple[Deadline, ...]:
    """What stops for a pool on which day, in the order of the days."""
    os_id = effective_os(pool, catalog)
    if os_id is None:
        return ()
    found = []
    for what in END_KINDS:
        claim = end_of(os_id, what, pool.kubernetes_version, catalog)
        day = end_day(claim)
        if claim is not None and day is not None:
            said = claims_on(os_id, what, pool.kubernetes_version, catalog)
            found.append(Deadline(what, day.isoformat(), claim.source, _disputed(said)))
    return tuple(sorted(found, key=lambda d: (d.on, END_KINDS.index(d.what))))


def _disputed(claims: tuple[Claim, ...]) -> tuple[DeadlineClaim, ...]:
    """All claims where they name more than one day."""
    days = [end_day(claim) for claim in claims]
    if len({day for day in days if day is not None}) < 2:
        return ()
    return tuple(
        DeadlineClaim(day.isoformat() if day else None, c.source, c.read_on, c.official)
        for c, day in zip(claims, days, strict=True)
    )


def succeeds(to: str, pool: PoolFacts, catalog: Catalog) -> bool:
    """Whether an OS SKU is a later OS for a pool: the same OS type, and on Windows a newer build.

    A pool whose OS SKU the catalog doesn't know is succeeded by nothing.
    """
    target, current = catalog.sku(to), catalog.sku(pool.os_sku)
    if target is None or current is None or target.os_type != pool.os_type:
        return False
    if target.os_type == "Windows":
        return _build_number(target.build) > _build_number(current.build)
    return target.id != current.id and target.id in current.in_place_update_to


def _build_number(build: str | None) -> int:
    return int(build.rsplit(".", 1)[-1]) if build else 0
