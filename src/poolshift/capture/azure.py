"""What ARM says around a cluster; each part that cannot be read becomes an unknown."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from poolshift.capture.convert import cluster as convert
from poolshift.capture.reader import ARM
from poolshift.core.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from poolshift.capture.reader import Reader
    from poolshift.catalog import Catalog
    from poolshift.core.arm import Cluster, Lock, Pool, ScaleSet, Subnet, Usage, VmSize
    from poolshift.core.ports import ArmApi
    from poolshift.core.snapshot import (
        LockFacts,
        MaintenanceFacts,
        OfferFacts,
        PolicyFacts,
        SubnetFacts,
    )

T = TypeVar("T")

_POOL_TYPE = "Microsoft.ContainerService/managedClusters/agentPools"
# A record may say more about a flag than its name.
_FEATURE = re.compile(r"\w+Preview")
_NOT_ASKED = ("id", "name", "type", "etag", "eTag")


@dataclass(frozen=True)
class Around:
    """What stands around a cluster in its subscription."""

    vm_sizes: tuple[VmSize, ...]
    usages: tuple[Usage, ...]
    scale_sets: tuple[ScaleSet, ...]
    features: dict[str, str]
    maintenance: tuple[MaintenanceFacts, ...]
    offers: tuple[OfferFacts, ...]
    subnets: tuple[SubnetFacts, ...]
    locks: tuple[LockFacts, ...]
    policies: tuple[PolicyFacts, ...]
    latest: dict[str, str]


async def around(
    arm: ArmApi, cluster: Cluster, pools: tuple[Pool, ...], catalog: Catalog, reader: Reader
) -> Around:
    """Read it, all parts at once."""
    subscription, region = cluster.id.split("/")[2], cluster.location
    group = cluster.properties.node_resource_group

    async def read(what: str, call: Coroutine[Any, Any, T], otherwise: T) -> T:
        return await reader.optional(what, call, otherwise, of=ARM)

    own_group = "/".join(cluster.id.split("/")[:5])
    node_group = f"/subscriptions/{subscription}/resourceGroups/{group}"
    sizes, usages, scale_sets, maintenance, versions = await asyncio.gather(
        read("vm-sizes", arm.vm_sizes(subscription, region), ()),
        read("usages", arm.usages(subscription, region), ()),
        read("scale-sets", arm.scale_sets(subscription, group), ()),
        read("maintenance", arm.maintenance(cluster.id), ()),
        read("kubernetes-versions", arm.kubernetes_versions(subscription, region), ()),
    )
    upgrades, locks, features, subnets, latest, policies = await asyncio.gather(
        read("upgrades", arm.upgrades(cluster.id), ()),
        read("locks", _locks(arm, (own_group, node_group)), ()),
        _features(arm, subscription, catalog, reader),
        _subnets(arm, cluster, pools, reader),
        _latest(arm, cluster, pools, reader),
        _policies(arm, own_group, pools, reader),
    )
    wanted = {p.properties.vm_size.lower() for p in pools}
    return Around(
        vm_sizes=tuple(s for s in sizes if s.name.lower() in wanted),
        usages=usages,
        scale_sets=scale_sets,
        features=features,
        maintenance=convert.maintenance(maintenance),
        offers=convert.offers(versions, upgrades),
        subnets=convert.subnets(subnets),
        locks=convert.locks(locks),
        policies=policies,
        latest=latest,
    )


async def _locks(arm: ArmApi, scopes: Iterable[str]) -> tuple[Lock, ...]:
    found = await asyncio.gather(*(arm.locks(scope) for scope in scopes))
    return tuple(lock for locks in found for lock in locks)


async def _features(
    arm: ArmApi, subscription: str, catalog: Catalog, reader: Reader
) -> dict[str, str]:
    """The states of the features that some OS SKU asked for while it was a preview."""
    skus = catalog.os_skus.os_skus
    flags = [s.feature_flag or "" for s in skus] + [
        s.preview.feature_flag for s in skus if s.preview is not None
    ]
    names = sorted({m[0] for flag in flags if (m := _FEATURE.match(flag))})

    async def one(name: str) -> str:
        try:
            return await arm.feature(subscription, name)
        except NotFoundError:
            # A feature that is gone needs no registration any more.
            return ""

    found = await asyncio.gather(
        *(reader.optional(f"feature/{n}", one(n), "", of=ARM) for n in names)
    )
    return {name: state for name, state in zip(names, found, strict=True) if state}


async def _subnets(
    arm: ArmApi, cluster: Cluster, pools: tuple[Pool, ...], reader: Reader
) -> tuple[Subnet, ...]:
    """The subnets that pools name; for pools that name none, those that the service made."""
    named: dict[str, str] = {}
    for pool in pools:
        pods = (pool.raw.get("properties") or {}).get("podSubnetID")
        for id_ in (pool.properties.vnet_subnet_id, pods):
            if id_:
                named.setdefault(str(id_).lower(), str(id_))
    found = await asyncio.gather(
        *(_one_subnet(arm, id_, reader) for _, id_ in sorted(named.items()))
    )
    made: tuple[Subnet, ...] = ()
    if any(not pool.properties.vnet_subnet_id for pool in pools):
        subscription = cluster.id.split("/")[2]
        group = cluster.properties.node_resource_group
        made = await reader.optional("subnets", arm.subnets_of(subscription, group), (), of=ARM)
    return (*(subnet for subnet in found if subnet is not None), *made)


async def _one_subnet(arm: ArmApi, id_: str, reader: Reader) -> Subnet | None:
    return await reader.optional(f"subnet/{id_}", arm.subnet(id_), None, of=ARM)


async def _latest(
    arm: ArmApi, cluster: Cluster, pools: tuple[Pool, ...], reader: Reader
) -> dict[str, str]:
    found = await asyncio.gather(
        *(
            reader.optional(
                f"node-image/{p.name}", arm.latest_node_image(cluster.id, p.name), "", of=ARM
            )
            for p in pools
        )
    )
    return {pool.name: image for pool, image in zip(pools, found, strict=True)}


async def _policies(
    arm: ArmApi, group: str, pools: tuple[Pool, ...], reader: Reader
) -> tuple[PolicyFacts, ...]:
    """What policies say of a copy of each pool: the same body, as a resource to be made."""

    async def one(pool: Pool) -> tuple[PolicyFacts, ...]:
        copy = {k: v for k, v in pool.raw.items() if k not in _NOT_ASKED}
        verdicts = await arm.policy_verdicts(group, {"type": _POOL_TYPE, **copy})
        return convert.policies(pool.name, verdicts)

    found = await asyncio.gather(*(reader.optional("policies", one(p), (), of=ARM) for p in pools))
    return tuple(policy for policies in found for policy in policies)
