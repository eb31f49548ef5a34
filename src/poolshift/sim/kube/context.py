"""What every part of the simulated Kubernetes shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from poolshift.core.clock import format_time
from poolshift.sim.behaviour import Behaviour
from poolshift.sim.kube.disturbances import Disturbances
from poolshift.sim.kube.identities import PodIdentities
from poolshift.sim.kube.indexes import BudgetIndex, OwnerIndex, PodIndex
from poolshift.sim.kube.objects import Identities, Object
from poolshift.sim.kube.openapi.sound import Sound
from poolshift.sim.kube.registries import Registries
from poolshift.sim.kube.resources import SERVICE_ACCOUNTS
from poolshift.sim.kube.store import Store
from poolshift.sim.kube.webhooks import Webhooks

if TYPE_CHECKING:
    import random

    from poolshift.sim.clock import Timer, VirtualClock
    from poolshift.sim.images import ImageStore
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.store import Change
    from poolshift.sim.kube.timings import KubeTimings
    from poolshift.sim.trace import Trace

Admitter = Callable[["Kind", Object], Object]
HostRuns = Mapping[str, frozenset[str]]


class Context:
    """Store, indexes, clock, randomness, timings, and whether the world is being set up.

    Attributes:
        version: major and minor number of the cluster's version.
    """

    def __init__(
        self,
        *,
        clock: VirtualClock,
        trace: Trace,
        rng: random.Random,
        images: ImageStore,
        timings: KubeTimings,
        host_runs: HostRuns,
        version: tuple[int, int],
    ) -> None:
        self.clock = clock
        self.trace = trace
        self.rng = rng
        self.images = images
        self.timings = timings
        self.host_runs = host_runs
        self.version = version
        self.ids = Identities(rng)
        self.store = Store()
        self.owners = OwnerIndex(self.store)
        self.pods = PodIndex(self.store)
        self.budgets = BudgetIndex(self.store)
        # Sizes of the images on the machines, by image and node: what the scheduler scores by.
        self.image_nodes: dict[str, dict[str, int]] = {}
        self.warming = False
        # Parts of objects that a set-up found to be of their types, and by their rules.
        self.formed = Sound()
        self.right = Sound()
        # By the uid of a controller: its template, and the pod that admission made of it.
        self.patterns: dict[str, tuple[Object, Object]] = {}
        self._behaviour = Behaviour()
        self.registries = Registries(())
        self.disturbances = Disturbances()
        self.identities = PodIdentities(self.store)
        self.webhooks = Webhooks(self.store)
        # By namespace: what a new object passes there last of all, and as what.
        self.admitters: dict[str, Admitter] = {}
        self._stamp = (-1.0, "")
        self._ahead = ((-1.0, 0.0), "")
        self.store.listen(SERVICE_ACCOUNTS, self._account_changed)

    def _account_changed(self, change: Change) -> None:
        """What admission made of a template may be another pod, or none, without its account."""
        if change.type != "ADDED":
            self.patterns.clear()

    @property
    def behaviour(self) -> Behaviour:
        """How the scenario behaves beyond its objects."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, value: Behaviour) -> None:
        self._behaviour = value
        self.registries = Registries(value.registries)

    def now(self) -> str:
        """The virtual time as Kubernetes writes it."""
        if self._stamp[0] != self.clock.t:
            self._stamp = (self.clock.t, format_time(self.clock.moment()))
        return self._stamp[1]

    def ahead(self, seconds: float) -> str:
        """A time so many seconds from now, as Kubernetes writes it."""
        asked = (self.clock.t, seconds)
        if self._ahead[0] != asked:
            moment = self.clock.moment() + timedelta(seconds=seconds)
            self._ahead = (asked, format_time(moment))
        return self._ahead[1]

    def delay(self, seconds: float) -> float:
        """The delay to use: nothing takes time while the world is set up."""
        return 0.0 if self.warming else seconds

    def after(self, seconds: float, action: Callable[[], None], *, periodic: bool = False) -> Timer:
        """Run `action` after a delay, at once (but not within this call) while setting up."""
        clock = self.clock
        at = clock.t if self.warming else clock.t + seconds
        return clock.at(at, action, periodic=periodic)
