"""The JSON document of a rewrite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite import Edit, FileKind, FileResult, FileVerdict, Need

if TYPE_CHECKING:
    from collections.abc import Iterable


class FileReport(msgspec.Struct, frozen=True):
    """One file: what changes in it and what needs a person."""

    path: str
    kind: FileKind
    verdict: FileVerdict
    edits: tuple[Edit, ...]
    needs: tuple[Need, ...]
    reasons: tuple[str, ...]


class RewriteDocument(msgspec.Struct, frozen=True):
    """`rewrite -o json`: every recognised file, unchanged ones too."""

    to: str
    files: tuple[FileReport, ...]
    schema: str = "poolshift.rewrite/1"


def file_report(result: FileResult) -> FileReport:
    """A result without its bytes."""
    return FileReport(
        path=result.path,
        kind=result.kind,
        verdict=result.verdict,
        edits=result.edits,
        needs=result.needs,
        reasons=result.reasons,
    )


def rewrite_document(to: str, results: Iterable[FileResult]) -> RewriteDocument:
    """The document of all files."""
    return RewriteDocument(to=to, files=tuple(file_report(r) for r in results))
