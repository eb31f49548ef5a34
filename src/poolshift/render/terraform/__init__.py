"""Terraform: one apply adds green, a later one removes blue; a script does what lies between."""

from __future__ import annotations

from poolshift.render.terraform.rendering import render_terraform

__all__ = ["render_terraform"]
