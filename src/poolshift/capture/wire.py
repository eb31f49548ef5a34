"""What capture asks of Kubernetes beside the kinds that the engine knows, as partial structs.

Commands, arguments and probes are decoded here alone, and reduced to hints at once.
"""

from __future__ import annotations

import msgspec

from poolshift.core.kube import (
    Container,
    LabelSelector,
    Meta,
    OwnerReference,
    PodSpec,
    PodTemplate,
    Resource,
    Wire,
    Workload,
    WorkloadSpec,
)


class Exec(Wire, frozen=True):
    """A command of a probe or a hook."""

    command: tuple[str, ...] = ()


class Handler(Wire, frozen=True):
    """A probe or a hook, as far as it runs a command."""

    exec: Exec | None = None


class Lifecycle(Wire, frozen=True):
    """What is done after a container starts and before it stops."""

    pre_stop: Handler | None = None
    post_start: Handler | None = None


class ReadContainer(Container, frozen=True):
    """A container with what its hints come from."""

    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    lifecycle: Lifecycle | None = None
    readiness_probe: Handler | None = None
    liveness_probe: Handler | None = None
    startup_probe: Handler | None = None


class ReadPodSpec(PodSpec, frozen=True):
    """A pod's spec with such containers."""

    containers: tuple[ReadContainer, ...] = ()
    init_containers: tuple[ReadContainer, ...] = ()


class ReadTemplate(PodTemplate, frozen=True):
    """A template with such containers."""

    spec: ReadPodSpec = ReadPodSpec()


class ClaimTemplate(Wire, frozen=True):
    """A claim that a StatefulSet makes for each pod."""

    metadata: Meta = Meta()


class ReadWorkloadSpec(WorkloadSpec, frozen=True):
    """A workload's spec with such a template."""

    template: ReadTemplate = ReadTemplate()
    volume_claim_templates: tuple[ClaimTemplate, ...] = ()


class ReadWorkload(Workload, frozen=True):
    """A workload with such a template."""

    spec: ReadWorkloadSpec = ReadWorkloadSpec()


class ReadPod(Wire, frozen=True):
    """A pod of its own, with its spec."""

    metadata: Meta = Meta()
    spec: ReadPodSpec = ReadPodSpec()


class ListedMeta(Wire, frozen=True):
    """What tells one listed pod from another, and whose it is."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    owner_references: tuple[OwnerReference, ...] = ()


class ListedSpec(Wire, frozen=True):
    """Where a listed pod is."""

    node_name: str = ""


class ListedCondition(Wire, frozen=True):
    """A condition without its words."""

    type: str = ""
    status: str = ""


class ListedStatus(Wire, frozen=True):
    """How a listed pod is."""

    phase: str = "Pending"
    conditions: tuple[ListedCondition, ...] = ()


class ListedPod(Wire, frozen=True):
    """A pod of a long list: its template is its owner's, so nothing of it is decoded."""

    metadata: ListedMeta = ListedMeta()
    spec: ListedSpec = ListedSpec()
    status: ListedStatus = ListedStatus()


class ListedSet(Wire, frozen=True):
    """A ReplicaSet, of which only the owner counts."""

    metadata: ListedMeta = ListedMeta()


class JobTemplateSpec(Wire, frozen=True):
    """What a CronJob makes."""

    template: ReadTemplate = ReadTemplate()


class JobTemplate(Wire, frozen=True):
    """What a CronJob makes, one level up."""

    spec: JobTemplateSpec = JobTemplateSpec()


class ScheduledSpec(Wire, frozen=True):
    """Spec of a CronJob or a KEDA ScaledJob: the one that is there counts."""

    job_template: JobTemplate | None = None
    job_target_ref: JobTemplateSpec | None = None


class Scheduled(Wire, frozen=True):
    """A CronJob or a ScaledJob."""

    metadata: Meta = Meta()
    spec: ScheduledSpec = ScheduledSpec()


class ScaledTarget(Wire, frozen=True):
    """What a ScaledObject scales; a Deployment unless it says otherwise."""

    kind: str = "Deployment"
    name: str = ""


class ScaledSpec(Wire, frozen=True):
    """Spec of a KEDA ScaledObject."""

    scale_target_ref: ScaledTarget = ScaledTarget()
    min_replica_count: int | None = None
    max_replica_count: int | None = None


class Scaled(Wire, frozen=True):
    """A KEDA ScaledObject."""

    metadata: Meta = Meta()
    spec: ScaledSpec = ScaledSpec()


class QuotaStatus(Wire, frozen=True):
    """Limits and use of a ResourceQuota."""

    hard: dict[str, str] = msgspec.field(default_factory=dict)
    used: dict[str, str] = msgspec.field(default_factory=dict)


class Quota(Wire, frozen=True):
    """A ResourceQuota."""

    metadata: Meta = Meta()
    status: QuotaStatus = QuotaStatus()


class LimitItem(Wire, frozen=True):
    """One line of a LimitRange."""

    type: str = ""
    default: dict[str, str] = msgspec.field(default_factory=dict)
    default_request: dict[str, str] = msgspec.field(default_factory=dict)
    max: dict[str, str] = msgspec.field(default_factory=dict)


class LimitSpec(Wire, frozen=True):
    """Spec of a LimitRange."""

    limits: tuple[LimitItem, ...] = ()


class Limits(Wire, frozen=True):
    """A LimitRange."""

    metadata: Meta = Meta()
    spec: LimitSpec = LimitSpec()


class RuntimeScheduling(Wire, frozen=True):
    """Where pods of a RuntimeClass go."""

    node_selector: dict[str, str] = msgspec.field(default_factory=dict)


class RuntimeClass(Wire, frozen=True):
    """A RuntimeClass."""

    metadata: Meta = Meta()
    handler: str = ""
    scheduling: RuntimeScheduling | None = None


class HostAccount(Wire, frozen=True):
    """How a host that is in no domain finds the account's credentials."""

    plugin_guid: str = msgspec.field(default="", name="PluginGUID")
    plugin_input: str = msgspec.field(default="", name="PluginInput")


class ManagedAccount(Wire, frozen=True):
    """A group managed service account."""

    name: str = msgspec.field(default="", name="Name")


class DirectoryConfig(Wire, frozen=True):
    """Active Directory part of a credential spec."""

    accounts: tuple[ManagedAccount, ...] = msgspec.field(
        default=(), name="GroupManagedServiceAccounts"
    )
    host: HostAccount | None = msgspec.field(default=None, name="HostAccountConfig")


class DomainJoin(Wire, frozen=True):
    """The domain of a credential spec."""

    dns_name: str = msgspec.field(default="", name="DnsName")


class CredentialSpecBody(Wire, frozen=True):
    """The credential spec itself."""

    directory: DirectoryConfig = msgspec.field(
        default=DirectoryConfig(), name="ActiveDirectoryConfig"
    )
    domain: DomainJoin = msgspec.field(default=DomainJoin(), name="DomainJoinConfig")


class CredentialSpec(Wire, frozen=True):
    """A GMSACredentialSpec."""

    metadata: Meta = Meta()
    credspec: CredentialSpecBody = CredentialSpecBody()


class EndpointConditions(Wire, frozen=True):
    """Whether an endpoint takes connections."""

    ready: bool | None = None


class Endpoint(Wire, frozen=True):
    """One endpoint."""

    conditions: EndpointConditions = EndpointConditions()
    node_name: str = ""


class EndpointSlice(Wire, frozen=True):
    """An EndpointSlice."""

    metadata: Meta = Meta()
    endpoints: tuple[Endpoint, ...] | None = None


class BackendService(Wire, frozen=True):
    """The Service of an Ingress's backend."""

    name: str = ""


class Backend(Wire, frozen=True):
    """A backend of an Ingress."""

    service: BackendService | None = None


class IngressPath(Wire, frozen=True):
    """A path of an Ingress."""

    backend: Backend = Backend()


class IngressHttp(Wire, frozen=True):
    """The paths of a rule."""

    paths: tuple[IngressPath, ...] = ()


class IngressRule(Wire, frozen=True):
    """A rule of an Ingress."""

    http: IngressHttp | None = None


class IngressSpec(Wire, frozen=True):
    """Spec of an Ingress."""

    ingress_class_name: str | None = None
    default_backend: Backend | None = None
    rules: tuple[IngressRule, ...] = ()


class Ingress(Wire, frozen=True):
    """An Ingress."""

    metadata: Meta = Meta()
    spec: IngressSpec = IngressSpec()


class RouteBackend(Wire, frozen=True):
    """A backend of a route."""

    kind: str = "Service"
    name: str = ""
    namespace: str = ""


class RouteRule(Wire, frozen=True):
    """A rule of a route."""

    backend_refs: tuple[RouteBackend, ...] = ()


class RouteParent(Wire, frozen=True):
    """The Gateway of a route."""

    name: str = ""
    namespace: str = ""


class HttpRouteSpec(Wire, frozen=True):
    """Spec of an HTTPRoute."""

    parent_refs: tuple[RouteParent, ...] = ()
    rules: tuple[RouteRule, ...] = ()


class HttpRoute(Wire, frozen=True):
    """An HTTPRoute."""

    metadata: Meta = Meta()
    spec: HttpRouteSpec = HttpRouteSpec()


class GatewaySpec(Wire, frozen=True):
    """Spec of a Gateway."""

    gateway_class_name: str = ""


class Gateway(Wire, frozen=True):
    """A Gateway."""

    metadata: Meta = Meta()
    spec: GatewaySpec = GatewaySpec()


class PolicySpec(Wire, frozen=True):
    """Spec of a NetworkPolicy."""

    pod_selector: LabelSelector = LabelSelector()


class NetworkPolicy(Wire, frozen=True):
    """A NetworkPolicy."""

    metadata: Meta = Meta()
    spec: PolicySpec = PolicySpec()


class HookService(Wire, frozen=True):
    """The Service that answers for a webhook."""

    namespace: str = ""
    name: str = ""


class HookClient(Wire, frozen=True):
    """Who answers for a webhook; its address and certificates are not read."""

    service: HookService | None = None


class HookRule(Wire, frozen=True):
    """What a webhook is asked about."""

    api_groups: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class Hook(Wire, frozen=True):
    """One webhook."""

    name: str = ""
    client_config: HookClient = HookClient()
    failure_policy: str = "Fail"
    timeout_seconds: int = 10
    rules: tuple[HookRule, ...] = ()


class HookConfiguration(Wire, frozen=True):
    """A ValidatingWebhookConfiguration or a MutatingWebhookConfiguration."""

    metadata: Meta = Meta()
    webhooks: tuple[Hook, ...] = ()


class ConfigMap(Wire, frozen=True):
    """A ConfigMap; only the three that `convert.config` names are asked for, by name."""

    metadata: Meta = Meta()
    data: dict[str, str] = msgspec.field(default_factory=dict)


class CustomSpec(Wire, frozen=True):
    """Spec of a custom resource with a template at `spec.template`."""

    replicas: int | None = None
    template: ReadTemplate = ReadTemplate()


class Custom(Wire, frozen=True):
    """A custom resource with a template at `spec.template`."""

    metadata: Meta = Meta()
    spec: CustomSpec = CustomSpec()


def _apps(plural: str, kind: str) -> Resource[ReadWorkload]:
    return Resource("apps", "v1", plural, kind, True, ReadWorkload)


LISTED_PODS = Resource("", "v1", "pods", "Pod", True, ListedPod)
LISTED_SETS = Resource("apps", "v1", "replicasets", "ReplicaSet", True, ListedSet)
READ_PODS = Resource("", "v1", "pods", "Pod", True, ReadPod)
WORKLOADS = (
    _apps("deployments", "Deployment"),
    _apps("statefulsets", "StatefulSet"),
    _apps("daemonsets", "DaemonSet"),
    Resource("batch", "v1", "jobs", "Job", True, ReadWorkload),
)
CRON_JOBS = Resource("batch", "v1", "cronjobs", "CronJob", True, Scheduled)
SCALED_JOBS = Resource("keda.sh", "v1alpha1", "scaledjobs", "ScaledJob", True, Scheduled)
SCALED_OBJECTS = Resource("keda.sh", "v1alpha1", "scaledobjects", "ScaledObject", True, Scaled)
CUSTOM_WORKLOADS = (
    Resource("argoproj.io", "v1alpha1", "rollouts", "Rollout", True, Custom),
    Resource("apps.kruise.io", "v1alpha1", "clonesets", "CloneSet", True, Custom),
    Resource("apps.kruise.io", "v1beta1", "statefulsets", "StatefulSet", True, Custom),
    Resource("apps.kruise.io", "v1alpha1", "daemonsets", "DaemonSet", True, Custom),
    Resource("serving.knative.dev", "v1", "services", "Service", True, Custom),
)
QUOTAS = Resource("", "v1", "resourcequotas", "ResourceQuota", True, Quota)
LIMIT_RANGES = Resource("", "v1", "limitranges", "LimitRange", True, Limits)
RUNTIME_CLASSES = Resource(
    "node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", False, RuntimeClass
)
CREDENTIAL_SPECS = Resource(
    "windows.k8s.io", "v1", "gmsacredentialspecs", "GMSACredentialSpec", False, CredentialSpec
)
ENDPOINT_SLICES = Resource(
    "discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", True, EndpointSlice
)
INGRESSES = Resource("networking.k8s.io", "v1", "ingresses", "Ingress", True, Ingress)
NETWORK_POLICIES = Resource(
    "networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", True, NetworkPolicy
)
GATEWAYS = Resource("gateway.networking.k8s.io", "v1", "gateways", "Gateway", True, Gateway)
HTTP_ROUTES = Resource(
    "gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", True, HttpRoute
)
VALIDATING = Resource(
    "admissionregistration.k8s.io",
    "v1",
    "validatingwebhookconfigurations",
    "ValidatingWebhookConfiguration",
    False,
    HookConfiguration,
)
MUTATING = Resource(
    "admissionregistration.k8s.io",
    "v1",
    "mutatingwebhookconfigurations",
    "MutatingWebhookConfiguration",
    False,
    HookConfiguration,
)
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap", True, ConfigMap)
