"""What a PUT of a pool asks its machines to be: version, node image, OS SKU, FIPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm import releases
from poolshift.sim.arm.problems import ArmProblem, not_simulated, refusal
from poolshift.sim.arm.rules.versions import available_upgrades, upgrade_path
from poolshift.sim.arm.snapshots.store import snapshot_of
from poolshift.sim.arm.upgrades.inplace import generation_after
from poolshift.sim.arm.upgrades.nodeimages import newest, newest_for
from poolshift.sim.arm.versions import minor, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.snapshots.store import Snapshot
    from poolshift.sim.arm.state import ArmWorld, Make, SimPool, Used


def asked_make(world: ArmWorld, pool: SimPool, new: Mapping[str, Any]) -> Make:
    """What the machines of a pool shall be after a change.

    Args:
        world: the world.
        pool: as it is.
        new: its properties as the change wants them; the rules have passed them.

    Raises:
        ArmProblem: a node image that the pool cannot go back to, a snapshot that is not there.
    """
    old = pool.make
    creation = new.get("creationData")
    if creation != pool.properties.get("creationData"):
        snapshot = snapshot_of(world, creation)
        if snapshot is not None:
            return _of_snapshot(world, pool, snapshot)
    version = resolved(world, str(new["orchestratorVersion"]), old.version)
    image = str(new["nodeImageVersion"])
    if image != old.image.version or _left(pool, version, image):
        return _rollback(world, pool, version, image).make
    sku, fips = str(new["osSKU"]), bool(new.get("enableFIPS"))
    if sku.lower() == old.os_sku.lower() and fips == old.fips:
        # A newer Kubernetes version brings the newest image along.
        taken = newest_for(world, old) if version != old.version else old.image
        return msgspec.structs.replace(old, version=version, image=taken)
    found = newest(world, sku, generation_after(world, pool, sku), fips=fips)
    if found is None:
        raise not_simulated(f"a node image of {sku}: the scenario has none")
    return msgspec.structs.replace(old, version=version, image=found, os_sku=sku, fips=fips)


def image_make(world: ArmWorld, pool: SimPool) -> Make:
    """What the machines shall be after an upgrade of their node image alone."""
    make = pool.make
    return msgspec.structs.replace(make, image=newest_for(world, make))


def resolved(world: ArmWorld, text: str, now: str) -> str:
    """A whole version of what a client may write as a minor (`1.29`).

    It is the one that the pool has, else the control plane's, else the newest on offer.
    """
    if text.count(".") != 1:
        return text
    for known in (now, world.cluster.version):
        if known and minor(known) == minor(text):
            return known
    return releases.resolved(world.azure, text) or f"{text}.0"


def usable(world: ArmWorld, pool: SimPool) -> tuple[Used, ...]:
    """What a pool may go back to, the newest first: for some days after it left it."""
    days = world.catalog.limit_number("native-rollback-window", "max")
    now = world.clock.moment()
    return tuple(u for u in pool.used if (now - u.until).total_seconds() <= days * 86_400)


def _left(pool: SimPool, version: str, image: str) -> bool:
    """Whether a pool ran just this before: the same image may have served two versions."""
    before = [(u.make.version, u.make.image.version) for u in pool.used[:1]]
    return (version, image) in before and version != pool.make.version


def _of_snapshot(world: ArmWorld, pool: SimPool, snapshot: Snapshot) -> Make:
    """The snapshot's version and image, for a pool of its OS SKU alone."""
    old = pool.make
    if snapshot.os_sku.lower() != old.os_sku.lower():
        # Neither code nor wording was recorded.
        raise ArmProblem(
            400,
            "InvalidParameter",
            f"Snapshot {snapshot.name} is of {snapshot.os_sku}, agent pool {pool.name} is not.",
            target="agentPoolProfile.creationData",
        )
    if numbers(snapshot.version) < numbers(old.version):
        offered = available_upgrades(world, old.version)
        raise refusal(
            world.catalog,
            "OperationNotAllowed",
            upgrade_path(old.version, snapshot.version, offered),
            sub="upgrade-path",
        )
    return msgspec.structs.replace(
        old, version=snapshot.version, image=snapshot.image, fips=snapshot.fips
    )


def _rollback(world: ArmWorld, pool: SimPool, version: str, image: str) -> Used:
    """The last thing that the pool ran, when it is that which is asked for."""
    found = usable(world, pool)[:1]
    for used in found:
        if (used.make.version, used.make.image.version) == (version, image):
            return used
    # Neither code nor wording was recorded.
    raise ArmProblem(
        400,
        "InvalidParameter",
        f"The value of parameter agentPoolProfile.nodeImageVersion is invalid: agent pool "
        f"{pool.name} cannot go back to {image} with Kubernetes {version}.",
        target="agentPoolProfile.nodeImageVersion",
    )
