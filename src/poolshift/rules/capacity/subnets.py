"""What the pools to move ask of subnets, and what these have left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from poolshift.semantics.addresses import Mode, mode_of, of_node, of_pods, usable
from poolshift.semantics.surge import extra_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.snapshot import PoolFacts, SubnetFacts
    from poolshift.rules.interface import Context


@dataclass(frozen=True)
class Ask:
    """A pool's need of a subnet: new nodes, and addresses for each of them.

    `surge` marks a pool that is changed in place, whose new nodes are its surge.
    """

    pool: str
    nodes: int
    each: int
    mode: str
    surge: bool

    @property
    def needed(self) -> int:
        """Addresses in all."""
        return self.nodes * self.each


def asks(context: Context) -> dict[SubnetFacts | str, list[Ask]]:
    """What is asked of each subnet; under a reason in words where the subnet is not known."""
    found: dict[str, list[Ask]] = {}
    for pool, _ in context.moving:
        nodes = extra_nodes(pool, context.catalog)
        if nodes:
            for id_, each, mode in _subnets(pool, context):
                ask = Ask(pool.name, nodes, each, mode.value, pool.os_type != "Windows")
                found.setdefault(id_.lower(), []).append(ask)
    by_subnet: dict[SubnetFacts | str, list[Ask]] = {}
    for id_, wanted in found.items():
        by_subnet.setdefault(_known(id_, context), []).extend(wanted)
    return by_subnet


def left_in(subnet: SubnetFacts, context: Context) -> tuple[int, bool]:
    """Free addresses of a subnet, and whether its use had to be reckoned from the pools."""
    held = usable(subnet.prefixes, context.catalog) - context.thresholds.address_headroom
    if subnet.used is not None:
        return held - subnet.used, False
    used = 0
    for pool in context.snapshot.pools:
        for id_, each, _ in _subnets(pool, context):
            if _known(id_.lower(), context) is subnet:
                used += pool.count * each
    return held - used, True


def _subnets(pool: PoolFacts, context: Context) -> Iterator[tuple[str, int, Mode]]:
    """The subnets of a pool by id (empty for the one the service made), and what a node takes."""
    mode = mode_of(context.snapshot.cluster.network, pool)
    yield pool.subnet_id, of_node(mode, pool.max_pods), mode
    if mode is Mode.POD_SUBNET:
        yield str(pool.properties["podSubnetID"]), of_pods(pool.max_pods, context.catalog), mode


def _known(id_: str, context: Context) -> SubnetFacts | str:
    snapshot = context.snapshot
    by_id = {s.id.lower(): s for s in snapshot.subnets}
    if id_:
        reason = snapshot.unknown_reason(f"subnet/{id_}") or next(
            (u.reason for u in snapshot.unknown if u.what.lower() == f"subnet/{id_}"), ""
        )
        return by_id.get(id_) or reason or f"the snapshot does not have {id_}"
    named = {i.lower() for p in snapshot.pools for i, _, _ in _subnets(p, context)}
    made = [s for key, s in by_id.items() if key not in named]
    if len(made) == 1:
        return made[0]
    several = f"{len(made)} subnets may be the one that the service made"
    return snapshot.unknown_reason("subnets") or (several if made else "it was not found")
