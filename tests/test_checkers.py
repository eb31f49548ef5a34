"""The checkers see what they are for: a short trace that breaks each promise is found out."""

from __future__ import annotations

from typing import Any

import pytest
from tests.checkers import broken

RUN = "run-1"
EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers"
Event = dict[str, Any]


def node(name: str, build: str = "10.0.17763") -> Event:
    return {"t_s": 0, "kind": "node-added", "node": name, "pool": "p", "build": build}


def pod(uid: str, where: str, *, at: float = 0) -> list[Event]:
    head = {"t_s": at, "uid": uid}
    return [
        {
            **head,
            "kind": "pod-created",
            "pod": f"d/{uid}",
            "workload": "d/Deployment/a",
            "daemon": False,
        },
        {**head, "kind": "pod-bound", "node": where},
        {**head, "kind": "pod-ready"},
    ]


def workload(allowed_min: int, replicas: int = 2) -> Event:
    return {
        "t_s": 0,
        "kind": "workload",
        "workload": "d/Deployment/a",
        "replicas": replicas,
        "allowed_min": allowed_min,
    }


def label(name: str, at: float) -> Event:
    return {"t_s": at, "kind": "label", "node": name, "key": EXCLUDE, "value": "true", "by": RUN}


def removed(name: str, at: float) -> Event:
    return {"t_s": at, "kind": "node-removed", "node": name, "by": RUN}


BUDGET = {
    "t_s": 0,
    "kind": "budget",
    "budget": "d/b",
    "min_available": 2,
    "workloads": ["d/Deployment/a"],
}
UNREADY = {"t_s": 9, "kind": "pod-unready", "uid": "u"}
BACKEND = {"t_s": 0, "kind": "lb-backend-added", "node": "n"}
CHANGED_TOO_LATE = [node("g", "10.0.20348"), *pod("u", "g", at=5)]

BROKEN: dict[str, list[Event]] = {
    "promise 1: a node went with a pod on it": [
        node("n"),
        *pod("u", "n"),
        label("n", 1),
        removed("n", 99),
    ],
    "promise 1: a node went while it was a load balancer's backend": [
        node("n"),
        BACKEND,
        label("n", 1),
        removed("n", 99),
    ],
    "promise 1: a node went without the exclude label": [node("n"), removed("n", 99)],
    "promise 1: a node went before its drain time had passed": [
        node("n"),
        label("n", 50),
        removed("n", 99),
    ],
    "promise 2: budget d/b needs 2 and has 1": [
        node("n"),
        workload(0),
        BUDGET,
        *pod("u", "n"),
        *pod("v", "n"),
        UNREADY,
    ],
    "promise 3: d/Deployment/a fell to 1": [
        node("n"),
        workload(2),
        *pod("u", "n"),
        *pod("v", "n"),
        UNREADY,
    ],
    "promise 4: a pod was sent to a build that its image does not fit": CHANGED_TOO_LATE,
    "promise 6: the run uncordoned what somebody else cordoned": [
        node("n"),
        {"t_s": 1, "kind": "node-cordoned", "node": "n", "by": "user:kubectl"},
        {"t_s": 2, "kind": "node-uncordoned", "node": "n", "by": RUN},
    ],
    "a connection was cut": [
        node("n"),
        {"t_s": 1, "kind": "connection-cut", "node": "n", "count": 1},
    ],
}


@pytest.mark.parametrize("words", BROKEN, ids=lambda w: w[:40])
def test_a_broken_promise_is_found(words: str) -> None:
    [found] = broken(BROKEN[words], RUN, {"d/Deployment/a": "10.0.20348"})
    assert words in found


def test_a_careful_removal_breaks_nothing() -> None:
    gone = {"t_s": 20, "kind": "pod-deleted", "uid": "u"}
    trace = [
        node("n"),
        BACKEND,
        workload(0, 1),
        *pod("u", "n"),
        {**UNREADY, "t_s": 15},
        gone,
        label("n", 21),
        {"t_s": 30, "kind": "lb-backend-removed", "node": "n"},
        removed("n", 90),
    ]
    assert broken(trace, RUN) == []
