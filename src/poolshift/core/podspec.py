"""Pod specs of the Kubernetes API as typed partial structs: what decides where a pod can run.

Environment, command and probes are not decoded. Field names are those of the API (snake_case here,
camelCase on the wire).
"""

from __future__ import annotations

from typing import Any

import msgspec


class Wire(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """Base of all wire structs: unknown fields are skipped, absent ones take their default."""


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
