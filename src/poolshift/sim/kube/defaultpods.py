"""Defaults of pods, of their containers, and of the templates that they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.kube.filling import changed, each, fill, unless_equal

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object

_TOLERATED_S = 300
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}


def _text(amounts: dict[str, Any] | None) -> dict[str, str]:
    """Amounts as text: a client may write `cpu: 1`."""
    return {name: str(value) for name, value in (amounts or {}).items()}


def container(given: Object) -> Object:
    """A container with its defaults."""
    resources = given.get("resources") or {}
    amounts = {k: _text(resources[k]) for k in ("limits", "requests") if k in resources}
    if "limits" in amounts:
        amounts["requests"] = {**amounts["limits"], **amounts.get("requests", {})}
    filled = fill(
        changed(given, resources=unless_equal(given.get("resources"), {**resources, **amounts})),
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        imagePullPolicy=_pull_policy(given.get("image", "")),
    )
    if "ports" in filled:
        filled = changed(filled, ports=each(filled["ports"], _port))
    probes = {name: _probe(filled[name]) for name in _PROBES if name in filled}
    return changed(filled, **probes)


def _port(given: Object) -> Object:
    return fill(given, protocol="TCP")


def _probe(given: Object) -> Object:
    filled = fill(given, **_PROBE)
    if "httpGet" in filled:
        filled = changed(filled, httpGet=fill(filled["httpGet"], path="/", scheme="HTTP"))
    return filled


def _pull_policy(image: str) -> str:
    tail = image.rsplit("/", 1)[-1]
    latest = ":" not in tail or tail.endswith(":latest")
    return "Always" if latest and "@" not in image else "IfNotPresent"


def pod_spec(given: Object) -> Object:
    """The spec of a pod or of a template, with the defaults that both have."""
    filled = fill(
        given,
        restartPolicy="Always",
        terminationGracePeriodSeconds=30,
        dnsPolicy="ClusterFirst",
        securityContext={},
        schedulerName="default-scheduler",
    )
    for name in ("containers", "initContainers"):
        if name in filled:
            filled = changed(filled, **{name: each(filled[name], container)})
    if "serviceAccountName" in filled:
        filled = fill(filled, serviceAccount=filled["serviceAccountName"])
    return filled


def _tolerations(given: list[Object]) -> list[Object]:
    """Tolerations with the two that admission adds, unless the pod states its own."""
    added = []
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        stated = any(
            t.get("key", "") in ("", key) and t.get("effect", "") in ("", "NoExecute")
            for t in given
        )
        if not stated:
            added.append(
                {
                    "key": key,
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": _TOLERATED_S,
                }
            )
    return [*given, *added]


def _quality(spec: Object) -> str:
    """The quality-of-service class."""
    resources = [c.get("resources") or {} for c in spec.get("containers", ())]
    if not any(r.get("requests") or r.get("limits") for r in resources):
        return "BestEffort"
    whole = all(
        {"cpu", "memory"} <= set(r.get("limits") or ()) and r.get("requests") == r.get("limits")
        for r in resources
    )
    return "Guaranteed" if whole else "Burstable"


def pod(obj: Object) -> Object:
    """A pod with its defaults, and with what admission gives every pod."""
    spec = fill(
        pod_spec(obj["spec"]),
        serviceAccountName="default",
        serviceAccount="default",
        priority=0,
        enableServiceLinks=True,
        preemptionPolicy="PreemptLowerPriority",
    )
    spec = {**spec, "tolerations": _tolerations(list(spec.get("tolerations") or ()))}
    status = fill(obj.get("status") or {}, phase="Pending", qosClass=_quality(spec))
    return {**obj, "spec": spec, "status": status}


def with_template(spec: Object) -> Object:
    """A workload's spec with its template's defaults."""
    template = spec.get("template") or {}
    given = template.get("metadata") or {}
    meta = unless_equal(given, {k: v for k, v in given.items() if v is not None})
    filled = changed(template, metadata=meta, spec=pod_spec(template.get("spec") or {}))
    return changed(spec, template=filled)
