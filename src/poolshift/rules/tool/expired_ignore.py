"""PSX903: a decision to ignore findings has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class ExpiredIgnore(Rule):
    """The settings ignore findings until a day that has passed.

    What it finds:
        An entry of `ignore` in the settings whose `until` lies before the day of the assessment.

    Why it matters:
        Its findings count again. What was put off comes back with its date, and somebody should
        decide anew instead of wondering why the build fails.

    How it is decided:
        By `until` of each entry.

    What to do:
        Mend what was ignored; or decide again, with a new day and a reason.

    Example:
        rule = "PSK206", until = 2026-10-31.
    """

    id = "PSX903"
    name = "ignore-has-expired"
    severity = Severity.INFO
    sources = ()

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the day of each entry."""
        for ignore in context.settings.ignore:
            if ignore.until is None or context.as_of <= ignore.until:
                continue
            yield self.finding(
                "cluster",
                what=f"the decision to ignore {ignore.rule} on {ignore.target} ended "
                f"{ignore.until.isoformat()}",
                why=f"its reason was: {ignore.reason}; its findings count again",
                fix="Mend them, or decide again in poolshift.toml",
                evidence=(Evidence("settings/ignore", f"{ignore.rule} {ignore.target}"),),
            )
