"""Days before and after the day of the assessment, and how the drawing places them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.assess.everything import EMPTY, EVERYTHING, OFFICIAL, pool

from poolshift.core.finding import Assessment, Deadline
from poolshift.report.assess import timeline
from poolshift.report.assess.html.chart import GLYPH, LETTER, NAMES_WIDTH, WIDTH, chart_of


def _pools_with(*ends: tuple[str, tuple[Deadline, ...]]) -> Assessment:
    pools = tuple(pool(name, "Windows2019", 1, deadlines) for name, deadlines in ends)
    return msgspec.structs.replace(EVERYTHING, pools=pools)


def test_days_are_in_order_with_what_is_past_before_today() -> None:
    found = timeline.days(EVERYTHING)
    assert [d.on.isoformat() for d in found] == sorted(d.on.isoformat() for d in found)
    assert [(d.left, d.past) for d in found[:3]] == [(-265, True), (0, True), (114, False)]


def test_pools_with_the_same_days_share_a_lane() -> None:
    assert [lane.pools for lane in timeline.lanes(EVERYTHING)] == [
        ("ws19", "ws19b"),
        ("ws22",),
        ("system",),
    ]


def test_a_pool_without_a_day_is_named_apart() -> None:
    assert timeline.endless(EVERYTHING) == ("azl",)
    assert timeline.days(EMPTY) == ()
    assert chart_of(timeline.lanes(EMPTY), EMPTY.as_of) is None


def test_sources_that_disagree_are_kept_with_their_day() -> None:
    stops = [s for d in timeline.days(EVERYTHING) for s in d.stops if s.dissent]
    assert [(s.whats, [c.on for c in s.dissent]) for s in stops] == [
        (("scale",), ["2027-03-15", None])
    ]


def test_a_disputed_end_stands_apart_from_an_agreed_one_of_the_same_day() -> None:
    agreed = Deadline("patch", "2027-01-01", OFFICIAL)
    disputed = msgspec.structs.replace(EVERYTHING.pools[1].deadlines[-1], on="2027-01-01")
    (day,) = timeline.days(_pools_with(("a", (agreed, disputed))))
    assert [(s.whats, bool(s.dissent)) for s in day.stops] == [
        (("patch",), False),
        (("scale",), True),
    ]


@pytest.mark.parametrize(
    ("left", "said"),
    [(0, "today"), (1, "in 1 day"), (-1, "1 day ago"), (30, "in 30 days"), (-2, "2 days ago")],
)
def test_when(left: int, said: str) -> None:
    assert timeline.when(left) == said


DAYS = st.lists(st.integers(min_value=-6000, max_value=6000), min_size=1, max_size=8, unique=True)


@given(DAYS)
def test_no_words_of_a_lane_run_into_each_other_or_off_the_drawing(offsets: list[int]) -> None:
    today = date.fromisoformat(EVERYTHING.as_of)
    ends = tuple(
        Deadline("patch", (today + timedelta(days=n)).isoformat(), OFFICIAL) for n in offsets
    )
    chart = chart_of(timeline.lanes(_pools_with(("a", ends))), EVERYTHING.as_of)
    assert chart is not None
    (band,) = chart.bands
    spans = []
    for p in band.points:
        width = len(p.text) * LETTER + GLYPH
        begin = p.x - width if p.anchor == "end" else p.x - GLYPH
        end = p.x + GLYPH if p.anchor == "end" else p.x + width
        assert NAMES_WIDTH <= p.x <= WIDTH
        assert end <= WIDTH
        assert band.y < p.y < band.y + band.height
        spans.append((p.y, begin, end))
    spans.sort()
    for (y1, _, end), (y2, begin, _) in pairwise(spans):
        assert y1 != y2 or begin > end


@given(DAYS)
def test_past_and_ahead_lie_on_their_side_of_today(offsets: list[int]) -> None:
    today = date.fromisoformat(EVERYTHING.as_of)
    ends = tuple(
        Deadline("patch", (today + timedelta(days=n)).isoformat(), OFFICIAL) for n in offsets
    )
    chart = chart_of(timeline.lanes(_pools_with(("a", ends))), EVERYTHING.as_of)
    assert chart is not None
    for p in chart.bands[0].points:
        assert p.x <= chart.today_x if p.past else p.x >= chart.today_x
    assert 1 <= len(chart.ticks) <= 14 or len(offsets) == 1
