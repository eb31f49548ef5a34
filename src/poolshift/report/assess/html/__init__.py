"""An assessment as one HTML file: no script, nothing loaded from anywhere, fit for print.

Every value that a template shows is cleaned of control characters and escaped; only what this
package itself marks as markup is not. The policy in the page's head lets it run and load nothing
but its own style, named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from poolshift import __version__
from poolshift.core.finding import Severity
from poolshift.report.assess import timeline, view
from poolshift.report.assess.html.chart import chart_of
from poolshift.report.assess.html.poolmap import cards_of
from poolshift.report.assess.interface import Format, Report
from poolshift.report.hostile import clean
from poolshift.report.paragraphs import parts_of

if TYPE_CHECKING:
    from poolshift.report.assess.view import Section

TARGETS = 10
"""So many names stand open; the rest is folded away behind its number."""


class HtmlFormat(Format):
    """One file that opens anywhere."""

    def render(self, report: Report) -> bytes:
        """The page."""
        environment = _environment()
        style = environment.get_template("style.css").render()
        a = report.assessment
        days = timeline.days(a)
        page = environment.get_template("page.html").render(
            a=a,
            version=__version__,
            style=Markup(style),  # noqa: S704 (our own file, with no value in it)
            style_hash=_hash(style),
            blocking=view.blocking(a),
            sections=[_shown(s, at) for at, s in enumerate(view.sections(a), start=1)],
            days=days,
            today_at=sum(day.left < 0 for day in days),
            chart=chart_of(timeline.lanes(a), a.as_of),
            endless=timeline.endless(a),
            cards=cards_of(a),
            worst={pool: view.worst_of(found) for pool, found in view.by_pool(a).items()},
            verdicts=view.verdicts(a),
            skus=list(a.images[0].verdict) if a.images else [],
            unchecked=view.unchecked(a),
            ignored=view.ignored(a),
        )
        return page.encode("utf-8", "replace") + b"\n"


def _shown(section: Section, number: int) -> dict[str, Any]:
    """A section with what a template would count again and again."""
    return {
        "id": f"section-{number}",
        "title": section.title,
        "several": section.title == view.SEVERAL,
        "entries": section.entries,
        "count": sum(len(g.findings) for g in section.groups),
        "worst": min((g.first.severity for g in section.groups), key=list(Severity).index),
    }


def _size(size_bytes: int) -> str:
    """Bytes in megabytes or gigabytes of the decimal kind, as registries show them."""
    if not size_bytes:
        return "unknown"
    megabytes = size_bytes / 1_000_000
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("poolshift.report.assess.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["parts"] = lambda text: parts_of(clean(text))
    environment.filters["few"] = view.few
    environment.filters["size"] = _size
    environment.filters["when"] = timeline.when
    environment.tests["counted"] = lambda entry: isinstance(entry, view.Rest)
    environment.globals["TARGETS"] = TARGETS
    return environment


def _finalize(value: Any) -> Any:
    """Every text that is shown, cleaned; what is markup already is ours."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return clean(value)
    return value


FORMAT = HtmlFormat()
