"""What the server refuses about the objects that controllers read, beyond their types."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from poolshift.core.errors import UsageError
from poolshift.semantics.cron import CronProblem, parse_cron
from poolshift.semantics.quantities import parse
from poolshift.sim.kube import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.resources import Kind

# A CronJob's name and the minutes that its Jobs get must fit into a Job's name.
_MOST_CRON_NAME = 52
_NO_QUANTITY = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_POLICIES = ("Allow", "Forbid", "Replace")


def check(kind: Kind, obj: Object) -> None:
    """Refuse (422) an object that its kind's rules do not allow."""
    checker = _CHECKERS.get(kind.kind)
    if checker is not None:
        checker(kind, obj)


def _refuse(kind: Kind, obj: Object, field: str, problem: str, value: object) -> None:
    raise errors.invalid(kind, obj["metadata"].get("name", ""), field, problem, value)


def _require(kind: Kind, obj: Object, field: str, detail: str = "") -> None:
    raise errors.required(kind, obj["metadata"].get("name", ""), field, detail)


def _job(kind: Kind, obj: Object) -> None:
    spec = obj.get("spec") or {}
    _check_job_spec(kind, obj, spec, "spec")


def _check_job_spec(kind: Kind, obj: Object, spec: Object, path: str) -> None:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        field = f"{path}.template.spec.restartPolicy"
        _require(kind, obj, field, 'valid values: "OnFailure", "Never"')
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        _require(kind, obj, f"{path}.completions", "when completion mode is Indexed")
    _policy_rules(kind, obj, spec, path)
    for field in (
        "parallelism",
        "completions",
        "backoffLimit",
        "activeDeadlineSeconds",
        "ttlSecondsAfterFinished",
    ):
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
    for field in (
        "startingDeadlineSeconds",
        "successfulJobsHistoryLimit",
        "failedJobsHistoryLimit",
    ):
        value = spec.get(field, 0)
        if not isinstance(value, int) or value < 0:
            problem = "must be greater than or equal to 0"
            _refuse(kind, obj, f"spec.{field}", problem, value)
    if len(obj["metadata"].get("name", "")) > _MOST_CRON_NAME:
        problem = f"must be no more than {_MOST_CRON_NAME} characters"
        _refuse(kind, obj, "metadata.name", problem, obj["metadata"]["name"])
    template = (spec.get("jobTemplate") or {}).get("spec") or {}
    _check_job_spec(kind, obj, template, "spec.jobTemplate.spec")


def _policy_rules(kind: Kind, obj: Object, spec: Object, path: str) -> None:
    """The rules of a podFailurePolicy."""
    rules: list[Object] = (spec.get("podFailurePolicy") or {}).get("rules") or []
    for n, rule in enumerate(rules):
        field = f"{path}.podFailurePolicy.rules[{n}]"
        if rule.get("action") not in ("FailJob", "Ignore", "Count", "FailIndex"):
            problem = 'supported values: "Count", "FailIndex", "FailJob", "Ignore"'
            _refuse(kind, obj, f"{field}.action", problem, rule.get("action", ""))
        codes = rule.get("onExitCodes")
        if codes and (codes.get("operator") not in ("In", "NotIn") or not codes.get("values")):
            _refuse(kind, obj, f"{field}.onExitCodes", "operator and values are required", "")
        for pattern in rule.get("onPodConditions") or ():
            if not pattern.get("type"):
                _require(kind, obj, f"{field}.onPodConditions")


def _autoscaler(kind: Kind, obj: Object) -> None:
    spec = obj.get("spec") or {}
    target = spec.get("scaleTargetRef") or {}
    for field in ("kind", "name"):
        if not target.get(field):
            _require(kind, obj, f"spec.scaleTargetRef.{field}")
    most, least = spec.get("maxReplicas", 0), spec.get("minReplicas", 1)
    if not isinstance(most, int) or most < 1:
        _refuse(kind, obj, "spec.maxReplicas", "must be greater than 0", most)
    if not isinstance(least, int) or least < 1:
        # Zero takes a feature gate that AKS leaves off.
        _refuse(kind, obj, "spec.minReplicas", "must be greater than or equal to 1", least)
    if most < least:
        problem = "must be greater than or equal to `minReplicas`"
        _refuse(kind, obj, "spec.maxReplicas", problem, most)
    for n, metric in enumerate(spec.get("metrics") or ()):
        _check_metric(kind, obj, metric, f"spec.metrics[{n}]")
    for side, rules in (spec.get("behavior") or {}).items():
        for n, policy in enumerate((rules or {}).get("policies") or ()):
            _check_scaling_policy(kind, obj, policy, f"spec.behavior.{side}.policies[{n}]")


_METRICS = ("ContainerResource", "External", "Object", "Pods", "Resource")


def _check_metric(kind: Kind, obj: Object, metric: Object, path: str) -> None:
    type_ = str(metric.get("type", ""))
    if type_ not in _METRICS:
        listed = ", ".join(f'"{name}"' for name in _METRICS)
        _refuse(kind, obj, f"{path}.type", f"supported values: {listed}", type_)
    field = type_[:1].lower() + type_[1:]
    target = (metric.get(field) or {}).get("target") or {}
    share = target.get("averageUtilization")
    where = f"{path}.{field}.target"
    if share is not None:
        if not isinstance(share, int) or share < 1:
            _refuse(kind, obj, f"{where}.averageUtilization", "must be greater than 0", share)
        return
    stated = target.get("averageValue") or target.get("value")
    if not _positive(stated):
        _refuse(kind, obj, where, "must specify a positive target for the metric", stated)


def _positive(text: object) -> bool:
    try:
        return text is not None and parse(str(text)) > 0
    except UsageError:
        return False


def _check_scaling_policy(kind: Kind, obj: Object, policy: Object, path: str) -> None:
    if policy.get("type") not in ("Pods", "Percent"):
        problem = 'supported values: "Percent", "Pods"'
        _refuse(kind, obj, f"{path}.type", problem, policy.get("type", ""))
    for field, most in (("value", None), ("periodSeconds", 1800)):
        value = policy.get(field)
        if not isinstance(value, int) or value < 1 or (most is not None and value > most):
            problem = "must be greater than zero"
            if most is not None:
                problem += f" and less than or equal to {most}"
            _refuse(kind, obj, f"{path}.{field}", problem, value)


def _scaled_object(kind: Kind, obj: Object) -> None:
    spec = obj.get("spec") or {}
    target = spec.get("scaleTargetRef")
    if not isinstance(target, dict) or not isinstance(target.get("name"), str):
        _require(kind, obj, "spec.scaleTargetRef.name")
    if not isinstance(spec.get("triggers"), list):
        _require(kind, obj, "spec.triggers")
    for n, trigger in enumerate(spec.get("triggers") or ()):
        shaped = isinstance(trigger, dict) and isinstance(trigger.get("type"), str)
        if not shaped or not isinstance(trigger.get("metadata", {}), dict):
            _require(kind, obj, f"spec.triggers[{n}].type")
    fields = ("minReplicaCount", "maxReplicaCount", "idleReplicaCount", "cooldownPeriod")
    for field in (*fields, "pollingInterval"):
        value = spec.get(field, 1)
        if not isinstance(value, int) or value < (1 if field == "pollingInterval" else 0):
            _refuse(kind, obj, f"spec.{field}", "must be greater than or equal to 0", value)


def _quota(kind: Kind, obj: Object) -> None:
    _check_amounts(kind, obj, (obj.get("spec") or {}).get("hard") or {}, "spec.hard")


def _limit_range(kind: Kind, obj: Object) -> None:
    for n, item in enumerate((obj.get("spec") or {}).get("limits") or ()):
        for field in ("default", "defaultRequest", "max", "min"):
            _check_amounts(kind, obj, item.get(field) or {}, f"spec.limits[{n}].{field}")


def _check_amounts(kind: Kind, obj: Object, amounts: Object, path: str) -> None:
    for name, text in amounts.items():
        try:
            parse(str(text))
        except UsageError:
            _refuse(kind, obj, f"{path}[{name}]", _NO_QUANTITY, text)


def _stateful_set(kind: Kind, obj: Object) -> None:
    templates = (obj.get("spec") or {}).get("volumeClaimTemplates") or ()
    for n, template in enumerate(templates):
        if not (template.get("metadata") or {}).get("name"):
            field = f"spec.volumeClaimTemplates[{n}].metadata.name"
            _require(kind, obj, field)


_CHECKERS: dict[str, Callable[[Kind, Object], None]] = {
    "Job": _job,
    "CronJob": _cron_job,
    "HorizontalPodAutoscaler": _autoscaler,
    "ScaledObject": _scaled_object,
    "ResourceQuota": _quota,
    "LimitRange": _limit_range,
    "StatefulSet": _stateful_set,
}
