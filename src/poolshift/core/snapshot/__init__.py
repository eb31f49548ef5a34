"""The snapshot: everything captured of one cluster, enough to assess, plan and rehearse.

Portable as one compressed file. Holds no Secret, no environment value and no token: capture does
not read them. What could not be read stands in `unknown` with its reason.
"""

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
from poolshift.core.snapshot.files import dump_snapshot, load_snapshot
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
from poolshift.core.snapshot.snapshot import SCHEMA, Snapshot, images_of
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

__all__ = [
    "SCHEMA",
    "AutoscalerFacts",
    "BudgetFacts",
    "ClaimFacts",
    "ClusterFacts",
    "ConfigFacts",
    "CredentialSpecFacts",
    "DeprecatedUse",
    "EndpointFacts",
    "LimitRangeFacts",
    "LockFacts",
    "MaintenanceFacts",
    "NetworkPolicyFacts",
    "NodeFacts",
    "OfferFacts",
    "Part",
    "PodFacts",
    "PolicyFacts",
    "PoolFacts",
    "PriorityFacts",
    "QuotaFacts",
    "RouteFacts",
    "RuntimeClassFacts",
    "ServiceFacts",
    "Snapshot",
    "StorageClassFacts",
    "SubnetFacts",
    "TemplateFacts",
    "Unknown",
    "VolumeFacts",
    "WebhookFacts",
    "WorkloadFacts",
    "dump_snapshot",
    "images_of",
    "load_snapshot",
]
