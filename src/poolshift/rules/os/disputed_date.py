"""PSW109: sources disagree on when a pool's OS stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.support import deadlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Deadline, Finding, NotChecked
    from poolshift.rules.interface import Context


class DisputedDate(Rule):
    """Official sources name different days for the same end of a pool's OS.

    What it finds:
        A pool whose OS has an end (create, patch, upgrade or scale) for which the sources read
        name more than one day.

    Why it matters:
        Dates of retirement move, both ways. A plan made by a page that has been superseded is
        early or, worse, late.

    How it is decided:
        By the claims of the catalog. The newest official one wins and is used everywhere; this
        rule shows the others beside it. A date pinned in the settings wins over all.

    What to do:
        Plan by the day that wins, and watch the release notes. If you have an agreement of your
        own, pin its date in poolshift.toml.

    Example:
        pool/ws22: scale ends 2029-06-30 by the release notes, 2028-04-01 by an older page.
    """

    id = "PSW109"
    name = "disputed-end-date"
    severity = Severity.INFO
    sources = ("constraints/constraints/windows2022-max-136",)
    pains = ("B5",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the claims behind every deadline."""
        for pool in context.snapshot.pools:
            disputed = [d for d in deadlines(pool, context.catalog) if d.claims]
            if not disputed:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="sources disagree on " + "; ".join(_said(d) for d in disputed),
                why="the newest official claim is used; the others are superseded or apply to "
                "another Kubernetes minor",
                fix=f"See each claim: poolshift catalog show {quote(pool.os_sku)}; to go by a date "
                "of your own, pin it in poolshift.toml",
                evidence=tuple(
                    Evidence(
                        f"pools/{pool.name}/os_sku/{d.what}",
                        f"{claim.on or 'no date'} ({claim.source}, read {claim.read_on})",
                    )
                    for d in disputed
                    for claim in d.claims
                ),
                deadline=disputed[0].on,
            )


def _said(deadline: Deadline) -> str:
    others = sorted({c.on for c in deadline.claims if c.on and c.on != deadline.on})
    verb = "are" if len(others) > 1 else "is"
    return f"{deadline.what}: {deadline.on} is used, {' and '.join(others)} {verb} said"
