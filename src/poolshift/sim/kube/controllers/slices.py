"""What EndpointSlices and Endpoints of a Service look like, from the pods behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import LabelSelector
from poolshift.sim.kube.objects import (
    Object,
    condition_of,
    labels_of,
    node_of,
    ready,
    terminating,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
# The controller-manager's --max-endpoints-per-slice.
MOST_IN_SLICE = 100


class Member(msgspec.Struct, frozen=True):
    """A pod behind a Service.

    Attributes:
        endpoint: its entry in a slice.
        address: its entry in the Endpoints object.
        node: where it runs.
        ready: whether it takes new connections.
    """

    endpoint: Object
    address: Object
    node: str
    ready: bool


def selector_of(labels: dict[str, str]) -> LabelSelector:
    """A Service's selector as a label selector."""
    return LabelSelector(match_labels=labels)


def member(pod: Object, node: Object | None, *, publish: bool) -> Member:
    """What a pod contributes; `publish` takes unready pods for ready ones."""
    meta, address = pod["metadata"], pod["status"]["podIP"]
    serves, goes = ready(pod), terminating(pod)
    takes = (serves or publish) and not (goes and not publish)
    target = {
        "kind": "Pod",
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
    }
    endpoint: Object = {
        "addresses": [address],
        "conditions": {"ready": takes, "serving": serves, "terminating": goes},
        "nodeName": node_of(pod),
        "targetRef": target,
    }
    if hostname := pod["spec"].get("hostname"):
        endpoint["hostname"] = hostname
    zone = labels_of(node).get("topology.kubernetes.io/zone") if node else None
    if zone:
        endpoint["zone"] = zone
    entry = {"ip": address, "nodeName": node_of(pod), "targetRef": target}
    return Member(endpoint, entry, node_of(pod), takes)


def distributed(present: list[list[Object]], members: list[Member]) -> list[list[Object]]:
    """The endpoints of each slice: those that stay, then new ones where there is room."""
    fresh = {m.endpoint["targetRef"]["uid"]: m.endpoint for m in members}
    kept = [
        [fresh.pop(e["targetRef"]["uid"]) for e in slice_ if e["targetRef"]["uid"] in fresh]
        for slice_ in present
    ]
    waiting = list(fresh.values())
    for slice_ in kept:
        room = MOST_IN_SLICE - len(slice_)
        slice_ += waiting[:room]
        waiting = waiting[room:]
    while waiting:
        kept.append(waiting[:MOST_IN_SLICE])
        waiting = waiting[MOST_IN_SLICE:]
    return kept


def triggers(pods: Mapping[str, Object], old: list[Object], new: list[Object]) -> list[str]:
    """When the pods became ready, or no longer so, whose endpoints are others than before."""
    known = {e["targetRef"]["uid"]: e for e in old}
    changed = (e["targetRef"]["uid"] for e in new if known.get(e["targetRef"]["uid"]) != e)
    conditions = (condition_of(pods[uid], "Ready") for uid in changed if uid in pods)
    return [c["lastTransitionTime"] for c in conditions if c and c.get("lastTransitionTime")]


def notes(times: list[str], known: Mapping[str, str] | None = None) -> dict[str, str] | None:
    """The annotations of a slice: the earliest time that led to this version, if there is one."""
    kept = {name: text for name, text in (known or {}).items() if name != _TRIGGER}
    return {**kept, _TRIGGER: min(times)} if times else kept or None


def _target(port: Object) -> object:
    """The number of a port's target; a name stands for what the pods call so."""
    target = port.get("targetPort", port.get("port"))
    return target if isinstance(target, int) else port.get("port")


def ports(service: Object) -> list[Object]:
    """The ports of a slice."""
    return [
        {
            "name": port.get("name", ""),
            "protocol": port.get("protocol", "TCP"),
            "port": _target(port),
        }
        for port in service["spec"].get("ports") or ()
    ]


def subsets(service: Object, members: Iterable[Member]) -> list[Object]:
    """The subsets of an Endpoints object: ready addresses and those that are not."""
    up, down = [], []
    for found in members:
        if found.ready:
            up.append(found.address)
        elif not found.endpoint["conditions"]["terminating"]:
            down.append(found.address)
    if not up and not down:
        return []
    subset: Object = {}
    if up:
        subset["addresses"] = sorted(up, key=lambda a: str(a["ip"]))
    if down:
        subset["notReadyAddresses"] = sorted(down, key=lambda a: str(a["ip"]))
    named = [{k: v for k, v in port.items() if v != ""} for port in ports(service)]
    return [{**subset, **({"ports": named} if named else {})}]
