"""Helpers of the rewriter's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from poolshift.catalog import load_catalog
from poolshift.rewrite import FileResult, rewrite_file

if TYPE_CHECKING:
    from collections.abc import Callable


def applied(data: bytes, result: FileResult) -> bytes:
    """The file that a reader of the edits alone would make."""
    edits = {edit.line: edit for edit in result.edits}
    lines: list[str] = []
    for number, line in enumerate(data.decode().split("\n"), start=1):
        edit = edits.get(number)
        if edit is None:
            lines.append(line)
            continue
        assert edit.old == line
        if edit.new is not None:
            lines.append(edit.new)
    return "\n".join(lines).encode()


def checked_rewrite(path: str, data: bytes, to: str = "Windows2022", **options: Any) -> FileResult:
    """A rewrite whose edits tell all of the change, and which done twice changes nothing more."""
    catalog = load_catalog()
    result = rewrite_file(path, data, to, catalog, **options)
    assert applied(data, result) == result.data
    again = rewrite_file(path, result.data, to, catalog, **options)
    assert again.data == result.data
    assert again.edits == ()
    return result


@pytest.fixture
def rewrite() -> Callable[..., FileResult]:
    return checked_rewrite
