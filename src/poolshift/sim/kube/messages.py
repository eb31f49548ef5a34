"""Protobuf messages that kubectl sends: field numbers, names and types.

kubectl 1.32 and later send what their typed clients create as protobuf and do not fall back to
JSON. Only messages that those commands send are here. Field numbers are those of the Kubernetes
API's .proto files.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Form = Literal["text", "number", "truth", "bytes", "message"]


class Field(msgspec.Struct, frozen=True):
    """One field of a message.

    Attributes:
        name: its JSON name.
        form: how its value is written.
        message: the message's name, for the form message.
        many: whether it repeats: a list, or a map for the messages whose name begins with MAP.
        pointer: whether its zero value says something.
    """

    name: str
    form: Form = "text"
    message: str = ""
    many: bool = False
    pointer: bool = False


def _text(name: str, *, many: bool = False) -> Field:
    return Field(name, many=many)


def _number(name: str, *, pointer: bool = False) -> Field:
    return Field(name, "number", pointer=pointer)


def _truth(name: str, *, pointer: bool = False) -> Field:
    return Field(name, "truth", pointer=pointer)


def _of(message: str, name: str, *, many: bool = False) -> Field:
    return Field(name, "message", message, many)


def _object(spec: str = "") -> dict[int, Field]:
    """Metadata, perhaps a spec, and a status that no client decides."""
    found = {1: _of("ObjectMeta", "metadata")}
    if spec:
        found[2] = _of(spec, "spec")
    return {**found, (3 if spec else 2): _of(SKIPPED, "status")}


MAP = "Map"
AMOUNTS = "MapOfAmounts"
BINARIES = "MapOfBytes"
AMOUNT = "Amount"
INT_OR_TEXT = "IntOrString"
# A message whose content is of no interest.
SKIPPED = "-"

# What both versions of an autoscaler begin with.
_SCALED = {
    1: _of("CrossVersionObjectReference", "scaleTargetRef"),
    2: _number("minReplicas", pointer=True),
    3: _number("maxReplicas"),
}
# Messages of kinds whose versions differ.
OF_VERSION = {("autoscaling/v2", "HorizontalPodAutoscaler"): "HorizontalPodAutoscalerV2"}
MESSAGES: dict[str, dict[int, Field]] = {
    "ObjectMeta": {
        1: _text("name"),
        2: _text("generateName"),
        3: _text("namespace"),
        4: _text("selfLink"),
        5: _text("uid"),
        6: _text("resourceVersion"),
        7: _number("generation"),
        8: _of(SKIPPED, "creationTimestamp"),
        11: _of(MAP, "labels", many=True),
        12: _of(MAP, "annotations", many=True),
        13: _of("OwnerReference", "ownerReferences", many=True),
        14: _text("finalizers", many=True),
    },
    "OwnerReference": {
        1: _text("kind"),
        3: _text("name"),
        4: _text("uid"),
        5: _text("apiVersion"),
        6: _truth("controller", pointer=True),
        7: _truth("blockOwnerDeletion", pointer=True),
    },
    "ConfigMap": {
        1: _of("ObjectMeta", "metadata"),
        2: _of(MAP, "data", many=True),
        3: _of(BINARIES, "binaryData", many=True),
        4: _truth("immutable", pointer=True),
    },
    "Secret": {
        1: _of("ObjectMeta", "metadata"),
        2: _of(BINARIES, "data", many=True),
        3: _text("type"),
        4: _of(MAP, "stringData", many=True),
        5: _truth("immutable", pointer=True),
    },
    "Namespace": _object("NamespaceSpec"),
    "NamespaceSpec": {1: _text("finalizers", many=True)},
    "ServiceAccount": {
        1: _of("ObjectMeta", "metadata"),
        4: _truth("automountServiceAccountToken", pointer=True),
    },
    "PodDisruptionBudget": _object("PodDisruptionBudgetSpec"),
    "PodDisruptionBudgetSpec": {
        1: _of(INT_OR_TEXT, "minAvailable"),
        2: _of("LabelSelector", "selector"),
        3: _of(INT_OR_TEXT, "maxUnavailable"),
        4: _text("unhealthyPodEvictionPolicy"),
    },
    "LabelSelector": {
        1: _of(MAP, "matchLabels", many=True),
        2: _of("Requirement", "matchExpressions", many=True),
    },
    "Requirement": {1: _text("key"), 2: _text("operator"), 3: _text("values", many=True)},
    "Deployment": _object("DeploymentSpec"),
    "DeploymentSpec": {
        1: _number("replicas", pointer=True),
        2: _of("LabelSelector", "selector"),
        3: _of("PodTemplateSpec", "template"),
        4: _of("DeploymentStrategy", "strategy"),
        5: _number("minReadySeconds"),
        6: _number("revisionHistoryLimit", pointer=True),
        7: _truth("paused"),
        9: _number("progressDeadlineSeconds", pointer=True),
    },
    "DeploymentStrategy": {1: _text("type")},
    "Job": _object("JobSpec"),
    "JobSpec": {
        1: _number("parallelism", pointer=True),
        2: _number("completions", pointer=True),
        3: _number("activeDeadlineSeconds", pointer=True),
        4: _of("LabelSelector", "selector"),
        5: _truth("manualSelector", pointer=True),
        6: _of("PodTemplateSpec", "template"),
        7: _number("backoffLimit", pointer=True),
        8: _number("ttlSecondsAfterFinished", pointer=True),
        9: _text("completionMode"),
        10: _truth("suspend", pointer=True),
        12: _number("backoffLimitPerIndex", pointer=True),
        13: _number("maxFailedIndexes", pointer=True),
        14: _text("podReplacementPolicy"),
        15: _text("managedBy"),
    },
    "CronJob": _object("CronJobSpec"),
    "CronJobSpec": {
        1: _text("schedule"),
        2: _number("startingDeadlineSeconds", pointer=True),
        3: _text("concurrencyPolicy"),
        4: _truth("suspend", pointer=True),
        5: _of("JobTemplateSpec", "jobTemplate"),
        6: _number("successfulJobsHistoryLimit", pointer=True),
        7: _number("failedJobsHistoryLimit", pointer=True),
        8: _text("timeZone"),
    },
    "JobTemplateSpec": {1: _of("ObjectMeta", "metadata"), 2: _of("JobSpec", "spec")},
    "Service": _object("ServiceSpec"),
    "ServiceSpec": {
        1: _of("ServicePort", "ports", many=True),
        2: _of(MAP, "selector", many=True),
        3: _text("clusterIP"),
        4: _text("type"),
        5: _text("externalIPs", many=True),
        7: _text("sessionAffinity"),
        8: _text("loadBalancerIP"),
        9: _text("loadBalancerSourceRanges", many=True),
        10: _text("externalName"),
        11: _text("externalTrafficPolicy"),
        12: _number("healthCheckNodePort"),
        13: _truth("publishNotReadyAddresses"),
    },
    "ServicePort": {
        1: _text("name"),
        2: _text("protocol"),
        3: _number("port"),
        4: _of(INT_OR_TEXT, "targetPort"),
        5: _number("nodePort"),
        6: _text("appProtocol"),
    },
    "ResourceQuota": _object("ResourceQuotaSpec"),
    "ResourceQuotaSpec": {
        1: _of(AMOUNTS, "hard", many=True),
        2: _text("scopes", many=True),
    },
    "PriorityClass": {
        1: _of("ObjectMeta", "metadata"),
        2: _number("value"),
        3: _truth("globalDefault"),
        4: _text("description"),
        5: _text("preemptionPolicy"),
    },
    "HorizontalPodAutoscaler": _object("HorizontalPodAutoscalerSpec"),
    "HorizontalPodAutoscalerSpec": {
        **_SCALED,
        4: _number("targetCPUUtilizationPercentage", pointer=True),
    },
    "HorizontalPodAutoscalerV2": _object("HorizontalPodAutoscalerV2Spec"),
    "HorizontalPodAutoscalerV2Spec": {**_SCALED, 4: _of("MetricSpec", "metrics", many=True)},
    "CrossVersionObjectReference": {1: _text("kind"), 2: _text("name"), 3: _text("apiVersion")},
    "MetricSpec": {1: _text("type"), 4: _of("ResourceMetricSource", "resource")},
    "ResourceMetricSource": {1: _text("name"), 2: _of("MetricTarget", "target")},
    "MetricTarget": {
        1: _text("type"),
        2: _of(AMOUNT, "value"),
        3: _of(AMOUNT, "averageValue"),
        4: _number("averageUtilization", pointer=True),
    },
    "PodTemplateSpec": {1: _of("ObjectMeta", "metadata"), 2: _of("PodSpec", "spec")},
    "PodSpec": {
        2: _of("Container", "containers", many=True),
        3: _text("restartPolicy"),
        4: _number("terminationGracePeriodSeconds", pointer=True),
        6: _text("dnsPolicy"),
        7: _of(MAP, "nodeSelector", many=True),
        8: _text("serviceAccountName"),
        9: _text("serviceAccount"),
        10: _text("nodeName"),
        11: _truth("hostNetwork"),
        12: _truth("hostPID"),
        13: _truth("hostIPC"),
        14: _of("PodSecurityContext", "securityContext"),
        16: _text("hostname"),
        17: _text("subdomain"),
        19: _text("schedulerName"),
        22: _of("Toleration", "tolerations", many=True),
        24: _text("priorityClassName"),
    },
    "Toleration": {
        1: _text("key"),
        2: _text("operator"),
        3: _text("value"),
        4: _text("effect"),
        5: _number("tolerationSeconds", pointer=True),
    },
    "PodSecurityContext": {
        2: _number("runAsUser", pointer=True),
        3: _truth("runAsNonRoot", pointer=True),
        5: _number("fsGroup", pointer=True),
        6: _number("runAsGroup", pointer=True),
        8: _of("WindowsOptions", "windowsOptions"),
    },
    "SecurityContext": {
        2: _truth("privileged", pointer=True),
        4: _number("runAsUser", pointer=True),
        5: _truth("runAsNonRoot", pointer=True),
        6: _truth("readOnlyRootFilesystem", pointer=True),
        7: _truth("allowPrivilegeEscalation", pointer=True),
        8: _number("runAsGroup", pointer=True),
        10: _of("WindowsOptions", "windowsOptions"),
    },
    "WindowsOptions": {
        1: _text("gmsaCredentialSpecName"),
        2: _text("gmsaCredentialSpec"),
        3: _text("runAsUserName"),
        4: _truth("hostProcess", pointer=True),
    },
    "Container": {
        1: _text("name"),
        2: _text("image"),
        3: _text("command", many=True),
        4: _text("args", many=True),
        5: _text("workingDir"),
        6: _of("ContainerPort", "ports", many=True),
        7: _of("EnvVar", "env", many=True),
        8: _of("ResourceRequirements", "resources"),
        13: _text("terminationMessagePath"),
        14: _text("imagePullPolicy"),
        15: _of("SecurityContext", "securityContext"),
        16: _truth("stdin"),
        17: _truth("stdinOnce"),
        18: _truth("tty"),
        20: _text("terminationMessagePolicy"),
    },
    "ContainerPort": {
        1: _text("name"),
        2: _number("hostPort"),
        3: _number("containerPort"),
        4: _text("protocol"),
        5: _text("hostIP"),
    },
    "EnvVar": {1: _text("name"), 2: _text("value")},
    "ResourceRequirements": {
        1: _of(AMOUNTS, "limits", many=True),
        2: _of(AMOUNTS, "requests", many=True),
    },
    INT_OR_TEXT: {1: _number("type"), 2: _number("number"), 3: _text("text")},
    AMOUNT: {1: _text("amount")},
    "TokenRequest": _object("TokenRequestSpec"),
    "TokenRequestSpec": {
        1: _text("audiences", many=True),
        4: _number("expirationSeconds", pointer=True),
    },
    "SelfSubjectReview": _object(),
    "SelfSubjectAccessReview": _object("AccessReviewSpec"),
    "AccessReviewSpec": {
        1: _of("ResourceAttributes", "resourceAttributes"),
        2: _of("NonResourceAttributes", "nonResourceAttributes"),
    },
    "ResourceAttributes": {
        1: _text("namespace"),
        2: _text("verb"),
        3: _text("group"),
        4: _text("version"),
        5: _text("resource"),
        6: _text("subresource"),
        7: _text("name"),
    },
    "NonResourceAttributes": {1: _text("path"), 2: _text("verb")},
    "SelfSubjectRulesReview": _object("RulesReviewSpec"),
    "RulesReviewSpec": {1: _text("namespace")},
}
# The objects that a request body may be.
OBJECTS = frozenset(
    {
        "ConfigMap",
        "Secret",
        "Namespace",
        "ServiceAccount",
        "PodDisruptionBudget",
        "Deployment",
        "Job",
        "CronJob",
        "HorizontalPodAutoscaler",
        "Service",
        "ResourceQuota",
        "PriorityClass",
        "TokenRequest",
        "SelfSubjectReview",
        "SelfSubjectAccessReview",
        "SelfSubjectRulesReview",
    }
)
