"""A PowerShell script for the Az modules and kubectl."""

from __future__ import annotations

from poolshift.render.powershell.script import render_powershell

__all__ = ["render_powershell"]
