"""Cases of the rules on the assessment itself."""

from __future__ import annotations

from datetime import date

from tests.rules.cases import Case

from poolshift.rules.settings import Ignore, Settings


def until(day: date) -> Settings:
    return Settings(ignore=(Ignore("PSK206", "one node is enough", until=day),))


CASES: tuple[Case, ...] = (
    Case(
        "PSX903",
        lambda s: s.clean(),
        target="cluster",
        says="the decision to ignore PSK206 on * ended 2026-10-31",
        settings=until(date(2026, 10, 31)),
        as_of=date(2026, 11, 1),
        clean_settings=until(date(2026, 11, 1)),
    ),
)
