"""The TARGETS of an autoscaler as the API server's table prints them: measured over wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object

UNKNOWN, AUTO, NONE = "<unknown>", "<auto>", "<none>"
SHOWN = 2
# Metrics whose average over the pods is one of two ways to state a target, and is marked.
_AVERAGED = ("external", "object")
_RESOURCES = ("resource", "containerResource")


def targets_of(hpa: Object) -> str:
    """All metrics in one text; of more than two, the first two and how many more."""
    specs = hpa["spec"].get("metrics") or ()
    if not specs:
        return NONE
    seen = hpa.get("status", {}).get("currentMetrics") or ()
    texts = [_metric(spec, seen[n] if n < len(seen) else {}) for n, spec in enumerate(specs)]
    more = f" + {len(texts) - SHOWN} more..." if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more


def _metric(spec: Object, seen: Object) -> str:
    field = spec["type"][0].lower() + spec["type"][1:]
    source = spec.get(field) or {}
    target = source.get("target") or {}
    current = (seen.get(field) or {}).get("current") or {}
    if field in _RESOURCES:
        return f"{source.get('name', '')}: {_resource(target, current)}"
    key = "value" if field in _AVERAGED and "averageValue" not in target else "averageValue"
    mark = " (avg)" if field in _AVERAGED and key == "averageValue" else ""
    return f"{current.get(key, UNKNOWN)}/{target.get(key, UNKNOWN)}{mark}"


def _resource(target: Object, current: Object) -> str:
    if "averageValue" in target:
        return f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']}"
    shares = (current.get("averageUtilization"), target.get("averageUtilization"))
    now, wanted = (None if share is None else f"{share}%" for share in shares)
    return f"{now or UNKNOWN}/{wanted or AUTO}"
