"""Replay the recorded exchanges with a real API server, and print how many answers match.

Needs the recordings at ../shared/wire/kube; the kubectl sessions need kubectl, too. Each miss is
printed with the differences found and the reason that is known for it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.sim.kube.replay import recording
from tests.sim.kube.replay.expected import EXPECTED_MISSES, EXPECTED_OUTPUT
from tests.sim.kube.replay.replaying import replay
from tests.sim.kube.replay.sessions import SESSIONS, run


def raw() -> dict[str, list[str]]:
    """What differs in each raw scenario."""
    return {name: replay(name) for name in sorted(recording.scenarios())}


def typed(kubectl: str) -> dict[str, list[str]]:
    """What each kubectl session prints or asks otherwise."""
    found = {}
    for name in SESSIONS:
        with tempfile.TemporaryDirectory() as home:
            outcome = run(kubectl, name, Path(home))
        asked = [f"request {line}" for line in outcome.asked]
        found[name] = [f"prints {line}" for line in outcome.printed] + asked
    return found


def tell(what: str, found: dict[str, list[str]], why: dict[str, str]) -> bool:
    """Print a table and its sum; whether the misses are just those that are expected."""
    for name, problems in found.items():
        print(f"{'miss ' if problems else 'match'}  {name}")
        for problem in problems:
            print(f"         {problem}")
        if problems:
            print(f"         why: {why.get(name, 'not known')}")
    matched = sum(not problems for problems in found.values())
    print(f"{matched} of {len(found)} {what} as recorded")
    return all(bool(problems) == (name in why) for name, problems in found.items())


def main() -> int:
    """Print both tables; 1 when a miss is none that is expected, or the other way round."""
    if not recording.there():
        print(recording.ABSENT, file=sys.stderr)
        return 2
    expected = tell("raw scenarios answered", raw(), EXPECTED_MISSES)
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        print("kubectl is not installed: its sessions are left out", file=sys.stderr)
    else:
        expected &= tell("kubectl sessions printed", typed(kubectl), EXPECTED_OUTPUT)
    return 0 if expected else 1


if __name__ == "__main__":
    raise SystemExit(main())
