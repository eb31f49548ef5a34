"""Files read once and replaced whole: nobody ever sees half of one, and no other change is lost."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from poolshift.cli.output import reason_of
from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from poolshift.cli.rewriting.walk import Found

MAX_BYTES = 10_000_000
"""A manifest or Dockerfile is never this large; what is, is not read."""


class UnreadableError(Exception):
    """A file could not be read; the text says why."""


def read(found: Found) -> bytes:
    """The bytes of a file.

    Raises:
        UnreadableError: it is too large, or the system refuses.
    """
    try:
        with found.path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(reason_of(error)) from error
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return data


def replace(path: Path, before: bytes, after: bytes) -> None:
    """Put other bytes in the place of a file; its mode and owner stay.

    The new bytes are written beside it and put in its place in one step, so that whoever reads
    it sees the old file or the new one. A link stays a link: what it leads to is replaced.

    Raises:
        UsageError: the file is not what was read, or the system refuses.
    """
    target = path.resolve()
    try:
        draft = _draft(target, after)
        try:
            _same(target, before)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written",
            why=reason_of(error),
            fix="Give the right to write the file and its folder, and run again",
            code="PSE105",
        ) from error


def _same(target: Path, before: bytes) -> None:
    if target.read_bytes() != before:
        raise UsageError(
            f"{target} changed meanwhile",
            why="it is not what was read, so what was worked out does not fit it",
            fix="Run again: files that are done are left alone",
            code="PSE112",
        )


def _draft(target: Path, data: bytes) -> Path:
    """A file beside the target with its mode and owner, all on disk."""
    held = target.stat()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(held.st_mode & 0o7777)
        own = draft.stat()
        if (own.st_uid, own.st_gid) != (held.st_uid, held.st_gid):
            os.chown(draft, held.st_uid, held.st_gid)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft
