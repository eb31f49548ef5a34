"""What is new in a write to a pod, so that only those are told whom it concerns.

A pod is written some eight times in its life, and two dozen parts of the world follow pods. Each
says what it follows; most writes then concern few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import PodObject

ADDED = 1
DELETED = 2
# Bound to a node, or to another one.
BOUND = 4
# Ready, or not any more.
READY = 8
# On its way out, or with another time left.
ENDING = 16
# Run to its end.
FINISHED = 32
LABELS = 64
OWNERS = 128
# The address in its status.
ADDRESS = 256
# Anything else in its spec, its annotations or its status.
OTHER = 512
ANY = 1023

COUNTED = ADDED | DELETED | READY | ENDING | FINISHED | OWNERS
"""What changes how many pods a controller has, and how many of them are ready."""

_END = ("deletionTimestamp", "deletionGracePeriodSeconds")
LEFT = DELETED | FINISHED
"""What gives back what a pod held."""

PLACED = ADDED | LEFT | BOUND | ENDING | LABELS
"""What changes where pods are and how they count there."""


def news_of(type_: str, pod: PodObject, prev: PodObject | None) -> int:
    """The news of a write."""
    if type_ == "DELETED":
        return DELETED
    if prev is None:
        return ANY & ~DELETED
    news = 0
    if pod.node != prev.node:
        news |= BOUND
    if pod.ready != prev.ready:
        news |= READY
    if pod.finished != prev.finished:
        news |= FINISHED
    old, new = prev["metadata"], pod["metadata"]
    if any(new.get(name) != old.get(name) for name in _END):
        news |= ENDING
    if new.get("labels") != old.get("labels"):
        news |= LABELS
    if new.get("ownerReferences") != old.get("ownerReferences"):
        news |= OWNERS
    if pod["status"].get("podIP") != prev["status"].get("podIP"):
        news |= ADDRESS
    return news | OTHER
