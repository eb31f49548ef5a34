"""Sets up the ARM side of a scenario: cluster, pools, machines, identities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.errors import UsageError
from poolshift.sim.arm.around.compute import grant, grant_kubelet
from poolshift.sim.arm.clusters.codec import scenario_body
from poolshift.sim.arm.machines import configure_nodes, next_machine, scale_set_name, start_machine
from poolshift.sim.arm.maintenance.windows import checked
from poolshift.sim.arm.pools.codec import filled
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.state import SERVICE, ArmWorld, SimPool
from poolshift.sim.scenario import parse_span

if TYPE_CHECKING:
    from poolshift.sim.scenarioparts import PoolSpec


def set_up(world: ArmWorld) -> None:
    """Make everything that the scenario says is there at the start."""
    world.cluster.body = scenario_body(world)
    for spec in world.scenario.pools:
        _set_up_pool(world, spec)
    world.maintenance.update(_maintenance(world))
    world.pools_changed()
    if world.upgrader is not None:
        world.upgrader.begin()


def _maintenance(world: ArmWorld) -> dict[str, dict[str, Any]]:
    """The scenario's maintenance, as the service would keep it."""
    today = world.clock.moment().date()
    try:
        return {
            name: checked(name, properties, today)
            for name, properties in world.scenario.cluster.maintenance.items()
        }
    except ArmProblem as problem:
        raise UsageError(
            f"scenario {world.scenario.name}: its maintenance is none", why=problem.message
        ) from problem


def open_trace(world: ArmWorld) -> None:
    """Tell the trace what there is."""
    for pool in world.pools.values():
        props = pool.properties
        world.trace.emit(
            "pool-added", pool=pool.name, os_sku=props["osSKU"], count=pool.count, by=SERVICE
        )
        for identity in pool.identities:
            world.trace.emit("identity-granted", identity=identity, pool=pool.name, by=SERVICE)


def _set_up_pool(world: ArmWorld, spec: PoolSpec) -> None:
    if world.vm_size(spec.vm_size) is None:
        raise UsageError(
            f"scenario {world.scenario.name}: pool {spec.name} has an unknown VM size",
            why=spec.vm_size,
        )
    image = next(i for i in world.scenario.node_images if i.version == spec.node_image)
    pool = SimPool(spec.name, _properties(world, spec), image)
    digits = spec.scale_set or f"{world.rng.randrange(10**8):08d}"
    pool.scale_set = scale_set_name(spec.name, digits, windows=pool.windows)
    world.pools[spec.name.lower()] = pool
    configure_nodes(world, pool, by=SERVICE)
    for index in range(spec.count):
        name = next_machine(world, pool)
        age_s = parse_span(spec.ages[min(index, len(spec.ages) - 1)])
        start_machine(world, pool, name, by=SERVICE, ready_after_s=0.0, age_s=age_s)
        pool.machines.append(name)
    grant_kubelet(world, pool)
    for identity in spec.identities:
        grant(world, pool, world.ids.identity_id(identity), by=SERVICE)


def _properties(world: ArmWorld, spec: PoolSpec) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "osType": spec.os_type,
        "osSKU": spec.os_sku,
        "count": spec.count,
        "vmSize": spec.vm_size,
        "mode": spec.mode,
        "maxPods": spec.max_pods,
        "enableFIPS": spec.fips,
        **spec.properties,
    }
    optional = {
        "availabilityZones": list(spec.zones),
        "nodeLabels": dict(spec.labels),
        "nodeTaints": list(spec.taints),
        "tags": dict(spec.tags),
    }
    props = filled(world, sent | {key: value for key, value in optional.items() if value})
    return props | {
        "currentOrchestratorVersion": props["orchestratorVersion"],
        "nodeImageVersion": spec.node_image,
        "powerState": {"code": "Running"},
        "provisioningState": "Succeeded",
        "eTag": world.tag(),
    }
