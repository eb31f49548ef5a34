"""What a format is given and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from poolshift.catalog import Catalog
    from poolshift.core.plan import Plan, Step
    from poolshift.render.actions import Action
    from poolshift.render.clients import ClientNeeds
    from poolshift.render.workloads import Moved


MADE_BY = "Made by poolshift"
"""Stands on top of every rendered file that can hold a comment: how render knows its own."""


class Format(StrEnum):
    """What a plan can be turned into."""

    AZ = "az"
    POWERSHELL = "powershell"
    TERRAFORM = "terraform"
    BICEP = "bicep"
    MARKDOWN = "markdown"


@dataclass(frozen=True)
class Limit:
    """Something of the plan that a rendering cannot do, or does less well than `apply`.

    Attributes:
        what: what it is, in one sentence.
        instead: what the person has to do.
    """

    what: str
    instead: str


@dataclass(frozen=True)
class RenderedFile:
    """One file; `name` is relative, with `/`."""

    name: str
    text: str
    executable: bool = False


@dataclass(frozen=True)
class Rendering:
    """A rendered plan.

    Attributes:
        files: the folder form; the first is the one to open.
        single: the same in one file; None where the format needs several.
        limits: what it cannot express; it also stands on top of the first file.
    """

    files: tuple[RenderedFile, ...]
    single: str | None
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class ClusterName:
    """The parts of a cluster's resource id, and the id itself."""

    id: str
    subscription: str
    resource_group: str
    name: str


@dataclass(frozen=True)
class Stage:
    """One step of the plan as actions, in the order in which they are taken.

    Attributes:
        number: from 1, in the order of the plan; nothing is left out.
        step: the plan's own word on it.
        actions: empty where the step has nothing to do.
        back: how it is taken back, empty where nothing has to be or nothing can.
    """

    number: int
    step: Step
    actions: tuple[Action, ...] = ()
    back: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Procedure:
    """A plan in a form that every format speaks of alike.

    Attributes:
        plan: the plan.
        catalog: the facts, as known.
        as_of: the day whose facts decide.
        cluster: which cluster.
        mark: what the procedure's marks on objects say; one plan, one mark.
        stages: one a step.
        workloads: those that move, by target, with the files that belong to them.
        files: patches, bodies and manifests by name, the same for all formats.
        needs: what the clients must be able to do.
        limits: what no rendering can do, whatever its format.
    """

    plan: Plan
    catalog: Catalog
    as_of: date
    cluster: ClusterName
    mark: str
    stages: tuple[Stage, ...]
    workloads: Mapping[str, Moved]
    files: Mapping[str, str]
    needs: ClientNeeds
    limits: tuple[Limit, ...] = field(default=())


Renderer = Callable[[Procedure], Rendering]
"""One format. Pure: the same procedure gives the same rendering."""
