"""What fields can say, as tables: which must be there, which words and figures they take.

The tables name types and fields as `openapi/types.txt` does; a rule holds wherever the type
stands. Fields that admission fills in are not asked for here.
"""

from __future__ import annotations

REQUIRED: dict[str, tuple[str, ...]] = {
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
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
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
LEAST: dict[tuple[str, str], int] = {
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
PORTS = (
    ("ContainerPort", "containerPort"),
    ("ContainerPort", "hostPort"),
    ("ServicePort", "port"),
)
MOST_PORT = 65535
# Figures that are a count or a share; of those marked no more than all can be.
SHARES = {
    ("PodDisruptionBudgetSpec", "minAvailable"): True,
    ("PodDisruptionBudgetSpec", "maxUnavailable"): True,
    ("RollingUpdateDeployment", "maxUnavailable"): True,
    ("RollingUpdateDeployment", "maxSurge"): False,
    ("RollingUpdateDaemonSet", "maxUnavailable"): True,
    ("RollingUpdateDaemonSet", "maxSurge"): True,
    ("RollingUpdateStatefulSetStrategy", "maxUnavailable"): True,
}
DNS_LABELS = (("Container", "name"), ("Volume", "name"))
