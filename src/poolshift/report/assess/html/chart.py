"""The deadlines as a drawing: where everything stands, in units of the drawing (one is a pixel)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING

from poolshift.report.assess.view import cut, few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolshift.report.assess.timeline import Lane, Mark

WIDTH = 1000.0
NAMES_WIDTH = 210.0
TOP = 46.0
LINE = 22.0
PADDING = 10.0
LETTER = 6.8
"""Width of a letter at 12 pixels, on the safe side, since a drawing cannot measure its font."""
GLYPH = 9.0
NAME_LETTERS = 28
LABEL_ROOM = 28.0
MOST_YEARS = 12
QUARTERS_BELOW_DAYS = 600


@dataclass(frozen=True)
class Tick:
    """A line across with its label above."""

    x: float
    label: str


@dataclass(frozen=True)
class Point:
    """A mark and its words beside it; `anchor` is `start` or `end`, as SVG says."""

    x: float
    y: float
    text_x: float
    anchor: str
    text: str
    past: bool


@dataclass(frozen=True)
class Band:
    """One lane."""

    y: float
    height: float
    name: str
    os_sku: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Chart:
    """The whole drawing; `told` says it in words."""

    width: float
    height: float
    left: float
    today_x: float
    today_anchor: str
    ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]
    told: str


def chart_of(lanes: Sequence[Lane], as_of: str) -> Chart | None:
    """The drawing of all lanes; None where nothing stops on a known day."""
    if not lanes:
        return None
    today = date.fromisoformat(as_of)
    days = [today, *(mark.on for lane in lanes for mark in lane.marks)]
    scale = _Scale(min(days), max(days))
    bands: list[Band] = []
    y = TOP
    for lane in lanes:
        band = _band(lane, y, scale)
        bands.append(band)
        y += band.height
    x = scale.x(today)
    return Chart(
        width=WIDTH,
        height=y + PADDING,
        left=NAMES_WIDTH,
        today_x=x,
        today_anchor="end" if x > WIDTH - 120 else "start",
        ticks=tuple(_beside(tick, x) for tick in scale.ticks()),
        bands=tuple(bands),
        told=" ".join(_told(lane) for lane in lanes),
    )


def _beside(tick: Tick, today_x: float) -> Tick:
    """A tick without its label where the line of today would cross it."""
    return Tick(tick.x, tick.label if abs(tick.x - today_x) > LABEL_ROOM else "")


class _Scale:
    """Days to units across."""

    def __init__(self, first: date, last: date) -> None:
        space = max(30, ceil((last - first).days * 0.04))
        # `--as-of` may be any day that there is.
        self._first = max(first.toordinal() - space, date.min.toordinal())
        self._last = min(last.toordinal() + space, date.max.toordinal())

    def x(self, day: date) -> float:
        share = (day.toordinal() - self._first) / (self._last - self._first)
        return round(NAMES_WIDTH + share * (WIDTH - NAMES_WIDTH), 1)

    def ticks(self) -> list[Tick]:
        """The years, or the quarters of a short time."""
        first, last = date.fromordinal(self._first), date.fromordinal(self._last)
        short = self._last - self._first < QUARTERS_BELOW_DAYS
        step = ceil((last.year - first.year + 1) / MOST_YEARS)
        days = [
            date(year, month, 1)
            for year in range(first.year, last.year + 1, step)
            for month in ((1, 4, 7, 10) if short else (1,))
        ]
        return [
            Tick(self.x(d), f"{d:%Y-%m}" if short else str(d.year))
            for d in days
            if first <= d <= last
        ]


def _band(lane: Lane, y: float, scale: _Scale) -> Band:
    """A lane whose words don't run into each other: each takes the first line with room."""
    ends: list[float] = []
    points = []
    for mark in lane.marks:
        x, text = scale.x(mark.on), _words(mark)
        width = len(text) * LETTER + GLYPH
        flipped = x + width > WIDTH
        begin, end = (x - width, x + GLYPH) if flipped else (x - GLYPH, x + width)
        line = next((at for at, taken in enumerate(ends) if begin > taken), len(ends))
        ends[line : line + 1] = [end]
        points.append(
            Point(
                x=x,
                y=y + PADDING + line * LINE + LINE / 2,
                text_x=x - GLYPH if flipped else x + GLYPH,
                anchor="end" if flipped else "start",
                text=text,
                past=mark.past,
            )
        )
    height = PADDING * 2 + LINE * max(2, len(ends))
    return Band(
        y,
        height,
        cut(few(lane.pools, 2), NAME_LETTERS),
        cut(lane.os_sku, NAME_LETTERS),
        tuple(points),
    )


def _words(mark: Mark) -> str:
    ended = "ended " if mark.past else ""
    whats = (f"{what} (disputed)" if what in mark.disputed else what for what in mark.whats)
    return f"{', '.join(whats)} {ended}{mark.on}"


def _told(lane: Lane) -> str:
    return f"{few(lane.pools, 10)}: {'; '.join(_words(mark) for mark in lane.marks)}."
