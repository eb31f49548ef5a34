"""Which lists are maps or sets, and which values are owned whole.

The API's types say so with list types, list map keys and atomic structs. The simulator knows them
by the name of the field, which is unambiguous for the kinds that it serves but for `ports`, whose
elements tell.
"""

from __future__ import annotations

from typing import Any

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
# Keys of the lists that are maps, by field name.
_LIST_KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_CONTAINERS, ("name",)),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "ownerReferences": ("uid",),
    "conditions": ("type",),
    "addresses": ("type",),
    "secrets": ("name",),
    "podIPs": ("ip",),
    "resourceClaims": ("name",),
    "webhooks": ("name",),
}
_PORT_KEYS = (("containerPort", "protocol"), ("port", "protocol"))
_PORT_DEFAULT = {"protocol": "TCP"}
_SETS = frozenset({"finalizers", "podCIDRs"})
# Maps and structs that one manager owns as one value.
_ATOMIC = frozenset(
    {
        "selector",
        "labelSelector",
        "namespaceSelector",
        "objectSelector",
        "podSelector",
        "nodeSelector",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "secretKeyRef",
        "configMapKeyRef",
        "fieldRef",
        "resourceFieldRef",
        "claimRef",
        "involvedObject",
        "scaleTargetRef",
        "scopeSelector",
        "roleRef",
        "dataSource",
        "uncountedTerminatedPods",
        "matchLabels",
        "fieldsV1",
    }
)
# Structs that every object has, filled or not: they are never owned themselves.
STRUCTS = frozenset(
    {
        "metadata",
        "spec",
        "status",
        "template",
        "jobTemplate",
        "strategy",
        "updateStrategy",
        "daemonEndpoints",
        "kubeletEndpoint",
        "nodeInfo",
        "source",
        "loadBalancer",
    }
)
# A job's conditions are one value, unlike everyone else's.
_ATOMIC_CONDITIONS = frozenset({"Job"})


def keys_of(kind: str, name: str, items: list[Any]) -> tuple[str, ...] | None:
    """The keys of a list that is a map; None for a list that is one value or a set."""
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    if name == "conditions" and kind in _ATOMIC_CONDITIONS:
        return None
    if name == "ports":
        return next((k for k in _PORT_KEYS if all(k[0] in item for item in items)), None)
    found = _LIST_KEYS.get(name)
    if found is None or any(key not in item for item in items for key in found):
        return None
    return found


def element_key(keys: tuple[str, ...], item: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """An element's key values; a port that leaves its protocol out means TCP."""
    return tuple((key, item.get(key, _PORT_DEFAULT.get(key))) for key in keys)


def is_set(name: str) -> bool:
    """Whether a list of plain values merges by value."""
    return name in _SETS


def whole(path: tuple[str, ...], name: str) -> bool:
    """Whether the value of a field is owned as one.

    Args:
        path: where the field's parent stands.
        name: the field.
    """
    if path[-1:] == ("f:labels",) or path[-1:] == ("f:annotations",) or path[-1:] == ("f:data",):
        return True
    return atomic(name) or (bool(path) and path[-1].startswith('k:{"uid"'))


def atomic(name: str) -> bool:
    """Whether one manager owns the value of a field as one, wherever the field stands."""
    return name in _ATOMIC
