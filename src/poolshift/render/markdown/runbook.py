"""The whole runbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.plan import Undo
from poolshift.render import actions as a
from poolshift.render.interface import Limit, RenderedFile, Rendering
from poolshift.render.markdown.head import head
from poolshift.render.markdown.pools import pool_sheet
from poolshift.render.markdown.workloads import workload_sheet
from poolshift.report.durations import spell
from poolshift.report.hostile import clean
from poolshift.report.markdown import block, code, fenced, prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.plan import Step
    from poolshift.render.interface import Procedure, Stage
    from poolshift.render.markdown.sheet import Sheet

RUNBOOK = "runbook.md"
LIMITS = (
    Limit(
        "a person cannot look at every pod at every moment: pods that land on the wrong pool are "
        "not sent back by themselves",
        "look at the events of pods that crash or stay Pending, and delete those that are on the "
        "new pool with an old image",
    ),
    Limit(
        "the names of pages and fields in the portal change",
        "where one is not found, use the command beside it",
    ),
)


def render_markdown(procedure: Procedure) -> Rendering:
    """A runbook, with its patch files."""
    limits = (*procedure.limits, *LIMITS)
    parts = [*head(procedure, limits), "## Steps"]
    for stage in procedure.stages:
        parts += _stage(stage, procedure)
    parts += _all_back(procedure)
    text = "\n\n".join(parts)
    used = {n: t for n, t in procedure.files.items() if n in text}
    single = "\n\n".join((text, *_files(used)))
    folder = RenderedFile(RUNBOOK, single + "\n")
    files = (folder, *(RenderedFile(n, t) for n, t in used.items()))
    return Rendering(files, single + "\n", limits)


def sheet(action: a.Action, procedure: Procedure) -> Sheet:
    """The entry of an action."""
    if isinstance(action, a.PoolAction):
        return pool_sheet(action, procedure)
    return workload_sheet(action, procedure)


def _stage(stage: Stage, procedure: Procedure) -> Iterator[str]:
    step = stage.step
    yield f"### {stage.number}. {code(step.id)}"
    yield prose(step.summary) + "."
    if not stage.actions:
        yield f"* [x] nothing to do: {prose(step.nothing_to_do)}"
        return
    yield _told(step)
    for action in stage.actions:
        yield _entry(sheet(action, procedure), box="[ ] ")
    if stage.back:
        yield f"**To take step {stage.number} back:**"
        for action in stage.back:
            yield _entry(sheet(action, procedure), box="")


def _told(step: Step) -> str:
    parts = [f"Expected: {spell(step.expected_s)} (n={step.samples})."]
    if step.gate:
        parts.append(f"Gate: somebody approves {code(step.gate)} before it.")
    until = f" until {step.undo_until}" if step.undo_until else ""
    if step.undo is Undo.NONE:
        parts.append("**There is no way back after it.**")
    elif step.undo is Undo.BY_SCALING:
        parts.append(f"It is taken back by scaling the old pool out{until}.")
    return " ".join(parts)


def _entry(entry: Sheet, *, box: str) -> str:
    lines = [f"* {box}{entry.what}"]
    if entry.commands:
        lines.append(block(*entry.commands, indent="  "))
    lines.append(f"  In the portal: {entry.portal}.")
    if entry.expect:
        lines.append(f"  You should see: {entry.expect}.")
    lines += [f"  Mind: {care}." for care in entry.care]
    return "\n\n".join(lines)


def _all_back(procedure: Procedure) -> Iterator[str]:
    yield "## To take it all back"
    yield (
        "As long as the old pools are there: take back the steps that were done, from the last to "
        "the first, each as it says. Then take the restore step."
    )
    done = [s for s in reversed(procedure.stages) if s.back]
    yield "\n".join(f"* [ ] step {s.number}, {code(s.step.id)}" for s in done)
    gone = [s for s in procedure.stages if s.step.undo is Undo.NONE and s.actions]
    for stage in gone:
        day = stage.step.undo_until
        until = f" (it deletes the images on {day})" if day else ""
        yield (
            f"Step {stage.number}, {code(stage.step.id)}, has no way back: afterwards the only way "
            f"is a new pool of the old version, as long as the service still makes one{until}, and "
            "the old images and selectors."
        )


def _files(files: dict[str, str]) -> Iterator[str]:
    if not files:
        return
    yield "## Files"
    yield "Each as it must lie in the folder in which you work; the folder form has them as files."
    for name, text in files.items():
        yield f"### {code(name)}"
        if clean(text) != text:
            yield (
                "It holds characters that cannot be seen; they are shown as codes here, so take "
                "the file of the folder form: `poolshift render PLAN --as markdown --out DIR/`."
            )
        language = "json" if name.endswith(".json") else "yaml"
        yield fenced(clean(text).removesuffix("\n").split("\n"), language)
