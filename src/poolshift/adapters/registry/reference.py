"""Image references: which registry, which repository, which tag or digest."""

from __future__ import annotations

import ipaddress
import re

import msgspec

from poolshift.core.errors import InvalidError

DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
"""Names by which references, logins and the service itself call Docker Hub."""

_HUB_HOST = "registry-1.docker.io"
_HUB_OWN = "library"

# The grammar of references, from the OCI distribution specification and docker's own: names of
# repositories become parts of addresses, so nothing else may pass.
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(
    rf"(?P<name>{_LABEL}(?:\.{_LABEL})*|\[(?P<address>[0-9a-fA-F:]+)\])(?::(?P<port>[0-9]{{1,5}}))?"
)
_LAST_PORT = 65535
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]")
_LONGEST_NAME = 255


class Reference(msgspec.Struct, frozen=True):
    """An image reference in parts; `target` is the digest, or the tag without one."""

    host: str
    name: str
    target: str

    @property
    def pinned(self) -> bool:
        """Whether it names content itself, which never changes."""
        return ":" in self.target

    @property
    def loopback(self) -> bool:
        """Whether it names the machine that reads it: a node means itself by it."""
        return _LOOPBACK.fullmatch(self.host.rpartition(":")[0] or self.host) is not None

    @property
    def service(self) -> str:
        """The host that answers for the registry."""
        return _HUB_HOST if self.host in DOCKER_HUB else self.host


def is_digest(text: str) -> bool:
    """Whether a text is a digest of a kind that can be verified."""
    return _DIGEST.fullmatch(text) is not None


def parse_reference(ref: str) -> Reference:
    """The parts of a reference, with Docker Hub's defaults.

    Raises:
        InvalidError: it is none; nothing of it may then become part of an address.
    """
    name, at, digest = ref.partition("@")
    head, slash, rest = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        host, name = head.lower(), rest
    else:
        host = DOCKER_HUB[0]
    place = name.rfind(":")
    tag = name[place + 1 :] if place > name.rfind("/") else ""
    name = name[:place] if tag else name
    if host in DOCKER_HUB and "/" not in name:
        name = f"{_HUB_OWN}/{name}"
    found = Reference(host, name, digest if at else tag or "latest")
    sound = (
        _is_host(host)
        and len(name) <= _LONGEST_NAME
        and _NAME.fullmatch(name)
        and (is_digest(digest) if at else _TAG.fullmatch(found.target))
    )
    if not sound:
        raise InvalidError(
            f"{_shown(ref)} is no image reference",
            why="it is no image reference of the form HOST/NAME:TAG or HOST/NAME@sha256:DIGEST",
            fix="Correct the image in the workload's template",
        )
    return found


def _is_host(text: str) -> bool:
    """Whether a text is a host that can be looked up, with or without a port."""
    found = _HOST.fullmatch(text)
    if found is None or len(found["name"]) > _LONGEST_NAME or int(found["port"] or 1) > _LAST_PORT:
        return False
    try:
        return not found["address"] or bool(ipaddress.IPv6Address(found["address"]))
    except ValueError:
        return False


def _shown(ref: str) -> str:
    """A reference that may hold anything, fit for a message."""
    shown = ascii(ref)[1:-1]
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"
