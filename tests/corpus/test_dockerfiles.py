"""The collected Dockerfiles, each against what a reader decided about it beforehand.

`dockerfiles.yaml` holds all edits and all needs of each file, for two targets.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import msgspec
import pytest
import yaml

from poolshift.catalog import load_catalog
from poolshift.rewrite import FileResult, rewrite_file

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
TARGETS = ("Windows2022", "Windows2025")
CATALOG = load_catalog()

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(),
    reason="the collected Dockerfiles do not lie beside the repository",
)


class Outcome(msgspec.Struct, forbid_unknown_fields=True):
    edits: dict[int, str] = {}
    needs: dict[int, str] = {}


class Expected(
    msgspec.Struct,
    forbid_unknown_fields=True,
    rename={
        "hash": "sha256_16",
        "to_2022": "Windows2022",
        "to_2025": "Windows2025",
    },
):
    hash: str
    to_2022: Outcome
    to_2025: Outcome

    def outcome(self, to: str) -> Outcome:
        return self.to_2022 if to == "Windows2022" else self.to_2025


EXPECTED = msgspec.convert(
    yaml.safe_load((Path(__file__).parent / "dockerfiles.yaml").read_text("utf-8")),
    dict[str, Expected],
)


def rewritten(name: str, to: str) -> FileResult:
    data = (CORPUS / "dockerfiles" / f"{name}.Dockerfile").read_bytes()
    return rewrite_file("Dockerfile", data, to, CATALOG)


def edits_of(result: FileResult) -> dict[int, str | None]:
    """New lines by number; a carriage return that the old line ends in must have stayed."""
    found: dict[int, str | None] = {}
    for edit in result.edits:
        new = edit.new
        if edit.old.endswith("\r"):
            assert new is not None
            assert new.endswith("\r")
            new = new[:-1]
        found[edit.line] = new
    return found


@needs_corpus
@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_file_becomes_what_a_reader_decided(name: str, to: str) -> None:
    result = rewritten(name, to)
    wanted = EXPECTED[name].outcome(to)
    assert edits_of(result) == wanted.edits
    assert [(need.line, need.rule) for need in result.needs] == sorted(wanted.needs.items())


@needs_corpus
def test_every_collected_dockerfile_is_decided_about_and_is_the_one_that_was_read() -> None:
    with (CORPUS / "index.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        index = {r["id"]: r["sha256_16"] for r in rows if r["file"].startswith("dockerfiles/")}
    assert {name: wanted.hash for name, wanted in EXPECTED.items()} == index
    for name, hashed in index.items():
        data = (CORPUS / "dockerfiles" / f"{name}.Dockerfile").read_bytes()
        assert hashlib.sha256(data).hexdigest()[:16] == hashed


@needs_corpus
def test_all_mechanical_edits_are_found_and_none_is_wrong() -> None:
    wanted = {
        (name, to, line, new)
        for name, expected in EXPECTED.items()
        for to in TARGETS
        for line, new in expected.outcome(to).edits.items()
    }
    made = {
        (name, to, line, new)
        for name in EXPECTED
        for to in TARGETS
        for line, new in edits_of(rewritten(name, to)).items()
    }
    assert len(wanted) > 150
    assert made - wanted == set()
    assert len(wanted & made) / len(wanted) == 1.0
