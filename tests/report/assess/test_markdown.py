"""Markdown that shows names as they are: rendered, nothing of them becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.report.assess.everything import (
    EMPTY,
    EVERYTHING,
    EVIL,
    hostile,
    image_finding,
    many,
    report,
)

from poolshift.core.finding import Assessment, PoolReport
from poolshift.report.assess.markdown import ROWS, render_markdown
from poolshift.report.hostile import flat
from poolshift.report.markdown import code, prose

OURS = {"h1", "h2", "h3", "h4", "p", "ul", "li", "strong", "code", "pre", "br"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip


class Seen(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(markdown: str) -> Seen:
    return Seen(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def shown(assessment: Assessment, *, brief: bool = False) -> str:
    return render_markdown(report(assessment), brief=brief)


@pytest.mark.parametrize("assessment", [EVERYTHING, hostile(), many(300)], ids=["all", "evil", "m"])
def test_only_our_own_markup_is_there(assessment: Assessment) -> None:
    seen = rendered(shown(assessment))
    assert seen.tags <= OURS
    assert seen.attributes <= {"class"}


def test_tables_hold_under_hostile_names() -> None:
    for line in shown(hostile()).splitlines():
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line)
            assert len(cells) in (8, 11, 5, 7), line


@given(st.text())
@example(EVIL)
@example("1. list")
@example("- list")
@example("=====")
@example("www.evil.example")
@example("&lt;b&gt;")
@example("![x](y)")
@example("$a$ ~b~ _c_ **d**")
def test_prose_comes_out_as_it_went_in(text: str) -> None:
    seen = rendered(prose(text))
    assert " ".join(seen.text.split()) == flat(text)
    assert seen.tags <= {"p"}


@given(st.text())
@example("`")
@example("a``b")
@example(" x ")
@example("\\")
def test_code_comes_out_as_it_went_in(text: str) -> None:
    seen = rendered(f"x {code(text)} y")
    assert "".join(seen.text.split()) == "x" + "".join(flat(text).split()) + "y"
    assert seen.tags <= {"p", "code"}


@given(st.text(alphabet=st.sampled_from("a\\|`*<& ")))
@example("\\|")
@example("a\\\\|b")
def test_a_cell_holds_its_name(text: str) -> None:
    """One cell by both readings of a backslash before a bar, and the name in it."""
    cell = code(text, cell=True)
    assert not re.search(r"(?<!\\)(?:\\\\)*\|", cell)
    assert not re.search(r"(?<!\\)\|", cell)
    if text.strip():
        seen = rendered(f"| h | i |\n|---|---|\n| {cell} | z |\n")
        assert "".join(seen.text.split()) == "hi" + "".join(flat(text).split()) + "z"
        assert seen.tags <= OURS


def test_no_address_becomes_a_link_and_nobody_is_called() -> None:
    text = shown(hostile())
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    outside = re.sub(r"^```+sh\n.*\n```+$", "", outside, flags=re.MULTILINE)
    assert "://" not in outside
    assert "@team" not in outside


def test_commands_stand_in_blocks_to_copy() -> None:
    block = "```sh\npoolshift plan --to Windows2022 --pool ws19 --out plan.yaml\n```"
    assert block in shown(EVERYTHING)


def test_sections_come_in_order() -> None:
    heads = re.findall(r"^##? (.*)$", shown(EVERYTHING), re.MULTILINE)
    assert heads == [
        "What stands in the way of `shop-aks`",
        "What stops when",
        "Pools",
        "Findings",
        "Images",
        "Not checked",
        "Ignored",
    ]
    assert re.findall(r"^## (.*)$", shown(EMPTY), re.MULTILINE) == ["Pools", "Findings"]


def test_a_long_table_is_cut_and_says_so() -> None:
    first = EVERYTHING.pools[1]
    pools: tuple[PoolReport, ...] = tuple(
        msgspec.structs.replace(first, name=f"p{n}") for n in range(ROWS + 7)
    )
    assert "| and 7 more |" in shown(msgspec.structs.replace(EVERYTHING, pools=pools))


def test_a_brief_report_counts_by_rule() -> None:
    findings = tuple(image_finding(f"a/Deployment/{n}", "ws19") for n in range(30))
    text = shown(msgspec.structs.replace(EVERYTHING, findings=findings), brief=True)
    assert "| required | PSW104 | image-build-mismatch | 30 |" in text
    assert "a/Deployment/1" not in text
