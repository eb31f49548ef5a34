"""Bicep and ARM templates: a green pool is added beside blue; what is left open is told."""

from poolshift.rewrite.arm.bicep import rewrite_bicep
from poolshift.rewrite.arm.template import rewrite_template_json

__all__ = ["rewrite_bicep", "rewrite_template_json"]
