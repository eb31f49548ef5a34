"""Snapshot and target → Plan; pure."""

from poolshift.planner.build import make_plan
from poolshift.planner.fingerprint import differences, fingerprint
from poolshift.planner.request import ManifestFile, PlanRequest

__all__ = ["ManifestFile", "PlanRequest", "differences", "fingerprint", "make_plan"]
