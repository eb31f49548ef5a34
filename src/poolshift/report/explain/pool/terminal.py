"""The story of a pool on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.report.explain.pool.futures import other_generation
from poolshift.report.explain.terminal import print_commands
from poolshift.report.hostile import safe
from poolshift.report.paragraphs import print_wrapped

if TYPE_CHECKING:
    from rich.console import Console

    from poolshift.report.explain.document import ExplainDocument
    from poolshift.report.explain.pool.model import Future, PoolStory

_DAYS_AS_WEEKS = 14
_MOST_WORKLOADS = 12


def print_story(document: ExplainDocument, told: PoolStory, console: Console) -> None:
    """What it is, why its generation, what it may become, what stops when."""
    console.print(f"[bold]pool {safe(told.name)}[/] of {safe(told.cluster)}, as of {told.as_of}")
    for label, text in _is(told):
        print_wrapped(console, text, label=label.ljust(10), indent=2)
    _print_generation(document, told, console)
    _print_futures(told, console)
    _print_ends(told, console)


def _is(told: PoolStory) -> list[tuple[str, str]]:
    rows = [
        ("OS", _os(told)),
        ("nodes", f"{told.count} of {told.vm_size}, Kubernetes {told.kubernetes_version}"),
        ("image", _image(told)),
        ("FIPS", told.fips),
    ]
    if told.build:
        rows.insert(1, ("build", told.build))
    if told.workloads:
        shown = ", ".join(told.workloads[:_MOST_WORKLOADS])
        more = len(told.workloads) - _MOST_WORKLOADS
        rows.append(("workloads", shown + (f" and {more} more" if more > 0 else "")))
    return rows


def _os(told: PoolStory) -> str:
    """What was asked for, and what that is."""
    if told.os_effective == told.os_sku:
        return f"{told.os_sku}, {told.product}"
    product = f", {told.product}" if told.product else ""
    is_ = f"{told.os_effective}{product}" if told.os_effective else "unknown"
    return f"{told.os_sku} asked for, {is_}: {told.os_because}"


def _image(told: PoolStory) -> str:
    image = told.image
    if image is None:
        return "the service names none, or one of an unknown form"
    build = f", build {image.build}" if image.build else ""
    said = f"{image.name}: generation {image.generation}{build}"
    if image.released is None or image.age_days is None:
        return said
    return f"{said}, {image.released} ({age(image.age_days)})"


def age(days: int) -> str:
    """How old something is: `9 days`, `31 weeks`."""
    if days < 0:
        return "not out yet on that day"
    if days < _DAYS_AS_WEEKS:
        return f"{days} day{'' if days == 1 else 's'} old"
    return f"{days // 7} weeks old"


def _print_generation(document: ExplainDocument, told: PoolStory, console: Console) -> None:
    g = told.generation
    boots = " and ".join(g.size_generations) or "an unknown generation"
    by = {"service": "says the service", "catalog": "says the catalog's table"}
    who = by.get(g.size_known_by, "nobody says")
    console.print(f"\n[bold]Generation {safe(g.generation or 'unknown')}[/]")
    print_wrapped(console, f"{g.size} boots {boots} ({who})", label="size", indent=2)
    for answer in document.answers:
        print_wrapped(console, answer.why, label="why", indent=2)
        print_wrapped(console, "; ".join(answer.sources), label="   ", indent=2, style="dim")
    if g.open_question:
        print_wrapped(console, g.open_question, label="open", indent=2)
    print_wrapped(console, other_generation(g, told.futures), indent=2)


def _print_futures(told: PoolStory, console: Console) -> None:
    console.print("\n[bold]May become[/]")
    if not told.futures:
        console.print("  nothing: the catalog knows no OS that follows")
    for future in told.futures:
        _print_future(future, console)


def _print_future(future: Future, console: Console) -> None:
    verdict = "possible" if future.possible else "not as it is"
    generation = f", {future.generation}" if future.generation else ""
    console.print(
        f"  [bold]{safe(future.to)}[/] {future.way} ({safe(future.status)}{generation}): {verdict}"
    )
    for r in future.requirements:
        print_wrapped(console, f"{r.what}: {r.text}", label=r.state.ljust(10), indent=4)
    for image in future.images:
        print_wrapped(console, image.ref, label=str(image.verdict).ljust(10), indent=4)
        print_wrapped(console, image.why, indent=16, style="dim")
    for note in future.notes:
        print_wrapped(console, note, label="note".ljust(10), indent=4, style="dim")
    print_commands(future.commands, console)
    print_wrapped(console, "; ".join(future.sources), label="said by", indent=4, style="dim")


def _print_ends(told: PoolStory, console: Console) -> None:
    console.print("\n[bold]Stops[/]")
    for d in told.deadlines:
        print_wrapped(console, f"{d.on} ({d.source})", label=d.what.ljust(8), indent=2)
        for claim in d.claims:
            says = claim.on or "no day"
            line = f"{says}: {claim.source}, read {claim.read_on}"
            print_wrapped(console, line, indent=12, style="dim")
    for text in told.open_ends:
        what, _, rest = text.partition(": ")
        print_wrapped(console, rest, label=what.ljust(8), indent=2, style="dim")
