"""One hitting and one clean snapshot for each rule, by area; `test_cases.py` runs them.

A case says how the clean snapshot of `conftest.py` is changed. `clean` is None where the clean
snapshot itself is what the rule must have nothing to say about; else it is the nearest snapshot
that just does not hit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from poolshift.core.finding import Severity
from poolshift.core.snapshot import Snapshot
from poolshift.rules.settings import NO_SETTINGS, Settings

Make = Callable[[Any], Snapshot]


@dataclass(frozen=True)
class Case:
    """A rule, what it finds something in, and what is expected of it.

    Attributes:
        rule: its id.
        hit: from the fixture `snapshots` to a snapshot with the finding.
        target: target of the finding.
        says: a part of its `what`.
        clean: the nearest snapshot without it; None for the clean one.
        to: the OS SKU to move to.
        severity: None for the rule's own.
        blocks: whether the finding blocks.
        settings: what the user decided.
        clean_settings: what they decided beside the clean snapshot; None for the same.
        as_of: today; None for the tests' own day.
    """

    rule: str
    hit: Make
    target: str
    says: str
    clean: Make | None = None
    to: str | None = None
    severity: Severity | None = None
    blocks: bool = False
    settings: Settings = NO_SETTINGS
    clean_settings: Settings | None = None
    as_of: date | None = None
