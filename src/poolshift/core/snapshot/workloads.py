"""Workloads, pods, budgets and what scales or limits them."""

from __future__ import annotations

import msgspec

from poolshift.core.kube import LabelSelector, PodTemplate, Strategy
from poolshift.core.snapshot.part import Part


class WorkloadFacts(Part, frozen=True):
    """A workload: what holds a pod template, or a bare pod (kind Pod).

    `target` is NAMESPACE/KIND/NAME. `managed_by` is helm, argocd, flux or empty; `autoscaler_max`
    is the maximum of the autoscaler that scales it, None without one. `pools` counts its pods by
    pool. `release` is the Helm release that it is part of.
    """

    target: str
    replicas: int
    ready: int
    template: PodTemplate
    selector: LabelSelector = LabelSelector()
    strategy: Strategy = Strategy()
    paused: bool = False
    min_ready_s: int = 0
    managed_by: str = ""
    autoscaler_max: int | None = None
    pools: dict[str, int] = msgspec.field(default_factory=dict)
    last_applied: bool = False
    uid: str = ""
    release: str = ""
    claim_templates: tuple[str, ...] = ()

    @property
    def namespace(self) -> str:
        """First part of the target."""
        return self.target.split("/")[0]

    @property
    def kind(self) -> str:
        """Second part of the target."""
        return self.target.split("/")[1]

    @property
    def name(self) -> str:
        """Third part of the target."""
        return self.target.split("/")[2]


class TemplateFacts(Part, frozen=True):
    """A template in an object that is no workload of its own: a CronJob, a custom resource."""

    target: str
    template: PodTemplate
    replicas: int | None = None
    managed_by: str = ""


class PodFacts(Part, frozen=True):
    """A pod: where it is and whose; its template is the workload's.

    `workload` is the target of its top owner (the pod's own target for a bare pod).
    """

    namespace: str
    name: str
    uid: str
    workload: str
    node: str = ""
    phase: str = "Pending"
    ready: bool = False
    daemon: bool = False


class BudgetFacts(Part, frozen=True):
    """A PodDisruptionBudget; `target` is NAMESPACE/PodDisruptionBudget/NAME.

    `release` is the Helm release that brought it, empty without one.
    """

    target: str
    selector: LabelSelector | None = None
    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    expected: int = 0
    healthy: int = 0
    desired: int = 0
    allowed: int = 0
    workloads: tuple[str, ...] = ()
    managed_by: str = ""
    release: str = ""


class AutoscalerFacts(Part, frozen=True):
    """A HorizontalPodAutoscaler or a KEDA ScaledObject, and the workload that it scales."""

    target: str
    workload: str
    minimum: int | None = None
    maximum: int = 0
    current: int = 0


class QuotaFacts(Part, frozen=True):
    """A ResourceQuota: limits and use, as quantities."""

    target: str
    hard: dict[str, str] = msgspec.field(default_factory=dict)
    used: dict[str, str] = msgspec.field(default_factory=dict)


class LimitRangeFacts(Part, frozen=True):
    """A LimitRange: the defaults and bounds for containers, as quantities."""

    target: str
    default: dict[str, str] = msgspec.field(default_factory=dict)
    default_request: dict[str, str] = msgspec.field(default_factory=dict)
    maximum: dict[str, str] = msgspec.field(default_factory=dict)


class PriorityFacts(Part, frozen=True):
    """A PriorityClass."""

    name: str
    value: int = 0
    global_default: bool = False
    preemption_policy: str = "PreemptLowerPriority"


class RuntimeClassFacts(Part, frozen=True):
    """A RuntimeClass with the nodes that it sends pods to."""

    name: str
    handler: str = ""
    node_selector: dict[str, str] = msgspec.field(default_factory=dict)


class CredentialSpecFacts(Part, frozen=True):
    """A GMSACredentialSpec.

    Attributes:
        name: its name.
        domain: DNS name of the domain, empty when it does not say.
        accounts: names of the group managed service accounts.
        object_id: object id of the identity that reads the vault, empty when it names none.
        vault: whether it names a Key Vault plug-in at all.
    """

    name: str
    domain: str = ""
    accounts: tuple[str, ...] = ()
    object_id: str = ""
    vault: bool = False
