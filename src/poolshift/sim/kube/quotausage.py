"""What an object uses of a ResourceQuota, and which quotas it counts for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.quantities import amount, format_bytes, format_millicores
from poolshift.sim.kube.errors import qualified
from poolshift.sim.kube.objects import Object, finished

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.sim.kube.resources import Kind

Amounts = dict[str, int]
COMPUTE = ("cpu", "memory", "ephemeral-storage")
_COUNTED = ("configmaps", "secrets", "persistentvolumeclaims", "resourcequotas", "services")


def unit(resource: str) -> str:
    """The resource whose unit a quota's key is kept in: `requests.cpu` → `cpu`."""
    return resource.removeprefix("requests.").removeprefix("limits.").rpartition("/")[2]


def read_amount(resource: str, text: object) -> int:
    """A quantity of a quota as a number."""
    return amount(unit(resource), str(text))


def write_amount(resource: str, value: int) -> str:
    """A number as the status of a quota has it."""
    name = unit(resource)
    if name == "cpu":
        return format_millicores(value)
    if name in ("memory", "ephemeral-storage", "storage", "requests.storage"):
        return format_bytes(value)
    return str(value)


def usage_of(kind: Kind, obj: Object) -> Amounts:
    """Everything that an object can use of a quota."""
    used = {f"count/{qualified(kind)}": 1}
    if kind.kind == "Pod":
        return used | ({} if finished(obj) else _pod(obj["spec"]))
    if kind.plural in _COUNTED and not kind.group:
        used[kind.plural] = 1
    if kind.kind == "Service":
        used |= _service(obj["spec"])
    if kind.kind == "PersistentVolumeClaim":
        used |= _claim(obj["spec"])
    return used


def _pod(spec: Object) -> Amounts:
    used: Amounts = {"pods": 1}
    for name, value in _summed(spec, "requests").items():
        used[f"requests.{name}"] = value
        if name in COMPUTE:
            used[name] = value
    for name, value in _summed(spec, "limits").items():
        used[f"limits.{name}"] = value
    return used


def _summed(spec: Object, side: str) -> Amounts:
    """Sum of the containers, or the largest init container where that is more."""
    total: Amounts = {}
    for container in spec.get("containers") or ():
        for name, text in _stated(container, side).items():
            total[name] = total.get(name, 0) + amount(name, str(text))
    for container in spec.get("initContainers") or ():
        for name, text in _stated(container, side).items():
            total[name] = max(total.get(name, 0), amount(name, str(text)))
    return total


def _stated(container: Object, side: str) -> Mapping[str, object]:
    found: Mapping[str, object] = (container.get("resources") or {}).get(side) or {}
    return found


def _service(spec: Object) -> Amounts:
    ports = len(spec.get("ports") or ())
    type_ = spec.get("type", "ClusterIP")
    return {
        "services.loadbalancers": int(type_ == "LoadBalancer"),
        "services.nodeports": ports if type_ in ("LoadBalancer", "NodePort") else 0,
    }


def _claim(spec: Object) -> Amounts:
    asked = ((spec.get("resources") or {}).get("requests") or {}).get("storage", "0")
    used = {"requests.storage": amount("storage", str(asked))}
    storage_class = spec.get("storageClassName")
    if storage_class:
        prefix = f"{storage_class}.storageclass.storage.k8s.io"
        used |= {f"{prefix}/requests.storage": used["requests.storage"]}
        used |= {f"{prefix}/persistentvolumeclaims": 1}
    return used


def counts(quota: Object, kind: Kind, obj: Object) -> bool:
    """Whether an object is in a quota's scopes; a quota with scopes counts pods alone."""
    spec = quota["spec"]
    scopes = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    scopes += (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    if not scopes:
        return True
    return kind.kind == "Pod" and all(_in_scope(scope, obj) for scope in scopes)


def _in_scope(scope: Object, pod: Object) -> bool:
    name: str = scope["scopeName"]
    spec: Object = pod["spec"]
    if name in ("Terminating", "NotTerminating"):
        bounded: bool = spec.get("activeDeadlineSeconds") is not None
        return bounded == (name == "Terminating")
    if name in ("BestEffort", "NotBestEffort"):
        effort: bool = _best_effort(spec)
        return effort == (name == "BestEffort")
    if name == "PriorityClass":
        priority, values = spec.get("priorityClassName", ""), scope.get("values") or ()
        found = {
            "In": priority in values,
            "NotIn": priority not in values,
            "Exists": bool(priority),
            "DoesNotExist": not priority,
        }
        return found.get(scope.get("operator", ""), False)
    return False


def _best_effort(spec: Object) -> bool:
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return not any(
        name in COMPUTE
        for c in containers
        for side in ("requests", "limits")
        for name in _stated(c, side)
    )


def unstated(quota: Object, spec: Object) -> str:
    """Which compute resources that a quota bounds no container states, as the server lists them."""
    lacking: dict[str, list[str]] = {}
    for resource in sorted(quota["spec"].get("hard") or {}):
        side = "limits" if resource.startswith("limits.") else "requests"
        name = resource.removeprefix("limits.").removeprefix("requests.")
        if name not in COMPUTE:
            continue
        without = [c["name"] for c in spec["containers"] if name not in _stated(c, side)]
        if without:
            lacking[resource] = without
    return "; ".join(f"{name} for: {','.join(who)}" for name, who in lacking.items())


def listed(amounts: Mapping[str, str], names: Iterable[str]) -> str:
    """Amounts as the server's messages list them."""
    return ",".join(f"{name}={amounts[name]}" for name in sorted(names))
