"""Golden files: what a rendering looks like; `--update-golden` makes them anew."""

from __future__ import annotations

import os
from pathlib import Path

from poolshift import __version__

UPDATING = "POOLSHIFT_UPDATE_GOLDEN"
"""Set by the option, so that it reaches functions without a test's configuration."""
GOLDEN = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compare with the file of that name; the version of poolshift is of no interest."""
    path = GOLDEN / name
    plain = text.replace(f"poolshift {__version__}", "poolshift VERSION")
    if os.environ.get(UPDATING):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(plain, encoding="utf-8")
    assert path.exists(), f"no golden file {name}"
    assert plain == path.read_text(encoding="utf-8")
