"""An assessment on a terminal: the sum first, then the worst, within a hundred columns."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from poolshift.core.finding import Severity
from poolshift.report.assess.interface import Format, Report
from poolshift.report.assess.timeline import days, endless, when
from poolshift.report.assess.view import (
    SEVERAL,
    Rest,
    blocking,
    by_pool,
    few,
    ignored,
    sections,
    unchecked,
    verdicts,
    worst_of,
)
from poolshift.report.hostile import safe
from poolshift.report.paragraphs import print_wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolshift.core.finding import Assessment, Finding
    from poolshift.report.assess.timeline import Day, Stop
    from poolshift.report.assess.view import Group, Section

COLOURS = {Severity.REQUIRED: "bold red", Severity.RECOMMENDED: "yellow", Severity.INFO: "cyan"}
WIDTH = 100
EVIDENCE_LINES = 6
ALIKE = 2
LINES_OF_A_LIST = 10
_TRAILING = re.compile(r" +$", re.MULTILINE)


class TextFormat(Format):
    """The same as on a terminal, without colours."""

    def render(self, report: Report) -> bytes:
        """A hundred columns wide."""
        out = io.StringIO()
        # A file stays plain, also where the environment forces colours (FORCE_COLOR).
        plain = Console(
            file=out, width=WIDTH, highlight=False, force_terminal=False, color_system=None
        )
        print_assessment(report.assessment, plain)
        return _TRAILING.sub("", out.getvalue()).encode()


def print_assessment(assessment: Assessment, console: Console) -> None:
    """Print everything that a person needs, in the order in which it is needed."""
    c = assessment.cluster
    console.print(
        f"[bold]{safe(c.name)}[/] in {safe(c.region)}, Kubernetes {safe(c.kubernetes_version)}, "
        f"as of {assessment.as_of}",
        soft_wrap=True,
    )
    console.print(summary_line(assessment), soft_wrap=True)
    console.print()
    console.print(_pools(assessment))
    _print_deadlines(assessment, console)
    for section in sections(assessment):
        _print_section(section, console)
    _print_images(assessment, console)
    _print_not_checked(assessment, console)
    _print_ignored(assessment, console)


def summary_line(assessment: Assessment) -> str:
    """How much there is of each kind."""
    s = assessment.summary
    blocks = blocking(assessment)
    said = f" ({blocks} block a move)" if blocks else ""
    kept = f", {s.ignored} ignored" if s.ignored else ""
    return (
        f"{s.required + s.recommended + s.info} findings{said}: {s.required} required, "
        f"{s.recommended} recommended, {s.info} info{kept}; "
        f"{len(assessment.not_checked)} not checked"
    )


def _heading(text: str, console: Console) -> None:
    console.print(f"\n[bold underline]{safe(text)}[/]", soft_wrap=True)


def _pools(assessment: Assessment) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("POOL", "OS SKU", "BUILD", "NODES", "SIZE", "GEN", "VERSION", "WORST"):
        table.add_column(head, overflow="fold")
    findings = by_pool(assessment)
    for p in assessment.pools:
        worst = worst_of(findings[p.name])
        cells = (p.name, p.os_sku, p.build, str(p.count), p.vm_size, p.vm_generation)
        shown = f"[{COLOURS[worst]}]{worst}[/]" if worst else "-"
        table.add_row(*(safe(cell) for cell in (*cells, p.kubernetes_version)), shown)
    return table


def _print_deadlines(assessment: Assessment, console: Console) -> None:
    found = days(assessment)
    if not found:
        return
    _heading("What stops when", console)
    told_today = False
    for day in found:
        if day.left >= 0 and not told_today:
            told_today = True
            if day.left:
                console.print(f"  [bold]{assessment.as_of}  today[/]")
        _print_day(day, console)
    if not told_today:
        console.print(f"  [bold]{assessment.as_of}  today[/]")
    none = endless(assessment)
    if none:
        print_wrapped(console, few(none), label="no day is published for", indent=2, style="dim")


def _print_day(day: Day, console: Console) -> None:
    """A line each, and below it what the sources say where they disagree."""
    style = "dim" if day.past else ""
    for stop in day.stops:
        label = f"{day.on}  {when(day.left):<13} {'ended' if day.past else 'ends':<5}"
        said = f"{', '.join(stop.whats)} of {_whose(stop)}"
        print_wrapped(console, said, label=label, indent=2, style=style)
        label = "others say:"
        for claim in stop.dissent:
            official = "official" if claim.official else "not official"
            told = f"{claim.on or 'no day'}, {claim.source} ({official}, read {claim.read_on})"
            print_wrapped(console, told, label=label, indent=14, style="dim")
            label = " " * len(label)


def _whose(stop: Stop) -> str:
    sku = f" ({stop.os_sku})" if stop.os_sku else ""
    return f"{few(stop.pools)}{sku}"


def _print_section(section: Section, console: Console) -> None:
    _heading(section.title, console)
    for entry in section.entries:
        if isinstance(entry, Rest):
            _print_rest(entry, console)
        else:
            _print_group(entry, console, pools=section.title == SEVERAL)


def _head(finding: Finding, target: str, deadline: str | None) -> str:
    blocks = " [reverse] blocks [/]" if finding.blocks else ""
    by = f" by {safe(deadline)}" if deadline else ""
    colour = COLOURS[finding.severity]
    return f"\n[{colour}]{finding.severity}[/]{blocks} [bold]{finding.rule}[/] {safe(target)}{by}"


def _print_group(group: Group, console: Console, *, pools: bool) -> None:
    one = group.first
    targets = group.targets
    target = targets[0] if len(targets) == 1 else f"{targets[0]} and {len(targets) - 1} more"
    console.print(_head(one, target, group.deadline), soft_wrap=True)
    print_wrapped(console, one.what, indent=2)
    if len(targets) > 1:
        print_wrapped(console, few(targets), label="on", indent=2)
    if pools:
        print_wrapped(console, few(group.pools), label="pools", indent=2)
    _print_list("why", group.whys, ALIKE, console)
    _print_list("fix", group.fixes, ALIKE, console)
    seen = [f"{e.path} = {e.value}" for e in group.evidence]
    _print_list("seen", seen, EVIDENCE_LINES, console, style="dim")
    print_wrapped(console, one.docs, label="page", indent=2, style="dim")


def _print_list(
    label: str, lines: Sequence[str], most: int, console: Console, *, style: str = ""
) -> None:
    """Lines below one label; what is beyond the limit is counted."""
    shown = list(lines) if len(lines) <= most + 1 else list(lines[:most])
    if len(shown) < len(lines):
        shown.append(f"and {len(lines) - most} more, in -o json")
    for line in shown:
        print_wrapped(console, line, label=label, indent=2, style=style)
        label = " " * len(label)


def _print_rest(rest: Rest, console: Console) -> None:
    console.print(_head(rest.first, f"{rest.count} more", None), soft_wrap=True)
    print_wrapped(console, few(rest.targets), label="on", indent=2)
    print_wrapped(console, "-o json and -o html tell each of them", indent=2, style="dim")


def _print_images(assessment: Assessment, console: Console) -> None:
    if not assessment.images:
        return
    _heading("Images", console)
    for same in verdicts(assessment):
        said = ", ".join(f"{sku} {verdict}" for sku, verdict in same.verdict.items())
        print_wrapped(console, said, indent=2, style="bold")
        for image in same.images[:LINES_OF_A_LIST]:
            print_wrapped(console, image.ref, indent=4)
        if len(same.images) > LINES_OF_A_LIST:
            more = f"and {len(same.images) - LINES_OF_A_LIST} more: see -o json"
            print_wrapped(console, more, indent=4, style="dim")


def _print_not_checked(assessment: Assessment, console: Console) -> None:
    if not assessment.not_checked:
        return
    _heading("Not checked (not the same as fine)", console)
    for same in unchecked(assessment):
        said = f"{few(same.targets)}: {same.reason}"
        print_wrapped(console, said, label=same.rule, indent=2)


def _print_ignored(assessment: Assessment, console: Console) -> None:
    found = ignored(assessment)
    if not found:
        return
    _heading("Ignored", console)
    for finding in found[:LINES_OF_A_LIST]:
        if finding.ignored is not None:
            until = f", until {finding.ignored.until}" if finding.ignored.until else ""
            said = f"{finding.target}: {finding.what} ({finding.ignored.reason}{until})"
            print_wrapped(console, said, label=finding.rule, indent=2, style="dim")
    if len(found) > LINES_OF_A_LIST:
        more = f"and {len(found) - LINES_OF_A_LIST} more: see -o json"
        print_wrapped(console, more, indent=2, style="dim")


FORMAT = TextFormat()
