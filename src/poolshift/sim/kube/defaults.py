"""The fields that the server fills in when a client leaves them out."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

from poolshift.sim.kube import defaultkinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.kube.objects import Object

_TOLERATED_S = 300
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}


def _fill(target: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The mapping with values for the keys that it lacks; the very same where it lacks none."""
    lacking = {k: v for k, v in values.items() if k not in target}
    return {**target, **lacking} if lacking else target


def _with(target: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The mapping with other values; the very same where it has them already."""
    changed = {k: v for k, v in values.items() if target.get(k) is not v}
    return {**target, **changed} if changed else target


def _each(items: list[Any], filled: Callable[[Any], Any]) -> list[Any]:
    """The items with their defaults; the very same list where they have them already."""
    found = [filled(item) for item in items]
    return items if all(map(is_, found, items)) else found


def _equal(old: Any, new: Any) -> Any:
    """The old value where the new one says the same: what is shared stays shared."""
    return old if old == new else new


def _text(amounts: dict[str, Any] | None) -> dict[str, str]:
    """Amounts as text: a client may write `cpu: 1`."""
    return {name: str(value) for name, value in (amounts or {}).items()}


def container(given: Object) -> Object:
    """A container with its defaults."""
    resources = given.get("resources") or {}
    amounts = {k: _text(resources[k]) for k in ("limits", "requests") if k in resources}
    if "limits" in amounts:
        amounts["requests"] = {**amounts["limits"], **amounts.get("requests", {})}
    filled = _fill(
        _with(given, resources=_equal(given.get("resources"), {**resources, **amounts})),
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        imagePullPolicy=_pull_policy(given.get("image", "")),
    )
    if "ports" in filled:
        filled = _with(filled, ports=_each(filled["ports"], _port))
    probes = {name: _probe(filled[name]) for name in _PROBES if name in filled}
    return _with(filled, **probes)


def _port(given: Object) -> Object:
    return _fill(given, protocol="TCP")


def _probe(given: Object) -> Object:
    filled = _fill(given, **_PROBE)
    if "httpGet" in filled:
        filled = _with(filled, httpGet=_fill(filled["httpGet"], path="/", scheme="HTTP"))
    return filled


def _pull_policy(image: str) -> str:
    tail = image.rsplit("/", 1)[-1]
    latest = ":" not in tail or tail.endswith(":latest")
    return "Always" if latest and "@" not in image else "IfNotPresent"


def pod_spec(given: Object) -> Object:
    """The spec of a pod or of a template, with the defaults that both have."""
    filled = _fill(
        given,
        restartPolicy="Always",
        terminationGracePeriodSeconds=30,
        dnsPolicy="ClusterFirst",
        securityContext={},
        schedulerName="default-scheduler",
    )
    for name in ("containers", "initContainers"):
        if name in filled:
            filled = _with(filled, **{name: _each(filled[name], container)})
    if "serviceAccountName" in filled:
        filled = _fill(filled, serviceAccount=filled["serviceAccountName"])
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


def _pod(obj: Object) -> Object:
    spec = _fill(
        pod_spec(obj["spec"]),
        serviceAccountName="default",
        serviceAccount="default",
        priority=0,
        enableServiceLinks=True,
        preemptionPolicy="PreemptLowerPriority",
    )
    spec = {**spec, "tolerations": _tolerations(list(spec.get("tolerations") or ()))}
    status = _fill(obj.get("status") or {}, phase="Pending", qosClass=_quality(spec))
    return {**obj, "spec": spec, "status": status}


def _template(spec: Object) -> Object:
    """A workload's spec with its template's defaults."""
    template = spec.get("template") or {}
    given = template.get("metadata") or {}
    meta = _equal(given, {k: v for k, v in given.items() if v is not None})
    filled = _with(template, metadata=meta, spec=pod_spec(template.get("spec") or {}))
    return _with(spec, template=filled)


def _deployment(obj: Object) -> Object:
    spec = _fill(
        _template(obj["spec"]),
        replicas=1,
        strategy={"type": "RollingUpdate"},
        revisionHistoryLimit=10,
        progressDeadlineSeconds=600,
    )
    strategy = _fill(spec["strategy"], type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        figures = strategy.get("rollingUpdate") or {}
        strategy = _with(
            strategy, rollingUpdate=_fill(figures, maxUnavailable="25%", maxSurge="25%")
        )
    return {**obj, "spec": {**spec, "strategy": strategy}}


def _replica_set(obj: Object) -> Object:
    return {**obj, "spec": _fill(_template(obj["spec"]), replicas=1)}


def _stateful_set(obj: Object) -> Object:
    spec = _fill(
        _template(obj["spec"]),
        replicas=1,
        serviceName="",
        podManagementPolicy="OrderedReady",
        updateStrategy={"type": "RollingUpdate"},
        revisionHistoryLimit=10,
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"},
    )
    strategy = _fill(spec["updateStrategy"], type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = _fill(strategy.get("rollingUpdate") or {}, partition=0)
        strategy = _with(strategy, rollingUpdate=rolling)
    return {**obj, "spec": {**spec, "updateStrategy": strategy}}


def _daemon_set(obj: Object) -> Object:
    spec = _fill(
        _template(obj["spec"]),
        updateStrategy={"type": "RollingUpdate"},
        revisionHistoryLimit=10,
    )
    strategy = _fill(spec["updateStrategy"], type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        figures = strategy.get("rollingUpdate") or {}
        strategy = _with(strategy, rollingUpdate=_fill(figures, maxUnavailable=1, maxSurge=0))
    return {**obj, "spec": {**spec, "updateStrategy": strategy}}


def _job(obj: Object) -> Object:
    spec = _selecting(obj, _fill(job_spec(obj["spec"]), manualSelector=False))
    meta = obj["metadata"]
    labels = meta.get("labels") or spec["template"]["metadata"].get("labels")
    return {**obj, "metadata": {**meta, "labels": labels} if labels else meta, "spec": spec}


def job_spec(given: Object) -> Object:
    """The spec of a Job or of a CronJob's template; a work queue states parallelism alone."""
    filled = _fill(
        _template(given),
        backoffLimit=6,
        completionMode="NonIndexed",
        suspend=False,
        podReplacementPolicy="Failed" if given.get("podFailurePolicy") else "TerminatingOrFailed",
    )
    if "parallelism" not in given:
        filled = _fill(filled, completions=1)
    return _fill(filled, parallelism=1)


def _selecting(job: Object, spec: Object) -> Object:
    """A Job selects its pods by its own uid, unless it says that it selects by itself."""
    uid = job["metadata"].get("uid")
    if not uid or spec.get("manualSelector"):
        return spec
    template = spec["template"]
    own = {"batch.kubernetes.io/controller-uid": uid}
    named = {
        **own,
        "batch.kubernetes.io/job-name": job["metadata"].get("name", ""),
        "controller-uid": uid,
        "job-name": job["metadata"].get("name", ""),
    }
    labels = {**(template["metadata"].get("labels") or {}), **named}
    return {
        **spec,
        "selector": {"matchLabels": own},
        "template": {**template, "metadata": {**template["metadata"], "labels": labels}},
    }


def _cron_job(obj: Object) -> Object:
    spec = _fill(
        obj.get("spec") or {},
        concurrencyPolicy="Allow",
        suspend=False,
        successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
    )
    template = spec.get("jobTemplate") or {}
    job = job_spec(template.get("spec") or {})
    return {
        **obj,
        "spec": {**spec, "jobTemplate": {"metadata": {}, **template, "spec": job}},
        "status": obj.get("status") or {},
    }


def _autoscaler(obj: Object) -> Object:
    usual = {
        "type": "Resource",
        "resource": {
            "name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 80},
        },
    }
    spec = _fill(obj.get("spec") or {}, minReplicas=1, metrics=[usual])
    status = _fill(obj.get("status") or {}, currentReplicas=0, desiredReplicas=0)
    return {**obj, "spec": spec, "status": status}


def _service(obj: Object) -> Object:
    spec = _fill(
        obj.get("spec") or {},
        type="ClusterIP",
        sessionAffinity="None",
        internalTrafficPolicy="Cluster",
    )
    if "ports" in spec:
        ports = [_fill(port, protocol="TCP", targetPort=port.get("port")) for port in spec["ports"]]
        spec = {**spec, "ports": ports}
    if spec["type"] in ("LoadBalancer", "NodePort"):
        spec = _fill(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        spec = _fill(spec, allocateLoadBalancerNodePorts=True)
    return {**obj, "spec": spec, "status": _fill(obj.get("status") or {}, loadBalancer={})}


def _budget(obj: Object) -> Object:
    status = _fill(
        obj.get("status") or {},
        disruptionsAllowed=0,
        currentHealthy=0,
        desiredHealthy=0,
        expectedPods=0,
    )
    return {**obj, "spec": obj.get("spec") or {}, "status": status}


def _namespace(obj: Object) -> Object:
    spec = _fill(obj.get("spec") or {}, finalizers=["kubernetes"])
    labels = {
        **(obj["metadata"].get("labels") or {}),
        "kubernetes.io/metadata.name": obj["metadata"]["name"],
    }
    return {
        **obj,
        "metadata": {**obj["metadata"], "labels": labels},
        "spec": spec,
        "status": _fill(obj.get("status") or {}, phase="Active"),
    }


_DEFAULTERS = {
    **defaultkinds.DEFAULTERS,
    "Pod": _pod,
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "CronJob": _cron_job,
    "HorizontalPodAutoscaler": _autoscaler,
    "Service": _service,
    "PodDisruptionBudget": _budget,
    "Namespace": _namespace,
}


def filled(obj: Object) -> Object:
    """The object with its kind's defaults."""
    defaulter = _DEFAULTERS.get(obj.get("kind", ""))
    return defaulter(obj) if defaulter else obj
