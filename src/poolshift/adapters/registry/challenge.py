"""What a registry wants before it answers: the challenge of a 401, read and checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from poolshift.adapters.registry.refusals import closed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolshift.adapters.registry.reference import Reference

_SCHEME = re.compile(r"(?:^|,)\s*(basic|bearer)\s+(?=[\w-]+\s*=)", re.IGNORECASE)
_PARAMETER = re.compile(r'([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')


class Challenge(msgspec.Struct, frozen=True):
    """What a registry wants; `realm` is the address of its token service, empty for Basic."""

    realm: str = ""
    service: str = ""
    scope: str = ""


def read_challenges(headers: Sequence[str]) -> Challenge | None:
    """The challenge to answer, Bearer before Basic; None where neither is asked for."""
    found: dict[str, Challenge] = {}
    for header in headers:
        pieces = _SCHEME.split(header)
        for scheme, rest in zip(pieces[1::2], pieces[2::2], strict=True):
            told = {m[1].lower(): m[2] or m[3] or "" for m in _PARAMETER.finditer(rest)}
            bearer = scheme.lower() == "bearer"
            if bearer and not told.get("realm"):
                continue
            found[scheme.lower()] = Challenge(
                told.get("realm", "") if bearer else "",
                told.get("service", ""),
                told.get("scope", ""),
            )
    return found.get("bearer") or found.get("basic")


def check_realm(where: Reference, realm: str) -> None:
    """A login goes to a token service, so its address must be one that keeps it secret."""
    try:
        parts = urlsplit(realm)
    except ValueError as error:
        raise closed(where, "its token service has no address") from error
    plain = parts.scheme == "http" and parts.hostname == urlsplit(f"//{where.host}").hostname
    if not parts.hostname or (parts.scheme != "https" and not (plain and where.loopback)):
        raise closed(where, "its token service has no https address")


def for_repository(challenge: Challenge, where: Reference) -> Challenge:
    """The challenge with the scope that one repository needs and no more."""
    if not challenge.realm:
        return challenge
    return msgspec.structs.replace(
        challenge,
        service=challenge.service or where.host,
        scope=f"repository:{where.name}:pull",
    )
