"""The kinds that the simulated API serves."""

from __future__ import annotations

from typing import Any

from poolshift.core import kube, storage
from poolshift.sim.kube.customs import CUSTOM_KINDS
from poolshift.sim.kube.kinds import VERBS, Kind, Sub
from poolshift.sim.kube.versions.kinds import OTHER_VERSIONS

__all__ = ["KINDS", "SERVED", "VERBS", "Kind", "Sub", "by_kind", "by_path", "by_resource"]

STATUS = Sub("status")
SCALE = Sub("scale", "Scale", "autoscaling", "v1")
EVICTION = Sub("eviction", "Eviction", "policy", "v1", ("create",))
BINDING = Sub("binding", "Binding", "", "v1", ("create",))
LOG = Sub("log", "Pod", verbs=("get",))
TOKEN = Sub("token", "TokenRequest", "authentication.k8s.io", "v1", ("create",))
FINALIZE = Sub("finalize", verbs=("update",))
_CREATE_ONLY = ("create",)
_NO_COLLECTION = tuple(v for v in VERBS if v != "deletecollection")
_POLICIES = ("api-extensions",)

_BUILT_IN: tuple[Kind, ...] = (
    Kind("", "v1", "configmaps", "ConfigMap", short=("cm",)),
    Kind("", "v1", "endpoints", "Endpoints", short=("ep",), singular="endpoints"),
    Kind("", "v1", "events", "Event", short=("ev",), typed=kube.Event),
    Kind("", "v1", "limitranges", "LimitRange", short=("limits",)),
    Kind(
        "",
        "v1",
        "namespaces",
        "Namespace",
        False,
        ("ns",),
        (FINALIZE, STATUS),
        kube.Namespace,
        verbs=_NO_COLLECTION,
    ),
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
    Kind("", "v1", "podtemplates", "PodTemplate"),
    Kind("", "v1", "resourcequotas", "ResourceQuota", short=("quota",), subs=(STATUS,)),
    Kind("", "v1", "secrets", "Secret"),
    Kind("", "v1", "serviceaccounts", "ServiceAccount", short=("sa",), subs=(TOKEN,)),
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
    Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", generation=True),
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
        "authentication.k8s.io",
        "v1",
        "selfsubjectreviews",
        "SelfSubjectReview",
        False,
        verbs=_CREATE_ONLY,
    ),
    Kind(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        False,
        verbs=_CREATE_ONLY,
    ),
    Kind(
        "authorization.k8s.io",
        "v1",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
        False,
        verbs=_CREATE_ONLY,
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
    Kind("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", False),
    Kind(
        "storage.k8s.io",
        "v1",
        "storageclasses",
        "StorageClass",
        False,
        ("sc",),
        typed=storage.StorageClass,
    ),
    Kind("storage.k8s.io", "v1", "csidrivers", "CSIDriver", False),
    Kind("storage.k8s.io", "v1", "csinodes", "CSINode", False),
    Kind(
        "storage.k8s.io",
        "v1",
        "volumeattachments",
        "VolumeAttachment",
        False,
        subs=(STATUS,),
    ),
    Kind(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        False,
        generation=True,
        categories=_POLICIES,
    ),
    Kind(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        False,
        generation=True,
        categories=_POLICIES,
    ),
    Kind(
        "networking.k8s.io",
        "v1",
        "ingresses",
        "Ingress",
        True,
        ("ing",),
        (STATUS,),
        generation=True,
    ),
    Kind("networking.k8s.io", "v1", "ingressclasses", "IngressClass", False, generation=True),
    Kind(
        "networking.k8s.io",
        "v1",
        "networkpolicies",
        "NetworkPolicy",
        short=("netpol",),
        generation=True,
    ),
    Kind("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", False),
    Kind("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", False),
    Kind("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    Kind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
)
# Kinds as they are stored, and all that can be asked for.
KINDS: tuple[Kind, ...] = (*_BUILT_IN, *CUSTOM_KINDS)
SERVED: tuple[Kind, ...] = (*_BUILT_IN, *OTHER_VERSIONS, *CUSTOM_KINDS)

_BY_PATH = {(k.group, k.version, k.plural): k for k in SERVED}
_BY_KIND = {(k.api_version, k.kind): k for k in SERVED}
_BY_PLURAL = {k.plural: k for k in KINDS}


def stored(kind: Kind) -> Kind:
    """The kind in the version that its objects are stored in."""
    return _BY_KIND[(kind.stored, kind.kind)] if kind.stored else kind


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
CRON_JOBS = _BY_PLURAL["cronjobs"]
AUTOSCALERS = _BY_PLURAL["horizontalpodautoscalers"]
SCALED_OBJECTS = _BY_PLURAL["scaledobjects"]
QUOTAS = _BY_PLURAL["resourcequotas"]
LIMIT_RANGES = _BY_PLURAL["limitranges"]
ENDPOINTS = _BY_PLURAL["endpoints"]
ENDPOINT_SLICES = _BY_PLURAL["endpointslices"]
LEASES = _BY_PLURAL["leases"]
REVISIONS = _BY_PLURAL["controllerrevisions"]
CLAIMS = _BY_PLURAL["persistentvolumeclaims"]
BUDGETS = _BY_PLURAL["poddisruptionbudgets"]
VOLUMES = _BY_PLURAL["persistentvolumes"]
STORAGE_CLASSES = _BY_PLURAL["storageclasses"]
PRIORITY_CLASSES = _BY_PLURAL["priorityclasses"]
MUTATING_WEBHOOKS = _BY_PLURAL["mutatingwebhookconfigurations"]
VALIDATING_WEBHOOKS = _BY_PLURAL["validatingwebhookconfigurations"]
ACCESS_REVIEWS = _BY_PLURAL["selfsubjectaccessreviews"]
SELF_REVIEWS = _BY_PLURAL["selfsubjectreviews"]
RULES_REVIEWS = _BY_PLURAL["selfsubjectrulesreviews"]
