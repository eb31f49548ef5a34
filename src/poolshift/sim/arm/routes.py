"""The table of ARM routes, matched without regard to case."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from poolshift.sim.arm.problems import resource_missing
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.state import ArmWorld
from poolshift.sim.arm.subscription import Subscription

CLUSTER_KIND = "Microsoft.ContainerService/managedClusters"
Names = Mapping[str, str]
Handler = Callable[[Subscription, ArmRequest, Names], ArmAnswer]
ClusterHandler = Callable[[ArmWorld, ArmRequest, Names], ArmAnswer]

_HOLE = re.compile(r"\\\{(\w+)\\\}")


class Route(msgspec.Struct, frozen=True):
    """A method and a path pattern.

    Attributes:
        action: what a role must allow.
        body: the type of its request body, one of the schema's; empty where none is checked.
    """

    method: str
    pattern: re.Pattern[str]
    template: str
    action: str
    handler: Handler
    body: str = ""


def route(method: str, template: str, action: str, handler: Handler, *, body: str = "") -> Route:
    """A route from a template: `{name}` is one segment."""
    text = _HOLE.sub(r"(?P<\1>[^/]+)", re.escape(template))
    return Route(method, re.compile(text, re.IGNORECASE), template, action, handler, body)


def cluster_route(
    method: str, template: str, action: str, handler: ClusterHandler, *, body: str = ""
) -> Route:
    """A route below a cluster: its handler gets the cluster, which must be there."""

    def serve(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
        return handler(cluster_of(azure, names), request, names)

    return route(method, template, action, serve, body=body)


def cluster_of(azure: Subscription, names: Names) -> ArmWorld:
    """The cluster that a path names; refused (404) when it is not there."""
    world = azure.cluster(names["group"], names["cluster"])
    if world is None:
        raise resource_missing(CLUSTER_KIND, names["cluster"], names["group"])
    return world


def find_route(
    routes: tuple[Route, ...], method: str, path: str
) -> tuple[Route, dict[str, str]] | None:
    """The route of a request with the names found in its path."""
    for candidate in routes:
        if candidate.method == method:
            found = candidate.pattern.fullmatch(path.rstrip("/") or "/")
            if found is not None:
                return candidate, found.groupdict()
    return None
