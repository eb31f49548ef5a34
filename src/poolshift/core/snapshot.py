"""The snapshot: everything captured of one cluster, enough to assess, plan and rehearse.

Portable as one compressed file. Holds no Secret, no environment value and no token: capture does
not read them. What could not be read stands in `unknown` with its reason.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import msgspec

from poolshift.core.arm import (
    AutoUpgradeProfile,
    NetworkProfile,
    ScaleSet,
    Usage,
    VmSize,
    WindowsProfile,
)
from poolshift.core.errors import UsageError
from poolshift.core.image import ImageFacts
from poolshift.core.kube import LabelSelector, PodTemplate, Strategy, Taint

SCHEMA = "poolshift.snapshot/1"


class Part(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of the snapshot's parts."""


class ClusterFacts(Part, frozen=True):
    """The managed cluster.

    `id` is the full resource id in the service's own case; times are ISO 8601.
    """

    id: str
    name: str
    region: str
    kubernetes_version: str
    node_resource_group: str = ""
    provisioning_state: str = ""
    power_state: str = "Running"
    network: NetworkProfile = NetworkProfile()
    windows: WindowsProfile | None = None
    auto_upgrade: AutoUpgradeProfile = AutoUpgradeProfile()
    kubelet_identity: str = ""
    support_plan: str | None = None
    tags: dict[str, str] = {}


class PoolFacts(Part, frozen=True):
    """A pool. `raw` holds every field as the service gave it, kept for cloning.

    `build` is the Windows build of its nodes (`10.0.17763.3165`), empty on Linux and when no
    node says it. `vm_generation` is V1 or V2 by the node image's name, empty when unknown.
    `owner` is who creates and changes the pool: nobody, terraform, bicep, capz, aso, crossplane.
    """

    name: str
    os_type: str
    os_sku: str
    mode: str
    count: int
    vm_size: str
    kubernetes_version: str
    node_image_version: str = ""
    build: str = ""
    vm_generation: str = ""
    provisioning_state: str = "Succeeded"
    power_state: str = "Running"
    autoscaling: bool = False
    min_count: int | None = None
    max_count: int | None = None
    max_pods: int = 30
    fips: bool = False
    zones: tuple[str, ...] = ()
    subnet_id: str = ""
    labels: dict[str, str] = {}
    taints: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    spot: bool = False
    owner: str = "none"
    raw: dict[str, Any] = {}


class NodeFacts(Part, frozen=True):
    """A node. Quantities as the API gives them."""

    name: str
    pool: str
    os: str
    build: str = ""
    os_image: str = ""
    kubelet: str = ""
    image_version: str = ""
    zone: str = ""
    ready: bool = True
    cordoned: bool = False
    labels: dict[str, str] = {}
    taints: tuple[Taint, ...] = ()
    allocatable: dict[str, str] = {}


class WorkloadFacts(Part, frozen=True):
    """A workload: what holds a pod template, or a bare pod (kind Pod).

    `target` is NAMESPACE/KIND/NAME. `managed_by` is helm, argocd, flux or empty; `autoscaler_max`
    is the maximum of the autoscaler that scales it, None without one. `pools` counts its pods by
    pool.
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
    pools: dict[str, int] = {}
    last_applied: bool = False
    uid: str = ""

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
    """A PodDisruptionBudget; `target` is NAMESPACE/PodDisruptionBudget/NAME."""

    target: str
    selector: LabelSelector | None = None
    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    expected: int = 0
    healthy: int = 0
    desired: int = 0
    allowed: int = 0
    workloads: tuple[str, ...] = ()


class ServiceFacts(Part, frozen=True):
    """A Service that is a load balancer or a node port."""

    target: str
    type: str
    selector: dict[str, str] = {}
    external_traffic_policy: str = ""


class Unknown(Part, frozen=True):
    """What could not be read, and why. `what` is `area` or `area/name` (`image/REF`, `usages`)."""

    what: str
    reason: str


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
    features: dict[str, str] = {}
    gmsa_specs: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
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


def dump_snapshot(snapshot: Snapshot) -> bytes:
    """The file form: gzip over JSON; the same snapshot gives the same bytes."""
    return gzip.compress(msgspec.json.encode(snapshot, order="sorted"), mtime=0)


def load_snapshot(data: bytes, *, name: str = "snapshot") -> Snapshot:
    """Read the file form, compressed or not.

    Raises:
        UsageError: not gzip or JSON, truncated, or of another schema.
    """
    fix = "Take a new one with: poolshift snapshot --out FILE"
    try:
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        head = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise UsageError(
            f"{name} is no readable snapshot", why=str(error), fix=fix, code="PSE110"
        ) from error
    schema = bytes(head.get("schema", b'""')).decode().strip('"')
    if schema != SCHEMA:
        raise UsageError(
            f"{name} has schema {schema or 'none'}",
            why=f"this version reads {SCHEMA}",
            fix=fix,
            code="PSE111",
        )
    try:
        return msgspec.json.decode(text, type=Snapshot)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{name} is a damaged snapshot", why=str(error), fix=fix, code="PSE110"
        ) from error
