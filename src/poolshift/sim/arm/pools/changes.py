"""What the service does to pools: accepted at once, done in virtual time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.around.compute import grant_kubelet
from poolshift.sim.arm.drain import Drain
from poolshift.sim.arm.machines import (
    configure_nodes,
    newest_first,
    next_machine,
    scale_set_name,
    spread_starts,
    start_machine,
)
from poolshift.sim.arm.operations import RUNNING, SimOperation
from poolshift.sim.arm.pools.codec import READ_ONLY, REPLACED, filled
from poolshift.sim.arm.pools.states import FAILED, PASSAGES, SUCCEEDED, Change
from poolshift.sim.arm.problems import ArmProblem, not_simulated, precondition_failed, refusal
from poolshift.sim.arm.rules.checks import (
    check_create,
    check_delete,
    check_delete_machines,
    check_update,
)
from poolshift.sim.arm.rules.fixedfields import GPU_IMAGE_HEADER
from poolshift.sim.arm.state import SERVICE, ArmWorld, SimPool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CLUSTER_TARGET = "cluster"
_DIGITS_TOP = 10**8


def create_pool(
    world: ArmWorld, name: str, sent: Mapping[str, Any], headers: Mapping[str, str], *, by: str
) -> tuple[SimPool, SimOperation]:
    """Accept a new pool; its nodes come up side by side while the operation runs."""
    refuse_busy(world, CLUSTER_TARGET)
    pool = new_pool(world, name, sent, headers, by=by)
    operation, total_s = _begin(world, pool, Change.CREATE)
    add_machines(world, pool, pool.count, total_s, operation)
    world.clock.after(total_s, lambda: _finish(world, pool, operation))
    return pool, operation


def new_pool(
    world: ArmWorld, name: str, sent: Mapping[str, Any], headers: Mapping[str, str], *, by: str
) -> SimPool:
    """A pool that the service's rules allow, with its scale set and no machines yet."""
    props = filled(world, dict(sent))
    image = check_create(world, name, props, headers)
    props["currentOrchestratorVersion"] = props["orchestratorVersion"]
    props["nodeImageVersion"] = image.version
    props["powerState"] = {"code": "Running"}
    pool = SimPool(name, props, image)
    pool.gpu_image = headers.get(GPU_IMAGE_HEADER, "").lower() == "true"
    digits = f"{world.rng.randrange(_DIGITS_TOP):08d}"
    pool.scale_set = scale_set_name(name, digits, windows=pool.windows)
    world.pools[name.lower()] = pool
    configure_nodes(world, pool, by=SERVICE)
    world.trace.emit("pool-added", pool=name, os_sku=str(props["osSKU"]), count=pool.count, by=by)
    grant_kubelet(world, pool)
    return pool


def update_pool(
    world: ArmWorld, pool: SimPool, sent: Mapping[str, Any], *, by: str
) -> SimOperation:
    """Accept a change of a pool: its settings, its labels and taints, its count."""
    refuse_busy(world, CLUSTER_TARGET, pool.target)
    new = _merged(pool, sent)
    check_update(world, pool, new)
    if new["osSKU"] != pool.properties["osSKU"]:
        raise not_simulated("a change of the OS SKU of a pool in place")
    if new["orchestratorVersion"] != pool.properties["orchestratorVersion"]:
        raise not_simulated("an upgrade of a pool's Kubernetes version")
    more = int(new["count"]) - pool.count
    pool.properties = {**new, "count": int(new["count"])}
    if more > 0:
        operation, total_s = _begin(world, pool, Change.SCALE_OUT)
        add_machines(world, pool, more, total_s, operation)
        _configure(world, pool, total_s, by=by)
        world.clock.after(total_s, lambda: _finish(world, pool, operation))
    elif more < 0:
        gone = tuple(newest_first(pool)[:-more])
        operation, total_s = _begin(world, pool, Change.SCALE_IN)
        _configure(world, pool, total_s, by=by)
        _drain_away(world, pool, gone, operation, total_s, by=by)
    else:
        operation, total_s = _begin(world, pool, Change.UPDATE)
        _configure(world, pool, total_s, by=by)
        world.clock.after(total_s, lambda: _finish(world, pool, operation))
    return operation


def delete_machines(
    world: ArmWorld, pool: SimPool, machines: tuple[str, ...], *, by: str
) -> SimOperation:
    """Accept the deletion of single machines; the pool's count goes down with them."""
    refuse_busy(world, CLUSTER_TARGET, pool.target)
    known = {machine.lower(): machine for machine in pool.machines}
    unknown = [machine for machine in machines if machine.lower() not in known]
    if unknown or not machines:
        raise ArmProblem(
            400,
            "InvalidParameter",
            f"Machines {', '.join(unknown) or '(none given)'} are not in agent pool {pool.name}.",
            target="machineNames",
        )
    gone = tuple(dict.fromkeys(known[machine.lower()] for machine in machines))
    check_delete_machines(world, pool, gone)
    pool.properties["count"] = pool.count - len(gone)
    operation, total_s = _begin(world, pool, Change.DELETE_MACHINES)
    _drain_away(world, pool, gone, operation, total_s, by=by)
    return operation


def delete_pool(world: ArmWorld, pool: SimPool, *, heed_budgets: bool, by: str) -> SimOperation:
    """Accept the deletion of a pool: cordon and drain all of it, then its machines go."""
    refuse_busy(world, CLUSTER_TARGET, pool.target)
    check_delete(world, pool)
    operation, total_s = _begin(world, pool, Change.DELETE)

    def gone() -> None:
        del world.pools[pool.name.lower()]
        world.trace.emit("pool-removed", pool=pool.name, by=by)
        world.operations.end(operation)

    _drain_away(
        world,
        pool,
        tuple(pool.machines),
        operation,
        total_s,
        by=by,
        heed_budgets=heed_budgets,
        then=gone,
    )
    return operation


def check_preconditions(pool: SimPool | None, *, if_match: str, if_none_match: str) -> None:
    """Refuse (412) when the pool is not what the client expects."""
    if if_none_match == "*" and pool is not None:
        raise precondition_failed(f"agent pool {pool.name} already exists (If-None-Match: *).")
    if not if_match or (if_match == "*" and pool is not None):
        return
    current = str(pool.properties.get("eTag", "")) if pool is not None else ""
    if if_match.strip('"') != current:
        raise precondition_failed(f"etag mismatch: sent {if_match}, current {current!r}.")


def refuse_busy(world: ArmWorld, *targets: str) -> None:
    """Refuse (409) a change while another one runs on the same thing."""
    for target in targets:
        running = world.operations.running_on(target)
        if running is not None:
            raise refusal(
                world.catalog,
                "OperationNotAllowed",
                f"Operation is not allowed: Another operation ({running.id}) is in progress on "
                f"{running.target}. Please wait for it to finish.",
                sub="in-progress",
            )


def _begin(world: ArmWorld, pool: SimPool, change: Change) -> tuple[SimOperation, float]:
    """Start the operation of a change; with its drawn duration in seconds."""
    passage = PASSAGES[change]
    pool.properties["provisioningState"] = passage.state
    pool.properties["eTag"] = world.tag()
    timing = passage.windows if pool.windows else passage.linux
    return world.operations.start(pool.target), world.durations.draw(timing)


def _finish(
    world: ArmWorld, pool: SimPool, operation: SimOperation, error: tuple[str, str] | None = None
) -> None:
    pool.properties["provisioningState"] = FAILED if error else SUCCEEDED
    pool.properties["eTag"] = world.tag()
    world.operations.end(operation, error)
    world.pools_changed()


def add_machines(
    world: ArmWorld, pool: SimPool, count: int, total_s: float, operation: SimOperation
) -> None:
    """Bring up so many machines of a pool side by side within an operation's seconds."""
    up: list[str] = []

    def join(name: str, ready_after_s: float) -> None:
        # The new node is the service's doing; the trace's pool-added says who asked for it.
        start_machine(world, pool, name, by=SERVICE, ready_after_s=ready_after_s)
        pool.machines.append(name)
        up.append(name)

    for join_s, ready_after_s in spread_starts(world, count, total_s):
        name = next_machine(world, pool)
        world.clock.after(join_s, partial(join, name, ready_after_s))
    if count:
        operation.progress = lambda: (
            f"CreatingAgentPool: {len(up)}/{count} nodes completed" if up else RUNNING
        )


def _configure(world: ArmWorld, pool: SimPool, total_s: float, *, by: str) -> None:
    """Bring the pool's labels and taints to its nodes, half way through the operation."""
    world.clock.after(total_s / 2, partial(configure_nodes, world, pool, by=by))


def _drain_away(
    world: ArmWorld,
    pool: SimPool,
    machines: tuple[str, ...],
    operation: SimOperation,
    total_s: float,
    *,
    by: str,
    heed_budgets: bool = True,
    then: Callable[[], None] | None = None,
) -> None:
    """Drain machines, remove them, and end the operation: by `then` when given."""

    def remove() -> None:
        for machine in machines:
            # The cluster autoscaler may have been faster.
            if machine in pool.machines:
                world.kube.remove_node(machine, by=by)
                pool.machines.remove(machine)
        if then is None:
            _finish(world, pool, operation)
        else:
            then()

    def drained(held: str | None) -> None:
        if held is None:
            world.clock.after(total_s, remove)
            return
        pool.properties["count"] = len(pool.machines)
        message = f"Drain node {held}: Too many Requests. See http://aka.ms/aks/debugdrainfailures"
        _finish(world, pool, operation, ("PodDrainFailure", message))

    Drain(
        world,
        machines,
        limit_s=world.durations.drain_limit(),
        heed_budgets=heed_budgets,
        done=drained,
    ).start()


def _merged(pool: SimPool, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The pool as a PUT wants it: what it leaves out stays, but for what a PUT replaces."""
    given = {
        key: value for key, value in sent.items() if value is not None and key not in READ_ONLY
    }
    kept = {key: value for key, value in pool.properties.items() if key not in REPLACED}
    choices = ("vmSize", "osDiskSizeGB", "maxPods", "orchestratorVersion", "osSKU")
    return {**kept, **{k: v for k, v in given.items() if k not in choices or v not in ("", 0)}}
