"""Bicep: green as a child of the cluster; a script does what a template cannot."""

from __future__ import annotations

from poolshift.render.bicep.rendering import render_bicep

__all__ = ["render_bicep"]
