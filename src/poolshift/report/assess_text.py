"""An assessment on a terminal: worst first, within a hundred columns."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from poolshift.core.finding import Assessment, Finding, Severity
from poolshift.report.hostile import clean
from poolshift.report.paragraphs import print_wrapped

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {Severity.REQUIRED: "bold red", Severity.RECOMMENDED: "yellow", Severity.INFO: "cyan"}


def safe(text: str) -> str:
    """Text for rich: no control characters, no markup."""
    return escape(clean(text))


def print_assessment(assessment: Assessment, console: Console) -> None:
    """Print everything that a person needs first: pools, findings, images, what was not checked."""
    c = assessment.cluster
    console.print(
        f"[bold]{safe(c.name)}[/] in {safe(c.region)}, Kubernetes {safe(c.kubernetes_version)}, "
        f"as of {assessment.as_of}"
    )
    console.print(_pools(assessment))
    for finding in assessment.findings:
        _print_finding(finding, console)
    _print_images(assessment, console)
    _print_not_checked(assessment, console)
    s = assessment.summary
    console.print(
        f"\n{s.required} required, {s.recommended} recommended, {s.info} info; "
        f"{len(assessment.not_checked)} not checked"
    )


def _pools(assessment: Assessment) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("POOL", "OS SKU", "BUILD", "NODES", "SIZE", "GEN", "STOPS"):
        table.add_column(head, overflow="fold")
    for p in assessment.pools:
        ends = "\n".join(f"{d.what} {d.on}" for d in p.deadlines)
        cells = (p.name, p.os_sku, p.build, str(p.count), p.vm_size, p.vm_generation, ends)
        table.add_row(*(safe(cell) for cell in cells))
    return table


def _print_finding(finding: Finding, console: Console) -> None:
    colour = COLOURS[finding.severity]
    blocks = " [reverse] blocks [/]" if finding.blocks else ""
    deadline = f" by {finding.deadline}" if finding.deadline else ""
    console.print(
        f"\n[{colour}]{finding.severity}[/]{blocks} [bold]{finding.rule}[/] "
        f"{safe(finding.target)}{deadline}",
        soft_wrap=True,
    )
    print_wrapped(console, finding.what, indent=2)
    print_wrapped(console, finding.why, label="why", indent=2)
    print_wrapped(console, finding.fix, label="fix", indent=2)
    for e in finding.evidence:
        print_wrapped(console, f"{e.path} = {e.value}", label="seen", indent=2, style="dim")


def _print_images(assessment: Assessment, console: Console) -> None:
    if not assessment.images:
        return
    console.print("\n[bold]Images[/]")
    for image in assessment.images:
        print_wrapped(console, image.ref, indent=2)
        verdicts = ", ".join(f"{sku} {verdict}" for sku, verdict in image.verdict.items())
        print_wrapped(console, verdicts, indent=4, style="dim")


def _print_not_checked(assessment: Assessment, console: Console) -> None:
    if not assessment.not_checked:
        return
    console.print("\n[bold]Not checked[/] (not the same as fine)")
    key = lambda n: (n.rule, n.reason)  # noqa: E731 (one use, one line)
    for (rule, reason), group in groupby(sorted(assessment.not_checked, key=key), key=key):
        targets = ", ".join(n.target for n in group)
        print_wrapped(console, f"{targets}: {reason}", label=rule, indent=2)
