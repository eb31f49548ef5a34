"""Marks on a build's run: by each service's grammar, few, and no name can add one of its own."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from tests.report.assess.everything import EMPTY, EVERYTHING, hostile, many

from poolshift.report.assess.annotations import OF_A_KIND, azure_lines, github_lines

GITHUB = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
AZURE = re.compile(r"##vso\[task\.logissue ([^\]]*)\](.*)")


def _github(line: str) -> tuple[str, dict[str, str], str]:
    found = GITHUB.fullmatch(line)
    assert found, line
    properties = dict(pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {k: unquote(v) for k, v in properties.items()}, unquote(found[3])


def test_github_lines_have_kind_title_and_words() -> None:
    read = [_github(line) for line in github_lines(EVERYTHING)]
    kind, properties, words = read[0]
    assert (kind, properties) == ("error", {"title": "PSK208"})
    assert words.startswith("cluster: cluster not succeeded at cluster. Look at it")
    assert {k for k, _, _ in read} == {"error", "warning", "notice"}


def test_a_finding_in_a_file_marks_its_line() -> None:
    marked = [p for _, p, _ in map(_github, github_lines(EVERYTHING)) if "file" in p]
    assert marked == [{"file": "app/web api/Dockerfile", "line": "7", "title": "PSW105"}]


def test_azure_knows_errors_and_warnings_alone() -> None:
    lines = azure_lines(EVERYTHING)
    assert all(AZURE.fullmatch(line) for line in lines)
    kinds = {re.search(r"type=(\w+)", line)[1] for line in lines}  # type: ignore[index]
    assert kinds == {"error", "warning"}
    assert "code=PSW104" in "".join(lines)


def test_equal_findings_are_one_line() -> None:
    said = [words for _, _, words in map(_github, github_lines(EVERYTHING)) if "cart-1" in words]
    assert len(said) == 1
    assert "and 37 more" in said[0]


def test_no_more_than_a_build_shows_and_the_last_counts_the_rest() -> None:
    lines = github_lines(many(500))
    assert len(lines) == OF_A_KIND
    assert _github(lines[-1])[2] == f"{500 - OF_A_KIND + 1} more of this kind: see the report"


def test_exactly_as_many_as_a_build_shows_are_all_told() -> None:
    lines = github_lines(many(OF_A_KIND))
    assert len(lines) == OF_A_KIND
    assert "see the report" not in lines[-1]


def test_ignored_findings_mark_nothing() -> None:
    lines = "".join(github_lines(EVERYTHING) + azure_lines(EVERYTHING))
    assert "PSK201" not in lines
    assert "PSC401" not in lines
    assert github_lines(EMPTY) == azure_lines(EMPTY) == ()


@pytest.mark.parametrize("lines", [github_lines(hostile()), azure_lines(hostile())])
def test_a_name_adds_no_command(lines: tuple[str, ...]) -> None:
    assert lines
    for line in lines:
        assert "\n" not in line
        assert "\r" not in line
        assert line.count("##vso[") == line.startswith("##vso[")
        assert "##[" not in line
        assert bool(GITHUB.fullmatch(line)) != bool(AZURE.fullmatch(line))


@pytest.mark.parametrize(
    ("lines", "escaped"),
    [(github_lines(hostile()), "%250A%2525;]"), (azure_lines(hostile()), "%AZP250A%AZP2525;]")],
    ids=["github", "azure"],
)
def test_a_written_out_escape_stays_what_it_is(lines: tuple[str, ...], escaped: str) -> None:
    assert escaped in lines[0]
