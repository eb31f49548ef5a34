from __future__ import annotations

import msgspec

from poolshift.sim.coverage.behaviours import State
from poolshift.sim.coverage.page import BEHAVIOURS, TIMING_SOURCES, lines
from poolshift.sim.faults.table import FAULTS
from poolshift.sim.kube.resources import KINDS
from poolshift.sim.kube.timings import KubeTimings


def test_every_figure_of_time_says_where_it_comes_from() -> None:
    assert set(TIMING_SOURCES) == {f.name for f in msgspec.structs.fields(KubeTimings)}


def test_what_is_approximated_says_on_what_it_rests() -> None:
    assert [b.what for b in BEHAVIOURS if b.state is State.APPROXIMATED and not b.note] == []


def test_the_page_has_every_kind_and_fault() -> None:
    text = "\n".join(lines())
    assert [k.plural for k in KINDS if k.plural not in text] == []
    assert [f.name for f in FAULTS if f"`{f.name}`" not in text] == []
