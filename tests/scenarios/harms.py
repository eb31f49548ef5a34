"""Checkers of harm: what a trace shows of pods lost, stuck or moved in vain, and nothing else.

Each takes the events of a trace and gives one line for each harm; an empty list is a clean trace.
Harm to budgets and ready counts is the business of `tests.checkers`, whose replay is used here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.checkers import Replay

Event = dict[str, Any]
STUCK_S = 120.0
"""No pod needs longer for its node when there is one: a scheduler takes seconds."""

START_S = 900.0
"""No pod of these scenarios needs longer from its node to ready, a first pull included."""

LINGER_S = 1800.0
"""An empty node that is still there after so long was forgotten."""


@dataclass
class Life:
    """One pod as the trace tells it; times are seconds, None for what did not happen."""

    pod: str
    workload: str | None
    daemon: bool
    created: float
    bound: float | None = None
    finished: float | None = None
    deleted: float | None = None
    node: str = ""


@dataclass
class Story:
    """Everything that the checkers ask of a trace."""

    lives: dict[str, Life] = field(default_factory=dict)
    pool_of: dict[str, str] = field(default_factory=dict)
    removed: dict[str, float] = field(default_factory=dict)
    cuts: list[Event] = field(default_factory=list)


def told(events: list[Event]) -> Story:
    """The trace, read once."""
    story = Story()
    for e in events:
        match e["kind"]:
            case "node-added":
                story.pool_of[e["node"]] = e["pool"]
                story.removed.pop(e["node"], None)
            case "node-removed":
                story.removed[e["node"]] = e["t_s"]
            case "connection-cut":
                story.cuts.append(e)
            case "pod-created":
                life = Life(e["pod"], e["workload"], e["daemon"], e["t_s"])
                story.lives[e["uid"]] = life
            case "pod-bound":
                life = story.lives[e["uid"]]
                life.bound, life.node = e["t_s"], e["node"]
            case "pod-finished":
                story.lives[e["uid"]].finished = e["t_s"]
            case "pod-deleted":
                story.lives[e["uid"]].deleted = e["t_s"]
            case _:
                pass
    return story


def stuck(events: list[Event], *, end_s: float) -> list[str]:
    """Pods that found no node for longer than a scheduler needs; `end_s` is now."""
    found = []
    for life in told(events).lives.values():
        times = [t for t in (life.bound, life.deleted, end_s) if t is not None]
        if min(times) - life.created > STUCK_S:
            found.append(f"{life.pod} waited {min(times) - life.created:.0f} s for a node")
    return found


def useless(events: list[Event], *, end_s: float) -> list[str]:
    """Pods that have a node for longer than a start takes, and are not ready; `end_s` is now."""
    ready: set[str] = set()
    for e in events:
        if e["kind"] == "pod-ready":
            ready.add(e["uid"])
        elif e["kind"] == "pod-unready":
            ready.discard(e["uid"])
    return [
        f"{life.pod} is on {life.node} and not ready for {end_s - life.bound:.0f} s"
        for uid, life in told(events).lives.items()
        if life.bound is not None and life.deleted is None and life.finished is None
        if uid not in ready and end_s - life.bound > START_S
    ]


def needless(events: list[Event], *, pool: str) -> list[str]:
    """Pods that went although the node they were on is not in the pool that has to go."""
    story = told(events)
    return [
        f"{life.pod} was restarted on {life.node}, which stays"
        for life in story.lives.values()
        if life.deleted is not None and life.node and story.pool_of[life.node] != pool
    ]


def lost(events: list[Event]) -> list[str]:
    """Pods without an owner that went before their end, and that nobody made again."""
    lives = told(events).lives.values()
    return [
        f"{life.pod} is gone, and nothing makes it again"
        for life in lives
        if life.workload is None and life.deleted is not None and life.finished is None
        if not any(o.pod == life.pod and o.created >= life.deleted for o in lives)
    ]


def begun_anew(events: list[Event]) -> list[str]:
    """Pods of Jobs that went before their end: their work begins anew."""
    return [
        f"{life.pod} was taken away after {life.deleted - life.created:.0f} s of work"
        for life in told(events).lives.values()
        if life.workload is not None and life.workload.split("/")[1] == "Job"
        if life.deleted is not None and life.finished is None
    ]


def forgotten(events: list[Event], *, pool: str, end_s: float) -> list[str]:
    """Nodes of a pool that has to go, empty for long and still there; `end_s` is now."""
    story = told(events)
    found = []
    for node in (n for n, p in story.pool_of.items() if p == pool and n not in story.removed):
        ends = [
            min(t for t in (life.finished, life.deleted, end_s) if t is not None)
            for life in story.lives.values()
            if life.node == node and not life.daemon
        ]
        empty_s = end_s - max(ends, default=0.0)
        if empty_s > LINGER_S:
            found.append(f"{node} is empty for {empty_s:.0f} s and still there")
    return found


def cut(events: list[Event]) -> list[str]:
    """Connections that ended because their node went."""
    return [f"{e['count']} connections cut on {e['node']}" for e in told(events).cuts]


def below_budget(events: list[Event]) -> list[str]:
    """Moments in which a budget had less than it needs."""
    return [line for line in Replay([]).feed(events).broken if "promise 2" in line]
