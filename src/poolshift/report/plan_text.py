"""A plan on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from poolshift.core.plan import Plan, Step, Undo
from poolshift.report.durations import spell
from poolshift.report.hostile import safe
from poolshift.report.paragraphs import print_wrapped

if TYPE_CHECKING:
    from rich.console import Console


def print_plan(plan: Plan, console: Console) -> None:
    """Pools, workloads, steps, blockers, and what it costs."""
    for p in plan.pools:
        console.print(
            f"[bold]{safe(p.blue)}[/] → [bold]{safe(p.green)}[/] ({safe(plan.to)}), {p.strategy}, "
            f"guard {p.guard}, {p.count} nodes"
        )
    _print_workloads(plan, console)
    console.print()
    console.print(_steps(plan))
    e = plan.estimate
    console.print(
        f"\nabout {spell(e.duration_s)}, {e.peak_extra_nodes} nodes more at the peak, "
        f"{e.extra_node_hours} node hours more"
    )
    for note in plan.notes:
        print_wrapped(console, note, label="note", style="yellow")
    for b in plan.blockers:
        console.print(
            f"[bold red]blocker[/] [bold]{safe(b.rule)}[/] {safe(b.target)}", soft_wrap=True
        )
        print_wrapped(console, b.why, label="why", indent=2)
        print_wrapped(console, b.fix, label="fix", indent=2)


def _print_workloads(plan: Plan, console: Console) -> None:
    for w in plan.workloads:
        console.print(f"  {w.move} {safe(w.target)}", soft_wrap=True)
        if w.images:
            print_wrapped(console, f"{w.new_image} (from {w.from_})", label="image", indent=4)
        elif w.reason:
            print_wrapped(console, w.reason, indent=4, style="dim")


def _steps(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("STEP", "EXPECTED", "WHAT"):
        table.add_column(head, overflow="fold")
    for s in plan.steps:
        expected = "" if s.nothing_to_do else f"{spell(s.expected_s)} (n={s.samples})"
        table.add_row(safe(s.id), expected, _what(s))
    return table


def _what(step: Step) -> str:
    """What a step does, and what a person must know before it: its gate, and an undo that ends."""
    if step.nothing_to_do:
        return f"[dim]nothing to do: {safe(step.nothing_to_do)}[/]"
    lines = [safe(step.summary)]
    if step.gate:
        lines.append(f"[yellow]waits for the approval {safe(step.gate)}[/]")
    if step.undo is Undo.NONE:
        lines.append("[red]cannot be taken back[/]")
    elif step.undo is Undo.BY_SCALING:
        until = f", until {safe(step.undo_until)}" if step.undo_until else ""
        lines.append(f"[dim]taken back by scaling blue out{until}[/]")
    return "\n".join(lines)
