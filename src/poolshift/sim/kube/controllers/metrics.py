"""What autoscalers read: the load curve of a workload over its pods.

A workload without a curve reads exactly its target, so that its autoscaler keeps it where it is,
within its minimum and maximum.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from poolshift.semantics.quantities import parse
from poolshift.sim.kube.controllers.loadcurves import LoadCurve, read_curve
from poolshift.sim.kube.controllers.scaling import Reading

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.objects import Object

_DEFAULT_METRIC: Object = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}


class Loads:
    """The load of workloads by `NAMESPACE/KIND/NAME`."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._curves: dict[str, LoadCurve | None] = {}

    def curve(self, workload: str) -> LoadCurve | None:
        """The curve of a workload; None when the scenario has none."""
        if workload not in self._curves:
            specs = [s for s in self._ctx.behaviour.loads if s.workload == workload]
            salt = self._ctx.rng.getrandbits(32) if specs and specs[0].noise else 0
            read = read_curve(specs[0], self._ctx.clock.start, salt) if specs else None
            self._curves[workload] = read
        return self._curves[workload]

    def now(self, workload: str) -> float | None:
        """The load of a workload at this moment; None without a curve."""
        curve = self.curve(workload)
        return curve.at(self._ctx.clock.t, self._ctx.clock.moment()) if curve else None

    def readings(self, workload: str, hpa: Object, ready: int) -> list[Reading]:
        """Every metric of an autoscaler against its target, over so many ready pods."""
        curve, load = self.curve(workload), self.now(workload)
        capacity = curve.capacity if curve else 1.0
        return [
            _reading(metric, load, capacity, ready)
            for metric in hpa["spec"].get("metrics") or [_DEFAULT_METRIC]
        ]


def _reading(metric: Object, load: float | None, capacity: float, ready: int) -> Reading:
    """One metric.

    Utilization is load over what the ready pods carry; AverageValue is load per ready pod; Value
    is the load itself.
    """
    field = _field(metric["type"])
    source = metric.get(field) or {}
    target = source.get("target") or {}
    name = _name(metric["type"], source, target)
    if "averageUtilization" in target:
        wanted = float(target["averageUtilization"])
        value = wanted if load is None else 100.0 * load / (ready * capacity)
        current: dict[str, Any] = {"averageUtilization": round(value)}
    else:
        wanted = float(parse(str(target.get("averageValue") or target.get("value") or "1")))
        share = ready if "averageValue" in target else 1
        value = wanted if load is None else load / share
        text = f"{math.ceil(value * 1000)}m" if value % 1 else str(int(value))
        current = {"averageValue" if "averageValue" in target else "value": text}
    seen = {k: v for k, v in source.items() if k != "target"} | {"current": current}
    return Reading(value / wanted, name, {"type": metric["type"], field: seen})


def _field(type_: str) -> str:
    return type_[:1].lower() + type_[1:]


def _name(type_: str, source: Object, target: Object) -> str:
    """A metric as conditions and events call it."""
    if type_ in ("Resource", "ContainerResource"):
        what = "(percentage of request)" if "averageUtilization" in target else ""
        base = f"{source.get('name', 'cpu')} "
        kind = "container resource" if type_ == "ContainerResource" else "resource"
        return f"{base}{kind} utilization {what}".strip() if what else f"{base}{kind}".strip()
    metric = (source.get("metric") or {}).get("name", "")
    if type_ == "Pods":
        return f"pods metric {metric}"
    if type_ == "External":
        return f"external metric {metric}(&LabelSelector{{MatchLabels:map[string]string{{}},}})"
    described = source.get("describedObject") or {}
    return f"{described.get('kind', '')} metric {metric}"
