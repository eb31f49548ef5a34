"""The top of a runbook: what stands in the way, what it rests on, what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift import __version__
from poolshift.render.interface import MADE_BY
from poolshift.render.markdown.sheet import Commands
from poolshift.report.durations import spell
from poolshift.report.markdown import block, code, prose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.render.interface import Limit, Procedure


def head(procedure: Procedure, limits: Iterable[Limit]) -> Iterator[str]:
    """Every part before the steps."""
    plan = procedure.plan
    moves = ", ".join(f"{code(p.blue)} becomes {code(p.green)}" for p in plan.pools)
    yield f"# Runbook: {moves} ({prose(plan.to)})"
    yield (
        f"{MADE_BY} {__version__} from {code(plan.id)} of {code(plan.made_at)}, for the cluster "
        f"{code(procedure.cluster.name)} in the resource group "
        f"{code(procedure.cluster.resource_group)}. The facts are those of {procedure.as_of}."
    )
    yield from _blockers(procedure)
    yield "## What this runbook cannot do"
    yield "\n".join(f"* {prose(x.what)}. Instead: {prose(x.instead)}." for x in limits)
    if plan.notes:
        yield "## Notes of the plan"
        yield "\n".join(f"* {prose(n)}" for n in plan.notes)
    yield from _pools(procedure)
    yield from _costs(procedure)
    yield from _facts(procedure)
    yield from _before(procedure)


def _blockers(procedure: Procedure) -> Iterator[str]:
    if not procedure.plan.blockers:
        return
    yield "## Blockers: do not begin while there are any"
    yield "\n".join(
        f"* [ ] {code(b.rule)} {code(b.target)}: {prose(b.why)}. Do: {prose(b.fix)}."
        for b in procedure.plan.blockers
    )


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; the cells are Markdown already."""
    names = list(heads)
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    return "\n".join((*lines, *(f"| {' | '.join(row)} |" for row in rows)))


def _cell(text: str) -> str:
    return code(text, cell=True) if text else ""


def _pools(procedure: Procedure) -> Iterator[str]:
    yield "## What moves"
    yield table(
        ("old pool", "new pool", "nodes", "from", "to", "guard"),
        (
            (_cell(p.blue), _cell(p.green), str(p.count), _cell(p.sku), _cell(p.to), str(p.guard))
            for p in procedure.plan.pools
        ),
    )
    if procedure.plan.workloads:
        yield table(
            ("workload", "how", "image", "pods"),
            (
                (_cell(w.target), str(w.move), _cell(w.new_image), str(w.replicas))
                for w in procedure.plan.workloads
            ),
        )


def _costs(procedure: Procedure) -> Iterator[str]:
    e = procedure.plan.estimate
    yield (
        f"It takes about {spell(e.duration_s)}, {e.peak_extra_nodes} nodes more at the peak and "
        f"{e.extra_node_hours} node hours more. What a step is expected to take is the mean of so "
        "many observations (n); n=0 is reckoned, not observed."
    )


def _facts(procedure: Procedure) -> Iterator[str]:
    if procedure.plan.facts:
        yield "## What it rests on"
        rows = ((_cell(f.id), _cell(f.value), prose(f.source)) for f in procedure.plan.facts)
        yield table(("fact", "value", "source"), rows)


def _before(procedure: Procedure) -> Iterator[str]:
    needs, run = procedure.needs, Commands(procedure)
    yield "## Before you begin"
    want = [f"az {needs.min_az} or later" if needs.min_az else "a current az"]
    if needs.extension:
        version = f" {needs.min_extension} or later" if needs.min_extension else ""
        want.append(f"its extension {code(needs.extension)}{version}")
    yield (
        f"* [ ] bash, {', '.join(want)}, kubectl, and the files that stand at the end, in the "
        "folder in which you work"
    )
    sign_in = run.cluster("aks get-credentials")
    commands = ("az login", sign_in, "kubectl config current-context", "kubectl get nodes")
    shown = block(*commands, indent="  ")
    yield f"* [ ] az and kubectl speak of this cluster:\n\n{shown}"
    yield "* [ ] nobody else changes these pools meanwhile, and a window is agreed on"
