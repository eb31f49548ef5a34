"""A folder of rendered files: nothing is overwritten that was not written by it before."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from poolshift.cli.output import reason_of, write_file
from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from poolshift.render.interface import RenderedFile

RECORD = ".poolshift-render.json"
SHOWN = 5


class Record(msgspec.Struct, frozen=True):
    """What render wrote into a folder: names with the SHA-256 of each."""

    files: dict[str, str] = {}
    schema: str = "poolshift.render-record/1"


def write_folder(folder: Path, files: Iterable[RenderedFile]) -> Iterator[str]:
    """Write files below a folder and say what else was done.

    Raises:
        UsageError: it cannot be written, or a file is in the way that render did not write or that
            somebody changed since.
    """
    wanted = {f.name: f for f in files}
    before = _read_record(folder)
    in_the_way = [n for n, f in wanted.items() if _is_foreign(folder, n, before, f)]
    if in_the_way:
        names = ", ".join(in_the_way[:SHOWN])
        more = f" and {len(in_the_way) - SHOWN} more" if len(in_the_way) > SHOWN else ""
        raise UsageError(
            f"{folder} holds files that render did not write, or that were changed since",
            why=f"in the way are {names}{more}",
            fix="Name another folder, or take them away",
            code="PSE127",
        )
    for file in wanted.values():
        _write(folder, file)
    yield from _remove_stale(folder, before, wanted.keys())
    record = Record({n: _hash(f.text.encode()) for n, f in wanted.items()})
    write_file(str(folder / RECORD), msgspec.json.format(msgspec.json.encode(record)) + b"\n")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read_record(folder: Path) -> Record:
    try:
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError):
        # Without a record nothing in the folder counts as ours.
        return Record()


def _is_foreign(folder: Path, name: str, before: Record, file: RenderedFile) -> bool:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        return True
    if not path.exists():
        return False
    now = _content(path)
    return now is None or _hash(now) not in (before.files.get(name), _hash(file.text.encode()))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(folder: Path, file: RenderedFile) -> None:
    path = folder / file.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path.parent} cannot be made",
            why=reason_of(error),
            fix="Name another folder",
            code="PSE105",
        ) from error
    write_file(str(path), file.text.encode())
    if file.executable:
        path.chmod(0o755)


def _remove_stale(folder: Path, before: Record, wanted: Iterable[str]) -> Iterator[str]:
    """Take away what render wrote there once and does not write now, unless it was changed."""
    for name in sorted(before.files.keys() - set(wanted)):
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            continue
        now = _content(path)
        if now is not None and _hash(now) == before.files[name]:
            path.unlink()
            yield f"{path}: removed, it belonged to the plan rendered before"
        elif now is not None:
            yield f"{path}: kept, it was changed since it was rendered; this plan does not use it"
