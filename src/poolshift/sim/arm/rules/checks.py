"""Everything that the service refuses of a pool, in the order in which it likely looks.

Which of several faults the service names first is not recorded: first what the body alone tells,
then what does not fit the cluster, then what the region and the network do not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.rules import (
    fixedfields,
    labels,
    machines,
    modes,
    names,
    network,
    os_skus,
    principal,
    quota,
    security,
    sizes,
    upgradesettings,
    versions,
    windows,
)
from poolshift.sim.arm.rules.ask import Ask, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.state import ArmWorld, SimPool
    from poolshift.sim.scenarioparts import NodeImage

CREATE: tuple[Rule, ...] = (
    machines.cluster_running,
    os_skus.known,
    os_skus.offered,
    names.pattern,
    names.windows_length,
    modes.pools,
    modes.mode,
    modes.spot,
    labels.labels,
    labels.taints,
    upgradesettings.rolling,
    upgradesettings.blue_green,
    windows.cluster_profile,
    windows.cluster_network,
    windows.settings,
    security.fips,
    security.required,
    versions.form,
    versions.skew,
    versions.supported,
    os_skus.fits_version,
    os_skus.creatable,
    windows.outbound_nat,
    sizes.allowed,
    sizes.system_size,
    windows.sizes,
    sizes.generation,
    security.trusted_launch,
    sizes.zones,
    modes.autoscaling,
    modes.count,
    modes.max_pods,
    principal.secret,
    windows.image_reference,
    os_skus.images_left,
    network.subnets,
    network.addresses,
    network.outbound_ports,
    network.public_addresses,
    quota.quota,
    sizes.in_stock,
    quota.stock,
    machines.node_group_writable,
)
UPDATE: tuple[Rule, ...] = (
    machines.pool_running,
    versions.form,
    os_skus.known,
    os_skus.offered,
    fixedfields.os_sku,
    fixedfields.fixed,
    modes.mode,
    modes.spot,
    labels.labels,
    labels.taints,
    upgradesettings.rolling,
    upgradesettings.blue_green,
    security.fips,
    security.required,
    versions.skew,
    versions.supported,
    versions.upward,
    os_skus.fits_version,
    sizes.system_size,
    sizes.generation,
    security.trusted_launch,
    modes.keeps_system_pool,
    modes.count,
    modes.manual_scale,
    modes.autoscaling,
    principal.secret,
    machines.hand_edited,
    os_skus.images_left,
    sizes.allowed,
    network.addresses,
    network.outbound_ports,
    network.public_addresses,
    quota.quota,
    quota.stock,
    machines.node_group_writable,
)
DELETE: tuple[Rule, ...] = (modes.keeps_system_pool, machines.node_group_deletable)
# New machines for a pool that stays as it is: reimaging, replacing, surging.
NEW_MACHINES: tuple[Rule, ...] = (principal.secret, machines.hand_edited, os_skus.images_left)


def check_create(
    world: ArmWorld, name: str, props: Mapping[str, Any], headers: Mapping[str, str]
) -> NodeImage:
    """Refuse what the service refuses of a new pool; the node image that it gets."""
    ask = Ask(world, name, props, headers)
    _check(CREATE, ask)
    return sizes.image_of(ask)


def check_update(
    world: ArmWorld,
    pool: SimPool,
    new: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> None:
    """Refuse what the service refuses of a change: settings, count, version, OS SKU.

    Args:
        world: where.
        pool: as it is.
        new: all its properties as they shall be.
        headers: of the request.
    """
    _check(UPDATE, Ask(world, pool.name, new, headers or {}, pool))


def check_delete(world: ArmWorld, pool: SimPool) -> None:
    """Refuse a deletion that leaves no system pool, or that a lock will stop."""
    _check(DELETE, Ask(world, pool.name, {**pool.properties, "mode": "User"}, {}, pool))


def check_delete_machines(world: ArmWorld, pool: SimPool, names_: tuple[str, ...]) -> None:
    """Refuse the deletion of machines that a system pool needs.

    Args:
        world: where.
        pool: whose machines.
        names_: of the machines, all of them of that pool.
    """
    machines.check_delete_machines(world, pool, names_)


def check_scale(world: ArmWorld, pool: SimPool, count: int) -> None:
    """Refuse a new count as it comes from the autoscaler: what nodes it needs must be there."""
    ask = Ask(world, pool.name, {**pool.properties, "count": count}, {}, pool)
    _check((*NEW_MACHINES, network.addresses, quota.quota, quota.stock), ask)


def check_reimage(world: ArmWorld, pool: SimPool) -> None:
    """Refuse to make machines of a pool anew: its images must be there, its principal good."""
    # As if it had none yet: every machine is a new one.
    ask = Ask(world, pool.name, {**pool.properties, "count": pool.count + 1}, {}, pool)
    _check(NEW_MACHINES, ask)


def check_surge(world: ArmWorld, pool: SimPool, nodes: int) -> None:
    """Refuse the extra machines of an upgrade that quota, network or region do not have.

    The codes are those of an operation that fails while it runs (SubnetIsFull, not
    InsufficientSubnetSize).
    """
    top = world.catalog.limit_number("nodes-per-pool", "max")
    ask = Ask(world, pool.name, {**pool.properties, "count": pool.count + nodes}, {}, pool)
    if ask.count > top:
        raise ask.invalid("count", f"{ask.count} nodes with the surge are more than {top}")
    network.check_addresses(ask, nodes, code="SubnetIsFull")
    if ask.size is not None:
        quota.check_quota(world, ask.size, nodes)
    quota.check_stock(ask, nodes)


def surge_room(world: ArmWorld, pool: SimPool, wanted: int) -> tuple[int, tuple[str, str] | None]:
    """How many of so many extra machines there is room for; code and message of what is short."""
    short: tuple[str, str] | None = None
    for nodes in range(wanted, 0, -1):
        try:
            check_surge(world, pool, nodes)
        except ArmProblem as problem:
            short = short or (problem.code, problem.message)
        else:
            return nodes, short
    return 0, short


def _check(rules: tuple[Rule, ...], ask: Ask) -> None:
    for rule in rules:
        rule(ask)
