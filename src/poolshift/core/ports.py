"""The ports: ARM, Kubernetes, a registry. Twice implemented, once used.

Both implementations (HTTP in `adapters`, in process in `sim`) raise the classes of
`core.errors` by HTTP status and pass the same contract tests.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from poolshift.core.clock import Clock
from poolshift.core.kube import Resource, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from poolshift.core.arm import (
        Accepted,
        Cluster,
        KubernetesOffer,
        Lock,
        Operation,
        PolicyVerdict,
        Pool,
        ScaleSet,
        Subnet,
        Usage,
        VmSize,
    )
    from poolshift.core.image import ImageFacts

__all__ = [
    "ArmApi",
    "Clock",
    "EvictionOutcome",
    "EvictionResult",
    "KubeApi",
    "Listing",
    "PatchKind",
    "Registry",
    "Table",
    "WatchEvent",
]

T = TypeVar("T", bound=Wire)


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """A complete list (all pages) and the position from which to watch."""

    items: tuple[T, ...]
    resource_version: str


class WatchEvent(msgspec.Struct, Generic[T], frozen=True):
    """ADDED, MODIFIED, DELETED or BOOKMARK (of which only the resource version counts)."""

    type: str
    object: T
    resource_version: str


class PatchKind(StrEnum):
    """Content type of a patch."""

    STRATEGIC = "application/strategic-merge-patch+json"
    MERGE = "application/merge-patch+json"
    JSON = "application/json-patch+json"


WEBHOOK_WORDS = ("admission webhook", "failed calling webhook")
"""How the API server names a webhook in a refusal of its own making."""


class EvictionOutcome(StrEnum):
    """What became of an eviction."""

    EVICTED = "evicted"  # 201
    GONE = "gone"  # 404, or 409: that name is another pod now
    BLOCKED = "blocked"  # 429: a budget does not allow it now
    UNOBSERVED = "unobserved"  # 429 with Retry-After: the budget is not processed yet
    SEVERAL_BUDGETS = "several-budgets"  # 500: more than one budget matches the pod
    DENIED = "denied"  # a webhook said no, or could not be asked


class EvictionResult(msgspec.Struct, frozen=True):
    """Outcome, the server's message, and when to try again if it said so."""

    outcome: EvictionOutcome
    message: str = ""
    retry_after_s: float | None = None


class Table(msgspec.Struct, frozen=True):
    """The server's own table: column (name, priority) pairs, rows of cells, names of the objects.

    Priority 0 is always shown, 1 with `-o wide`.
    """

    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[Any, ...], ...]
    names: tuple[str, ...]


class KubeApi(Protocol):
    """The Kubernetes API as far as poolshift uses it."""

    async def version(self) -> str:
        """The server's gitVersion without the v: 1.23.8."""
        ...

    async def list(
        self, resource: Resource[T], *, namespace: str = "", labels: str = "", fields: str = ""
    ) -> Listing[T]:
        """All objects, page by page; `labels` and `fields` are selectors in API syntax."""
        ...

    def pages(self, resource: Resource[T]) -> AsyncIterator[tuple[T, ...]]:
        """All objects of all namespaces, one page at a time; none is kept.

        A list that expires on the way ends with ExpiredError: what was read belongs to another
        moment than the rest would.
        """
        ...

    async def metrics(self) -> str:
        """The API server's metrics, as text; NotFoundError where it has none."""
        ...

    def watch(
        self, resource: Resource[T], *, resource_version: str, namespace: str = ""
    ) -> AsyncIterator[WatchEvent[T]]:
        """Changes after that version; ends when the server ends it, ExpiredError if too old."""
        ...

    async def get(self, resource: Resource[T], name: str, namespace: str = "") -> T:
        """One object, decoded."""
        ...

    async def read(self, resource: Resource[Any], name: str, namespace: str = "") -> dict[str, Any]:
        """One object, as it stands."""
        ...

    async def create(
        self,
        resource: Resource[Any],
        body: Mapping[str, Any],
        namespace: str = "",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Create; ConflictError when the name is taken."""
        ...

    async def patch(
        self,
        resource: Resource[Any],
        name: str,
        body: Any,
        namespace: str = "",
        *,
        kind: PatchKind = PatchKind.MERGE,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Patch; a metadata.resourceVersion in the body is a precondition (ConflictError)."""
        ...

    async def delete(
        self,
        resource: Resource[Any],
        name: str,
        namespace: str = "",
        *,
        uid: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete in the background; `uid` is a precondition (ConflictError)."""
        ...

    async def evict(
        self, namespace: str, name: str, *, uid: str, dry_run: bool = False
    ) -> EvictionResult:
        """Ask the Eviction API; every answer of DESIGN's table is a result, not an error."""
        ...

    async def table(self, resource: Resource[Any], namespace: str = "") -> Table:
        """The server's table for a kind."""
        ...

    async def allowed(
        self, verb: str, resource: Resource[Any], namespace: str = "", subresource: str = ""
    ) -> bool:
        """SelfSubjectAccessReview."""
        ...


class ArmApi(Protocol):
    """ARM as far as poolshift uses it; `cluster_id` is a full resource id, case as given."""

    async def cluster(self, cluster_id: str) -> Cluster:
        """The managed cluster."""
        ...

    async def pools(self, cluster_id: str) -> tuple[Pool, ...]:
        """Its agent pools."""
        ...

    async def pool(self, cluster_id: str, name: str) -> Pool:
        """One agent pool."""
        ...

    async def put_pool(
        self,
        cluster_id: str,
        name: str,
        body: Mapping[str, Any],
        *,
        if_match: str = "",
        create_only: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Accepted:
        """Create or replace; `create_only` sends If-None-Match: * (PreconditionError)."""
        ...

    async def delete_pool(self, cluster_id: str, name: str, *, if_match: str = "") -> Accepted:
        """Delete; the service cordons and drains first."""
        ...

    async def put_cluster(
        self, cluster_id: str, body: Mapping[str, Any], *, if_match: str = ""
    ) -> Accepted:
        """Replace the cluster."""
        ...

    async def operation(self, url: str) -> Operation:
        """Poll a long-running operation at the address the service gave."""
        ...

    async def vm_sizes(self, subscription: str, location: str) -> tuple[VmSize, ...]:
        """The VM sizes of a region with their capabilities."""
        ...

    async def usages(self, subscription: str, location: str) -> tuple[Usage, ...]:
        """VCPU quota of a region."""
        ...

    async def scale_sets(self, subscription: str, resource_group: str) -> tuple[ScaleSet, ...]:
        """The scale sets of the node resource group."""
        ...

    async def assign_identities(self, scale_set_id: str, identities: tuple[str, ...]) -> Accepted:
        """Add user-assigned identities to a scale set, keeping those it has."""
        ...

    async def remove_identities(self, scale_set_id: str, identities: tuple[str, ...]) -> Accepted:
        """Take user-assigned identities off a scale set."""
        ...

    async def feature(self, subscription: str, name: str) -> str:
        """State of a feature of Microsoft.ContainerService (Registered, NotRegistered, …)."""
        ...

    async def maintenance(self, cluster_id: str) -> tuple[dict[str, Any], ...]:
        """Its maintenance configurations, as the service has them."""
        ...

    async def upgrades(self, cluster_id: str) -> tuple[str, ...]:
        """The full Kubernetes versions that its control plane may go to now."""
        ...

    async def latest_node_image(self, cluster_id: str, pool: str) -> str:
        """The newest node image that a pool may have."""
        ...

    async def kubernetes_versions(
        self, subscription: str, location: str
    ) -> tuple[KubernetesOffer, ...]:
        """The Kubernetes minors that a region offers."""
        ...

    async def locks(self, scope: str) -> tuple[Lock, ...]:
        """The locks at a scope, those that it inherits, and those below it."""
        ...

    async def policy_verdicts(
        self, group: str, content: Mapping[str, Any]
    ) -> tuple[PolicyVerdict, ...]:
        """The policies that a resource in a group (by id) would not keep to."""
        ...

    async def subnet(self, subnet_id: str) -> Subnet:
        """One subnet."""
        ...

    async def subnets_of(self, subscription: str, resource_group: str) -> tuple[Subnet, ...]:
        """The subnets of all networks of a resource group."""
        ...

    async def kubeconfig(self, cluster_id: str) -> bytes:
        """The user kubeconfig (YAML) by listClusterUserCredential."""
        ...


class Registry(Protocol):
    """An OCI registry, whichever the reference names."""

    async def image(self, ref: str) -> ImageFacts:
        """Platforms of a reference; NotFoundError when the tag does not exist."""
        ...
