"""A runbook for people, with boxes to tick."""

from __future__ import annotations

from poolshift.render.markdown.runbook import render_markdown

__all__ = ["render_markdown"]
