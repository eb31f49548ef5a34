"""The HTML page: one file, well formed, escaped, readable by a screen reader."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest
from tests.report.assess.everything import EMPTY, EVERYTHING, POOLS, hostile, many, report

from poolshift.core.finding import Assessment
from poolshift.report.assess import format_named

VOID = {"meta", "link", "br"}
SHAPES = {"line", "rect", "circle", "path"}
ALL = pytest.mark.parametrize(
    "assessment", [EVERYTHING, hostile(), EMPTY, many(200)], ids=["all", "hostile", "empty", "many"]
)


class Page(HTMLParser):
    """Elements in order with their attributes; complains about what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        assert len({k for k, _ in attrs}) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SHAPES
        self.elements.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.words.setdefault(self.open[-1], []).append(data.strip())

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def text_of(assessment: Assessment) -> str:
    return format_named("html").render(report(assessment)).decode()


@ALL
def test_page_is_well_formed_with_ids_that_are_one_of_a_kind(assessment: Assessment) -> None:
    page = Page(text_of(assessment))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    named = {i for _, a in page.elements for i in a.get("aria-labelledby", "").split()}
    linked = {a["href"].removeprefix("#") for a in page.of("a")}
    assert named | linked <= set(ids)


@ALL
def test_page_loads_and_runs_nothing(assessment: Assessment) -> None:
    page = Page(text_of(assessment))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "form", "base", "use"}
    attributes = {name for _, a in page.elements for name in a}
    assert not {a for a in attributes if a.startswith("on")} | attributes & {"src", "style"}
    assert all(a["href"].startswith("#") for a in page.of("a"))
    assert page.of("link") == [{"rel": "icon", "href": "data:,"}]


def test_policy_names_the_style_by_its_hash() -> None:
    text = text_of(EVERYTHING)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    wanted = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(m["content"] for m in Page(text).of("meta") if "http-equiv" in m)
    assert f"style-src 'sha256-{wanted}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "url(" not in style[1]
    assert "@import" not in style[1]


@ALL
def test_headings_go_down_one_at_a_time(assessment: Assessment) -> None:
    levels = [int(t[1]) for t, _ in Page(text_of(assessment)).elements if re.fullmatch(r"h\d", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


@ALL
def test_landmarks_and_language_are_there(assessment: Assessment) -> None:
    page = Page(text_of(assessment))
    assert page.of("html") == [{"lang": "en"}]
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.of(landmark)) == 1
    for drawing in page.of("svg"):
        assert drawing["role"] == "img"
        assert drawing["aria-labelledby"]
    for head in page.of("th"):
        assert head["scope"] in ("row", "col")


def test_drawings_are_told_in_words_and_in_tables() -> None:
    page = Page(text_of(EVERYTHING))
    (told,) = page.words["desc"]
    assert "ws19, ws19b: create, patch ended 2026-03-01; upgrade ended 2026-11-21;" in told
    assert "scale (disputed) 2027-04-01" in told
    titles = page.words["title"]
    (card,) = [t for t in titles if t.startswith("Pool ws19:")]
    assert "Windows2019 10.0.17763.6775" in card
    assert "42 findings, worst required" in card
    assert len([t for t in titles if t.startswith("Pool ")]) == len(POOLS)
    assert len(page.of("table")) == 4


def test_what_is_past_differs_by_shape_and_word_not_by_colour_alone() -> None:
    page = Page(text_of(EVERYTHING))
    gone = [a for a in page.of("rect") if a.get("class") == "gone"]
    ahead = [a for a in page.of("circle") if a.get("class") == "ahead"]
    assert (len(gone), len(ahead)) == (2, 4)
    assert "create, patch ended 2026-03-01" in page.words["text"]


def test_hostile_names_are_text() -> None:
    page = Page(text_of(hostile()))
    assert "alert(1)" not in "".join(page.words.get("script", []))
    assert any("<script>alert(1)</script>" in w for w in page.words["code"])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\ufffe]", text_of(hostile()))
    assert "##vso[" not in text_of(hostile())


def test_all_findings_are_there_however_many() -> None:
    text = text_of(many(700))
    assert all(f"/app-{n}<" in text for n in range(700))


def test_images_have_their_size_and_who_uses_them() -> None:
    page = Page(text_of(EVERYTHING))
    assert {"2.6 GB", "310 MB", "unknown"} <= set(page.words["td"])
    assert "shop/CronJob/report-1" in page.words["code"]


def test_nothing_found_is_said() -> None:
    page = Page(text_of(EMPTY))
    assert "None." in page.words["p"]
    assert page.of("svg")
    assert "deadlines" not in {a.get("id") for _, a in page.elements}


def test_ignored_findings_keep_their_reason_and_stand_apart() -> None:
    only = tuple(f for f in EVERYTHING.findings if f.ignored is not None)
    page = Page(text_of(msgspec.structs.replace(EVERYTHING, findings=only)))
    assert page.of("article") == []
    assert "replaced by the new agent, ticket 4711" in page.words["td"]
