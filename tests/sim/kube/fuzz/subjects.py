"""Good objects to start from, a name for each, and the world that they are thrown at."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.sim.kube import worlds

from poolshift.sim.kube.resources import KINDS, Kind, by_kind

if TYPE_CHECKING:
    from poolshift.sim.kube.world import KubeWorld

QUIET = "quiet"
_LABELS = {"app": "sample"}
_POD: dict[str, Any] = {
    "containers": [
        {
            "name": "c",
            "image": worlds.LINUX_IMAGE,
            "ports": [{"containerPort": 80}],
            "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
            "readinessProbe": {"httpGet": {"port": 80}},
            "env": [{"name": "A", "value": "b"}],
        }
    ],
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "volumes": [{"name": "v", "emptyDir": {}}],
}
_TEMPLATE = {"metadata": {"labels": _LABELS}, "spec": _POD}
_SELECTOR = {"matchLabels": _LABELS}
_JOB = {"template": {"spec": {**_POD, "restartPolicy": "Never"}}, "completions": 2}
_CLAIM = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "1Gi"}},
}
_TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "sample"}
_PARTS: dict[tuple[str, str], dict[str, Any]] = {
    ("v1", "Pod"): {"spec": _POD},
    ("v1", "ConfigMap"): {"data": {"a": "b"}},
    ("v1", "Secret"): {"type": "Opaque", "stringData": {"a": "b"}},
    ("v1", "Service"): {"spec": {"selector": _LABELS, "ports": [{"port": 80}]}},
    ("v1", "PersistentVolumeClaim"): {"spec": _CLAIM},
    ("v1", "ResourceQuota"): {"spec": {"hard": {"pods": "50", "requests.cpu": "90"}}},
    ("v1", "LimitRange"): {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}},
    ("v1", "Node"): {"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}},
    ("v1", "Namespace"): {},
    ("apps/v1", "Deployment"): {
        "spec": {
            "replicas": 2,
            "selector": _SELECTOR,
            "template": _TEMPLATE,
            "strategy": {"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 1}},
        }
    },
    ("apps/v1", "ReplicaSet"): {
        "spec": {"replicas": 1, "selector": _SELECTOR, "template": _TEMPLATE}
    },
    ("apps/v1", "StatefulSet"): {
        "spec": {
            "replicas": 2,
            "serviceName": "sample",
            "selector": _SELECTOR,
            "template": _TEMPLATE,
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": _CLAIM}],
        }
    },
    ("apps/v1", "DaemonSet"): {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
    ("batch/v1", "Job"): {"spec": _JOB},
    ("batch/v1", "CronJob"): {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": _JOB}}},
    ("policy/v1", "PodDisruptionBudget"): {"spec": {"minAvailable": 1, "selector": _SELECTOR}},
    ("autoscaling/v2", "HorizontalPodAutoscaler"): {
        "spec": {"scaleTargetRef": _TARGET, "minReplicas": 1, "maxReplicas": 4}
    },
    ("keda.sh/v1alpha1", "ScaledObject"): {
        "spec": {"scaleTargetRef": {"name": "sample"}, "triggers": [{"type": "cpu"}]}
    },
    ("coordination.k8s.io/v1", "Lease"): {"spec": {"holderIdentity": "me"}},
    ("scheduling.k8s.io/v1", "PriorityClass"): {"value": 1000},
    ("storage.k8s.io/v1", "StorageClass"): {"provisioner": "disk.csi.azure.com"},
    ("v1", "PersistentVolume"): {
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
    },
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview"): {
        "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}
    },
}


def body(kind: Kind, name: str) -> dict[str, Any]:
    """A good object of a kind."""
    part = _PARTS.get((kind.api_version, kind.kind), {})
    head = {"apiVersion": kind.api_version, "kind": kind.kind}
    # A pod with the labels of the ReplicaSets would soon be theirs.
    labels = {"app": "alone"} if kind.kind == "Pod" else _LABELS
    return copy.deepcopy({**head, "metadata": {"name": name, "labels": labels}, **part})


def stage(seed: int) -> KubeWorld:
    """A cluster with an object of each kind, and a namespace that nobody is to touch."""
    world = worlds.reference_world(seed, worlds.deployment(), worlds.budget(minAvailable=1))
    for version, kind_name in _PARTS:
        kind = by_kind(version, kind_name)
        assert kind is not None
        if "get" not in kind.verbs or kind.kind in ("Node", "Namespace"):
            continue
        world.apply(body(kind, "web"), by="user:setup")
    for kind_name in ("ConfigMap", "Secret", "PodDisruptionBudget", "Lease"):
        kind = next(k for k in KINDS if k.kind == kind_name)
        obj = body(kind, "still")
        obj["metadata"] = {**obj["metadata"], "namespace": QUIET}
        world.apply(obj, by="user:setup")
    world.clock.run_until(world.clock.t + 60)
    return world
