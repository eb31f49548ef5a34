"""Terraform: a green pool is added beside blue; what is left open is told."""

from poolshift.rewrite.terraform.files import rewrite_terraform

__all__ = ["rewrite_terraform"]
