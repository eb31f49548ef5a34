"""Faults of colleagues: somebody else changes, stops or takes over what a run works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.errors import UsageError
from poolshift.sim.arm.abort import abort
from poolshift.sim.arm.clusters.power import change_power
from poolshift.sim.arm.pools.changes import update_pool
from poolshift.sim.arm.pools.power import RUNNING, STOPPED
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.faults.fault import pool_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.state import ArmWorld, SimPool
    from poolshift.sim.clock import Timer
    from poolshift.sim.faults.fault import End
    from poolshift.sim.world import World

BY = "user:fault"
CLUSTER = "cluster"
LABEL = "changed-by"
# How long somebody waits who was refused and tries again; an assumption.
_AGAIN_S = 30.0
# How often somebody looks for an operation to take over; an assumption.
_LOOK_S = 5.0
_PASSING = (409, 429)
_WRONG = ("Failed", "Canceled")
_SCALING = ("enableAutoScaling", "minCount", "maxCount")


class Insisting:
    """Does something to the service as soon as it lets itself be asked.

    What is refused for good stands in the trace.

    Attributes:
        done: whether it was let.
    """

    def __init__(self, world: World, act: Callable[[], object]) -> None:
        self._world = world
        self._act = act
        self._timer: Timer | None = None
        self.done = False
        self._try()

    def _try(self) -> None:
        self._timer = None
        try:
            self._act()
        except ArmProblem as problem:
            if problem.status in _PASSING:
                # No clock jumps ahead for the sake of a fault.
                self._timer = self._world.clock.after(_AGAIN_S, self._try, periodic=True)
            else:
                self._world.trace.emit("fault-refused", code=problem.code, why=problem.message)
        else:
            self.done = True

    def stop(self) -> None:
        """Try no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def insist(world: World, act: Callable[[], object], undo: Callable[[], object]) -> End:
    """Do something until the end, which undoes it, or gives it up where it never came to be."""
    doing = Insisting(world, act)

    def end() -> None:
        doing.stop()
        if doing.done:
            Insisting(world, undo)

    return end


def mend(world: World, pool: SimPool) -> None:
    """Somebody sends a pool that went wrong as it is: the service then sets it right."""

    def act() -> None:
        if _there(world.arm, pool) and pool.properties["provisioningState"] in _WRONG:
            send(world.arm, pool)

    Insisting(world, act)


def send(arm: ArmWorld, pool: SimPool, **changed: Any) -> None:
    """PUT a pool as it is, with some properties changed."""
    update_pool(arm, pool, {**pool.properties, **changed}, by=BY)


def foreign_change(world: World, name: str, nodes: float) -> End:
    """A colleague gives a pool so many nodes more and a label; the end takes both back."""
    pool, more = pool_of(world, name), int(nodes)

    def labels() -> dict[str, str]:
        return dict(pool.properties.get("nodeLabels") or {})

    def change() -> None:
        if _there(world.arm, pool):
            named = {**labels(), LABEL: "colleague"}
            send(world.arm, pool, count=pool.count + more, nodeLabels=named)

    def back() -> None:
        if _there(world.arm, pool):
            kept = {k: v for k, v in labels().items() if k != LABEL}
            send(world.arm, pool, count=pool.count - more, nodeLabels=kept)

    return insist(world, change, back)


def pool_stopped(world: World, name: str, value: float) -> End:
    """A colleague stops a pool: its nodes go; the end starts it."""
    pool = pool_of(world, name)

    def power(code: str) -> None:
        if _there(world.arm, pool):
            send(world.arm, pool, powerState={"code": code})

    return insist(world, lambda: power(STOPPED), lambda: power(RUNNING))


def cluster_stopped(world: World, target: str, value: float) -> End:
    """A colleague stops the cluster: its API server is away; the end starts it."""
    arm = world.arm
    return insist(world, lambda: change_power(arm, STOPPED), lambda: change_power(arm, RUNNING))


def local_accounts_off(world: World, target: str, value: float) -> End:
    """A colleague puts the cluster on Entra ID and turns its static credentials off."""
    cluster = world.arm.cluster
    before = {key: cluster.properties.get(key) for key in ("disableLocalAccounts", "aadProfile")}
    # The service lets local accounts be off only where Entra ID lets anybody in.
    entra = {**(before["aadProfile"] or {}), "managed": True}
    cluster.properties.update(disableLocalAccounts=True, aadProfile=entra)
    cluster.body["eTag"] = world.arm.tag()

    def end() -> None:
        for key, value in before.items():
            if value is None:
                cluster.properties.pop(key, None)
            else:
                cluster.properties[key] = value
        cluster.body["eTag"] = world.arm.tag()

    return end


def preempted(world: World, target: str, after_s: float) -> End:
    """Somebody's change takes over the next operation on a pool once it has run so long."""
    if not target.startswith("pool/"):
        raise UsageError(f"{target!r} is no `pool/NAME`")
    arm, name = world.arm, target.removeprefix("pool/").lower()
    timer: Timer | None = None

    def look() -> None:
        nonlocal timer
        timer = None
        running = arm.operations.running_on(f"pool/{_called(arm, name)}")
        if running is None or not running.live or running.age_s < after_s:
            timer = world.clock.after(_LOOK_S, look, periodic=True)
            return
        pool = arm.pools[name]
        abort(arm, running.target).then.append(lambda: mend(world, pool))

    def end() -> None:
        if timer is not None:
            timer.cancel()

    look()
    return end


def foreign(world: World, target: str, seconds: float) -> End:
    """Somebody else's operation runs on the cluster or a pool, and the service refuses others."""
    operations = world.arm.operations
    if target == CLUSTER:
        properties = world.arm.cluster.properties
    elif pool := world.arm.pools.get(target.removeprefix("pool/").lower()):
        properties = pool.properties
    else:
        raise UsageError(f"{target!r} is neither `cluster` nor `pool/NAME` of a pool that is there")
    operation = operations.start(target)
    properties["provisioningState"] = "Updating"

    def over() -> None:
        if operation.ended is None:
            operations.end(operation)
            properties["provisioningState"] = "Succeeded"

    world.clock.after(seconds, over)
    return over


def autoscaled(world: World, name: str, most: float) -> End:
    """Somebody lets the cluster autoscaler size a pool, from one node up."""
    pool = pool_of(world, name)
    before = {key: pool.properties.get(key) for key in _SCALING}
    pool.properties.update(enableAutoScaling=True, minCount=1, maxCount=int(most))
    world.arm.pools_changed()

    def over() -> None:
        pool.properties.update(before)

    return over


def _there(arm: ArmWorld, pool: SimPool) -> bool:
    return arm.pools.get(pool.name.lower()) is pool


def _called(arm: ArmWorld, name: str) -> str:
    """A pool's name as it was made; as it was given while it is not there."""
    pool = arm.pools.get(name)
    return name if pool is None else pool.name
