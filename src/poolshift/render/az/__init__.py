"""A bash script for az and kubectl."""

from __future__ import annotations

from poolshift.render.az.script import render_az

__all__ = ["render_az"]
