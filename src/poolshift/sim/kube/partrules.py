"""Rules of parts of objects whose fields must fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from poolshift.sim.kube import labelrules
from poolshift.sim.kube.errors import Problem, invalid_value, required_value
from poolshift.sim.kube.objects import Object

Rule = Callable[[Object, str], Iterator[Problem]]


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
        yield from labelrules.label_key(value["key"], f"{path}.key")
    elif value.get("operator", "Equal") != "Exists":
        problem = (
            "operator must be Exists when `key` is empty, which means "
            '"match all values and all keys"'
        )
        yield invalid_value(f"{path}.operator", value.get("operator", ""), problem)
    if "tolerationSeconds" in value and value.get("effect", "") != "NoExecute":
        problem = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield invalid_value(f"{path}.effect", value.get("effect", ""), problem)


def _names(field: str) -> Rule:
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
    yield from labelrules.labels(value.get("nodeSelector") or {}, f"{path}.nodeSelector")


def _namespaced_name(value: Object, path: str) -> Iterator[Problem]:
    yield from labelrules.label_key(value.get("key") or "a", f"{path}.key")
    yield from labelrules.labels({"a": value.get("value") or ""}, f"{path}.value")


def _volume(value: Object, path: str) -> Iterator[Problem]:
    """A volume that is kept for a claim names it whole."""
    for name in ("name", "namespace") if "claimRef" in value else ():
        if not value["claimRef"].get(name):
            yield required_value(f"{path}.claimRef.{name}")


# By the name of a type.
WHOLE: dict[str, Rule] = {
    "PersistentVolumeSpec": _volume,
    "ObjectMeta": labelrules.meta,
    "LabelSelector": labelrules.selector,
    "NodeSelectorTerm": labelrules.term,
    "PodDisruptionBudgetSpec": _budget,
    "RollingUpdateDeployment": _rolling,
    "Toleration": _toleration,
    "Taint": _namespaced_name,
    "PodSpec": _pod_spec,
}
