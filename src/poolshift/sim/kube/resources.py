"""The kinds that the simulated API serves."""

from __future__ import annotations

from typing import Any

import msgspec

from poolshift.core import kube, storage

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Sub(msgspec.Struct, frozen=True):
    """A subresource; `group`, `version` and `kind` only where they differ from the parent's."""

    name: str
    kind: str = ""
    group: str = ""
    version: str = ""
    verbs: tuple[str, ...] = ("get", "patch", "update")


class Kind(msgspec.Struct, frozen=True):
    """One served kind.

    `typed` is the core struct that its objects decode to, None where nothing inside reads one.
    `generation` says whether a spec change counts up metadata.generation.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    subs: tuple[Sub, ...] = ()
    typed: type[kube.Wire] | None = None
    generation: bool = False
    in_all: bool = False
    verbs: tuple[str, ...] = VERBS

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """`pod`, as kubectl prints it."""
        return self.kind.lower()


STATUS = Sub("status")
SCALE = Sub("scale", "Scale", "autoscaling", "v1")
EVICTION = Sub("eviction", "Eviction", "policy", "v1", ("create",))
BINDING = Sub("binding", "Binding", "", "v1", ("create",))
LOG = Sub("log", "Pod", verbs=("get",))

KINDS: tuple[Kind, ...] = (
    Kind("", "v1", "configmaps", "ConfigMap", short=("cm",)),
    Kind("", "v1", "endpoints", "Endpoints", short=("ep",)),
    Kind("", "v1", "events", "Event", short=("ev",), typed=kube.Event),
    Kind("", "v1", "limitranges", "LimitRange", short=("limits",)),
    Kind("", "v1", "namespaces", "Namespace", False, ("ns",), (STATUS,), kube.Namespace),
    Kind("", "v1", "nodes", "Node", False, ("no",), (STATUS,), kube.Node),
    Kind(
        "",
        "v1",
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        True,
        ("pvc",),
        (STATUS,),
        storage.Claim,
    ),
    Kind(
        "",
        "v1",
        "persistentvolumes",
        "PersistentVolume",
        False,
        ("pv",),
        (STATUS,),
        storage.PersistentVolume,
    ),
    Kind(
        "",
        "v1",
        "pods",
        "Pod",
        True,
        ("po",),
        (BINDING, EVICTION, LOG, STATUS),
        kube.Pod,
        generation=True,
        in_all=True,
    ),
    Kind("", "v1", "resourcequotas", "ResourceQuota", short=("quota",)),
    Kind("", "v1", "secrets", "Secret"),
    Kind("", "v1", "serviceaccounts", "ServiceAccount", short=("sa",)),
    Kind("", "v1", "services", "Service", True, ("svc",), (STATUS,), kube.Service, in_all=True),
    Kind(
        "apps",
        "v1",
        "daemonsets",
        "DaemonSet",
        True,
        ("ds",),
        (STATUS,),
        kube.Workload,
        generation=True,
        in_all=True,
    ),
    Kind(
        "apps",
        "v1",
        "deployments",
        "Deployment",
        True,
        ("deploy",),
        (SCALE, STATUS),
        kube.Workload,
        generation=True,
        in_all=True,
    ),
    Kind(
        "apps",
        "v1",
        "replicasets",
        "ReplicaSet",
        True,
        ("rs",),
        (SCALE, STATUS),
        kube.Workload,
        generation=True,
        in_all=True,
    ),
    Kind(
        "apps",
        "v1",
        "statefulsets",
        "StatefulSet",
        True,
        ("sts",),
        (SCALE, STATUS),
        kube.Workload,
        generation=True,
        in_all=True,
    ),
    Kind("apps", "v1", "controllerrevisions", "ControllerRevision"),
    Kind(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        True,
        ("hpa",),
        (STATUS,),
        kube.Autoscaler,
        in_all=True,
    ),
    Kind(
        "batch",
        "v1",
        "cronjobs",
        "CronJob",
        True,
        ("cj",),
        (STATUS,),
        generation=True,
        in_all=True,
    ),
    Kind(
        "batch",
        "v1",
        "jobs",
        "Job",
        True,
        (),
        (STATUS,),
        kube.Workload,
        generation=True,
        in_all=True,
    ),
    Kind("coordination.k8s.io", "v1", "leases", "Lease", typed=kube.Lease),
    Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
    Kind(
        "policy",
        "v1",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        True,
        ("pdb",),
        (STATUS,),
        kube.Budget,
        generation=True,
    ),
    Kind(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        False,
        verbs=("create",),
    ),
    Kind(
        "scheduling.k8s.io",
        "v1",
        "priorityclasses",
        "PriorityClass",
        False,
        ("pc",),
        typed=storage.PriorityClass,
    ),
    Kind(
        "storage.k8s.io",
        "v1",
        "storageclasses",
        "StorageClass",
        False,
        ("sc",),
        typed=storage.StorageClass,
    ),
    Kind(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        False,
    ),
    Kind("networking.k8s.io", "v1", "ingresses", "Ingress", True, ("ing",), (STATUS,)),
)

_BY_PATH = {(k.group, k.version, k.plural): k for k in KINDS}
_BY_KIND = {(k.api_version, k.kind): k for k in KINDS}
_BY_PLURAL = {k.plural: k for k in KINDS}


def by_path(group: str, version: str, plural: str) -> Kind | None:
    """The kind that a path names."""
    return _BY_PATH.get((group, version, plural))


def by_kind(api_version: str, kind: str) -> Kind | None:
    """The kind that an object says it is."""
    return _BY_KIND.get((api_version, kind))


def by_resource(resource: kube.Resource[Any]) -> Kind:
    """The kind of a core resource."""
    return _BY_PATH[(resource.group, resource.version, resource.plural)]


PODS = _BY_PLURAL["pods"]
NODES = _BY_PLURAL["nodes"]
SERVICES = _BY_PLURAL["services"]
NAMESPACES = _BY_PLURAL["namespaces"]
EVENTS = _BY_PLURAL["events"]
CONFIG_MAPS = _BY_PLURAL["configmaps"]
SERVICE_ACCOUNTS = _BY_PLURAL["serviceaccounts"]
DEPLOYMENTS = _BY_PLURAL["deployments"]
REPLICA_SETS = _BY_PLURAL["replicasets"]
STATEFUL_SETS = _BY_PLURAL["statefulsets"]
DAEMON_SETS = _BY_PLURAL["daemonsets"]
JOBS = _BY_PLURAL["jobs"]
BUDGETS = _BY_PLURAL["poddisruptionbudgets"]
CLAIMS = _BY_PLURAL["persistentvolumeclaims"]
VOLUMES = _BY_PLURAL["persistentvolumes"]
STORAGE_CLASSES = _BY_PLURAL["storageclasses"]
PRIORITY_CLASSES = _BY_PLURAL["priorityclasses"]
ACCESS_REVIEWS = _BY_PLURAL["selfsubjectaccessreviews"]
