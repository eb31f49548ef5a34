"""Rewrites the base images of a Dockerfile, and nothing else of it."""

from poolshift.rewrite.dockerfile.rewriter import rewrite_dockerfile

__all__ = ["rewrite_dockerfile"]
