"""Replay the recorded exchanges with the real service, and print how many answers match.

Needs the recordings at ../shared/wire/recorded. Each miss is printed with the first difference.
`--quiet` prints the table alone; names of recordings limit it to these.
"""

from __future__ import annotations

import collections
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.sim.arm.replay import recording
from tests.sim.arm.replay.expected import EXPECTED_MISSES
from tests.sim.arm.replay.rates import rates
from tests.sim.arm.replay.replaying import Outcome, replay


def tell(outcomes: list[Outcome]) -> None:
    """Print a line for each operation and status, and what differs most."""
    table: dict[tuple[str, str, int], list[Outcome]] = collections.defaultdict(list)
    for outcome in outcomes:
        table[outcome.key].append(outcome)
    for (method, operation, status), rows in sorted(table.items()):
        good = sum(not row.problems for row in rows)
        print(f"{good:4} of {len(rows):4}  {method} {operation} {status}")
    reached = rates(outcomes)
    print(f"rows as recorded: {reached.rows} of {reached.all_rows} ({reached.row_share:.1%})")
    print(
        f"distinct (method, operation, status): {reached.kinds} of {reached.all_kinds} "
        f"({reached.kind_share:.1%}), {reached.whole_kinds} of them in every row"
    )


def main() -> int:
    """Print the misses and the table."""
    if not recording.there():
        print(recording.ABSENT, file=sys.stderr)
        return 2
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
    outcomes = [o for name in wanted or recording.names() for o in replay(name)]
    if "--quiet" not in sys.argv:
        for outcome in outcomes:
            if outcome.problems:
                method, operation, status = outcome.key
                more = f" (and {len(outcome.problems) - 1} more)" if outcome.problems[1:] else ""
                print(f"{outcome.name} {outcome.seq} [{outcome.command}] {method} {operation}")
                print(f"     {status}: {outcome.problems[0]}{more}")
                print(f"     why: {EXPECTED_MISSES.get(outcome.name, 'not known')}")
    tell(outcomes)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
