"""poolshift rewrite."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poolshift.catalog import load_catalog
from poolshift.cli.options import LaterChoice, example, output_option
from poolshift.cli.output import say
from poolshift.cli.rewriting.around import Neighbours
from poolshift.cli.rewriting.files import UnreadableError, read, replace
from poolshift.cli.rewriting.memory import seldom_collected
from poolshift.cli.rewriting.show import show
from poolshift.cli.rewriting.walk import Walk, walk
from poolshift.core.errors import EXIT_DONE, EXIT_FINDINGS, UsageError
from poolshift.rewrite import (
    FileKind,
    FileResult,
    Need,
    Rewriter,
    kind_of,
    may_be_recognised,
    unread,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from poolshift.cli.rewriting.proofs import Proofs
    from poolshift.cli.rewriting.walk import Found

_MOST_ROUNDS = 4
"""Bound on looking up what the last look-up made worth asking."""
_UNKNOWN = (
    "it is no Dockerfile, manifest, chart, kustomization or infrastructure code that is known"
)
_PROGRESS_EVERY = 100
"""Files between two looks of the progress line."""


@dataclass(frozen=True, slots=True)
class _Options:
    """What every file is rewritten by, and what registries said of the images."""

    rewriter: Rewriter
    proofs: Proofs | None


@dataclass(slots=True)
class _File:
    """A file, its bytes as they were read, and what becomes of it."""

    found: Found
    before: bytes
    result: FileResult
    around: Neighbours | None = None


@click.command(
    "rewrite",
    epilog=example(
        "poolshift rewrite deploy/ --to Windows2022 --diff\n"
        "poolshift rewrite deploy/ --to Windows2022 --write"
    ),
)
@click.argument("paths", nargs=-1, required=True)
@click.option("--to", required=True, metavar="SKU", help="The OS SKU to move to.")
@click.option("--check", "mode", flag_value="check", help="Exit 1 if something would change.")
@click.option("--diff", "mode", flag_value="diff", help="Print a unified diff.")
@click.option("--write", "mode", flag_value="write", help="Change the files.")
@click.option(
    "--registry",
    is_flag=True,
    help="Ask the registries: a tag that they prove is an edit, one that they lack is none.",
)
@click.option(
    "--copies",
    is_flag=True,
    help="Add a copy for the target to DaemonSets that are tied to a version.",
)
@click.option(
    "--key",
    type=LaterChoice(("os-sku", "windows-build")),
    default="os-sku",
    show_default=True,
    help="The label that templates select.",
)
@click.option("--guard", metavar="KEY=VALUE:EFFECT", help="Insert that toleration, too.")
@click.option("--image", "images", multiple=True, metavar="OLD=NEW", help="A new reference.")
@output_option(("text", "json", "sarif"))
def command(
    paths: tuple[str, ...],
    to: str,
    mode: str | None,
    registry: bool,
    copies: bool,
    key: str,
    guard: str | None,
    images: tuple[str, ...],
    output: str,
) -> int:
    """What changes in Dockerfiles, manifests and infrastructure code.

    Every other byte stays, and what a machine must not decide is named with its line.
    """
    options = _options(to, key, guard, pairs(images), copies=copies, registry=registry)
    noted = Walk()
    roots = tuple(map(Path, paths))
    with seldom_collected():
        files = [f for argument in paths for f in _rewrite_all(argument, options, roots, noted)]
    if options.proofs is not None:
        _prove(files, options, options.proofs)
    failures = _write_all(files) if mode == "write" else []
    show([(f.before, f.result) for f in files], options.rewriter.to, output, mode)
    _tell(noted)
    if failures:
        raise failures[0]
    if noted.unread:
        raise _unread_error(noted)
    changed = any(f.result.data != f.before for f in files)
    return EXIT_FINDINGS if mode == "check" and changed else EXIT_DONE


def _options(
    to: str,
    key: str,
    guard: str | None,
    images: Mapping[str, str],
    *,
    copies: bool,
    registry: bool,
) -> _Options:
    catalog = load_catalog()
    sku = catalog.sku(to)
    if sku is None:
        known = ", ".join(s.id for s in catalog.os_skus.os_skus)
        raise UsageError(
            f"no OS SKU {to}", why=f"known are {known}", fix="Name one of them", code="PSE150"
        )
    proofs = None
    if registry:
        # Imported where it is wanted: its HTTP client takes longer to load than most runs take.
        from poolshift.cli.rewriting.proofs import Proofs

        proofs = Proofs()
    rewriter = Rewriter(
        sku.id,
        catalog,
        key=key,
        guard=guard,
        images=images,
        copies=copies,
        resolve=proofs.resolve if proofs is not None else None,
    )
    return _Options(rewriter, proofs)


def _rewrite_all(
    argument: str, options: _Options, roots: tuple[Path, ...], noted: Walk
) -> Iterator[_File]:
    """Each file of an argument that is recognised, rewritten in memory."""
    with _progress() as tell:
        for number, found in enumerate(walk(argument, noted)):
            if number % _PROGRESS_EVERY == 0:
                tell(number)
            is_named = found.path == Path(argument)
            known = may_be_recognised(found.shown)
            file = _rewrite_one(found, options, roots, noted) if known else None
            if file is not None:
                yield file
            elif is_named and found.shown not in noted.unread:
                noted.unread[found.shown] = _UNKNOWN


def _rewrite_one(
    found: Found, options: _Options, roots: tuple[Path, ...], noted: Walk
) -> _File | None:
    around = Neighbours(found.path.parent, roots)
    try:
        before = read(found)
    except UnreadableError as why:
        noted.unread[found.shown] = str(why)
        kind = kind_of(found.shown, b"") or FileKind.OTHER
        need = Need(1, f"the file was not read: {why}", "look at it by hand", "unread")
        return _File(found, b"", unread(found.shown, kind, b"", need))
    if kind_of(found.shown, before) is None:
        return None
    return _File(found, before, options.rewriter.rewrite(found.shown, before, around), around)


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Counts files on a terminal's stderr, and says nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda number: None
        return
    from rich.console import Console

    with Console(stderr=True).status("looking") as status:
        yield lambda number: status.update(f"{number:,} files looked at")


def _prove(files: list[_File], options: _Options, proofs: Proofs) -> None:
    """Ask the registries for what the files want to know, and rewrite with the answers."""
    for _ in range(_MOST_ROUNDS):
        if not proofs.wanted:
            return
        proofs.look_up()
        for file in files:
            if file.before:
                file.result = options.rewriter.rewrite(file.found.shown, file.before, file.around)


def _write_all(files: list[_File]) -> list[UsageError]:
    """Write what changed; a file that cannot be written keeps no other from it."""
    failures: list[UsageError] = []
    for file in files:
        if file.result.data == file.before:
            continue
        try:
            replace(file.found.path, file.before, file.result.data)
        except UsageError as error:
            failures.append(error)
            say(error.line())
    return failures


def _tell(noted: Walk) -> None:
    """What was left out of the trees."""
    for path, reason in noted.unread.items():
        say(f"{path}: not read: {reason}")
    if noted.vendored:
        some = ", ".join(noted.vendored[:3]) + (", …" if len(noted.vendored) > 3 else "")
        say(f"not looked into: {some} (other people's code or a tool's own)")
    if noted.ignored:
        say(f"left out by .gitignore: {noted.ignored}")
    if noted.links:
        say(f"symbolic links that were not followed: {noted.links}")


def _unread_error(noted: Walk) -> UsageError:
    first = next(iter(noted.unread))
    more = f" and {len(noted.unread) - 1} more" if len(noted.unread) > 1 else ""
    return UsageError(
        f"{first}{more} could not be read",
        why=noted.unread[first],
        fix="Make it readable and run again, or name only what can be read; all else is done",
        code="PSE113",
    )


def pairs(values: tuple[str, ...], *, option: str = "--image") -> dict[str, str]:
    """`OLD=NEW` values as a map.

    Raises:
        UsageError: one has no equals sign.
    """
    found: dict[str, str] = {}
    for value in values:
        old, sign, new = value.partition("=")
        if not (sign and old and new):
            raise UsageError(
                f"{option} {value} is no OLD=NEW", fix="Write both sides", code="PSE109"
            )
        found[old] = new
    return found
