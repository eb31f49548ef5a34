"""PSW110: the facts that dates rest on were read long ago."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from poolshift.catalog.model.base import END_KINDS
from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.support import effective_os, end_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class OldFacts(Rule):
    """The dates of a pool's OS were read so long ago that they may have moved.

    What it finds:
        Pools whose winning claims on an end were all read more than `facts_days` days before the
        day of the assessment.

    Why it matters:
        Retirement dates have been moved by years. A fact is as good as the day on which it was
        read.

    How it is decided:
        By the day on which each winning claim was read, against the assessment's day and
        `facts_days` of the settings (90 days unless set).

    What to do:
        Take a newer poolshift, or look the date up and pin it in poolshift.toml.

    Example:
        An assessment of May by a catalog of November.
    """

    id = "PSW110"
    name = "facts-read-long-ago"
    severity = Severity.INFO
    sources = ("constraints/constraints/windows2022-max-136",)
    pains = ("B5",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at when the claims that hold were read."""
        limit = timedelta(days=context.thresholds.facts_days)
        old: dict[str, str] = {}
        for pool in context.snapshot.pools:
            os_id = effective_os(pool, context.catalog)
            read_on = _read_on(context, os_id or "", pool.kubernetes_version)
            if os_id is not None and read_on and context.as_of - read_on[-1] > limit:
                old[os_id] = read_on[-1].isoformat()
        if not old:
            return
        yield self.finding(
            "cluster",
            what=f"what is known of {', '.join(sorted(old))} was read more than "
            f"{limit.days} days before {context.as_of.isoformat()}",
            why="dates of retirement move; the newest may not be the one that is used here",
            fix="Take the newest poolshift, or pin a date that you know in poolshift.toml; "
            "see them with: poolshift catalog check",
            evidence=tuple(
                Evidence(f"catalog/{os_id}/ends", f"read {day}") for os_id, day in old.items()
            ),
        )


def _read_on(context: Context, os_id: str, version: str) -> list[date]:
    """The days on which the claims that hold were read, oldest first."""
    claims = (end_of(os_id, what, version, context.catalog) for what in END_KINDS)
    return sorted(date.fromisoformat(c.read_on) for c in claims if c is not None)
