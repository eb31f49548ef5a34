"""The parts of Kubernetes objects that poolshift reads, as typed partial structs.

Only what is named here is decoded, so that a list of 50,000 pods costs little more than its
parsing, and so that an environment value, a Secret or a token never enters the process's values.
Field names are those of the Kubernetes API (snake_case here, camelCase on the wire).
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec


class Wire(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """Base of all wire structs: unknown fields are skipped, absent ones take their default."""


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
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: tuple[OwnerReference, ...] = ()


class Toleration(Wire, frozen=True):
    """A toleration; an empty key with Exists tolerates everything."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


class Taint(Wire, frozen=True):
    """A taint of a node."""

    key: str = ""
    value: str = ""
    effect: str = ""


class Requirement(Wire, frozen=True):
    """One expression of a node or label selector: In, NotIn, Exists, DoesNotExist, Gt, Lt."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(Wire, frozen=True):
    """matchLabels and matchExpressions, all of which must hold."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[Requirement, ...] = ()


class NodeSelectorTerm(Wire, frozen=True):
    """Expressions that must all hold; terms are alternatives."""

    match_expressions: tuple[Requirement, ...] = ()
    match_fields: tuple[Requirement, ...] = ()


class NodeSelector(Wire, frozen=True):
    """Required node affinity: any term."""

    node_selector_terms: tuple[NodeSelectorTerm, ...] = ()


class PreferredTerm(Wire, frozen=True):
    """Preferred node affinity."""

    weight: int = 0
    preference: NodeSelectorTerm = NodeSelectorTerm()


class NodeAffinity(Wire, frozen=True):
    """Node affinity, required and preferred."""

    required_during_scheduling_ignored_during_execution: NodeSelector | None = None
    preferred_during_scheduling_ignored_during_execution: tuple[PreferredTerm, ...] = ()


class PodAffinityTerm(Wire, frozen=True):
    """A term of pod affinity or anti-affinity."""

    label_selector: LabelSelector | None = None
    topology_key: str = ""
    namespaces: tuple[str, ...] = ()
    namespace_selector: LabelSelector | None = None
    match_label_keys: tuple[str, ...] = ()
    mismatch_label_keys: tuple[str, ...] = ()


class WeightedPodAffinityTerm(Wire, frozen=True):
    """A preferred term."""

    weight: int = 0
    pod_affinity_term: PodAffinityTerm = PodAffinityTerm()


class PodAffinity(Wire, frozen=True):
    """Pod affinity or anti-affinity."""

    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...] = ()
    preferred_during_scheduling_ignored_during_execution: tuple[WeightedPodAffinityTerm, ...] = ()


class Affinity(Wire, frozen=True):
    """Affinity of a pod."""

    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAffinity | None = None


class TopologySpreadConstraint(Wire, frozen=True):
    """Topology spread."""

    max_skew: int = 1
    topology_key: str = ""
    when_unsatisfiable: str = "DoNotSchedule"
    label_selector: LabelSelector | None = None
    min_domains: int | None = None
    node_affinity_policy: str = "Honor"
    node_taints_policy: str = "Ignore"
    match_label_keys: tuple[str, ...] = ()


class ContainerPort(Wire, frozen=True):
    """A port of a container."""

    container_port: int = 0
    host_port: int = 0
    protocol: str = "TCP"
    host_ip: str = msgspec.field(default="", name="hostIP")


class Resources(Wire, frozen=True):
    """Requests and limits, as quantities."""

    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class WindowsOptions(Wire, frozen=True):
    """Windows security options."""

    host_process: bool = False
    gmsa_credential_spec_name: str = ""
    run_as_user_name: str = ""


class SecurityProfile(Wire, frozen=True):
    """An AppArmor or seccomp profile, by type."""

    type: str = ""


class Capabilities(Wire, frozen=True):
    """Linux capabilities added."""

    add: tuple[str, ...] = ()


class ContainerSecurity(Wire, frozen=True):
    """The parts of a container's security context that some OS refuses or does not know."""

    privileged: bool = False
    run_as_user: int | None = None
    run_as_group: int | None = None
    allow_privilege_escalation: bool | None = None
    read_only_root_filesystem: bool = False
    capabilities: Capabilities = Capabilities()
    app_armor_profile: SecurityProfile | None = None
    windows_options: WindowsOptions = WindowsOptions()


class VolumeMount(Wire, frozen=True):
    """Where a container sees a volume."""

    name: str = ""
    mount_path: str = ""
    sub_path: str = ""


class Container(Wire, frozen=True):
    """A container, without its environment, command or probes.

    Attributes:
        hints: what its command, arguments and probes show, in the words of
            `semantics.hints`; only capture fills it, the API has no such field.
        ready_gate: whether it has a readiness probe; filled by capture.
        pre_stop: whether something is done before it stops; filled by capture.
    """

    name: str = ""
    image: str = ""
    resources: Resources = Resources()
    ports: tuple[ContainerPort, ...] = ()
    restart_policy: str = ""
    volume_mounts: tuple[VolumeMount, ...] = ()
    security_context: ContainerSecurity = ContainerSecurity()
    hints: tuple[str, ...] = ()
    ready_gate: bool = False
    pre_stop: bool = False


class SecurityContext(Wire, frozen=True):
    """The parts of a pod's security context that some OS refuses or does not know."""

    windows_options: WindowsOptions = WindowsOptions()
    run_as_user: int | None = None
    run_as_group: int | None = None
    fs_group: int | None = None
    supplemental_groups: tuple[int, ...] = ()
    app_armor_profile: SecurityProfile | None = None


class ClaimSource(Wire, frozen=True):
    """A volume's claim."""

    claim_name: str = ""


class FilesSource(Wire, frozen=True):
    """Files from a Secret, a ConfigMap or several sources: only their mode is looked at."""

    default_mode: int | None = None


class CsiVolume(Wire, frozen=True):
    """A volume that a CSI driver makes for the pod alone."""

    driver: str = ""


class FlexVolume(Wire, frozen=True):
    """A volume of a FlexVolume driver."""

    driver: str = ""


class Volume(Wire, frozen=True):
    """A volume, by kind; no Secret or ConfigMap is looked into."""

    name: str = ""
    persistent_volume_claim: ClaimSource | None = None
    empty_dir: dict[str, Any] | None = None
    host_path: dict[str, Any] | None = None
    azure_file: dict[str, Any] | None = None
    azure_disk: dict[str, Any] | None = None
    nfs: dict[str, Any] | None = None
    ephemeral: dict[str, Any] | None = None
    secret: FilesSource | None = None
    config_map: FilesSource | None = None
    projected: FilesSource | None = None
    csi: CsiVolume | None = None
    flex_volume: FlexVolume | None = None


class PodOs(Wire, frozen=True):
    """The OS that a pod says it is for."""

    name: str = ""


class NameRef(Wire, frozen=True):
    """A reference by name alone."""

    name: str = ""


class PodSpec(Wire, frozen=True):
    """What decides where a pod runs and what it runs."""

    node_name: str = ""
    node_selector: dict[str, str] = {}
    affinity: Affinity | None = None
    tolerations: tuple[Toleration, ...] = ()
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    topology_spread_constraints: tuple[TopologySpreadConstraint, ...] = ()
    termination_grace_period_seconds: int = 30
    service_account_name: str = ""
    image_pull_secrets: tuple[NameRef, ...] = ()
    priority_class_name: str = ""
    priority: int = 0
    preemption_policy: str = "PreemptLowerPriority"
    runtime_class_name: str | None = None
    host_network: bool = False
    restart_policy: str = "Always"
    security_context: SecurityContext = SecurityContext()
    overhead: dict[str, str] = {}
    os: PodOs | None = None
    host_pid: bool = msgspec.field(default=False, name="hostPID")
    host_users: bool | None = None


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

    capacity: dict[str, str] = {}
    allocatable: dict[str, str] = {}
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
    selector: dict[str, str] = {}
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
    involved_object: dict[str, Any] = {}
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
