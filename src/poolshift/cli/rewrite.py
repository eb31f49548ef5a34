"""poolshift rewrite."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from poolshift.catalog import load_catalog
from poolshift.cli.options import LaterChoice, example, later, output_option
from poolshift.cli.output import console, print_bytes, print_document, say, write_file
from poolshift.core.errors import EXIT_DONE, EXIT_FINDINGS, UsageError
from poolshift.report.hostile import safe
from poolshift.report.paragraphs import print_wrapped
from poolshift.report.rewrite import file_report, rewrite_document
from poolshift.report.rewrite_sarif import rewrite_sarif
from poolshift.rewrite import FileKind, FileResult, rewrite_file

SKIPPED_FOLDERS = frozenset({".git", "node_modules", "vendor", ".venv", "__pycache__"})
MAX_BYTES = 10_000_000
"""A manifest or Dockerfile is never this large; what is, is not read."""


def files_under(argument: str) -> list[tuple[str, Path]]:
    """Files of an argument with the path that is shown, in order.

    Raises:
        UsageError: it does not exist.
    """
    root = Path(argument)
    if root.is_file():
        return [(root.name, root)]
    if not root.is_dir():
        raise UsageError(f"{argument} does not exist", fix="Name a file or a folder", code="PSE108")
    found = []
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.is_symlink() or not path.is_file() or SKIPPED_FOLDERS & set(inside.parts):
            continue
        found.append((inside.as_posix(), path))
    return found


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
    "--key",
    type=LaterChoice(("os-sku", "windows-build")),
    default="os-sku",
    show_default=True,
    help="The label that templates select.",
)
@click.option("--guard", metavar="KEY=VALUE:EFFECT", help="Insert that toleration, too.")
@click.option("--image", "images", multiple=True, metavar="OLD=NEW", help="A new reference.")
@output_option(("text", "json", "sarif"))
@later("--registry", flag=True)
@later("--copies", flag=True)
def command(
    paths: tuple[str, ...],
    to: str,
    mode: str | None,
    key: str,
    guard: str | None,
    images: tuple[str, ...],
    output: str,
) -> int:
    """What changes in Dockerfiles and manifests; every other byte stays."""
    catalog = load_catalog()
    sku = catalog.sku(to)
    if sku is None:
        known = ", ".join(s.id for s in catalog.os_skus.os_skus)
        raise UsageError(
            f"no OS SKU {to}", why=f"known are {known}", fix="Name one of them", code="PSE150"
        )
    results: list[tuple[Path, bytes, FileResult]] = []
    for shown, path in (pair for argument in paths for pair in files_under(argument)):
        before = _read(path)
        if before is None:
            continue
        result = rewrite_file(
            shown, before, sku.id, catalog, key=key, guard=guard, images=pairs(images)
        )
        if result.kind is not FileKind.OTHER:
            results.append((path, before, result))
    if mode == "write":
        for path, before, result in results:
            if result.data != before:
                _write(path, before, result.data)
    _show([(before, r) for _, before, r in results], sku.id, output, mode)
    changed = any(r.data != before for _, before, r in results)
    return EXIT_FINDINGS if mode == "check" and changed else EXIT_DONE


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


def _read(path: Path) -> bytes | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            say(f"{path}: larger than {MAX_BYTES} bytes, not read")
            return None
        return path.read_bytes()
    except OSError as error:
        say(f"{path}: not read: {error.strerror}")
        return None


def _write(path: Path, before: bytes, after: bytes) -> None:
    if path.read_bytes() != before:
        raise UsageError(f"{path} changed meanwhile", fix="Run again", code="PSE112")
    mode = path.stat().st_mode
    write_file(str(path), after)
    path.chmod(mode)


def _show(results: list[tuple[bytes, FileResult]], to: str, output: str, mode: str | None) -> None:
    if output == "json":
        print_document(rewrite_document(to, (r for _, r in results)))
        return
    if output == "sarif":
        print_bytes(rewrite_sarif(to, (r for _, r in results)))
        return
    if mode == "diff":
        for before, result in results:
            click.echo(unified(before, result), nl=False)
        return
    out = console()
    for _, result in results:
        report = file_report(result)
        out.print(f"[bold]{safe(report.path)}[/] {report.verdict}")
        for edit in report.edits:
            out.print(f"  [red]{edit.line:>4} - {safe(edit.old.rstrip())}[/]", soft_wrap=True)
            for line in (edit.new or "").split("\n") if edit.new is not None else ():
                out.print(f"       [green]+ {safe(line.rstrip())}[/]", soft_wrap=True)
        for need in report.needs:
            print_wrapped(out, need.reason, label=f"{need.line:>4} ?", indent=2, style="yellow")
            print_wrapped(out, need.suggestion, indent=10)


def unified(before: bytes, result: FileResult) -> str:
    """A unified diff that `git apply` takes."""
    old, new = _lines(before), _lines(result.data)
    path = result.path
    text = []
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        text.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _lines(data: bytes) -> list[str]:
    """Lines that end at LF only; a CR stays."""
    parts = data.decode("utf-8", "surrogateescape").split("\n")
    return [p + "\n" for p in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
