"""What a rule is, and what it is given."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from poolshift.core.finding import Evidence, Finding, NotChecked, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.index import Index
from poolshift.rules.settings import NO_SETTINGS
from poolshift.semantics.hops import hops_of
from poolshift.semantics.pins import is_windows
from poolshift.semantics.support import succeeds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from poolshift.catalog import Catalog
    from poolshift.core.arm import VmSize
    from poolshift.core.snapshot import PoolFacts, Snapshot, WorkloadFacts
    from poolshift.rules.settings import Settings, Thresholds


class Move(NamedTuple):
    """A workload that a move takes along, and the catalog's hops that its pods make."""

    workload: WorkloadFacts
    pool: PoolFacts
    to: str
    hops: frozenset[str]


@dataclass(frozen=True)
class Context:
    """What a rule looks at.

    Attributes:
        snapshot: the cluster.
        catalog: the facts.
        as_of: today.
        to: the OS SKU to move to; None where no move was named.
        settings: what the user decided.
    """

    snapshot: Snapshot
    catalog: Catalog
    as_of: date
    to: str | None = None
    settings: Settings = NO_SETTINGS

    @property
    def thresholds(self) -> Thresholds:
        """From when on something counts."""
        return self.settings.thresholds

    @cached_property
    def index(self) -> Index:
        """The snapshot by name."""
        return Index(self.snapshot)

    @cached_property
    def group(self) -> str:
        """The resource group, as the resource id has it."""
        parts = self.snapshot.cluster.id.split("/")
        lower = [p.lower() for p in parts]
        at = lower.index("resourcegroups") if "resourcegroups" in lower[:-1] else -1
        return parts[at + 1] if at >= 0 else ""

    @property
    def cluster_arguments(self) -> str:
        """`-g GROUP -n NAME` for `az aks`, quoted for a shell."""
        return f"-g {quote(self.group)} -n {quote(self.snapshot.cluster.name)}"

    def pool_arguments(self, pool: str) -> str:
        """`-g GROUP --cluster-name CLUSTER -n POOL` for `az aks nodepool`, quoted for a shell."""
        cluster = quote(self.snapshot.cluster.name)
        return f"-g {quote(self.group)} --cluster-name {cluster} -n {quote(pool)}"

    def target_of(self, pool: PoolFacts) -> str | None:
        """The OS SKU that a pool would move to: the one named, or the catalog's successor.

        None when the one named is no later OS for this pool, or none follows.
        """
        if self.to is not None:
            named = self.catalog.sku(self.to)
            return named.id if named and succeeds(named.id, pool, self.catalog) else None
        current = self.catalog.sku(pool.os_sku)
        return current.successor if current is not None else None

    @cached_property
    def moving(self) -> tuple[tuple[PoolFacts, str], ...]:
        """The pools that have a target, with it."""
        pairs = ((pool, self.target_of(pool)) for pool in self.snapshot.pools)
        return tuple((pool, target) for pool, target in pairs if target is not None)

    @property
    def targets(self) -> tuple[str, ...]:
        """The OS SKUs that pools would move to."""
        return tuple(sorted({to for _, to in self.moving}))

    @property
    def moving_windows(self) -> tuple[tuple[PoolFacts, str], ...]:
        """The Windows pools that have a target, with it."""
        return tuple((pool, to) for pool, to in self.moving if pool.os_type == "Windows")

    def size_of(self, name: str) -> VmSize | None:
        """A VM size as the service has it in this region, else as the catalog does."""
        return self.index.sizes.get(name.lower()) or self.catalog.vm_size(name)

    def runs_windows(self, workload: WorkloadFacts) -> bool:
        """Whether a workload asks for Windows nodes or has pods on them."""
        if is_windows(workload.template.spec):
            return True
        pools = (self.index.pools.get(name) for name in workload.pools)
        return any(pool is not None and pool.os_type == "Windows" for pool in pools)

    def workloads_on(self, pool: PoolFacts) -> tuple[WorkloadFacts, ...]:
        """The Windows workloads with pods on a pool, and those with no pods at all."""
        return tuple(
            w
            for w in self.snapshot.workloads
            if (pool.name in w.pools or _waits(w)) and self.runs_windows(w)
        )

    @cached_property
    def windows_workloads(self) -> tuple[WorkloadFacts, ...]:
        """The workloads that ask for Windows nodes or have pods on them; no Jobs that ended."""
        found = (w for w in self.snapshot.workloads if w.pools or _waits(w))
        return tuple(w for w in found if self.runs_windows(w))

    def moving_pools_of(self, workload: WorkloadFacts) -> tuple[tuple[PoolFacts, str], ...]:
        """The pools to move that a workload has pods on, with their targets."""
        return tuple((pool, to) for pool, to in self.moving if pool.name in workload.pools)

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """The workloads that moves take along, each once for every target.

        Of several pools with the same target that it has pods on, the one with the most hops
        counts. A Windows workload without pods counts for every Windows pool.
        """
        found: dict[tuple[str, str], Move] = {}
        hops = {pool.name: hops_of(pool, to, self.catalog) for pool, to in self.moving}
        for pool, to in sorted(self.moving, key=lambda pair: -len(hops[pair[0].name])):
            here = self.index.workloads_by_pool.get(pool.name, ())
            for workload in (*here, *(self._asleep if pool.os_type == "Windows" else ())):
                found.setdefault((workload.target, to), Move(workload, pool, to, hops[pool.name]))
        return tuple(found[key] for key in sorted(found))

    @cached_property
    def _asleep(self) -> tuple[WorkloadFacts, ...]:
        """The Windows workloads without pods."""
        return tuple(w for w in self.windows_workloads if not w.pools)

    @cached_property
    def windows_images(self) -> dict[str, tuple[str, ...]]:
        """The images of Windows workloads, with the workloads that use each."""
        used: dict[str, list[str]] = {}
        for workload in self.windows_workloads:
            for ref in images_of(workload.template):
                used.setdefault(ref, []).append(workload.target)
        return {ref: tuple(sorted(set(targets))) for ref, targets in used.items()}


def _waits(workload: WorkloadFacts) -> bool:
    """Whether a workload has no pods now and may get some; a Job without pods has ended."""
    return not workload.pools and workload.kind != "Job"


class Rule(ABC):
    """A rule. Its docstring is its page.

    Attributes:
        id: stable for ever: PSW Windows and other OS, PSK Kubernetes, PSI identity, PSC capacity,
            PSX faults of the tool; three digits.
        name: what is found, in words with hyphens.
        severity: the usual one; a finding may carry a lower one.
        since: the version that brought the rule.
        applies_from: first day on which it applies; None when it always did.
        applies_until: last day; set when a rule is retired, its page stays.
        sources: records of the catalog that it rests on; they carry addresses and dates read.
        pains: ids of the known troubles that it detects (B1, C6, …).
    """

    id: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    since: ClassVar[str] = "0.1.0"
    applies_from: ClassVar[date | None] = None
    applies_until: ClassVar[date | None] = None
    sources: ClassVar[tuple[str, ...]]
    pains: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """What is found, and what could not be checked."""

    @property
    def area(self) -> str:
        """The folder that it is in."""
        return type(self).__module__.split(".")[-2]

    @property
    def docs(self) -> str:
        """Path of the rule's page."""
        return f"docs/rules/{self.id}.md"

    def applies(self, as_of: date) -> bool:
        """Whether the rule applies on a day."""
        after = self.applies_from is None or as_of >= self.applies_from
        return after and (self.applies_until is None or as_of <= self.applies_until)

    def finding(
        self,
        target: str,
        *,
        what: str,
        why: str,
        fix: str,
        evidence: tuple[Evidence, ...] = (),
        severity: Severity | None = None,
        deadline: str | None = None,
        blocks: bool = False,
    ) -> Finding:
        """A finding of this rule."""
        return Finding(
            rule=self.id,
            name=self.name,
            severity=severity or self.severity,
            target=target,
            what=what,
            why=why,
            fix=fix,
            deadline=deadline,
            evidence=evidence,
            docs=self.docs,
            blocks=blocks,
        )

    def unread(self, context: Context, *areas: str) -> Iterator[NotChecked]:
        """What this rule cannot decide because parts of the snapshot could not be read."""
        for area in areas:
            reason = context.snapshot.unknown_reason(area)
            if reason is not None:
                yield self.not_checked("cluster", f"{area} could not be read: {reason}")

    def not_checked(self, target: str, reason: str) -> NotChecked:
        """A target about which this rule could not decide."""
        return NotChecked(self.id, target, reason)


def in_batches(nodes: int) -> str:
    """How to move with so many more nodes at a time, in words: green grows while blue shrinks."""
    them = "one node" if nodes == 1 else f"{nodes} nodes"
    return f"move in batches: begin with {them} of green, and grow it as blue is scaled down"


def quote(text: str) -> str:
    """A name for a shell command; names from a cluster are not to be trusted."""
    return shlex.quote(text)
