"""The server's own tables, laid out as kubectl lays them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.report.hostile import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.core.ports import Table


def kubectl_table(
    table: Table, *, wide: bool = True, keep: Callable[[str], bool] = lambda _: True
) -> str:
    """Columns padded to their widest cell and three blanks, as `kubectl get -o wide` prints.

    `keep` chooses rows by the object's name.
    """
    shown = [i for i, (_, priority) in enumerate(table.columns) if wide or priority == 0]
    head = [table.columns[i][0].upper() for i in shown]
    rows = [
        ["<none>" if row[i] is None or row[i] == "" else clean(str(row[i])) for i in shown]
        for row, name in zip(table.rows, table.names, strict=True)
        if keep(name)
    ]
    widths = [max(len(line[c]) for line in [head, *rows]) for c in range(len(shown))]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *rows]
    )
