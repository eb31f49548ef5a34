"""The server's tables as kubectl lays them out."""

from __future__ import annotations

from poolshift.core.ports import Table
from poolshift.report.table import kubectl_table

TABLE = Table(
    columns=(("Name", 0), ("Ready", 0), ("Node", 1)),
    rows=(("a\x1b", "1/1", None), ("longer", "0/1", "n1")),
    names=("a", "longer"),
)


def test_wide_table_pads_cells_and_shows_what_is_missing() -> None:
    assert kubectl_table(TABLE).splitlines() == [
        "NAME     READY   NODE",
        "a\\x1b    1/1     <none>",
        "longer   0/1     n1",
    ]


def test_narrow_table_leaves_the_wide_columns_out() -> None:
    assert kubectl_table(TABLE, wide=False).splitlines()[0] == "NAME     READY"


def test_rows_are_chosen_by_name() -> None:
    shown = kubectl_table(TABLE, keep=lambda name: name == "a")
    assert [line.split()[0] for line in shown.splitlines()] == ["NAME", "a\\x1b"]
