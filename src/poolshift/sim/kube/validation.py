"""What the server refuses about the objects that controllers read, beyond their types."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from poolshift.semantics.cron import CronProblem, parse_cron
from poolshift.sim.kube import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.resources import Kind

# A CronJob's name and the minutes that its Jobs get must fit into a Job's name.
_MOST_CRON_NAME = 52
_POLICIES = ("Allow", "Forbid", "Replace")


def check(kind: Kind, obj: Object) -> None:
    """Refuse (422) an object that its kind's rules do not allow."""
    checker = _CHECKERS.get(kind.kind)
    if checker is not None:
        checker(kind, obj)


def _refuse(kind: Kind, obj: Object, field: str, problem: str, value: object) -> None:
    raise errors.invalid(kind, obj["metadata"].get("name", ""), field, problem, value)


def _job(kind: Kind, obj: Object) -> None:
    spec = obj.get("spec") or {}
    _check_job_spec(kind, obj, spec, "spec")


def _check_job_spec(kind: Kind, obj: Object, spec: Object, path: str) -> None:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        field = f"{path}.template.spec.restartPolicy"
        _refuse(kind, obj, field, 'Required value: valid values: "OnFailure", "Never"', policy)
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        problem = "Required value: when completion mode is Indexed"
        _refuse(kind, obj, f"{path}.completions", problem, "")
    for field in ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds"):
        value = spec.get(field, 0)
        if not isinstance(value, int) or value < 0:
            problem = "must be greater than or equal to 0"
            _refuse(kind, obj, f"{path}.{field}", problem, value)


def _cron_job(kind: Kind, obj: Object) -> None:
    spec = obj.get("spec") or {}
    schedule = str(spec.get("schedule", ""))
    try:
        parse_cron(schedule)
    except CronProblem as cause:
        _refuse(kind, obj, "spec.schedule", str(cause), schedule)
    zone = spec.get("timeZone")
    if zone is not None:
        try:
            ZoneInfo(str(zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            _refuse(kind, obj, "spec.timeZone", f"unknown time zone {zone}", zone)
    if spec.get("concurrencyPolicy", "Allow") not in _POLICIES:
        problem = 'supported values: "Allow", "Forbid", "Replace"'
        _refuse(kind, obj, "spec.concurrencyPolicy", problem, spec["concurrencyPolicy"])
    if len(obj["metadata"].get("name", "")) > _MOST_CRON_NAME:
        problem = f"must be no more than {_MOST_CRON_NAME} characters"
        _refuse(kind, obj, "metadata.name", problem, obj["metadata"]["name"])
    template = (spec.get("jobTemplate") or {}).get("spec") or {}
    _check_job_spec(kind, obj, template, "spec.jobTemplate.spec")


def _autoscaler(kind: Kind, obj: Object) -> None:
    spec = obj.get("spec") or {}
    target = spec.get("scaleTargetRef") or {}
    for field in ("kind", "name"):
        if not target.get(field):
            _refuse(kind, obj, f"spec.scaleTargetRef.{field}", "Required value", "")
    most, least = spec.get("maxReplicas", 0), spec.get("minReplicas", 1)
    if not isinstance(most, int) or most < 1:
        _refuse(kind, obj, "spec.maxReplicas", "must be greater than 0", most)
    if not isinstance(least, int) or least < 1:
        # Zero takes a feature gate that AKS leaves off.
        _refuse(kind, obj, "spec.minReplicas", "must be greater than or equal to 1", least)
    if most < least:
        problem = "must be greater than or equal to `minReplicas`"
        _refuse(kind, obj, "spec.maxReplicas", problem, most)


_CHECKERS: dict[str, Callable[[Kind, Object], None]] = {
    "Job": _job,
    "CronJob": _cron_job,
    "HorizontalPodAutoscaler": _autoscaler,
}
