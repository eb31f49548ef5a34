"""Replay the recorded exchanges with a real API server, and print how many answers match.

Needs the recordings at ../shared/wire/kube; each miss is printed with the differences found and
the reason that is known for it.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.sim.kube.replay import recording
from tests.sim.kube.replay.expected import EXPECTED_MISSES
from tests.sim.kube.replay.replaying import replay


def main() -> int:
    """Print the table; 1 when a miss is none that is expected, or the other way round."""
    if not recording.there():
        print(recording.ABSENT, file=sys.stderr)
        return 2
    names = sys.argv[1:] or sorted(recording.scenarios())
    found = {name: replay(name) for name in names}
    for name, problems in found.items():
        print(f"{'miss ' if problems else 'match'}  {name}")
        for problem in problems:
            print(f"         {problem}")
        if problems:
            print(f"         why: {EXPECTED_MISSES.get(name, 'not known')}")
    matched = sum(not problems for problems in found.values())
    print(f"{matched} of {len(found)} scenarios answered as recorded")
    surprising = [n for n, problems in found.items() if bool(problems) != (n in EXPECTED_MISSES)]
    return 1 if surprising else 0


if __name__ == "__main__":
    raise SystemExit(main())
