"""What fields can say, type by type: which must be there, which words and figures they take.

The tables name types and fields as `openapi/types.txt` does; a rule holds wherever the type
stands. Fields that admission fills in are not asked for here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from poolshift.semantics.quantities import parse
from poolshift.sim.kube.errors import (
    Problem,
    invalid_value,
    required_value,
    unsupported_value,
)
from poolshift.sim.kube.openapi.types import FieldType, Type, type_of, types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.openapi.sound import Sound
    from poolshift.sim.kube.resources import Kind

_REQUIRED: dict[str, tuple[str, ...]] = {
    "Container": ("name", "image"),
    "ContainerPort": ("containerPort",),
    "EnvVar": ("name",),
    "VolumeMount": ("name", "mountPath"),
    "Volume": ("name",),
    "Taint": ("key", "effect"),
    "OwnerReference": ("apiVersion", "kind", "name", "uid"),
    "LabelSelectorRequirement": ("key", "operator"),
    "TopologySpreadConstraint": ("maxSkew", "topologyKey", "whenUnsatisfiable"),
    "PodAffinityTerm": ("topologyKey",),
    "ServicePort": ("port",),
    "PersistentVolumeClaimVolumeSource": ("claimName",),
    "ScopedResourceSelectorRequirement": ("scopeName", "operator"),
    "LimitRangeItem": ("type",),
    "Condition": ("type", "status"),
    "ContainerStatus": ("name",),
    "NodeAddress": ("type", "address"),
    "PodReadinessGate": ("conditionType",),
    "PodSchedulingGate": ("name",),
    "HostAlias": ("ip",),
    "NodeSelector": ("nodeSelectorTerms",),
    "TopologySelectorLabelRequirement": ("key", "values"),
    "Event": ("involvedObject",),
    "HTTPGetAction": ("port",),
    "TCPSocketAction": ("port",),
    "StorageClass": ("provisioner",),
    "EphemeralVolumeSource": ("volumeClaimTemplate",),
}
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("PodSpec", "restartPolicy"): ("Always", "OnFailure", "Never"),
    ("PodSpec", "dnsPolicy"): ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    ("PodSpec", "preemptionPolicy"): ("Never", "PreemptLowerPriority"),
    ("PodOS", "name"): ("linux", "windows"),
    ("Container", "imagePullPolicy"): ("Always", "IfNotPresent", "Never"),
    ("Container", "terminationMessagePolicy"): ("FallbackToLogsOnError", "File"),
    ("ContainerPort", "protocol"): ("SCTP", "TCP", "UDP"),
    ("ServicePort", "protocol"): ("SCTP", "TCP", "UDP"),
    ("Taint", "effect"): _EFFECTS,
    ("Toleration", "effect"): _EFFECTS,
    ("Toleration", "operator"): ("Equal", "Exists"),
    ("TopologySpreadConstraint", "whenUnsatisfiable"): ("DoNotSchedule", "ScheduleAnyway"),
    ("TopologySpreadConstraint", "nodeAffinityPolicy"): ("Honor", "Ignore"),
    ("TopologySpreadConstraint", "nodeTaintsPolicy"): ("Honor", "Ignore"),
    ("DeploymentStrategy", "type"): ("Recreate", "RollingUpdate"),
    ("StatefulSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("DaemonSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("StatefulSetSpec", "podManagementPolicy"): ("OrderedReady", "Parallel"),
    ("StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted"): ("Delete", "Retain"),
    ("StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled"): ("Delete", "Retain"),
    ("PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy"): ("AlwaysAllow", "IfHealthyBudget"),
    ("JobSpec", "completionMode"): ("Indexed", "NonIndexed"),
    ("JobSpec", "podReplacementPolicy"): ("Failed", "TerminatingOrFailed"),
    ("PodFailurePolicyOnPodConditionsPattern", "status"): ("False", "True", "Unknown"),
    ("ServiceSpec", "type"): ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    ("ServiceSpec", "sessionAffinity"): ("ClientIP", "None"),
    ("ServiceSpec", "internalTrafficPolicy"): ("Cluster", "Local"),
    ("ServiceSpec", "externalTrafficPolicy"): ("Cluster", "Local"),
    ("PersistentVolumeClaimSpec", "volumeMode"): ("Block", "Filesystem"),
    ("PersistentVolumeSpec", "volumeMode"): ("Block", "Filesystem"),
    ("PersistentVolumeSpec", "persistentVolumeReclaimPolicy"): ("Delete", "Recycle", "Retain"),
    ("StorageClass", "reclaimPolicy"): ("Delete", "Retain"),
    ("StorageClass", "volumeBindingMode"): ("Immediate", "WaitForFirstConsumer"),
    ("PriorityClass", "preemptionPolicy"): ("Never", "PreemptLowerPriority"),
    ("HPAScalingRules", "selectPolicy"): ("Disabled", "Max", "Min"),
    ("ScopedResourceSelectorRequirement", "operator"): ("DoesNotExist", "Exists", "In", "NotIn"),
}
# The least that a figure can be.
_LEAST: dict[tuple[str, str], int] = {
    **{
        (kind, field): 0
        for kind, fields in (
            ("DeploymentSpec", ("replicas", "minReadySeconds", "revisionHistoryLimit")),
            ("ReplicaSetSpec", ("replicas", "minReadySeconds")),
            ("StatefulSetSpec", ("replicas", "minReadySeconds", "revisionHistoryLimit")),
            ("DaemonSetSpec", ("minReadySeconds", "revisionHistoryLimit")),
            ("StatefulSetOrdinals", ("start",)),
            ("RollingUpdateStatefulSetStrategy", ("partition",)),
            ("PodSpec", ("terminationGracePeriodSeconds",)),
            ("JobSpec", ("backoffLimitPerIndex", "maxFailedIndexes")),
            ("HPAScalingRules", ("stabilizationWindowSeconds",)),
            ("Probe", ("initialDelaySeconds", "timeoutSeconds", "periodSeconds")),
            ("Probe", ("successThreshold", "failureThreshold")),
            ("ContainerStatus", ("restartCount",)),
            ("PodDisruptionBudgetStatus", ("disruptionsAllowed", "currentHealthy")),
            ("PodDisruptionBudgetStatus", ("desiredHealthy", "expectedPods")),
            *(
                (f"{kind}Status", ("replicas", "readyReplicas", "availableReplicas"))
                for kind in ("Deployment", "ReplicaSet", "StatefulSet")
            ),
            ("DeploymentStatus", ("updatedReplicas", "unavailableReplicas", "collisionCount")),
            ("StatefulSetStatus", ("updatedReplicas", "currentReplicas", "collisionCount")),
            ("DaemonSetStatus", ("desiredNumberScheduled", "numberReady", "collisionCount")),
            ("JobStatus", ("active", "succeeded", "failed", "ready")),
        )
        for field in fields
    },
    ("DeploymentSpec", "progressDeadlineSeconds"): 0,
    ("PodSpec", "activeDeadlineSeconds"): 1,
    ("TopologySpreadConstraint", "maxSkew"): 1,
    ("TopologySpreadConstraint", "minDomains"): 1,
    ("PreferredSchedulingTerm", "weight"): 1,
    ("WeightedPodAffinityTerm", "weight"): 1,
}
_PORTS = (
    ("ContainerPort", "containerPort"),
    ("ContainerPort", "hostPort"),
    ("ServicePort", "port"),
)
_MOST_PORT = 65535
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_NODE_OPERATORS = (*_OPERATORS, "Gt", "Lt")
_PERCENT = re.compile(r"[0-9]+%")
_NO_PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
    "'93%', regex used for validation is '[0-9]+%')"
)
_NEGATIVE = "must be greater than or equal to 0"
# Figures that are a count or a share; of those marked no more than all can be.
_SHARES = {
    ("PodDisruptionBudgetSpec", "minAvailable"): True,
    ("PodDisruptionBudgetSpec", "maxUnavailable"): True,
    ("RollingUpdateDeployment", "maxUnavailable"): True,
    ("RollingUpdateDeployment", "maxSurge"): False,
    ("RollingUpdateDaemonSet", "maxUnavailable"): True,
    ("RollingUpdateDaemonSet", "maxSurge"): True,
    ("RollingUpdateStatefulSetStrategy", "maxUnavailable"): True,
}
_DNS_LABELS = (("Container", "name"), ("Volume", "name"))
# Every field with a rule of its own.
_RULED = frozenset({*_CHOICES, *_LEAST, *_SHARES, *_PORTS, *_DNS_LABELS})
_LABEL = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LABEL_PROBLEM = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_NAME_PART = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_NAME_PROBLEM = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_DNS_PROBLEM = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_MOST_LABEL = 63
_MOST_PREFIX = 253


def problems(kind: Kind, obj: Object, sound: Sound | None = None) -> list[Problem]:
    """What is wrong with an object's fields; kinds without a type have their metadata alone.

    Args:
        kind: what it is.
        obj: the object.
        sound: parts that are known to be right; what is right is noted there.
    """
    found = type_of(kind)
    if found is None:
        return list(_of_type(types()["ObjectMeta"], obj["metadata"], "metadata", sound))
    return list(_of_type(found, obj, "", sound))


def _of_type(type_: Type, value: Object, path: str, sound: Sound | None) -> Iterator[Problem]:
    if sound is None:
        yield from _looked_through(type_, value, path, None)
    elif not sound.has(value, type_.name):
        found = list(_looked_through(type_, value, path, sound))
        if not found:
            sound.note(value, type_.name)
        yield from found


def _looked_through(
    type_: Type, value: Object, path: str, sound: Sound | None
) -> Iterator[Problem]:
    for name in _REQUIRED.get(type_.name, ()):
        if value.get(name) in (None, "", [], {}):
            yield required_value(_at(path, name))
    check = _WHOLE.get(type_.name)
    if check is not None:
        yield from check(value, path)
    known = types()
    for name, inner in value.items():
        field = type_.fields.get(name)
        if field is None or inner is None:
            continue
        typed = known.get(field.inner)
        if typed is None:
            if (type_.name, name) not in _RULED and field.type != "{amount}":
                continue
            yield from _of_value(type_.name, name, field, inner, _at(path, name))
        else:
            yield from _of_field(typed, field, inner, _at(path, name), sound)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _of_field(
    inner: Type, field: FieldType, value: Any, path: str, sound: Sound | None
) -> Iterator[Problem]:
    if field.many == "[":
        for n, one in enumerate(value):
            if isinstance(one, dict):
                yield from _of_type(inner, one, f"{path}[{n}]", sound)
    elif field.many == "{":
        for key, one in value.items():
            yield from _of_type(inner, one, f"{path}[{key}]", sound)
    else:
        yield from _of_type(inner, value, path, sound)


def _of_value(owner: str, name: str, field: FieldType, value: Any, path: str) -> Iterator[Problem]:
    place = (owner, name)
    if place in _CHOICES:
        if value not in ("", *_CHOICES[place]):
            yield unsupported_value(path, value, _CHOICES[place])
    elif place in _LEAST:
        yield from _at_least(value, _LEAST[place], path)
    elif place in _SHARES:
        yield from _share(value, path, bounded=_SHARES[place])
    elif place in _PORTS:
        if not (0 if name == "hostPort" else 1) <= value <= _MOST_PORT:
            problem = f"must be between 1 and {_MOST_PORT}, inclusive"
            yield invalid_value(path, value, problem)
    elif place in _DNS_LABELS:
        if value and not (_DNS_LABEL.fullmatch(value) and len(value) <= _MOST_LABEL):
            yield invalid_value(path, value, _DNS_PROBLEM)
    elif field.type == "{amount}":
        yield from _amounts(value, path)


def _at_least(value: int, least: int, path: str) -> Iterator[Problem]:
    if value < least:
        yield invalid_value(path, value, f"must be greater than or equal to {least}")


def _share(value: int | str, path: str, *, bounded: bool) -> Iterator[Problem]:
    if isinstance(value, int):
        yield from _at_least(value, 0, path)
    elif not _PERCENT.fullmatch(value):
        yield invalid_value(path, value, _NO_PERCENT)
    elif bounded and (len(value) > len("100%") or int(value[:-1]) > 100):
        yield invalid_value(path, value, "must not be greater than 100%")


def _amounts(amounts: dict[str, Any], path: str) -> Iterator[Problem]:
    for name, text in amounts.items():
        if parse(str(text)) < 0:
            yield invalid_value(f"{path}[{name}]", text, _NEGATIVE)


def _labels(labels: dict[str, str], path: str) -> Iterator[Problem]:
    for key, value in labels.items():
        yield from _label_key(key, path)
        if len(value) > _MOST_LABEL:
            yield invalid_value(path, value, f"must be no more than {_MOST_LABEL} characters")
        elif not _LABEL.fullmatch(value):
            yield invalid_value(path, value, _LABEL_PROBLEM)


def _label_key(key: str, path: str) -> Iterator[Problem]:
    """A key is a name, under a domain that is its own where there is a slash."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > _MOST_PREFIX or not _PREFIX.fullmatch(prefix)):
        problem = (
            "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
            "characters, '-' or '.', and must start and end with an alphanumeric character"
        )
        yield invalid_value(path, key, problem)
    elif not name:
        yield invalid_value(path, key, "name part must be non-empty")
    elif len(name) > _MOST_LABEL:
        problem = f"name part must be no more than {_MOST_LABEL} characters"
        yield invalid_value(path, key, problem)
    elif not _NAME_PART.fullmatch(name):
        yield invalid_value(path, key, _NAME_PROBLEM)


def _meta(value: Object, path: str) -> Iterator[Problem]:
    yield from _labels(value.get("labels") or {}, _at(path, "labels"))
    for key in value.get("annotations") or ():
        yield from _label_key(key.lower(), _at(path, "annotations"))
    for finalizer in value.get("finalizers") or ():
        yield from _label_key(finalizer, _at(path, "finalizers"))
    controllers = [r for r in value.get("ownerReferences") or () if r.get("controller")]
    if len(controllers) > 1:
        problem = "Only one reference can have Controller set to true"
        yield invalid_value(_at(path, "ownerReferences"), controllers, problem)


def _selector(value: Object, path: str) -> Iterator[Problem]:
    yield from _labels(value.get("matchLabels") or {}, _at(path, "matchLabels"))
    for n, one in enumerate(value.get("matchExpressions") or ()):
        yield from _requirement(one, f"{path}.matchExpressions[{n}]", _OPERATORS)


def _term(value: Object, path: str) -> Iterator[Problem]:
    for field in ("matchExpressions", "matchFields"):
        for n, one in enumerate(value.get(field) or ()):
            yield from _requirement(one, f"{path}.{field}[{n}]", _NODE_OPERATORS)


def _requirement(value: Object, path: str, known: tuple[str, ...]) -> Iterator[Problem]:
    operator, values = value.get("operator", ""), value.get("values") or ()
    if operator in ("In", "NotIn") and not values:
        yield required_value(
            f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"
        )
    elif operator in ("Exists", "DoesNotExist") and values:
        problem = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield Problem(f"{path}.values", "FieldValueForbidden", f"Forbidden: {problem}")
    elif operator in ("Gt", "Lt") and len(values) != 1:
        detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
        yield required_value(f"{path}.values", detail)
    elif operator and operator not in known:
        yield invalid_value(f"{path}.operator", operator, "not a valid selector operator")
    yield from _label_key(value.get("key") or "a", f"{path}.key")


def _budget(value: Object, path: str) -> Iterator[Problem]:
    if "minAvailable" in value and "maxUnavailable" in value:
        problem = "minAvailable and maxUnavailable cannot be both set"
        yield invalid_value(path, value, problem)


def _rolling(value: Object, path: str) -> Iterator[Problem]:
    """A rollout that may neither have more pods nor fewer would never move."""
    missing, more = value.get("maxUnavailable", "25%"), value.get("maxSurge", "25%")
    if all(figure in (0, "0%") for figure in (missing, more)):
        problem = "may not be 0 when `maxSurge` is 0"
        yield invalid_value(f"{path}.maxUnavailable", missing, problem)


def _toleration(value: Object, path: str) -> Iterator[Problem]:
    if value.get("key"):
        yield from _label_key(value["key"], f"{path}.key")
    elif value.get("operator", "Equal") != "Exists":
        problem = (
            "operator must be Exists when `key` is empty, which means "
            '"match all values and all keys"'
        )
        yield invalid_value(f"{path}.operator", value.get("operator", ""), problem)
    if "tolerationSeconds" in value and value.get("effect", "") != "NoExecute":
        problem = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield invalid_value(f"{path}.effect", value.get("effect", ""), problem)


def _names(field: str) -> Any:
    def check(value: Object, path: str) -> Iterator[Problem]:
        seen: set[str] = set()
        for n, one in enumerate(value.get(field) or ()):
            name = one.get("name", "") if isinstance(one, dict) else ""
            if name in seen and name:
                text = f'Duplicate value: "{name}"'
                yield Problem(f"{path}.{field}[{n}].name", "FieldValueDuplicate", text)
            seen.add(name)

    return check


def _pod_spec(value: Object, path: str) -> Iterator[Problem]:
    for field in ("containers", "initContainers", "volumes"):
        yield from _names(field)(value, path)
    yield from _labels(value.get("nodeSelector") or {}, f"{path}.nodeSelector")


def _namespaced_name(value: Object, path: str) -> Iterator[Problem]:
    yield from _label_key(value.get("key") or "a", f"{path}.key")
    yield from _labels({"a": value.get("value") or ""}, f"{path}.value")


def _volume(value: Object, path: str) -> Iterator[Problem]:
    """A volume that is kept for a claim names it whole."""
    for name in ("name", "namespace") if "claimRef" in value else ():
        if not value["claimRef"].get(name):
            yield required_value(f"{path}.claimRef.{name}")


_WHOLE = {
    "PersistentVolumeSpec": _volume,
    "ObjectMeta": _meta,
    "LabelSelector": _selector,
    "NodeSelectorTerm": _term,
    "PodDisruptionBudgetSpec": _budget,
    "RollingUpdateDeployment": _rolling,
    "Toleration": _toleration,
    "Taint": _namespaced_name,
    "PodSpec": _pod_spec,
}
