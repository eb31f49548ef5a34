"""The folder of a Terraform rendering: green for both applies, and the script between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.render.final import final_properties
from poolshift.render.interface import Limit, RenderedFile, Rendering
from poolshift.render.notes import note, top
from poolshift.render.owned import SCRIPT, rest_of
from poolshift.render.procedure import pool_body
from poolshift.render.terraform.azurerm import hindrance
from poolshift.render.terraform.resources import AZAPI, address, import_id, resource
from poolshift.render.terraform.values import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.plan import PlanPool
    from poolshift.render.interface import Procedure
    from poolshift.render.owned import Rest

FIRST, LATER = "green.tf", "after/green.tf"


def render_terraform(procedure: Procedure) -> Rendering:
    """Two applies: the first adds green, the later one removes blue."""
    rest = rest_of(procedure, "terraform", frozenset())
    limits = (*_own_limits(procedure), *rest.limits)
    first = "\n".join((*_head(procedure, limits, rest), *_resources(procedure, final=False)))
    later = "\n".join((*_later_head(procedure), *_resources(procedure, final=True)))
    files = (
        RenderedFile(FIRST, first + "\n"),
        RenderedFile(LATER, later + "\n"),
        *rest.files,
    )
    return Rendering(files, first + "\n", limits)


def _own_limits(procedure: Procedure) -> Iterator[Limit]:
    yield Limit(
        "Terraform declares pools; it moves no pods, and a pool that it destroys is not drained: "
        "budgets are not asked",
        f"run {SCRIPT} between the two applies (render into a folder to get it: --out DIR/)",
    )
    yield Limit(
        "blue stands in your code, which is not known here",
        "take its block out yourself for the second apply, and see that the plan then destroys "
        f"{' and '.join(p.blue for p in procedure.plan.pools)} and nothing else",
    )
    for pool in procedure.plan.pools:
        why = hindrance(pool, _properties(procedure, pool), procedure.catalog)
        if why:
            yield Limit(
                why,
                "it is declared with azapi, which takes the whole body; should your azurerm take "
                "it by now, declare it with that",
            )


def _head(procedure: Procedure, limits: tuple[Limit, ...], rest: Rest) -> Iterator[str]:
    yield from top(procedure, "#", limits, _order(procedure, rest))
    yield "#"
    yield from note(
        "The providers are those of your code. azapi is taken with a body that is an object; older "
        "releases of it want jsonencode(...) of it. azurerm is taken with the names of its newer "
        "releases; older ones say enable_auto_scaling, enable_node_public_ip and "
        "enable_host_encryption.",
        "#",
    )
    yield ""


def _order(procedure: Procedure, rest: Rest) -> Iterator[str]:
    blues = " and ".join(p.blue for p in procedure.plan.pools)
    count = len(procedure.plan.pools)
    if rest.create > 1:
        yield f"./{SCRIPT} --to {rest.create - 1}: the checks, and what comes before green."
    yield (
        f"Put {FIRST} beside the code of the cluster. terraform plan must say: {count} to add, "
        "0 to change, 0 to destroy. Then terraform apply."
    )
    yield (
        f"./{SCRIPT} --from {rest.create} --to {rest.last}: it waits for green and moves the "
        "workloads. Apply nothing meanwhile: it takes the guard off green, which an apply would "
        "put back."
    )
    yield (
        f"Replace {FIRST} by {LATER}, and take the block of {blues} out of your code; a "
        "prevent_destroy in it first. terraform plan must say: 0 to add, "
        f"{count} to destroy. Then terraform apply."
    )
    yield f"./{SCRIPT} --from {rest.last + 1}: what was held is released, and all is checked."


def _later_head(procedure: Procedure) -> Iterator[str]:
    pools = ", ".join(p.green for p in procedure.plan.pools)
    yield from note(
        f"For the second apply, when the workloads have moved: {pools} as it is from then on.", "#"
    )
    yield ""


def _resources(procedure: Procedure, *, final: bool) -> Iterator[str]:
    for number, pool in enumerate(procedure.plan.pools):
        properties = _properties(procedure, pool)
        if final:
            properties = final_properties(pool, properties)
        if number:
            yield ""
        yield from resource(procedure, pool, properties, final=final)
        if not final:
            yield from _adoption(procedure, pool)


def _adoption(procedure: Procedure, pool: PlanPool) -> Iterator[str]:
    """How green comes into the state when something else has made it, or it is called otherwise."""
    kind, label = address(procedure, pool, _properties(procedure, pool))
    yield ""
    yield from note(
        f"When {pool.green} is there already (az or a run of poolshift made it), take these lines "
        "in, and it is taken over instead of created:",
        "#",
    )
    yield "# import {"
    yield f"#   to = {kind}.{label}"
    yield f"#   id = {text(import_id(procedure, pool, kind))}"
    yield "# }"
    yield from note(
        "When you give the resource another name later, say so, or it is destroyed and created:",
        "#",
    )
    yield "# moved {"
    yield f"#   from = {kind}.{label}"
    yield f"#   to   = {kind}.NAME"
    yield "# }"
    if kind == AZAPI:
        yield from note(
            "From azapi to azurerm it goes by removed (without destroy) and import, not by moved.",
            "#",
        )


def _properties(procedure: Procedure, pool: PlanPool) -> dict[str, object]:
    return dict(pool_body(procedure.plan, pool)["properties"])
