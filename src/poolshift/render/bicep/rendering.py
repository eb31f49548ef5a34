"""The folder of a Bicep rendering: green before and after the move, and the script for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.arm_client import API_VERSIONS
from poolshift.render.bicep.values import expression, text
from poolshift.render.final import final_properties
from poolshift.render.interface import Limit, RenderedFile, Rendering
from poolshift.render.notes import note, top
from poolshift.render.owned import SCRIPT, rest_of
from poolshift.render.procedure import pool_body
from poolshift.render.quoting import shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.plan import PlanPool
    from poolshift.render.interface import Procedure
    from poolshift.render.owned import Rest

FIRST, LATER = "green.bicep", "after/green.bicep"
_CLUSTER = "Microsoft.ContainerService/managedClusters"


def render_bicep(procedure: Procedure) -> Rendering:
    """A template that declares green, and a script that moves what runs on blue."""
    rest = rest_of(procedure, "bicep", frozenset(p.blue for p in _undeclared(procedure)))
    limits = (*_own_limits(procedure), *rest.limits)
    first = [*top(procedure, "//", limits, _order(procedure, rest)), ""]
    first += _template(procedure, final=False)
    pools = ", ".join(p.green for p in procedure.plan.pools)
    later = note(
        f"For the template from then on, when the workloads have moved: {pools} as it is.", "//"
    )
    later += ["", *_template(procedure, final=True)]
    single = "\n".join(first) + "\n"
    files = (
        RenderedFile(FIRST, single),
        RenderedFile(LATER, "\n".join(later) + "\n"),
        *rest.files,
    )
    return Rendering(files, single, limits)


def _undeclared(procedure: Procedure) -> list[PlanPool]:
    """The pools whose creation takes a header, which a template cannot send."""
    return [p for p in procedure.plan.pools if p.headers]


def _own_limits(procedure: Procedure) -> Iterator[Limit]:
    yield Limit(
        "a template declares pools; it moves no pods, drains no node, registers no feature and "
        "deletes no pool, and it cannot ask that green is not there yet (If-None-Match)",
        f"run {SCRIPT} after the deployment (render into a folder to get it: --out DIR/), and look "
        "at az deployment group what-if before it",
    )
    for pool in _undeclared(procedure):
        names = ", ".join(f"{k}: {v}" for k, v in pool.headers.items())
        yield Limit(
            f"a template cannot send the header {names}, without which {pool.green} gets another "
            "image",
            f"{SCRIPT} makes {pool.green} with it; the template leaves the pool out",
        )


def _order(procedure: Procedure, rest: Rest) -> Iterator[str]:
    blues = " and ".join(p.blue for p in procedure.plan.pools)
    deploy = f"--resource-group={shell(procedure.cluster.resource_group)}"
    if rest.create > 1:
        yield f"./{SCRIPT} --to {rest.create - 1}: the checks, and what comes before green."
    yield (
        f"az deployment group create {deploy} --template-file={FIRST} (never with --mode Complete, "
        "which deletes what the template does not hold)."
    )
    yield (
        f"./{SCRIPT} --from {rest.create} --to {rest.last}: it waits for green and moves the "
        "workloads. Deploy nothing meanwhile: it takes the guard off green, which a deployment "
        "would put back."
    )
    yield f"Take {blues} out of your own template, and take {LATER} in."
    yield (
        f"./{SCRIPT} --from {rest.last + 1} --take-ownership: it deletes {blues}, which no "
        "deployment does, releases what was held, and checks all."
    )


def _template(procedure: Procedure, *, final: bool) -> Iterator[str]:
    version = API_VERSIONS["microsoft.containerservice"]
    yield f"param clusterName string = {text(procedure.cluster.name)}"
    declared = [p for p in procedure.plan.pools if not p.headers]
    for pool in declared:
        if final and pool.autoscaler:
            yield ""
            yield from note(f"What {pool.green} has now: its autoscaler owns the number.", "//")
            yield f"param {_symbol(pool)}_count int = {pool.count}"
    yield ""
    yield f"resource cluster {text(f'{_CLUSTER}@{version}')} existing = {{"
    yield "  name: clusterName"
    yield "}"
    for pool in procedure.plan.pools:
        yield ""
        if pool.headers:
            yield from note(f"{pool.green} is left out: {SCRIPT} makes it, with a header.", "//")
            continue
        body = _body(procedure, pool, final=final)
        yield f"resource {_symbol(pool)} {text(f'{_CLUSTER}/agentPools@{version}')} = {{"
        yield "  parent: cluster"
        yield f"  name: {text(pool.green)}"
        for key, value in body.items():
            said = expression(value, "  ")
            if final and pool.autoscaler:
                said = said.replace(
                    f"\n    count: {pool.count}\n", f"\n    count: {_symbol(pool)}_count\n"
                )
            yield f"  {key}: {said}"
        yield "}"


def _symbol(pool: PlanPool) -> str:
    return f"green_{pool.green}"


def _body(procedure: Procedure, pool: PlanPool, *, final: bool) -> dict[str, Any]:
    body = pool_body(procedure.plan, pool)
    if not final:
        return body
    return {**body, "properties": final_properties(pool, body["properties"])}
