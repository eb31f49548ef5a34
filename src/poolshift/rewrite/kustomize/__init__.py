"""Kustomizations: image entries and inline patches are edited, bases are left to components."""

from poolshift.rewrite.kustomize.files import is_kustomization, is_patch, rewrite_kustomization
from poolshift.rewrite.kustomize.images import rewrite_images
from poolshift.rewrite.kustomize.patches import rewrite_patches

__all__ = [
    "is_kustomization",
    "is_patch",
    "rewrite_images",
    "rewrite_kustomization",
    "rewrite_patches",
]
