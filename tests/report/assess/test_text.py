"""The text report fits its columns and stays readable, however much is found."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.report.assess.everything import (
    EMPTY,
    EVERYTHING,
    hostile,
    image_finding,
    many,
    report,
)

from poolshift.core.finding import Assessment, Severity
from poolshift.report.assess import format_named
from poolshift.report.hostile import clean, flat
from poolshift.report.paragraphs import print_wrapped


def shown(assessment: Assessment) -> str:
    return format_named("text").render(report(assessment)).decode()


@pytest.mark.parametrize("assessment", [EVERYTHING, many(300), EMPTY], ids=["all", "many", "none"])
def test_lines_fit_a_hundred_columns_but_for_what_must_not_break(assessment: Assessment) -> None:
    long = [line for line in shown(assessment).splitlines() if len(line) > 100]
    assert [line for line in long if len(line.split()) > 2] == []


def test_four_hundred_workloads_of_one_rule_take_a_handful_of_lines() -> None:
    findings = tuple(image_finding(f"shop/Deployment/cart-{n}", "ws19") for n in range(400))
    text = shown(msgspec.structs.replace(EVERYTHING, findings=findings))
    assert "shop/Deployment/cart-0 and 399 more" in text
    assert text.count("PSW104") <= 3
    assert len(text.splitlines()) < 60


def test_many_different_findings_are_counted_after_the_first() -> None:
    text = shown(many(2000))
    assert text.count("195 more") == 10
    assert len(text.splitlines()) < 600


def test_the_sum_comes_first_then_pools_days_findings() -> None:
    text = shown(EVERYTHING)
    order = [
        "57 findings (41 block a move): 44 required, 11 recommended, 2 info, 2 ignored",
        "POOL ",
        "What stops when",
        "Whole cluster",
        "Pool ws19 ",
        "Images",
        "Not checked",
        "Ignored",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_past_today_and_ahead_are_told_in_words() -> None:
    text = shown(EVERYTHING)
    assert re.search(r"2026-03-01  265 days ago +ended  create, patch of ws19, ws19b", text)
    assert re.search(r"2026-11-21  today +ended  upgrade of ws19", text)
    assert re.search(r"2027-04-01  in 131 days +ends   scale of ws19", text)
    assert "(not official, read 2026-11-02)" in " ".join(text.split())


def test_today_stands_between_the_days() -> None:
    text = shown(msgspec.structs.replace(EVERYTHING, as_of="2026-12-01"))
    places = [text.index(d) for d in ("2026-11-21", "2026-12-01  today", "2027-03-15")]
    assert places == sorted(places)


def test_today_comes_last_when_all_is_past() -> None:
    text = shown(msgspec.structs.replace(EVERYTHING, as_of="2030-01-01"))
    assert text.index("2028-03-15") < text.index("2030-01-01  today") < text.index("Whole cluster")


def test_commands_stand_whole_on_lines_of_their_own() -> None:
    assert (
        "         poolshift plan --to Windows2022 --pool ws19 --out plan.yaml"
        in shown(EVERYTHING).splitlines()
    )


def test_ignored_findings_have_their_reason_and_their_day() -> None:
    text = " ".join(shown(EVERYTHING).split())
    assert "(replaced by the new agent, ticket 4711, until 2027-01-31)" in text


def test_an_empty_assessment_is_short_and_says_so() -> None:
    text = shown(EMPTY)
    assert "0 findings: 0 required" in text
    assert "Whole cluster" not in text
    assert len(text.splitlines()) == 5


def test_hostile_names_are_shown_as_what_they_are() -> None:
    text = shown(hostile())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\ufffe]", text)
    assert "##vso[" not in text
    assert "##[" not in text
    assert not re.search(r"^\s*::error", text, re.MULTILINE)
    assert "[red]e[/]" in text


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("##vso[task.setvariable variable=x]y", "#\\x23vso[task.setvariable variable=x]y"),
        ("a ##[add-path]b", "a #\\x23[add-path]b"),
        ("::set-env name=A::b", ":\\x3aset-env name=A::b"),
        ("  ::stop-commands::t", "  :\\x3astop-commands::t"),
        ("::error\n::pwned", ":\\x3aerror\n::pwned"),
        ("##VSO[x]", "#\\x23VSO[x]"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("# heading", "# heading"),
    ],
)
def test_commands_to_a_build_are_broken(name: str, broken: str) -> None:
    assert clean(name) == broken


PIECES = st.lists(
    st.sampled_from(["::", ":", "error", " title=x", "#", "##", "vso[", "[", "\n", " ", "x", "\r"])
)


@given(PIECES)
def test_no_text_holds_a_command_after_it_was_wrapped(pieces: list[str]) -> None:
    out = io.StringIO()
    print_wrapped(Console(file=out, width=20, highlight=False), "".join(pieces))
    for line in (*out.getvalue().splitlines(), flat("".join(pieces))):
        assert not re.search(r"##(vso)?\[", line)
        # As the runner reads it: the first word between two marks at the beginning of the line.
        read = re.match(r"\s*::(.*?)::", line)
        assert read is None or read[1].split(" ")[0] != "error"


def test_a_file_stays_plain_where_colours_are_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = shown(EVERYTHING)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    assert shown(EVERYTHING) == plain


def test_severity_shows_without_colour() -> None:
    for severity in Severity:
        assert re.search(rf"^{severity}\b.* PS", shown(EVERYTHING), re.MULTILINE)
