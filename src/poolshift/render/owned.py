"""The part of a procedure that a tool cannot do which declares pools and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from poolshift.core.plan import StepKind
from poolshift.render.az import render_az
from poolshift.render.procedure import make_procedure

if TYPE_CHECKING:
    from poolshift.core.plan import PlanPool
    from poolshift.render.interface import Limit, Procedure, RenderedFile

SCRIPT = "move.sh"


@dataclass(frozen=True)
class Rest:
    """The script for everything but the pools themselves.

    Attributes:
        files: the script and its files; the script comes first.
        limits: what the plan asks that neither it nor the tool can do.
        create: the number of the last step that waits for green to be declared.
        last: the number of the step before the first that wants blue gone; all steps where none
            does.
        total: how many steps there are.
    """

    files: tuple[RenderedFile, ...]
    limits: tuple[Limit, ...]
    create: int
    last: int
    total: int


def rest_of(procedure: Procedure, owner: str, made_by_script: frozenset[str]) -> Rest:
    """The script of a procedure whose pools a tool creates and deletes.

    Args:
        procedure: the whole procedure.
        owner: the tool.
        made_by_script: blue names of pools whose green the tool cannot create.
    """
    plan = procedure.plan

    def owned(pool: PlanPool, mine: str) -> PlanPool:
        known = pool.owner in ("none", owner)
        wanted = "none" if pool.blue in made_by_script else mine
        return replace(pool, owner=wanted) if known else pool

    def made(mine: str) -> Procedure:
        changed = replace(plan, pools=tuple(owned(p, mine) for p in plan.pools))
        return make_procedure(changed, procedure.catalog, procedure.as_of)

    kinds = [s.step.kind for s in procedure.stages]
    creating = [n for n, kind in enumerate(kinds, start=1) if kind is StepKind.CREATE_GREEN]
    deleting = [n for n, kind in enumerate(kinds, start=1) if kind is StepKind.DELETE_BLUE]
    return Rest(
        files=render_az(made(owner)).files,
        limits=made("none").limits,
        create=max(creating, default=0),
        last=min(deleting) - 1 if deleting else len(kinds),
        total=len(kinds),
    )
