"""Helm: values are edited, templates are read as text alone and only reported."""

from poolshift.rewrite.helm.charts import is_values, rewrite_helm

__all__ = ["is_values", "rewrite_helm"]
