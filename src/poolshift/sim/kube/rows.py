"""The cells of the server's tables, one function a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.clock import parse_time
from poolshift.core.kube import LabelSelector
from poolshift.semantics.selectors import format_selector
from poolshift.sim.kube.objects import Object, condition_of, labels_of, terminating
from poolshift.sim.kube.targets import targets_of

if TYPE_CHECKING:
    from datetime import datetime

NONE = "<none>"
_ROLE = "node-role.kubernetes.io/"
_OLD_ROLE = "kubernetes.io/role"


def age(since: str | None, now: datetime) -> str:
    """A duration as kubectl prints it: two units at most, coarser the longer it is."""
    if not since:
        return "<unknown>"
    seconds = int((now - parse_time(since)).total_seconds())
    return duration(max(seconds, 0))


def duration(seconds: int) -> str:
    """Seconds in kubectl's words."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    if days < 2920:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def _born(obj: Object, now: datetime) -> str:
    return age(obj["metadata"].get("creationTimestamp"), now)


def _name(obj: Object) -> str:
    name: str = obj["metadata"]["name"]
    return name


_UNKNOWN = "<unknown>"


def node_cells(node: Object, now: datetime) -> list[Any]:
    """A row of node cells."""
    ready = condition_of(node, "Ready")
    status = "Unknown"
    if ready is not None:
        status = "Ready" if ready["status"] == "True" else "NotReady"
    if node["spec"].get("unschedulable"):
        status += ",SchedulingDisabled"
    info = node["status"].get("nodeInfo") or {}
    return [
        _name(node),
        status,
        _roles(labels_of(node)),
        _born(node, now),
        info.get("kubeletVersion", ""),
        _address(node, "InternalIP"),
        _address(node, "ExternalIP"),
        info.get("osImage") or _UNKNOWN,
        info.get("kernelVersion") or _UNKNOWN,
        info.get("containerRuntimeVersion") or _UNKNOWN,
    ]


def _roles(labels: dict[str, str]) -> str:
    roles = {key.removeprefix(_ROLE) for key in labels if key.startswith(_ROLE)}
    if labels.get(_OLD_ROLE):
        roles.add(labels[_OLD_ROLE])
    return ",".join(sorted(roles)) or NONE


def _address(node: Object, type_: str) -> str:
    for address in node["status"].get("addresses") or ():
        if address["type"] == type_:
            found: str = address["address"]
            return found
    return NONE


def pod_cells(pod: Object, now: datetime) -> list[Any]:
    """A row of pod cells."""
    statuses = pod["status"].get("containerStatuses") or []
    ready = sum(bool(s["ready"]) for s in statuses)
    gates = len(pod["spec"].get("readinessGates") or ())
    return [
        _name(pod),
        f"{ready}/{len(pod['spec']['containers'])}",
        pod_status(pod),
        str(sum(s["restartCount"] for s in statuses)),
        _born(pod, now),
        pod["status"].get("podIP") or NONE,
        pod["spec"].get("nodeName") or NONE,
        pod["status"].get("nominatedNodeName") or NONE,
        f"0/{gates}" if gates else NONE,
    ]


def pod_status(pod: Object) -> str:
    """The word of the STATUS column."""
    if terminating(pod):
        return "Terminating"
    word: str = pod["status"].get("reason") or pod["status"].get("phase", "Unknown")
    if word == "Succeeded":
        return "Completed"
    for status in pod["status"].get("containerStatuses") or ():
        state = status.get("state") or {}
        if (reason := (state.get("waiting") or {}).get("reason")) or (
            reason := (state.get("terminated") or {}).get("reason")
        ):
            word = reason
    return word


def containers_of(obj: Object) -> tuple[str, str]:
    """Names and images of a template's containers."""
    spec = obj.get("spec") or obj
    template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template")
    containers = (template or {}).get("spec", {}).get("containers") or []
    return ",".join(c["name"] for c in containers), ",".join(c["image"] for c in containers)


def _selector(obj: Object) -> str:
    selector = obj["spec"].get("selector")
    if selector is None:
        return NONE
    return format_selector(msgspec.convert(selector, LabelSelector))


def deployment_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of deployment cells."""
    status = obj.get("status", {})
    return [
        _name(obj),
        f"{status.get('readyReplicas', 0)}/{obj['spec']['replicas']}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        _born(obj, now),
        *containers_of(obj),
        _selector(obj),
    ]


def replica_set_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of replica set cells."""
    status = obj.get("status", {})
    return [
        _name(obj),
        obj["spec"]["replicas"],
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        _born(obj, now),
        *containers_of(obj),
        _selector(obj),
    ]


def stateful_set_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of stateful set cells."""
    ready = f"{obj.get('status', {}).get('readyReplicas', 0)}/{obj['spec']['replicas']}"
    return [_name(obj), ready, _born(obj, now), *containers_of(obj)]


def daemon_set_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of daemon set cells."""
    status = obj.get("status", {})
    chosen = obj["spec"]["template"]["spec"].get("nodeSelector") or {}
    counts = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    return [
        _name(obj),
        *(status.get(count, 0) for count in counts),
        ",".join(f"{k}={v}" for k, v in sorted(chosen.items())) or NONE,
        _born(obj, now),
        *containers_of(obj),
        _selector(obj),
    ]


def job_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of job cells."""
    status = obj.get("status", {})
    done = any(
        c["type"] == "Complete" and c["status"] == "True" for c in status.get("conditions") or ()
    )
    started = status.get("startTime")
    end = parse_time(status["completionTime"]) if status.get("completionTime") else now
    return [
        _name(obj),
        "Complete" if done else "Running",
        f"{status.get('succeeded', 0)}/{obj['spec'].get('completions', 1)}",
        age(started, end) if started else "",
        _born(obj, now),
        *containers_of(obj),
        _selector(obj),
    ]


def budget_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of budget cells."""
    spec = obj["spec"]
    return [
        _name(obj),
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        obj["status"].get("disruptionsAllowed", 0),
        _born(obj, now),
    ]


def service_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of service cells."""
    spec = obj["spec"]
    chosen = spec.get("selector") or {}
    ingress = obj.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    outside = ",".join(i.get("ip") or i.get("hostname", "") for i in ingress)
    if not outside:
        outside = "<pending>" if spec["type"] == "LoadBalancer" else NONE
    return [
        _name(obj),
        spec["type"],
        spec.get("clusterIP") or NONE,
        outside,
        ",".join(_port(p) for p in spec.get("ports") or ()) or NONE,
        _born(obj, now),
        ",".join(f"{k}={v}" for k, v in sorted(chosen.items())) or NONE,
    ]


def _port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


def namespace_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of namespace cells."""
    return [_name(obj), obj["status"].get("phase", ""), _born(obj, now)]


def event_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of event cells."""
    about, origin = obj["involvedObject"], obj.get("source") or {}
    component = origin.get("component") or obj.get("reportingComponent")
    host = origin.get("host") or obj.get("reportingInstance")
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    series = obj.get("series") or {}
    last = series.get("lastObservedTime") or obj.get("lastTimestamp") or first
    return [
        age(last, now),
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{about.get('kind', '').lower()}/{about.get('name', '')}",
        about.get("fieldPath", ""),
        ", ".join(filter(None, (component, host))),
        obj.get("message", ""),
        age(first, now),
        series.get("count") or obj.get("count") or 1,
        _name(obj),
    ]


def config_map_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of config map cells."""
    held = len(obj.get("data") or ()) + len(obj.get("binaryData") or ())
    return [_name(obj), held, _born(obj, now)]


def service_account_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of service account cells."""
    return [_name(obj), len(obj.get("secrets") or ()), _born(obj, now)]


def lease_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of lease cells."""
    return [_name(obj), obj.get("spec", {}).get("holderIdentity") or "", _born(obj, now)]


def autoscaler_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of autoscaler cells."""
    spec = obj["spec"]
    target = spec.get("scaleTargetRef") or {}
    return [
        _name(obj),
        f"{target.get('kind')}/{target.get('name')}",
        targets_of(obj),
        str(spec.get("minReplicas", 1)),
        spec.get("maxReplicas", 0),
        obj.get("status", {}).get("currentReplicas", 0),
        _born(obj, now),
    ]


def any_cells(obj: Object, now: datetime) -> list[Any]:
    """A row of any cells."""
    return [_name(obj), obj["metadata"].get("creationTimestamp", "")]
