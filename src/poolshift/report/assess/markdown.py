"""An assessment as Markdown, for pull requests, wikis and summaries of builds.

Written for GitHub's dialect and Azure DevOps' alike. Names stand as code; prose, which may hold
names, is escaped: no markup, no HTML, no link, nobody mentioned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.report.assess.interface import Format, Report
from poolshift.report.assess.text import ALIKE, summary_line
from poolshift.report.assess.timeline import days, endless, when
from poolshift.report.assess.view import (
    SEVERAL,
    Rest,
    by_pool,
    ignored,
    sections,
    unchecked,
    verdicts,
    worst_of,
)
from poolshift.report.hostile import clean, flat
from poolshift.report.markdown import block, code, prose
from poolshift.report.paragraphs import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from poolshift.core.finding import Assessment, DeadlineClaim, Severity
    from poolshift.report.assess.timeline import Day
    from poolshift.report.assess.view import Group, Section

NAMES = 10
ROWS = 100
"""A table of more rows is cut, and says so: GitHub shows no comment above 65,536 characters."""


class MarkdownFormat(Format):
    """Headings, tables and lists."""

    def render(self, report: Report) -> bytes:
        """The whole report."""
        return render_markdown(report).encode()


def render_markdown(report: Report, *, brief: bool = False) -> str:
    """The report; a brief one counts the findings by rule instead of telling them."""
    a = report.assessment
    parts = [*_head(a), *_deadlines(a), *_pools(a)]
    parts += _by_rule(a) if brief else _findings(a)
    if not brief:
        parts += _images(a)
    parts += [*_not_checked(a), *_ignored(a)]
    return "\n\n".join(parts) + "\n"


def _names(names: Sequence[str], most: int = NAMES) -> str:
    if len(names) > most + 1:
        return f"{_names(names[:most])} and {len(names) - most} more"
    return ", ".join(code(name) for name in names)


def _table(heads: Iterable[str], rows: Sequence[Sequence[str]]) -> str:
    names = list(heads)
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows[:ROWS]]
    if len(rows) > ROWS:
        rest = f"and {len(rows) - ROWS} more"
        lines.append(f"| {rest} |{' |' * (len(names) - 1)}")
    return "\n".join(lines)


def _cell(name: str) -> str:
    return code(name, cell=True) if name else ""


def _head(a: Assessment) -> Iterator[str]:
    yield f"# What stands in the way of {code(a.cluster.name)}"
    yield (
        f"{prose(a.cluster.region)}, Kubernetes {prose(a.cluster.kubernetes_version)}, "
        f"as of {a.as_of}"
    )
    yield f"**{summary_line(a)}**"


def _deadlines(a: Assessment) -> Iterator[str]:
    found = days(a)
    if not found:
        return
    yield "## What stops when"
    rows = [row for day in found for row in _day_rows(day)]
    today = [a.as_of, "**today**", "", "", "", ""]
    at = sum(len(day.stops) for day in found if day.left < 0)
    if not any(day.left == 0 for day in found):
        rows.insert(at, today)
    yield _table(("day", "when", "stops", "pools", "says", "others say"), rows)
    none = endless(a)
    if none:
        yield f"No day is published for {_names(none)}."


def _day_rows(day: Day) -> Iterator[list[str]]:
    for stop in day.stops:
        ended = "ended " if day.past and day.left else ""
        shown = ", ".join(code(p, cell=True) for p in stop.pools[:NAMES])
        if len(stop.pools) > NAMES:
            shown += f" and {len(stop.pools) - NAMES} more"
        sku = f" ({prose(stop.os_sku)})" if stop.os_sku else ""
        whats, says = ", ".join(stop.whats), _cell(stop.source)
        others = "<br>".join(_claim(c) for c in stop.dissent)
        yield [str(day.on), ended + when(day.left), whats, shown + sku, says, others]


def _claim(claim: DeadlineClaim) -> str:
    official = "official" if claim.official else "not official"
    return f"{claim.on or 'no day'}: {_cell(claim.source)} ({official}, read {claim.read_on})"


def _pools(a: Assessment) -> Iterator[str]:
    yield "## Pools"
    heads = ("pool", "mode", "OS SKU", "build", "nodes", "size", "generation", "version", "worst")
    rows = []
    findings = by_pool(a)
    for p in a.pools:
        cells = (p.name, p.mode, p.os_sku, p.build, str(p.count), p.vm_size, p.vm_generation)
        worst = worst_of(findings[p.name])
        shown = [_cell(c) for c in (*cells, p.kubernetes_version)]
        rows.append([*shown, f"**{worst}**" if worst else "none"])
    yield _table(heads, rows)


def _findings(a: Assessment) -> Iterator[str]:
    found = sections(a)
    yield "## Findings"
    if not found:
        yield "None."
    for section in found:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"### {prose(section.title)}"
    for entry in section.entries:
        if isinstance(entry, Rest):
            yield from _rest(entry)
        else:
            yield from _group(entry, pools=section.title == SEVERAL)


def _title(severity: Severity, rule: str, *, blocks: bool) -> str:
    return f"#### {severity}{', blocks' if blocks else ''}: {rule}"


def _group(group: Group, *, pools: bool) -> Iterator[str]:
    one = group.first
    yield f"{_title(one.severity, one.rule, blocks=one.blocks)} {prose(one.name)}"
    by = f", by {group.deadline}" if group.deadline else ""
    yield f"On {_names(group.targets)}{by}"
    if pools:
        yield f"Pools: {_names(group.pools)}"
    yield prose(one.what)
    for why in group.whys[:ALIKE]:
        yield f"**Why:** {prose(why)}"
    for fix in group.fixes[:ALIKE]:
        yield from _fix(fix)
    more = max(len(group.whys), len(group.fixes)) - ALIKE
    if more > 0:
        yield f"… and {more} more like these, one a target; the JSON has each."
    if group.evidence:
        seen = [f"* {code(e.path)} = {code(e.value)}" for e in group.evidence[:NAMES]]
        if len(group.evidence) > NAMES:
            seen.append(f"* and {len(group.evidence) - NAMES} more")
        yield "**Seen:**"
        yield "\n".join(seen)
    if one.docs:
        yield f"**Page:** {code(one.docs)}"


def _fix(fix: str) -> Iterator[str]:
    label = "**Fix:** "
    for command, part in parts_of(clean(fix)):
        if command and label:
            yield label.strip()
        yield block(flat(part)) if command else label + prose(part)
        label = ""


def _rest(rest: Rest) -> Iterator[str]:
    one = rest.first
    title = _title(one.severity, one.rule, blocks=one.blocks)
    yield f"{title} {prose(one.name)}, {rest.count} more"
    yield f"On {_names(rest.targets)}. The JSON and the HTML report tell each of them."


def _by_rule(a: Assessment) -> Iterator[str]:
    yield "## Findings by rule"
    count: dict[tuple[str, str, str], int] = {}
    for section in sections(a):
        for group in section.groups:
            key = (group.first.severity, group.first.rule, group.first.name)
            count[key] = count.get(key, 0) + len(group.findings)
    rows = [[s, rule, prose(name), str(n)] for (s, rule, name), n in count.items()]
    yield _table(("severity", "rule", "what it finds", "findings"), rows)
    yield "There are too many to tell each of them here; the whole report has them."


def _images(a: Assessment) -> Iterator[str]:
    if not a.images:
        return
    yield "## Images"
    skus = list(a.images[0].verdict)
    rows = []
    for same in verdicts(a):
        for image in same.images:
            cells = [str(same.verdict.get(s, "")) for s in skus]
            rows.append([_cell(image.ref), _cell(", ".join(image.builds)), *cells])
    yield _table(("image", "builds", *(prose(s) for s in skus)), rows)


def _not_checked(a: Assessment) -> Iterator[str]:
    if not a.not_checked:
        return
    yield "## Not checked"
    yield "Not the same as fine."
    rows = [f"* {u.rule}: {_names(u.targets)}: {prose(u.reason)}" for u in unchecked(a)]
    if len(rows) > ROWS:
        rows[ROWS:] = [f"* and {len(rows) - ROWS} more"]
    yield "\n".join(rows)


def _ignored(a: Assessment) -> Iterator[str]:
    found = ignored(a)
    if not found:
        return
    yield "## Ignored"
    rows = []
    for f in found:
        if f.ignored is not None:
            reason = f"{prose(f.ignored.reason)}"
            until = f.ignored.until or "for ever"
            rows.append([f.rule, _cell(f.target), prose(f.what), reason, until])
    yield _table(("rule", "target", "what", "reason", "until"), rows)


FORMAT = MarkdownFormat()
