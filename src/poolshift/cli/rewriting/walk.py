"""Which files of a tree a rewrite looks at: what git would keep, and nobody else's code."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from poolshift.cli.output import reason_of
from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

VENDORED = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".terraform",
        ".tox",
        ".venv",
        "__pycache__",
        "bower_components",
        "node_modules",
        "site-packages",
        "third_party",
        "vendor",
        "venv",
    }
)
"""Folders of tools, and of other people's code that comes and goes with its next version."""

_IGNORE = ".gitignore"


@dataclass(frozen=True, slots=True)
class Found:
    """A file to look at: `shown` is its path in the output, relative to the argument."""

    shown: str
    path: Path


@dataclass
class Walk:
    """What a walk leaves out, and why.

    Attributes:
        unread: folders and files that could not be looked into, with the reason.
        links: how many symbolic links were not followed.
        vendored: the vendored folders, as they are shown.
        ignored: how many files and folders git leaves out.
    """

    unread: dict[str, str] = field(default_factory=dict)
    links: int = 0
    vendored: list[str] = field(default_factory=list)
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class _Rules:
    """The patterns of one `.gitignore`, and the folder that they are relative to."""

    folder: str
    spec: GitIgnoreSpec


def walk(argument: str, noted: Walk) -> Iterator[Found]:
    """The files of an argument, in the order of their paths.

    A file that is named itself is taken whatever git thinks of it.

    Raises:
        UsageError: it does not exist.
    """
    root = Path(argument)
    try:
        mode = root.stat().st_mode
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise UsageError(
                f"{argument} does not exist", fix="Name a file or a folder", code="PSE108"
            ) from error
        noted.unread[argument] = reason_of(error)
        return
    if stat.S_ISREG(mode):
        yield Found(root.name, root)
    elif stat.S_ISDIR(mode):
        # Links inside are not followed, so that every path below is a real one, too.
        yield from _folder(os.fspath(root.resolve()), "", _rules_above(root), noted)
    else:
        raise UsageError(
            f"{argument} is neither a file nor a folder",
            why="a pipe or a device has no bytes that stay",
            fix="Name a file or a folder",
            code="PSE108",
        )


def _folder(folder: str, shown: str, rules: tuple[_Rules, ...], noted: Walk) -> Iterator[Found]:
    """The files below a folder; folders are entered in the order of their names."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda e: e.name)
    except OSError as error:
        noted.unread[shown or folder] = reason_of(error)
        return
    if any(e.name == _IGNORE for e in entries):
        rules = (*rules, *_read_rules(folder, noted))
    for entry in entries:
        inside = f"{shown}/{entry.name}" if shown else entry.name
        if entry.is_symlink():
            noted.links += 1
        elif entry.is_dir(follow_symlinks=False):
            if entry.name in VENDORED:
                noted.vendored += [inside] if entry.name != ".git" else []
            elif _ignored(entry.path, rules, is_folder=True):
                noted.ignored += 1
            else:
                yield from _folder(entry.path, inside, rules, noted)
        elif entry.is_file(follow_symlinks=False):
            if _ignored(entry.path, rules, is_folder=False):
                noted.ignored += 1
            else:
                yield Found(inside, Path(entry.path))


def _rules_above(root: Path) -> tuple[_Rules, ...]:
    """The patterns that hold in a folder: of its repository, and of the folders in between."""
    resolved = root.resolve()
    folders = [resolved, *resolved.parents]
    top = next((f for f in folders if (f / ".git").exists()), None)
    if top is None:
        return ()
    found: list[_Rules] = []
    exclude = top / ".git" / "info" / "exclude"
    if exclude.is_file():
        found.append(_Rules(os.fspath(top), _spec(exclude)))
    # The folder itself is read when it is entered.
    for folder in reversed(folders[1 : folders.index(top) + 1]):
        if (folder / _IGNORE).is_file():
            found.append(_Rules(os.fspath(folder), _spec(folder / _IGNORE)))
    return tuple(found)


def _read_rules(folder: str, noted: Walk) -> tuple[_Rules, ...]:
    path = Path(folder, _IGNORE)
    try:
        return (_Rules(folder, _spec(path)),)
    except OSError as error:
        noted.unread[os.fspath(path)] = reason_of(error)
        return ()


def _spec(path: Path) -> GitIgnoreSpec:
    lines = path.read_bytes().decode("utf-8", errors="replace").splitlines()
    return GitIgnoreSpec.from_lines(lines)


def _ignored(path: str, rules: tuple[_Rules, ...], *, is_folder: bool) -> bool:
    """What the innermost file with an opinion says, as git decides it."""
    if not rules:
        return False
    end = "/" if is_folder else ""
    for rule in reversed(rules):
        said = rule.spec.check_file(path[len(rule.folder) :].lstrip("/") + end).include
        if said is not None:
            return said
    return False
