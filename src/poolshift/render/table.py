"""Which renderer writes which format."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from poolshift.render.interface import Format
from poolshift.render.procedure import make_procedure

if TYPE_CHECKING:
    from datetime import date

    from poolshift.catalog import Catalog
    from poolshift.core.plan import Plan
    from poolshift.render.interface import Renderer, Rendering

RENDERERS: dict[Format, tuple[str, str]] = {
    Format.AZ: ("poolshift.render.az", "render_az"),
    Format.BICEP: ("poolshift.render.bicep", "render_bicep"),
    Format.POWERSHELL: ("poolshift.render.powershell", "render_powershell"),
    Format.TERRAFORM: ("poolshift.render.terraform", "render_terraform"),
    Format.MARKDOWN: ("poolshift.render.markdown", "render_markdown"),
}
"""Format → module and function; a module is read when its format is asked for."""


def renderer(wanted: Format) -> Renderer:
    """The renderer of a format; KeyError where this version has none."""
    module, name = RENDERERS[wanted]
    return cast("Renderer", getattr(importlib.import_module(module), name))


def render(plan: Plan, catalog: Catalog, as_of: date, wanted: Format) -> Rendering:
    """A plan in a format.

    Raises:
        UsageError: the plan cannot be rendered.
    """
    return renderer(wanted)(make_procedure(plan, catalog, as_of))
