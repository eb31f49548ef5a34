"""The parts of Kubernetes objects that poolshift reads, as typed partial structs.

Only what is named here is decoded, so that a list of 50,000 pods costs little more than its
parsing, and so that an environment value, a Secret or a token never enters the process's values.
Field names are those of the Kubernetes API (snake_case here, camelCase on the wire).
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from poolshift.core.podspec import (
    Affinity as Affinity,
)
from poolshift.core.podspec import (
    Capabilities as Capabilities,
)
from poolshift.core.podspec import (
    ClaimSource as ClaimSource,
)
from poolshift.core.podspec import (
    Container as Container,
)
from poolshift.core.podspec import (
    ContainerPort as ContainerPort,
)
from poolshift.core.podspec import (
    ContainerSecurity as ContainerSecurity,
)
from poolshift.core.podspec import (
    CsiVolume as CsiVolume,
)
from poolshift.core.podspec import (
    FilesSource as FilesSource,
)
from poolshift.core.podspec import (
    FlexVolume as FlexVolume,
)
from poolshift.core.podspec import (
    LabelSelector as LabelSelector,
)
from poolshift.core.podspec import (
    NameRef as NameRef,
)
from poolshift.core.podspec import (
    NodeAffinity as NodeAffinity,
)
from poolshift.core.podspec import (
    NodeSelector as NodeSelector,
)
from poolshift.core.podspec import (
    NodeSelectorTerm as NodeSelectorTerm,
)
from poolshift.core.podspec import (
    PodAffinity as PodAffinity,
)
from poolshift.core.podspec import (
    PodAffinityTerm as PodAffinityTerm,
)
from poolshift.core.podspec import (
    PodOs as PodOs,
)
from poolshift.core.podspec import (
    PodSpec as PodSpec,
)
from poolshift.core.podspec import (
    PreferredTerm as PreferredTerm,
)
from poolshift.core.podspec import (
    Requirement as Requirement,
)
from poolshift.core.podspec import (
    Resources as Resources,
)
from poolshift.core.podspec import (
    SecurityContext as SecurityContext,
)
from poolshift.core.podspec import (
    SecurityProfile as SecurityProfile,
)
from poolshift.core.podspec import (
    Taint as Taint,
)
from poolshift.core.podspec import (
    Toleration as Toleration,
)
from poolshift.core.podspec import (
    TopologySpreadConstraint as TopologySpreadConstraint,
)
from poolshift.core.podspec import (
    Volume as Volume,
)
from poolshift.core.podspec import (
    VolumeMount as VolumeMount,
)
from poolshift.core.podspec import (
    WeightedPodAffinityTerm as WeightedPodAffinityTerm,
)
from poolshift.core.podspec import (
    WindowsOptions as WindowsOptions,
)
from poolshift.core.podspec import (
    Wire as Wire,
)


class OwnerReference(Wire, frozen=True):
    """Who owns an object."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class Meta(Wire, frozen=True):
    """ObjectMeta."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
    owner_references: tuple[OwnerReference, ...] = ()


class Condition(Wire, frozen=True):
    """A condition of any object's status."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: str | None = None


class WaitingState(Wire, frozen=True):
    """Why a container waits."""

    reason: str = ""
    message: str = ""


class ContainerState(Wire, frozen=True):
    """State of a container; only waiting is looked into."""

    waiting: WaitingState | None = None


class ContainerStatus(Wire, frozen=True):
    """Status of a container."""

    name: str = ""
    ready: bool = False
    restart_count: int = 0
    image_id: str = msgspec.field(default="", name="imageID")
    state: ContainerState = ContainerState()


class PodStatus(Wire, frozen=True):
    """Status of a pod."""

    phase: str = "Pending"
    nominated_node_name: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    start_time: str | None = None


class Pod(Wire, frozen=True):
    """A pod."""

    metadata: Meta = Meta()
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class NodeSpec(Wire, frozen=True):
    """Spec of a node."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    provider_id: str = msgspec.field(default="", name="providerID")


class NodeInfo(Wire, frozen=True):
    """What a node says of itself."""

    os_image: str = ""
    kernel_version: str = ""
    container_runtime_version: str = ""
    kubelet_version: str = ""
    operating_system: str = ""
    architecture: str = ""


class NodeAddress(Wire, frozen=True):
    """An address of a node."""

    type: str = ""
    address: str = ""


class NodeStatus(Wire, frozen=True):
    """Status of a node."""

    capacity: dict[str, str] = msgspec.field(default_factory=dict)
    allocatable: dict[str, str] = msgspec.field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    node_info: NodeInfo = NodeInfo()
    addresses: tuple[NodeAddress, ...] = ()


class Node(Wire, frozen=True):
    """A node."""

    metadata: Meta = Meta()
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class PodTemplate(Wire, frozen=True):
    """A pod template."""

    metadata: Meta = Meta()
    spec: PodSpec = PodSpec()


class RollingUpdate(Wire, frozen=True):
    """Rolling update figures; a count or a percentage."""

    max_unavailable: int | str | None = None
    max_surge: int | str | None = None
    partition: int | None = None


class Strategy(Wire, frozen=True):
    """strategy of a Deployment, updateStrategy of a StatefulSet or DaemonSet."""

    type: str = ""
    rolling_update: RollingUpdate | None = None


class WorkloadSpec(Wire, frozen=True):
    """Spec of a Deployment, StatefulSet, DaemonSet, ReplicaSet or Job, as far as they agree."""

    replicas: int | None = None
    paused: bool = False
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()
    strategy: Strategy = Strategy()
    update_strategy: Strategy = Strategy()
    min_ready_seconds: int = 0
    progress_deadline_seconds: int | None = None


class WorkloadStatus(Wire, frozen=True):
    """Status of a Deployment, StatefulSet, DaemonSet or ReplicaSet, as far as they agree."""

    observed_generation: int = 0
    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    updated_replicas: int = 0
    desired_number_scheduled: int = 0
    number_ready: int = 0
    conditions: tuple[Condition, ...] = ()


class Workload(Wire, frozen=True):
    """A Deployment, ReplicaSet, StatefulSet, DaemonSet or Job."""

    metadata: Meta = Meta()
    spec: WorkloadSpec = WorkloadSpec()
    status: WorkloadStatus = WorkloadStatus()


class BudgetSpec(Wire, frozen=True):
    """Spec of a PodDisruptionBudget; exactly one of the two figures."""

    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    selector: LabelSelector | None = None


class BudgetStatus(Wire, frozen=True):
    """Status of a PodDisruptionBudget."""

    observed_generation: int = 0
    disruptions_allowed: int = 0
    current_healthy: int = 0
    desired_healthy: int = 0
    expected_pods: int = 0


class Budget(Wire, frozen=True):
    """A PodDisruptionBudget."""

    metadata: Meta = Meta()
    spec: BudgetSpec = BudgetSpec()
    status: BudgetStatus = BudgetStatus()


class ServicePort(Wire, frozen=True):
    """A port of a Service."""

    port: int = 0
    protocol: str = "TCP"


class ServiceSpec(Wire, frozen=True):
    """Spec of a Service."""

    type: str = "ClusterIP"
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    external_traffic_policy: str = ""
    cluster_ip: str = msgspec.field(default="", name="clusterIP")
    ports: tuple[ServicePort, ...] = ()
    load_balancer_class: str | None = None


class Service(Wire, frozen=True):
    """A Service."""

    metadata: Meta = Meta()
    spec: ServiceSpec = ServiceSpec()


class ScaleTarget(Wire, frozen=True):
    """What an autoscaler scales."""

    api_version: str = ""
    kind: str = ""
    name: str = ""


class AutoscalerSpec(Wire, frozen=True):
    """Spec of a HorizontalPodAutoscaler."""

    scale_target_ref: ScaleTarget = ScaleTarget()
    min_replicas: int | None = None
    max_replicas: int = 0


class AutoscalerStatus(Wire, frozen=True):
    """Status of a HorizontalPodAutoscaler."""

    current_replicas: int = 0
    desired_replicas: int = 0


class Autoscaler(Wire, frozen=True):
    """A HorizontalPodAutoscaler."""

    metadata: Meta = Meta()
    spec: AutoscalerSpec = AutoscalerSpec()
    status: AutoscalerStatus = AutoscalerStatus()


class LeaseSpec(Wire, frozen=True):
    """Spec of a Lease."""

    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: int | None = None


class Lease(Wire, frozen=True):
    """A coordination.k8s.io Lease."""

    metadata: Meta = Meta()
    spec: LeaseSpec = LeaseSpec()


class Namespace(Wire, frozen=True):
    """A namespace."""

    metadata: Meta = Meta()


class Event(Wire, frozen=True):
    """A core Event."""

    metadata: Meta = Meta()
    involved_object: dict[str, Any] = msgspec.field(default_factory=dict)
    reason: str = ""
    message: str = ""
    type: str = ""


T = TypeVar("T", bound=Wire)


class Resource(msgspec.Struct, Generic[T], frozen=True):
    """Where a kind lives in the API and what it decodes to.

    `path` is what is served: `/api/v1` or `/apis/GROUP/VERSION`.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    type: type[T]

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, name: str = "", namespace: str = "", subresource: str = "") -> str:
        """The path of the collection, of one object, or of a subresource of it."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        if self.namespaced and namespace:
            root += f"/namespaces/{namespace}"
        root += f"/{self.plural}"
        if name:
            root += f"/{name}"
        return f"{root}/{subresource}" if subresource else root


PODS = Resource("", "v1", "pods", "Pod", True, Pod)
NODES = Resource("", "v1", "nodes", "Node", False, Node)
SERVICES = Resource("", "v1", "services", "Service", True, Service)
NAMESPACES = Resource("", "v1", "namespaces", "Namespace", False, Namespace)
EVENTS = Resource("", "v1", "events", "Event", True, Event)
DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment", True, Workload)
REPLICA_SETS = Resource("apps", "v1", "replicasets", "ReplicaSet", True, Workload)
STATEFUL_SETS = Resource("apps", "v1", "statefulsets", "StatefulSet", True, Workload)
DAEMON_SETS = Resource("apps", "v1", "daemonsets", "DaemonSet", True, Workload)
JOBS = Resource("batch", "v1", "jobs", "Job", True, Workload)
BUDGETS = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", True, Budget)
AUTOSCALERS = Resource(
    "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", True, Autoscaler
)
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease", True, Lease)

ALL_RESOURCES: tuple[Resource[Any], ...] = (
    PODS,
    NODES,
    SERVICES,
    NAMESPACES,
    EVENTS,
    DEPLOYMENTS,
    REPLICA_SETS,
    STATEFUL_SETS,
    DAEMON_SETS,
    JOBS,
    BUDGETS,
    AUTOSCALERS,
    LEASES,
)


def resource_of_kind(kind: str) -> Resource[Any] | None:
    """The resource that serves a kind, None for a kind that poolshift does not read."""
    return next((r for r in ALL_RESOURCES if r.kind == kind), None)


def condition(conditions: tuple[Condition, ...], type_: str) -> Condition | None:
    """The condition of that type, if the object has one."""
    return next((c for c in conditions if c.type == type_), None)


def is_ready(thing: Pod | Node) -> bool:
    """Whether a pod or a node carries condition Ready=True."""
    found = condition(thing.status.conditions, "Ready")
    return found is not None and found.status == "True"


def is_finished(pod: Pod) -> bool:
    """Whether the pod has run to its end (it holds no node resources and no budget)."""
    return pod.status.phase in ("Succeeded", "Failed")


def controller_of(meta: Meta) -> OwnerReference | None:
    """The owner that controls an object."""
    return next((o for o in meta.owner_references if o.controller), None)
