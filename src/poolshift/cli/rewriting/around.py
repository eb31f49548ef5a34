"""The files around one that is rewritten, from the disk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 1_000_000
_MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is beside a file; `roots` are the arguments of the run."""

    folder: Path
    roots: tuple[Path, ...]

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is none, or it is no plain file of usual size."""
        try:
            return _read((self.folder / path).resolve())
        except (OSError, ValueError, RuntimeError):
            return None

    def names(self) -> tuple[str, ...]:
        """The names of the files in the same folder, in order."""
        return _names(self.folder)

    def is_rewritten(self, path: str) -> bool:
        """Whether that file lies under an argument of the run."""
        try:
            there = (self.folder / path).resolve()
        except (OSError, ValueError, RuntimeError):
            return False
        return any(there.is_relative_to(root.resolve()) for root in self.roots)


@cache
def _read(path: Path) -> bytes | None:
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    return path.read_bytes()


@cache
def _names(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(p.name for p in folder.iterdir() if p.is_file())[:_MOST_NAMES])
    except OSError:
        return ()
