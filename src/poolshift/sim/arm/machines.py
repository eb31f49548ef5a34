"""Machines of a pool's scale set: their names, and the nodes that they become."""

from __future__ import annotations

import itertools
import string
from typing import TYPE_CHECKING, Any

from poolshift.core.errors import invariant
from poolshift.sim.arm.addresses import pod_block
from poolshift.sim.kube.nodes import NodeSeed
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.state import ArmWorld, Make, SimPool

_DIGITS = string.digits + string.ascii_lowercase
_INSTANCE_LENGTH = 6


def instance_text(instance: int) -> str:
    """The id of a machine in base 36, padded to six: 9 → `000009`, 36 → `000010`."""
    text = ""
    while instance:
        instance, digit = divmod(instance, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text.rjust(_INSTANCE_LENGTH, "0")


def machine_prefix(pool: SimPool) -> str:
    """What the names of a pool's machines begin with: on Windows 15 characters are all there is."""
    return f"aks{pool.name}" if pool.windows else f"{pool.scale_set}"


def scale_set_name(pool_name: str, digits: str, *, windows: bool) -> str:
    """The name of a pool's scale set."""
    return f"aks{pool_name}" if windows else f"aks-{pool_name}-{digits}-vmss"


def next_machine(world: ArmWorld, pool: SimPool) -> str:
    """The name of the scale set's next machine; its address is taken with it, in this order."""
    name = machine_prefix(pool) + instance_text(pool.next_instance)
    pool.next_instance += 1
    pool.addresses[name] = world.addresses_of(pool).take(pods_in_subnet(world, pool))
    apart = world.pod_addresses_of(pool)
    if apart is not None:
        pool.pod_addresses[name] = apart.take(pod_block(pool.properties) - 1)
    return name


def pods_in_subnet(world: ArmWorld, pool: SimPool) -> int:
    """Addresses that a node takes for its pods beside its own: none where they have their own."""
    apart = world.overlay or bool(pool.properties.get("podSubnetID"))
    return 0 if apart else int(pool.properties["maxPods"])


def drop_machine(world: ArmWorld, pool: SimPool, name: str, *, by: str) -> None:
    """A machine goes for good, with its node and its address."""
    take_node(world, name, by=by)
    for names in (pool.machines, pool.extra, pool.quarantined):
        if name in names:
            names.remove(name)
    pool.made_of.pop(name, None)
    pool.cordoned.discard(name)
    address = pool.addresses.pop(name, "")
    if address:
        world.addresses_of(pool).give_back(address, pods_in_subnet(world, pool))
    block, apart = pool.pod_addresses.pop(name, ""), world.pod_addresses_of(pool)
    if block and apart is not None:
        apart.give_back(block, pod_block(pool.properties) - 1)


def take_node(world: ArmWorld, name: str, *, by: str) -> None:
    """Take the node of a machine out of the cluster, where it still has one."""
    if world.kube.store.find(NODES, "", name) is not None:
        world.kube.remove_node(name, by=by)


def instance_of(name: str) -> int:
    """The id in a machine's name."""
    return int(name[-_INSTANCE_LENGTH:], len(_DIGITS))


def start_machine(
    world: ArmWorld,
    pool: SimPool,
    name: str,
    *,
    by: str,
    ready_after_s: float,
    age_s: float = 0.0,
    make: Make | None = None,
) -> None:
    """Make the machine a node of the cluster: as the pool's new ones are, or of a given make.

    A machine that comes when its pool or its cluster is off joins when that is started.
    """
    make = make or pool.make
    pool.made_of[name] = make
    if pool.stopped or not world.kube.answers:
        return
    seed = node_seed(world, pool, name, age_s, make)
    world.kube.add_node(seed, by=by, ready_after_s=ready_after_s)


def node_seed(
    world: ArmWorld, pool: SimPool, name: str, age_s: float, make: Make | None = None
) -> NodeSeed:
    """What the node of a machine says of itself."""
    make = make or pool.make
    props, image = pool.properties, make.image
    size = world.vm_size(str(props["vmSize"]))
    invariant(size is not None, f"pool {pool.name} has a known VM size")
    zone = zone_of(world, pool, name)
    return NodeSeed(
        name=name,
        pool=pool.name,
        os_type=str(props["osType"]),
        os_sku=make.os_sku,
        build=image.build,
        os_image=image.os_image,
        kernel=image.kernel,
        runtime=image.runtime,
        kubelet_version=f"v{make.version}",
        cpu=size.vcpus if size else 0,
        memory_gb=size.memory_gb if size else 0.0,
        max_pods=int(props["maxPods"]),
        zone=f"{world.ids.location}-{zone}" if zone else "",
        internal_ip=pool.addresses[name],
        image_version=image.version,
        labels=_labels(world, pool, make),
        taints=_taints(props),
        age_s=age_s,
        cached_bases=image.bases,
        pod_base=pool.pod_addresses.get(name)
        or world.addresses_of(pool).pods_of(
            pool.addresses[name], str(world.network.get("podCidr") or "")
        ),
    )


def zone_of(world: ArmWorld, pool: SimPool, name: str) -> str:
    """The zone of a machine (`1`), dealt out in turn; empty for a pool without zones."""
    zones = pool.properties.get("availabilityZones") or ()
    return str(zones[instance_of(name) % len(zones)]) if zones else ""


def _labels(world: ArmWorld, pool: SimPool, make: Make) -> dict[str, str]:
    """The labels that AKS itself puts on a pool's nodes, and the pool's own."""
    props = pool.properties
    size = world.vm_size(str(props["vmSize"]))
    labels = {
        "kubernetes.azure.com/mode": str(props["mode"]).lower(),
        "kubernetes.azure.com/cluster": world.ids.node_group,
        "kubernetes.azure.com/nodepool-type": str(props["type"]),
        "node.kubernetes.io/instance-type": str(props["vmSize"]),
        "topology.kubernetes.io/region": world.ids.location,
        "kubernetes.azure.com/sku-cpu": str(size.vcpus if size else 0),
    }
    if make.fips:
        labels["kubernetes.azure.com/fips_enabled"] = "true"
    return labels | {str(k): str(v) for k, v in (props.get("nodeLabels") or {}).items()}


def _taints(props: Mapping[str, Any]) -> tuple[str, ...]:
    """The taints of a pool; an empty text among them, which the service takes, is none."""
    return tuple(taint for taint in props.get("nodeTaints") or () if taint)


def configure_nodes(world: ArmWorld, pool: SimPool, *, by: str) -> None:
    """Bring the pool's labels and taints to its nodes, and take away those it had before."""
    props = pool.properties
    world.kube.configure_pool(
        pool.name,
        labels={str(k): str(v) for k, v in (props.get("nodeLabels") or {}).items()},
        taints=_taints(props),
        by=by,
    )


def newest_first(pool: SimPool) -> list[str]:
    """The machines of a pool, the newest first: the order in which scaling in takes them."""
    return sorted(pool.machines, key=instance_of, reverse=True)


def spread_starts(world: ArmWorld, count: int, total_s: float) -> list[tuple[float, float]]:
    """When each new machine joins within an operation, and how long it then is not ready.

    Machines come up side by side and are ready a little before the operation ends.
    """
    draws = itertools.repeat(world.durations, count)
    return [(total_s * d.spread(0.6, 0.75), total_s * d.spread(0.08, 0.2)) for d in draws]
