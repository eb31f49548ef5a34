"""The file form of a snapshot: gzip over JSON."""

from __future__ import annotations

import gzip
import zlib

import msgspec

from poolshift.core.clock import parse_time
from poolshift.core.errors import UsageError
from poolshift.core.snapshot.snapshot import SCHEMA, Snapshot

_LEVEL = 4
"""A tenth larger than by the best level, for a third of its time."""


def dump_snapshot(snapshot: Snapshot) -> bytes:
    """The file form: gzip over JSON; the same snapshot gives the same bytes."""
    return gzip.compress(msgspec.json.encode(snapshot, order="sorted"), _LEVEL, mtime=0)


def load_snapshot(data: bytes, *, name: str = "snapshot") -> Snapshot:
    """Read the file form, compressed or not.

    Raises:
        UsageError: not gzip or JSON, truncated, or of another schema.
    """
    fix = "Take a new one with: poolshift snapshot --out FILE"
    try:
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        head = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise UsageError(
            f"{name} is no readable snapshot", why=str(error), fix=fix, code="PSE110"
        ) from error
    schema = bytes(head.get("schema", b'""')).decode().strip('"')
    if schema != SCHEMA:
        raise UsageError(
            f"{name} has schema {schema or 'none'}",
            why=f"this version reads {SCHEMA}",
            fix=fix,
            code="PSE111",
        )
    try:
        snapshot = msgspec.json.decode(text, type=Snapshot)
        # Every day that is judged by starts from it.
        parse_time(snapshot.captured_at)
    except (msgspec.ValidationError, ValueError) as error:
        raise UsageError(
            f"{name} is a damaged snapshot", why=str(error), fix=fix, code="PSE110"
        ) from error
    return snapshot
