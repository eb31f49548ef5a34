"""The fields that the server fills in when a client leaves them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import defaultkinds
from poolshift.sim.kube.defaultpods import pod, with_template
from poolshift.sim.kube.filling import changed, fill

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object


def _deployment(obj: Object) -> Object:
    spec = fill(
        with_template(obj["spec"]),
        replicas=1,
        strategy={"type": "RollingUpdate"},
        revisionHistoryLimit=10,
        progressDeadlineSeconds=600,
    )
    strategy = fill(spec["strategy"], type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        figures = strategy.get("rollingUpdate") or {}
        strategy = changed(
            strategy, rollingUpdate=fill(figures, maxUnavailable="25%", maxSurge="25%")
        )
    return {**obj, "spec": {**spec, "strategy": strategy}}


def _replica_set(obj: Object) -> Object:
    return {**obj, "spec": fill(with_template(obj["spec"]), replicas=1)}


def _stateful_set(obj: Object) -> Object:
    spec = fill(
        with_template(obj["spec"]),
        replicas=1,
        serviceName="",
        podManagementPolicy="OrderedReady",
        updateStrategy={"type": "RollingUpdate"},
        revisionHistoryLimit=10,
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"},
    )
    strategy = fill(spec["updateStrategy"], type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = fill(strategy.get("rollingUpdate") or {}, partition=0)
        strategy = changed(strategy, rollingUpdate=rolling)
    return {**obj, "spec": {**spec, "updateStrategy": strategy}}


def _daemon_set(obj: Object) -> Object:
    spec = fill(
        with_template(obj["spec"]),
        updateStrategy={"type": "RollingUpdate"},
        revisionHistoryLimit=10,
    )
    strategy = fill(spec["updateStrategy"], type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        figures = strategy.get("rollingUpdate") or {}
        strategy = changed(strategy, rollingUpdate=fill(figures, maxUnavailable=1, maxSurge=0))
    return {**obj, "spec": {**spec, "updateStrategy": strategy}}


def _job(obj: Object) -> Object:
    spec = _selecting(obj, fill(job_spec(obj["spec"]), manualSelector=False))
    meta = obj["metadata"]
    labels = meta.get("labels") or spec["template"]["metadata"].get("labels")
    return {**obj, "metadata": {**meta, "labels": labels} if labels else meta, "spec": spec}


def job_spec(given: Object) -> Object:
    """The spec of a Job or of a CronJob's template; a work queue states parallelism alone."""
    filled = fill(
        with_template(given),
        backoffLimit=6,
        completionMode="NonIndexed",
        suspend=False,
        podReplacementPolicy="Failed" if given.get("podFailurePolicy") else "TerminatingOrFailed",
    )
    if "parallelism" not in given:
        filled = fill(filled, completions=1)
    return fill(filled, parallelism=1)


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
    spec = fill(
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
    spec = fill(obj.get("spec") or {}, minReplicas=1, metrics=[usual])
    status = fill(obj.get("status") or {}, currentReplicas=0, desiredReplicas=0)
    return {**obj, "spec": spec, "status": status}


def _service(obj: Object) -> Object:
    spec = fill(
        obj.get("spec") or {},
        type="ClusterIP",
        sessionAffinity="None",
        internalTrafficPolicy="Cluster",
    )
    if "ports" in spec:
        ports = [fill(port, protocol="TCP", targetPort=port.get("port")) for port in spec["ports"]]
        spec = {**spec, "ports": ports}
    if spec["type"] in ("LoadBalancer", "NodePort"):
        spec = fill(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        spec = fill(spec, allocateLoadBalancerNodePorts=True)
    return {**obj, "spec": spec, "status": fill(obj.get("status") or {}, loadBalancer={})}


def _budget(obj: Object) -> Object:
    status = fill(
        obj.get("status") or {},
        disruptionsAllowed=0,
        currentHealthy=0,
        desiredHealthy=0,
        expectedPods=0,
    )
    return {**obj, "spec": obj.get("spec") or {}, "status": status}


def _namespace(obj: Object) -> Object:
    spec = fill(obj.get("spec") or {}, finalizers=["kubernetes"])
    labels = {
        **(obj["metadata"].get("labels") or {}),
        "kubernetes.io/metadata.name": obj["metadata"]["name"],
    }
    return {
        **obj,
        "metadata": {**obj["metadata"], "labels": labels},
        "spec": spec,
        "status": fill(obj.get("status") or {}, phase="Active"),
    }


_DEFAULTERS = {
    **defaultkinds.DEFAULTERS,
    "Pod": pod,
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
