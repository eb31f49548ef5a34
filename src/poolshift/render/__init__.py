"""Plans in the languages of other tools."""

from __future__ import annotations

from poolshift.render.interface import Format, Limit, Procedure, RenderedFile, Rendering, Stage
from poolshift.render.procedure import make_procedure

__all__ = [
    "Format",
    "Limit",
    "Procedure",
    "RenderedFile",
    "Rendering",
    "Stage",
    "make_procedure",
]
