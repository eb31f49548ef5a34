"""Metrics of autoscalers: the nested targets of version 2, the flat fields of version 1.

Version 1 has a field for the use of CPU alone; it keeps everything else as JSON in annotations,
in the flat form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.kube.objects import Object


class _Flat(NamedTuple):
    """Where a kind of metric has its parts in the flat form; empty for a part that it lacks."""

    name: str = ""
    selector: str = ""
    subject: str = ""
    share: str = ""
    average: str = ""
    value: str = ""


_TARGETS: dict[str, _Flat] = {
    "resource": _Flat(share="targetAverageUtilization", average="targetAverageValue"),
    "containerResource": _Flat(share="targetAverageUtilization", average="targetAverageValue"),
    "pods": _Flat("metricName", "selector", average="targetAverageValue"),
    "object": _Flat("metricName", "selector", "target", "", "averageValue", "targetValue"),
    "external": _Flat(
        "metricName", "metricSelector", average="targetAverageValue", value="targetValue"
    ),
}
_FIGURES: dict[str, _Flat] = {
    "resource": _Flat(share="currentAverageUtilization", average="currentAverageValue"),
    "containerResource": _Flat(share="currentAverageUtilization", average="currentAverageValue"),
    "pods": _Flat("metricName", "selector", average="currentAverageValue"),
    "object": _Flat("metricName", "selector", "target", "", "averageValue", "currentValue"),
    "external": _Flat(
        "metricName", "metricSelector", average="currentAverageValue", value="currentValue"
    ),
}
_PLAIN = ("name", "container")


def cpu_share(metric: Object, part: str) -> int | None:
    """The use of CPU that a metric wants (`target`) or shows (`current`), None for others."""
    resource = metric.get("resource") or {}
    if metric.get("type") != "Resource" or resource.get("name") != "cpu":
        return None
    found: int | None = (resource.get(part) or {}).get("averageUtilization")
    return found


def cpu(share: int, part: str) -> Object:
    """A metric of the use of CPU."""
    figure: Object = {"averageUtilization": share}
    if part == "target":
        figure = {"type": "Utilization", **figure}
    return {"type": "Resource", "resource": {"name": "cpu", part: figure}}


def flat(metric: Object, part: str) -> Object:
    """A metric of version 2 in the form of version 1."""
    return _converted(metric, part, _flattened)


def _converted(
    metric: Object, part: str, source_of: Callable[[Object, str, _Flat], Object]
) -> Object:
    """A metric with each of its sources in the other form."""
    table = _TARGETS if part == "target" else _FIGURES
    found: Object = {"type": metric.get("type", "")}
    for name, places in table.items():
        if isinstance(metric.get(name), dict):
            found[name] = source_of(metric[name], part, places)
    return found


def _flattened(source: Object, part: str, places: _Flat) -> Object:
    identity, figure = source.get("metric") or {}, source.get(part) or {}
    pairs = (
        (places.subject, source.get("describedObject")),
        (places.name, identity.get("name")),
        (places.selector, identity.get("selector")),
        (places.value, figure.get("value")),
        (places.share, figure.get("averageUtilization")),
        (places.average, figure.get("averageValue")),
    )
    plain = {name: source[name] for name in _PLAIN if name in source}
    return plain | {place: value for place, value in pairs if place and value is not None}


def nested(metric: Object, part: str) -> Object:
    """A metric of version 1 in the form of version 2."""
    return _converted(metric, part, _raised)


def _raised(source: Object, part: str, places: _Flat) -> Object:
    found: Object = {name: source[name] for name in _PLAIN if name in source}
    if places.subject and places.subject in source:
        found["describedObject"] = source[places.subject]
    if places.name:
        named = (("name", places.name), ("selector", places.selector))
        found["metric"] = {key: source[place] for key, place in named if place in source}
    pairs = (
        ("value", places.value),
        ("averageUtilization", places.share),
        ("averageValue", places.average),
    )
    figure = {key: source[place] for key, place in pairs if place and place in source}
    found[part] = {"type": _type_of(figure), **figure} if part == "target" else figure
    return found


def _type_of(figure: Object) -> str:
    if "averageUtilization" in figure:
        return "Utilization"
    return "AverageValue" if "averageValue" in figure else "Value"
