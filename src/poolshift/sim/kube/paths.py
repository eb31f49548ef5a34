"""What a request's path means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.kube.kinds import Kind

if TYPE_CHECKING:
    from poolshift.sim.kube.served import Served


class Target(msgspec.Struct, frozen=True):
    """A collection, an object or a subresource."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    sub: str = ""


class UnknownGroup(Exception):
    """No group version is served at that path: the server answers in plain text."""


class UnknownResource(Exception):
    """The group version is served, the resource is not: the server answers with a Status."""


def parse(path: str, served: Served) -> Target:
    """The target of a path below /api or /apis.

    Raises:
        UnknownGroup: no such group version.
        UnknownResource: no such resource in it.
    """
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        raise UnknownGroup(path)
    if not served.of(group, version):
        raise UnknownGroup(path)
    return _target(served, group, version, rest)


def _target(served: Served, group: str, version: str, rest: list[str]) -> Target:
    if rest[0] == "namespaces" and len(rest) > 2:
        found = served.at(group, version, rest[2])
        if found is not None and found.namespaced:
            return _checked(found, rest[1], rest[3:])
        if group:
            raise UnknownResource("/".join(rest))
    kind = served.at(group, version, rest[0])
    if kind is None:
        raise UnknownResource("/".join(rest))
    if kind.namespaced and len(rest) > 1:
        raise UnknownResource("/".join(rest))
    return _checked(kind, "", rest[1:])


def _checked(kind: Kind, namespace: str, tail: list[str]) -> Target:
    """Name and subresource; a subresource that the kind lacks is not served."""
    name = tail[0] if tail else ""
    sub = tail[1] if len(tail) > 1 else ""
    if len(tail) > 2 or (sub and all(s.name != sub for s in kind.subs)):
        raise UnknownResource("/".join(tail))
    return Target(kind, namespace, name, sub)
