"""HorizontalPodAutoscalers of autoscaling/v1: one figure, the rest in annotations.

The annotations hold JSON: metrics, conditions and behaviour that version 1 has no fields for.
That of the behaviour has the field names of Go, since the server writes its inner type there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.kube.objects import annotations_of, with_meta
from poolshift.sim.kube.versions import metrics

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS = f"{_PREFIX}metrics"
_CURRENT = f"{_PREFIX}current-metrics"
_CONDITIONS = f"{_PREFIX}conditions"
_BEHAVIOR = f"{_PREFIX}behavior"
_OURS = (_METRICS, _CURRENT, _CONDITIONS, _BEHAVIOR)
_KEPT_SPEC = ("scaleTargetRef", "minReplicas", "maxReplicas")
_KEPT_STATUS = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
_CONDITION = ("type", "status", "lastTransitionTime", "reason", "message")


def to_first(hpa: Object) -> Object:
    """The stored autoscaler as version 1 shows it."""
    spec, status = hpa.get("spec") or {}, hpa.get("status") or {}
    wanted, current = spec.get("metrics") or (), status.get("currentMetrics") or ()
    others = [m for m in wanted if metrics.cpu_share(m, "target") is None]
    conditions = [
        {name: c[name] for name in _CONDITION if name in c} for c in status.get("conditions") or ()
    ]
    noted: dict[str, Any] = {
        _METRICS: [metrics.flat(m, "target") for m in others],
        _CURRENT: [metrics.flat(m, "current") for m in current],
        _CONDITIONS: conditions,
        _BEHAVIOR: _as_go(spec["behavior"]) if spec.get("behavior") else None,
    }
    texts = {name: msgspec.json.encode(value).decode() for name, value in noted.items() if value}
    first_spec = {name: spec[name] for name in _KEPT_SPEC if name in spec}
    if (share := _first_share(wanted, "target")) is not None:
        first_spec["targetCPUUtilizationPercentage"] = share
    first_status = {name: status[name] for name in _KEPT_STATUS if name in status}
    first_status.setdefault("currentReplicas", 0)
    if (share := _first_share(current, "current")) is not None:
        first_status["currentCPUUtilizationPercentage"] = share
    found = {**hpa, "spec": first_spec, "status": first_status}
    return with_meta(found, annotations={**annotations_of(hpa), **texts}) if texts else found


def _first_share(found: Any, part: str) -> int | None:
    shares = (metrics.cpu_share(metric, part) for metric in found)
    return next((share for share in shares if share is not None), None)


def to_second(hpa: Object) -> Object:
    """An autoscaler of version 1 as it is stored; what its annotations cannot say is left out."""
    spec, status = hpa.get("spec") or {}, hpa.get("status") or {}
    notes = annotations_of(hpa)
    second = {name: spec[name] for name in _KEPT_SPEC if name in spec}
    wanted = [metrics.nested(m, "target") for m in _listed(notes, _METRICS)]
    if "targetCPUUtilizationPercentage" in spec:
        wanted.append(metrics.cpu(spec["targetCPUUtilizationPercentage"], "target"))
    if wanted:
        second["metrics"] = wanted
    if behavior := _from_go(_read(notes, _BEHAVIOR)):
        second["behavior"] = behavior
    kept = {name: text for name, text in notes.items() if name not in _OURS}
    found = {**hpa, "spec": second}
    if "status" in hpa:
        found["status"] = _status(status, notes)
    return with_meta(found, annotations=kept or None) if len(kept) < len(notes) else found


def _status(status: Object, notes: dict[str, str]) -> Object:
    found = {name: status[name] for name in _KEPT_STATUS if name in status}
    current = [metrics.nested(m, "current") for m in _listed(notes, _CURRENT)]
    share = status.get("currentCPUUtilizationPercentage")
    if not current and share is not None:
        current = [metrics.cpu(share, "current")]
    conditions = _listed(notes, _CONDITIONS)
    parts = (("currentMetrics", current), ("conditions", conditions))
    return found | {name: value for name, value in parts if value}


def _read(notes: dict[str, str], name: str) -> Any:
    """What an annotation holds, None where it holds no JSON: the server then ignores it."""
    try:
        return msgspec.json.decode(notes.get(name, "null"))
    except msgspec.DecodeError:
        return None


def _listed(notes: dict[str, str], name: str) -> list[Object]:
    found = _read(notes, name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _as_go(value: Any) -> Any:
    """Fields under the names that Go has for them, with those that are not set as null."""
    if isinstance(value, list):
        return [_as_go(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name[:1].upper() + name[1:]: _as_go(inner) for name, inner in value.items()}
    if "policies" in value or "selectPolicy" in value or "stabilizationWindowSeconds" in value:
        found = {"StabilizationWindowSeconds": None, "SelectPolicy": None, **found}
    return found


def _from_go(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_go(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name[:1].lower() + name[1:]: _from_go(inner)
        for name, inner in value.items()
        if inner is not None
    }
