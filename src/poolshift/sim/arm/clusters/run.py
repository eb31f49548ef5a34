"""A change of a cluster under way: the control plane, then the pools one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.arm.abort import abort
from poolshift.sim.arm.pools.changes import PoolChange, run_change, take_change
from poolshift.sim.arm.pools.running import CLUSTER_TARGET
from poolshift.sim.arm.pools.states import CANCELED, FAILED, SUCCEEDED
from poolshift.sim.arm.upgrades.start import put_back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool


class Stage(msgspec.Struct, frozen=True):
    """How a change of a cluster begins.

    Attributes:
        state: how the cluster reads meanwhile.
        head_s: seconds that the cluster itself takes.
        version: of the control plane afterwards.
        before: its version until then.
        pools_tell: whether the pools read as the cluster does.
    """

    state: str
    head_s: float
    version: str
    before: str
    pools_tell: bool


class ClusterRun:
    """Carries one change of a cluster out."""

    def __init__(
        self,
        world: ArmWorld,
        stage: Stage,
        pools: Sequence[tuple[SimPool, PoolChange]],
        *,
        by: str,
    ) -> None:
        self._world = world
        self._stage = stage
        self._by = by
        self._operation = world.operations.start(CLUSTER_TARGET)
        self._operation.unwind = self._unwind
        self._changes = list(pools)
        self._left: list[tuple[SimPool, PoolChange, int]] = []
        self._states = {pool.name: pool.properties["provisioningState"] for pool, _ in pools}
        self._running: SimOperation | None = None

    def start(self) -> SimOperation:
        """Begin; everything says at once what it shall be."""
        for pool, change in self._changes:
            # A pool that is not well is set right along with the cluster.
            if not change.unchanged or change.power or not pool.well:
                self._left.append((pool, change, take_change(self._world, pool, change)))
        self._world.cluster.properties["provisioningState"] = self._stage.state
        self._tell()
        self._operation.after(self._stage.head_s, self._head_done)
        return self._operation

    def _tell(self) -> None:
        """Let the pools' states go with the cluster's."""
        for pool in self._world.pools.values() if self._stage.pools_tell else ():
            pool.properties["provisioningState"] = self._stage.state
            pool.properties["eTag"] = self._world.tag()

    def _head_done(self) -> None:
        self._world.kube.version = self._stage.version
        self._next()

    def _next(self) -> None:
        """Change the next pool; the cluster is done after the last one."""
        if not self._operation.live:
            return
        if not self._left:
            self._finish(None)
            return
        pool, change, more = self._left.pop(0)
        self._running = run_change(self._world, pool, change, more, by=self._by)
        self._running.then.append(self._pool_done)

    def _pool_done(self) -> None:
        done, self._running = self._running, None
        if done is not None and done.error is not None and self._operation.live:
            self._finish((str(done.error["code"]), str(done.error["message"])))
        else:
            self._next()

    def _finish(self, error: tuple[str, str] | None) -> None:
        world = self._world
        failed = {pool.name for pool, _, _ in self._left} if error else set()
        for pool in world.pools.values():
            state = pool.properties["provisioningState"]
            if state == self._stage.state:
                settled = self._states.get(pool.name) == FAILED or pool.name in failed
                pool.properties["provisioningState"] = FAILED if settled else SUCCEEDED
        world.cluster.properties["provisioningState"] = FAILED if error else SUCCEEDED
        world.cluster.body["eTag"] = world.tag()
        world.operations.end(self._operation, error)
        world.pools_changed()
        world.settings_changed()

    def _unwind(self, then: Callable[[], None]) -> None:
        """An abort: of a pool's change under way as well; a control plane that waits stays old."""
        world = self._world
        if world.kube.version != self._stage.version:
            world.cluster.properties["kubernetesVersion"] = self._stage.before
            world.cluster.properties["currentKubernetesVersion"] = self._stage.before
        for pool in world.pools.values():
            if pool.properties["provisioningState"] == self._stage.state:
                pool.properties["provisioningState"] = CANCELED
        for pool, change, _ in self._left:
            # Nothing was done to it yet.
            put_back(pool, change.before)
        if self._running is not None and self._running.live:
            abort(world, self._running.target).then.append(then)
        else:
            then()
