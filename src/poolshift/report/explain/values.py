"""Values out of a text, put into sentences and commands."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOLE = re.compile(r"\{(\w+)\}")
_PLACEHOLDER = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
_PLAIN = re.compile(r"[A-Za-z0-9/][\w./:@+-]*")
_MESSAGE_HOLE = re.compile(r"<(\w+)>")

PLACEHOLDERS = {
    "POD": "pod",
    "NAMESPACE": "namespace",
    "NODE": "node",
    "BUDGET": "budget",
    "IMAGE": "image",
    "POOL": "pool",
    "SIZE": "size",
    "REGION": "region",
    "FAMILY": "family",
    "VERSION": "version",
    "CLAIM": "claim",
    "VOLUME": "volume",
    "WEBHOOK": "webhook",
    "CONTAINER": "container",
    "PROVIDER": "provider",
    "GROUP": "group",
    "SUBNET": "subnet",
    "TABLE": "table",
    "OS_SKU": "os_sku",
}
"""What stands in capitals in a command, and the value that takes its place."""


def sentence(variants: tuple[str, ...], values: Mapping[str, str]) -> str:
    """The first of several sentences whose holes are all known; empty when none is."""
    for variant in variants:
        if all(name in values for name in _HOLE.findall(variant)):
            return _HOLE.sub(lambda m: values[m[1]], variant)
    return ""


def message(text: str, values: Mapping[str, str]) -> str:
    """A service's message with what is known in its angle brackets."""
    return _MESSAGE_HOLE.sub(lambda m: values.get(m[1], m[0]), text)


def command(text: str, values: Mapping[str, str]) -> str:
    """A command with what is known in place of its capitals, quoted for a shell.

    A value that is no plain name, or that a program would take for an option, is not put in.
    """

    def put(found: re.Match[str]) -> str:
        value = values.get(PLACEHOLDERS.get(found[0], ""), "")
        return shlex.quote(value) if _PLAIN.fullmatch(value) else found[0]

    return _PLACEHOLDER.sub(put, text)
