"""How much of the recordings is answered as recorded."""

from __future__ import annotations

from dataclasses import dataclass

from tests.sim.arm.replay.replaying import Outcome


@dataclass(frozen=True)
class Rates:
    """Rows, and distinct (method, operation, status): matched in one row at least, in every row."""

    rows: int
    all_rows: int
    kinds: int
    whole_kinds: int
    all_kinds: int

    @property
    def row_share(self) -> float:
        return self.rows / self.all_rows if self.all_rows else 0.0

    @property
    def kind_share(self) -> float:
        return self.kinds / self.all_kinds if self.all_kinds else 0.0


def rates(outcomes: list[Outcome]) -> Rates:
    good = [outcome for outcome in outcomes if not outcome.problems]
    missed = {outcome.key for outcome in outcomes if outcome.problems}
    return Rates(
        rows=len(good),
        all_rows=len(outcomes),
        kinds=len({outcome.key for outcome in good}),
        whole_kinds=len({outcome.key for outcome in good} - missed),
        all_kinds=len({outcome.key for outcome in outcomes}),
    )
