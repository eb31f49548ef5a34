"""What a rewrite found in files as SARIF 2.1.0: each line with its place, edits as fixes.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html, read 2026-11-21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from poolshift import __version__
from poolshift.report.hostile import clean
from poolshift.report.jsontext import json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.rewrite import Edit, FileResult, Need

_CHANGE, _PERSON = "rewrite-change", "rewrite-needs-a-person"
_RULES = (
    (_CHANGE, "A line names the old OS; the rewrite changes it.", "warning"),
    (_PERSON, "A line must change, and a machine must not decide how.", "error"),
)


def rewrite_sarif(to: str, results: Iterable[FileResult]) -> bytes:
    """The log file of a rewrite to an OS SKU."""
    driver = {
        "name": "poolshift",
        "version": __version__,
        "rules": [
            {
                "id": rule,
                "shortDescription": {"text": text},
                "defaultConfiguration": {"level": level},
            }
            for rule, text, level in _RULES
        ],
    }
    found = [result for file in results for result in _of_file(file)]
    return json_bytes(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": driver},
                    "automationDetails": {"id": f"poolshift-rewrite/{to}/"},
                    "columnKind": "unicodeCodePoints",
                    "results": found,
                }
            ],
        }
    )


def _of_file(file: FileResult) -> Iterator[dict[str, Any]]:
    uri = quote(file.path.encode("utf-8", "surrogatepass"), safe="/")
    for edit in file.edits:
        yield _result(uri, _CHANGE, edit.line, _said(edit)) | {"fixes": [_fix(uri, edit)]}
    for need in file.needs:
        yield _result(uri, _PERSON, need.line, _asked(need))


def _result(uri: str, rule: str, line: int, text: str) -> dict[str, Any]:
    index = next(n for n, (name, _, _) in enumerate(_RULES) if name == rule)
    region = {"startLine": max(line, 1)}
    place = {"artifactLocation": {"uri": uri}, "region": region}
    return {
        "ruleId": rule,
        "ruleIndex": index,
        "level": _RULES[index][2],
        "message": {"text": clean(text)},
        "locations": [{"physicalLocation": place}],
    }


def _said(edit: Edit) -> str:
    if edit.new is None:
        return f"The line goes: {edit.old.strip()}"
    return f"{edit.old.strip()} becomes {edit.new.strip()}"


def _asked(need: Need) -> str:
    return f"{need.reason}. {need.suggestion}" if need.suggestion else need.reason


def _fix(uri: str, edit: Edit) -> dict[str, Any]:
    """The edit as a replacement of its whole line, without its end."""
    deleted = {"startLine": edit.line, "startColumn": 1, "endColumn": len(edit.old) + 1}
    inserted = {} if edit.new is None else {"insertedContent": {"text": edit.new}}
    return {
        "description": {"text": "Rewrite the line"},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri},
                "replacements": [{"deletedRegion": deleted, **inserted}],
            }
        ],
    }
