"""Modes of pools, and how many nodes and pools there may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.rules.ask import MANAGED_SYSTEM, SYSTEM_MODES
from poolshift.sim.arm.rules.days import first_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.problems import ArmProblem
    from poolshift.sim.arm.rules.ask import Ask

_MODES = (*SYSTEM_MODES, "User", "Gateway")
_LEAST_PODS = "min_total_per_pool"


def mode(ask: Ask) -> None:
    """A mode that there is; a Windows pool is no system pool; one managed system pool at most."""
    wanted = str(ask.props["mode"])
    if wanted not in _MODES:
        raise ask.invalid("mode", f"{wanted} is none of {', '.join(_MODES)}")
    if wanted == MANAGED_SYSTEM and _others(ask, (MANAGED_SYSTEM,)):
        # Recorded word for word.
        raise ask.refused(
            "InvalidParameter", "'ManagedSystem' pool is limited to one per cluster", target="mode"
        )
    if ask.windows and wanted != "User":
        # Known in the client's words only ("System node pool must be linux.").
        raise ask.invalid("mode", "a Windows agent pool cannot be a system pool, use mode User")


def spot(ask: Ask) -> None:
    """A spot pool is a user pool.

    Price and eviction policy are for spot pools; with others they are taken and not kept: recorded
    of every cluster that `az` makes.
    """
    if str(ask.props.get("scaleSetPriority") or "Regular") == "Spot":
        if ask.system:
            raise ask.invalid("scaleSetPriority", "a system agent pool cannot be of priority Spot")
        price = ask.props.get("spotMaxPrice")
        if price is not None and float(price) != -1 and float(price) <= 0:
            raise ask.invalid("spotMaxPrice", "it is -1 or greater than 0")


def keeps_system_pool(ask: Ask) -> None:
    """A cluster keeps one system pool."""
    if ask.pool is None or ask.system:
        return
    if not _others(ask, SYSTEM_MODES):
        raise last_system_pool(ask)


def last_system_pool(ask: Ask) -> ArmProblem:
    """The refusal to be left without a system pool."""
    return ask.refused("OperationNotAllowed", sub="last-system-pool")


def pools(ask: Ask) -> None:
    """Not more pools than a cluster has; a second one needs the Standard load balancer."""
    if ask.pool is not None:
        return
    top = ask.world.catalog.limit_number("pools-per-cluster", "max")
    if len(ask.world.pools) >= top:
        # Code and wording are not recorded.
        raise ask.refused(
            "InvalidParameter", f"A managed cluster has at most {top} agent pools.", target="name"
        )
    if str(ask.world.network.get("loadBalancerSku")).lower() == "basic" and ask.world.pools:
        raise ask.refused(
            "InvalidParameter",
            "Several agent pools need a cluster with loadBalancerSku standard.",
            target="name",
        )
    if any(_availability_set(pool.properties) for pool in ask.world.pools.values()):
        raise ask.invalid("type", "a cluster of an availability set has one agent pool")
    if _availability_set(ask.props):
        ended = first_day(ask.world.catalog.constraint("standard-lb-only").applies_from)
        if ended is not None and ask.today >= ended:
            # They ended on the day on which the Basic load balancer did.
            raise ask.invalid("type", "availability sets are retired, use scale sets")


def _availability_set(props: Mapping[str, Any]) -> bool:
    return str(props.get("type")) == "AvailabilitySet"


def count(ask: Ask) -> None:
    """A count that the pool and the cluster can have."""
    top = ask.world.catalog.limit_number("nodes-per-pool", "max")
    least = 1 if ask.system else 0
    if not least <= ask.count <= top:
        raise ask.invalid("count", f"{ask.count} is not between {least} and {top}")
    check_nodes(ask, ask.more)


def check_nodes(ask: Ask, more: int) -> None:
    """Not more nodes than a cluster has."""
    most = ask.world.catalog.limit_number("nodes-per-cluster", "max")
    there = sum(pool.count for pool in ask.world.pools.values())
    if more > 0 and there + more > most:
        # Code and wording are not recorded.
        raise ask.invalid("count", f"a cluster has at most {most} nodes, asked for {there + more}")


def max_pods(ask: Ask) -> None:
    """Pods per node within the service's bounds, and enough of them in the whole pool.

    Older pages want 30 for Windows with addresses from the nodes' subnet; the newer ones do not.
    """
    if ask.pool is not None:
        return
    limit = ask.world.catalog.limit("pods-per-node").current
    if not isinstance(limit, dict):
        return
    each, first, last = int(ask.props["maxPods"]), int(str(limit["min"])), int(str(limit["max"]))
    if not first <= each <= last:
        raise ask.invalid("maxPods", f"{each} is not between {first} and {last}")
    least = int(str(limit[_LEAST_PODS]))
    if ask.count and each * ask.count < least:
        raise ask.invalid(
            "maxPods", f"the pool has room for {each * ask.count} pods, {least} are needed"
        )


def autoscaling(ask: Ask) -> None:
    """An autoscaler needs bounds that can be, with the count between them."""
    if not ask.props.get("enableAutoScaling"):
        return
    top = ask.world.catalog.limit_number("autoscaler-range", "max")
    floor = 1 if ask.system else 0
    least, most = ask.props.get("minCount"), ask.props.get("maxCount")
    if least is None or most is None or not floor <= int(least) <= int(most) <= top:
        raise ask.invalid(
            "minCount",
            f"autoscaling needs {floor} <= minCount <= maxCount <= {top}, found {least} and {most}",
        )
    if ask.pool is None and not int(least) <= ask.count <= int(most):
        raise ask.invalid("count", f"{ask.count} is not between minCount {least} and {most}")


def manual_scale(ask: Ask) -> None:
    """A pool that the autoscaler scales is not scaled by hand."""
    if ask.pool is None or ask.more == 0 or not ask.props.get("enableAutoScaling"):
        return
    # A pool is switched over to the autoscaler with a count that it then has.
    raise ask.refused(AUTOSCALED, f"{AUTOSCALED}.")


AUTOSCALED = "Cannot scale cluster autoscaler enabled node pool"


def _others(ask: Ask, modes: tuple[str, ...]) -> bool:
    return any(
        str(p.properties["mode"]) in modes for p in ask.world.pools.values() if p is not ask.pool
    )
