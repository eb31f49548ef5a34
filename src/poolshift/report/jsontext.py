"""A JSON document as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.report.hostile import defused

if TYPE_CHECKING:
    from collections.abc import Mapping


def document_bytes(document: msgspec.Struct) -> bytes:
    """A document of ours, `schema` first."""
    plain: dict[str, Any] = msgspec.to_builtins(document)
    return json_bytes({"schema": plain.pop("schema"), **plain})


def json_bytes(plain: Mapping[str, Any]) -> bytes:
    """Plain values, two blanks an indent, safe to be printed by a build."""
    return defused(msgspec.json.format(msgspec.json.encode(plain), indent=2)) + b"\n"
