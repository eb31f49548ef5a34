"""One cluster at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.arm import ScaleSet, Usage, VmSize
from poolshift.core.image import ImageFacts
from poolshift.core.snapshot.cluster import (
    ClusterFacts,
    LockFacts,
    MaintenanceFacts,
    NodeFacts,
    OfferFacts,
    PolicyFacts,
    PoolFacts,
    SubnetFacts,
)
from poolshift.core.snapshot.network import (
    DeprecatedUse,
    EndpointFacts,
    NetworkPolicyFacts,
    RouteFacts,
    ServiceFacts,
    WebhookFacts,
)
from poolshift.core.snapshot.part import Part, Unknown
from poolshift.core.snapshot.reductions import ConfigFacts
from poolshift.core.snapshot.storage import ClaimFacts, StorageClassFacts, VolumeFacts
from poolshift.core.snapshot.workloads import (
    AutoscalerFacts,
    BudgetFacts,
    CredentialSpecFacts,
    LimitRangeFacts,
    PodFacts,
    PriorityFacts,
    QuotaFacts,
    RuntimeClassFacts,
    TemplateFacts,
    WorkloadFacts,
)

if TYPE_CHECKING:
    from poolshift.core.kube import PodTemplate

SCHEMA = "poolshift.snapshot/1"


class Snapshot(Part, frozen=True, omit_defaults=False):
    """One cluster at one moment; every key is written, the schema among them."""

    captured_at: str
    source: str
    cluster: ClusterFacts
    pools: tuple[PoolFacts, ...]
    nodes: tuple[NodeFacts, ...] = ()
    workloads: tuple[WorkloadFacts, ...] = ()
    pods: tuple[PodFacts, ...] = ()
    budgets: tuple[BudgetFacts, ...] = ()
    services: tuple[ServiceFacts, ...] = ()
    images: tuple[ImageFacts, ...] = ()
    vm_sizes: tuple[VmSize, ...] = ()
    usages: tuple[Usage, ...] = ()
    scale_sets: tuple[ScaleSet, ...] = ()
    features: dict[str, str] = msgspec.field(default_factory=dict)
    credential_specs: tuple[CredentialSpecFacts, ...] = ()
    templates: tuple[TemplateFacts, ...] = ()
    autoscalers: tuple[AutoscalerFacts, ...] = ()
    quotas: tuple[QuotaFacts, ...] = ()
    limit_ranges: tuple[LimitRangeFacts, ...] = ()
    priority_classes: tuple[PriorityFacts, ...] = ()
    runtime_classes: tuple[RuntimeClassFacts, ...] = ()
    endpoints: tuple[EndpointFacts, ...] = ()
    routes: tuple[RouteFacts, ...] = ()
    network_policies: tuple[NetworkPolicyFacts, ...] = ()
    webhooks: tuple[WebhookFacts, ...] = ()
    deprecated_uses: tuple[DeprecatedUse, ...] = ()
    volumes: tuple[VolumeFacts, ...] = ()
    claims: tuple[ClaimFacts, ...] = ()
    storage_classes: tuple[StorageClassFacts, ...] = ()
    config: ConfigFacts = ConfigFacts()
    maintenance: tuple[MaintenanceFacts, ...] = ()
    offers: tuple[OfferFacts, ...] = ()
    subnets: tuple[SubnetFacts, ...] = ()
    locks: tuple[LockFacts, ...] = ()
    policies: tuple[PolicyFacts, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    redacted: bool = False
    schema: str = SCHEMA

    def pool(self, name: str) -> PoolFacts | None:
        """A pool by name."""
        return next((p for p in self.pools if p.name == name), None)

    def nodes_of(self, pool: str) -> tuple[NodeFacts, ...]:
        """The nodes of a pool."""
        return tuple(n for n in self.nodes if n.pool == pool)

    def workload(self, target: str) -> WorkloadFacts | None:
        """A workload by target."""
        return next((w for w in self.workloads if w.target == target), None)

    def image(self, ref: str) -> ImageFacts | None:
        """What the registry said of a reference."""
        return next((i for i in self.images if i.ref == ref), None)

    def unknown_reason(self, what: str) -> str | None:
        """Why something could not be read; None when it was."""
        return next((u.reason for u in self.unknown if u.what == what), None)


def images_of(template: PodTemplate) -> tuple[str, ...]:
    """Every image reference of a template, in order, init containers first."""
    spec = template.spec
    return tuple(dict.fromkeys(c.image for c in (*spec.init_containers, *spec.containers)))
