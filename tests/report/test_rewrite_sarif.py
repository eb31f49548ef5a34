"""What a rewrite found, as SARIF: valid, each line with its place, edits that make the new file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.cli.served import poolshift

SCHEMA = Path(__file__).parent / "assess" / "schemas" / "sarif-2.1.0.json"
DOCKERFILE = (
    "FROM mcr.microsoft.com/windows/servercore:ltsc2019\n"
    "RUN echo one\n"
    "FROM mcr.microsoft.com/windows/servercore:10.0.17763.1\n"
)


@pytest.fixture
def log(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "Dockerfile").write_text(DOCKERFILE)
    shown = poolshift("rewrite", str(tmp_path), "--to", "Windows2022", "-o", "sarif")
    assert shown.code == 0
    found: dict[str, Any] = json.loads(shown.out)
    return found


def test_log_is_valid(log: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(log)


def test_every_line_has_its_place(log: dict[str, Any]) -> None:
    results = log["runs"][0]["results"]
    places = [
        (
            r["ruleId"],
            r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            r["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for r in results
    ]
    assert places == [
        ("rewrite-change", "a%20b/Dockerfile", 1),
        ("rewrite-needs-a-person", "a%20b/Dockerfile", 3),
    ]


def test_fixes_make_the_new_file(log: dict[str, Any], tmp_path: Path) -> None:
    lines = DOCKERFILE.split("\n")
    for result in log["runs"][0]["results"]:
        for fix in result.get("fixes", ()):
            [change] = fix["artifactChanges"]
            [replacement] = change["replacements"]
            region = replacement["deletedRegion"]
            line = lines[region["startLine"] - 1]
            assert (region["startColumn"], region["endColumn"]) == (1, len(line) + 1)
            lines[region["startLine"] - 1] = replacement["insertedContent"]["text"]
    poolshift("rewrite", str(tmp_path), "--to", "Windows2022", "--write")
    assert (tmp_path / "a b" / "Dockerfile").read_text() == "\n".join(lines)
