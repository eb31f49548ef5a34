"""What registries and token services say when they refuse, and the errors made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import UnauthorizedError

if TYPE_CHECKING:
    from poolshift.adapters.registry.answers import Answer
    from poolshift.adapters.registry.reference import Reference

ACR = (".azurecr.io", ".azurecr.us", ".azurecr.cn")
"""The ends of the names of Azure's registries."""


def closed(where: Reference, why: str, status: int = 401) -> UnauthorizedError:
    """The error for a registry that does not let us in, with what to do for this one."""
    advice = f"sign in with docker login {where.host}"
    if where.host.endswith(ACR):
        name = where.host.partition(".")[0]
        advice = (
            f"give your identity the role AcrPull on it, or sign in with az acr login -n {name}"
        )
    return UnauthorizedError(
        f"{where.host}/{where.name} cannot be read",
        status=status,
        why=f"{where.host} does not let us in: {why}; {advice}",
    )


class _ErrorEntry(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""


class _Errors(msgspec.Struct, frozen=True):
    errors: tuple[_ErrorEntry, ...] = ()


def service_error(body: bytes) -> tuple[str, str]:
    """Code and message of a registry's error body, empty where it has none; at most a line."""
    try:
        found = msgspec.json.decode(body, type=_Errors).errors
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "", ""
    return (_line(found[0].code), _line(found[0].message)) if found else ("", "")


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:200])


def said(answer: Answer) -> str:
    """Status, code and message of an answer."""
    code, message = service_error(answer.body)
    return f"status {answer.status} {joined(code, message)}".strip()


def joined(*parts: str) -> str:
    """The parts that are there, with colons between."""
    return ": ".join(p for p in parts if p)
