"""What the platform does by itself: the cluster's channel and that of its node OS.

It looks once within each maintenance window, or once a day where no window is set, at a moment
that is drawn; a look that finds the cluster busy is made up for in the next window. The service
promises no more about its windows than best effort.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.arm.maintenance.upgrades import upgrade_cluster, upgrade_node_images
from poolshift.sim.arm.maintenance.windows import CLUSTER, NODE_OS, next_window

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.clock import Timer

_NONE = "none"
_DAY = dt.timedelta(days=1)
# Of the time that a window is open: the service starts early in it, so that it can end in it.
_EARLY = 0.25


class Channels(msgspec.Struct, frozen=True):
    """The two channels of a cluster; `none` for one that is off."""

    cluster: str = _NONE
    node_os: str = _NONE


class AutoUpgrader:
    """Follows a cluster's channels; a change of them bites late."""

    def __init__(self, world: ArmWorld) -> None:
        self._world = world
        self.in_force = Channels()
        self._seen = Channels()
        self._timers: dict[str, Timer] = {}

    def begin(self) -> None:
        """What the cluster says at the start is in force already."""
        self._seen = _channels(self._world)
        self._bite(self._seen)

    def settings_changed(self) -> None:
        """The cluster or its maintenance changed."""
        now = _channels(self._world)
        if now == self._seen:
            self._plan()
            return
        self._seen = now
        limit_s = self._world.durations.channel_limit()
        self._set("change", limit_s * self._world.rng.random(), partial(self._bite, now))

    def end(self) -> None:
        """The cluster is gone."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _bite(self, channels: Channels) -> None:
        self.in_force = channels
        self._plan()

    def _plan(self) -> None:
        """Set when to look next for each channel that is on."""
        for name, channel in (
            (CLUSTER, self.in_force.cluster),
            (NODE_OS, self.in_force.node_os),
        ):
            if channel == _NONE:
                if timer := self._timers.pop(name, None):
                    timer.cancel()
            else:
                self._look_after(name, self._world.clock.moment())

    def _look_after(self, name: str, moment: dt.datetime) -> None:
        """Look in the first window that ends after a moment."""
        config = self._world.maintenance.get(name)
        now = self._world.clock.moment()
        window = (moment, moment + _DAY) if config is None else next_window(config, moment)
        if window is None:
            return
        opens, closes = window
        share = 1.0 if config is None else _EARLY
        length_s = max((closes - opens).total_seconds(), 0.0) * share
        wait_s = (opens - now).total_seconds() + length_s * self._world.rng.random()
        self._set(name, wait_s, partial(self._look, name, closes))

    def _look(self, name: str, closes: dt.datetime) -> None:
        world = self._world
        idle = not world.operations.running() and not world.azure.troubles.shut
        if idle and world.cluster.properties["powerState"]["code"] == "Running":
            if name == CLUSTER:
                upgrade_cluster(world, self.in_force.cluster)
            else:
                upgrade_node_images(world, self.in_force.node_os)
        self._look_after(name, closes)

    def _set(self, name: str, wait_s: float, act: partial[None]) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()
        # It comes again and again: a jumping clock would never stand still for it.
        self._timers[name] = self._world.clock.after(wait_s, act, periodic=True)


def _channels(world: ArmWorld) -> Channels:
    profile = world.cluster.properties.get("autoUpgradeProfile") or {}
    cluster = str(profile.get("upgradeChannel") or _NONE).lower()
    node_os = str(profile.get("nodeOSUpgradeChannel") or _NONE).lower()
    # Security fixes of a running Linux are no event of this world: they change no node.
    return Channels(cluster, _NONE if node_os == "unmanaged" else node_os)
