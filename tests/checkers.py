"""Checkers of the promises, apart from the engine: they read the simulator's trace alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

Event = dict[str, Any]

DRAIN_S = 60.0
"""The drain time that plans state."""

CLOCK_S = 1.0
"""Marks on nodes carry whole seconds."""


class Replay:
    """The world as the trace tells it, event by event, with what each promise forbids."""

    def __init__(self, runs: Iterable[str], unfit: dict[str, str] | None = None) -> None:
        self.runs = set(runs)
        # Workload → the build that its pods of before the template change do not fit.
        self.unfit = unfit or {}
        self.build: dict[str, str] = {}
        self.node_of: dict[str, str] = {}
        self.workload_of: dict[str, str | None] = {}
        self.daemon: set[str] = set()
        self.ready: set[str] = set()
        self.alive: dict[str, str] = {}
        self.finished: set[str] = set()
        self.allowed_min: dict[str, int] = {}
        self.backends: set[str] = set()
        self.excluded: dict[str, float] = {}
        self.budgets: dict[str, Event] = {}
        self.replicas: dict[str, int] = {}
        self.changed: set[str] = set()
        self.old_pods: set[str] = set()
        self.broken: list[str] = []
        self.cordoned_by: dict[str, str] = {}

    def feed(self, events: Iterable[Event]) -> Replay:
        for event in events:
            getattr(self, "_" + event["kind"].replace("-", "_"), lambda _: None)(event)
        return self

    def _broke(self, event: Event, what: str) -> None:
        self.broken.append(f"{event['t_s']}: {what}: {event}")

    def _node_added(self, e: Event) -> None:
        self.build[e["node"]] = e["build"]

    def _pod_created(self, e: Event) -> None:
        self.workload_of[e["uid"]] = e["workload"]
        self.alive[e["uid"]] = e["pod"]
        if e["daemon"]:
            self.daemon.add(e["uid"])
        if e["workload"] in self.unfit and e["workload"] not in self.changed:
            self.old_pods.add(e["uid"])

    def _pod_bound(self, e: Event) -> None:
        self.node_of[e["uid"]] = e["node"]
        workload = self.workload_of[e["uid"]]
        if e["uid"] in self.old_pods and self.build[e["node"]] == self.unfit.get(str(workload)):
            self._broke(e, "promise 4: a pod was sent to a build that its image does not fit")

    def _pod_ready(self, e: Event) -> None:
        self.ready.add(e["uid"])

    def _pod_unready(self, e: Event) -> None:
        self.ready.discard(e["uid"])
        self._check_ready(e, e["uid"])
        self._check_budgets(e, e["uid"])

    def _pod_finished(self, e: Event) -> None:
        self.finished.add(e["uid"])
        self.ready.discard(e["uid"])

    def _pod_deleted(self, e: Event) -> None:
        self.alive.pop(e["uid"], None)
        self.ready.discard(e["uid"])

    def _check_ready(self, e: Event, uid: str) -> None:
        workload = self.workload_of.get(uid)
        if workload is None or workload not in self.allowed_min:
            return
        ready = sum(1 for u in self.ready if self.workload_of.get(u) == workload)
        if ready < self.allowed_min[workload]:
            self._broke(e, f"promise 3: {workload} fell to {ready}")

    def _workload(self, e: Event) -> None:
        self.allowed_min[e["workload"]] = e["allowed_min"]
        self.replicas[e["workload"]] = e["replicas"]

    def _budget(self, e: Event) -> None:
        self.budgets[e["budget"]] = e

    def _check_budgets(self, e: Event, uid: str) -> None:
        """A pod left: every budget over its workload still has what it needs."""
        for name, held in self.budgets.items():
            if self.workload_of.get(uid) not in held["workloads"]:
                continue
            ready = sum(1 for u in self.ready if self.workload_of.get(u) in held["workloads"])
            needed = held.get("min_available")
            if needed is None:
                wanted = sum(self.replicas.get(w, 0) for w in held["workloads"])
                needed = wanted - held["max_unavailable"]
            if ready < needed:
                self._broke(e, f"promise 2: budget {name} needs {needed} and has {ready}")

    def _template_changed(self, e: Event) -> None:
        self.changed.add(e["workload"])

    def _lb_backend_added(self, e: Event) -> None:
        self.backends.add(e["node"])

    def _lb_backend_removed(self, e: Event) -> None:
        self.backends.discard(e["node"])

    def _label(self, e: Event) -> None:
        if e["key"] == "node.kubernetes.io/exclude-from-external-load-balancers":
            if e["value"] is None:
                self.excluded.pop(e["node"], None)
            else:
                self.excluded[e["node"]] = e["t_s"]

    def _node_removed(self, e: Event) -> None:
        if e["by"] not in self.runs:
            return
        left = [
            u
            for u, node in self.node_of.items()
            if node == e["node"] and u in self.alive and u not in self.daemon | self.finished
        ]
        if left:
            self._broke(e, "promise 1: a node went with a pod on it")
        if e["node"] in self.backends:
            self._broke(e, "promise 1: a node went while it was a load balancer's backend")
        if e["node"] not in self.excluded:
            self._broke(e, "promise 1: a node went without the exclude label")
        elif e["t_s"] - self.excluded[e["node"]] < DRAIN_S - CLOCK_S:
            self._broke(e, "promise 1: a node went before its drain time had passed")

    def _connection_cut(self, e: Event) -> None:
        self._broke(e, "a connection was cut")

    def _node_cordoned(self, e: Event) -> None:
        self.cordoned_by[e["node"]] = e["by"]

    def _node_uncordoned(self, e: Event) -> None:
        if e["by"] in self.runs and self.cordoned_by.get(e["node"]) not in self.runs:
            self._broke(e, "promise 6: the run uncordoned what somebody else cordoned")


def broken(events: list[Event], run: str, unfit: dict[str, str] | None = None) -> list[str]:
    """Every promise that the trace shows broken."""
    return Replay([run], unfit).feed(events).broken


def after_start(events: list[Event]) -> list[Event]:
    """What happened after the world was laid out."""
    return [e for e in events if e["t_s"] > 0]


def moves_per_pod(events: list[Event], workload: str) -> tuple[int, int]:
    """Pods of a workload created and deleted after the start."""
    uids = {e["uid"] for e in events if e["kind"] == "pod-created" and e["workload"] == workload}
    created = sum(
        1 for e in after_start(events) if e["kind"] == "pod-created" and e["workload"] == workload
    )
    deleted = sum(1 for e in events if e["kind"] == "pod-deleted" and e["uid"] in uids)
    return created, deleted


def done_by(events: list[Event], run: str) -> Counter[tuple[str, str]]:
    """How often the run did what to which thing."""
    names = (
        "pool-added",
        "pool-removed",
        "template-changed",
        "node-cordoned",
        "label",
        "pod-evicted",
    )
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for e in after_start(events):
        if e["kind"] in names and e.get("by") == run:
            thing = e.get("pool") or e.get("workload") or e.get("node") or e.get("uid")
            counts[e["kind"], str(thing)] += 1
    return Counter(counts)
