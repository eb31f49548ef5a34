"""Kustomizations: image entries and inline patches are edited, bases are left to components."""

from poolshift.rewrite.kustomize.files import is_kustomization, is_patch, rewrite_kustomization

__all__ = ["is_kustomization", "is_patch", "rewrite_kustomization"]
