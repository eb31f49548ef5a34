"""LimitRanges at admission: what they fill in, and what they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.quantities import amount
from poolshift.sim.kube import defaults
from poolshift.sim.kube.objects import Object, annotations_of, with_meta, with_spec

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTE = "kubernetes.io/limit-ranger"


def filled(pod: Object, ranges: Iterable[Object]) -> Object:
    """A pod with the requests and limits that its containers leave to the namespace."""
    limits, requests = _usual(ranges)
    if not limits and not requests:
        return pod
    said: list[str] = []
    containers = [_with(c, limits, requests, said) for c in pod["spec"]["containers"]]
    if not said:
        return pod
    note = f"LimitRanger plugin set: {'; '.join(said)}"
    pod = with_meta(pod, annotations={**annotations_of(pod), NOTE: note})
    # The quality of service follows from the resources, so it is read anew.
    status = {k: v for k, v in pod["status"].items() if k != "qosClass"}
    return defaults.filled(with_spec({**pod, "status": status}, containers=containers))


def _usual(ranges: Iterable[Object]) -> tuple[dict[str, str], dict[str, str]]:
    """Default limits and requests of containers."""
    limits: dict[str, str] = {}
    requests: dict[str, str] = {}
    for found in ranges:
        for item in found["spec"].get("limits") or ():
            if item.get("type") == "Container":
                usual = item.get("default") or item.get("max") or {}
                limits |= item.get("default") or {}
                requests |= {**usual, **(item.get("defaultRequest") or {})}
    return limits, requests


def _with(
    container: Object, limits: dict[str, str], requests: dict[str, str], said: list[str]
) -> Object:
    resources = container.get("resources") or {}
    own_limits, own_requests = resources.get("limits") or {}, resources.get("requests") or {}
    more_limits = {k: v for k, v in limits.items() if k not in own_limits}
    more_requests = {k: v for k, v in requests.items() if k not in own_requests}
    if not more_limits and not more_requests:
        return container
    for what, added in (("request", more_requests), ("limit", more_limits)):
        if added:
            said.append(f"{', '.join(sorted(added))} {what} for container {container['name']}")
    return {
        **container,
        "resources": {
            **resources,
            "limits": {**own_limits, **more_limits},
            "requests": {**own_requests, **more_requests},
        },
    }


def problems(pod: Object, ranges: Iterable[Object]) -> list[str]:
    """Why the namespace does not take a pod, in the server's words."""
    found: list[str] = []
    for limit_range in ranges:
        for item in limit_range["spec"].get("limits") or ():
            if item.get("type") == "Container":
                for container in pod["spec"]["containers"]:
                    found += _outside(item, container.get("resources") or {}, "Container")
    return found


def _outside(item: Object, resources: Object, what: str) -> list[str]:
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    found = []
    for name, least in sorted((item.get("min") or {}).items()):
        if name not in requests:
            found.append(f"minimum {name} usage per {what} is {least}.  No request is specified")
        elif amount(name, str(requests[name])) < amount(name, str(least)):
            found.append(
                f"minimum {name} usage per {what} is {least}, but request is {requests[name]}"
            )
    for name, most in sorted((item.get("max") or {}).items()):
        if name not in limits:
            found.append(f"maximum {name} usage per {what} is {most}.  No limit is specified")
        elif amount(name, str(limits[name])) > amount(name, str(most)):
            found.append(f"maximum {name} usage per {what} is {most}, but limit is {limits[name]}")
    return found
