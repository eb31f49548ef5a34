"""Answers on a terminal: what, why, what to do, the commands to copy, who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from poolshift.report.explain.patterns import MOST_MATCHES
from poolshift.report.hostile import clean, safe
from poolshift.report.paragraphs import print_wrapped

if TYPE_CHECKING:
    from rich.console import Console

    from poolshift.report.explain.document import ExplainDocument, Explanation

_SHOWN = 60


def headline(document: ExplainDocument) -> str:
    """What stands above the answers: empty where the text is known."""
    if document.known:
        return ""
    text = document.text[:_SHOWN] + ("…" if len(document.text) > _SHOWN else "")
    if document.answers:
        return f"{text!r} is not known; the nearest:"
    return f"{text!r} is not known, and nothing comes near it: give the line that tells what failed"


def print_answers(document: ExplainDocument, console: Console) -> None:
    """All answers, the most specific first."""
    for at, answer in enumerate(document.answers):
        if at:
            console.print()
        _print_answer(answer, console)
    if document.more:
        console.print(f"\nand {document.more} more: explain a part of the text")


def _print_answer(answer: Explanation, console: Console) -> None:
    often = f"{answer.count} times" + (" or more" if answer.count >= MOST_MATCHES else "")
    times = f" [dim]({often})[/]" if answer.count > 1 else ""
    console.print(f"[bold]{safe(answer.id)}[/]{times}", soft_wrap=True)
    print_wrapped(console, answer.what, indent=2)
    print_wrapped(console, answer.why, label="why", indent=2)
    print_wrapped(console, answer.fix, label="fix", indent=2)
    print_commands(answer.commands, console)
    if answer.line:
        said = f"line {answer.line}: {answer.seen}"
        print_wrapped(console, said, label="seen", indent=2, style="dim")
    print_wrapped(console, related(answer), label="see", indent=2, style="dim")
    print_wrapped(console, "; ".join(answer.sources), label="said by", indent=2, style="dim")


def print_commands(commands: tuple[str, ...], console: Console) -> None:
    """One command a line, never broken, so that each can be copied."""
    for at, command in enumerate(commands):
        console.print(Text(f"  {'run' if at == 0 else '   '}  {clean(command)}"), soft_wrap=True)


def related(answer: Explanation) -> str:
    """The rules that find it before it strikes, in a sentence; empty without."""
    if answer.kind == "rule":
        return " ".join(answer.related)
    rules = [r for r in answer.related if r.startswith("PS")]
    return f"assess finds it before it strikes: {', '.join(rules)}" if rules else ""
