"""A snapshot by name: what rules look up again and again, found at once."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from poolshift.core.snapshot import images_of
from poolshift.semantics.identities import place_of
from poolshift.semantics.selectors import matches

if TYPE_CHECKING:
    from poolshift.core.arm import VmSize
    from poolshift.core.image import ImageFacts
    from poolshift.core.kube import Node, PodSpec
    from poolshift.core.snapshot import (
        BudgetFacts,
        ClaimFacts,
        EndpointFacts,
        NodeFacts,
        PodFacts,
        PoolFacts,
        ServiceFacts,
        Snapshot,
        StorageClassFacts,
        VolumeFacts,
        WorkloadFacts,
    )


class Index:
    """Look-ups over one snapshot; each table is made when it is first asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def pools(self) -> dict[str, PoolFacts]:
        """Pools by name."""
        return {p.name: p for p in self._snapshot.pools}

    @cached_property
    def sizes(self) -> dict[str, VmSize]:
        """VM sizes that the service told of, by name in lower case."""
        return {s.name.lower(): s for s in self._snapshot.vm_sizes}

    @cached_property
    def nodes(self) -> dict[str, NodeFacts]:
        """Nodes by name."""
        return {n.name: n for n in self._snapshot.nodes}

    @cached_property
    def nodes_by_pool(self) -> dict[str, tuple[NodeFacts, ...]]:
        """Nodes by pool name."""
        found: defaultdict[str, list[NodeFacts]] = defaultdict(list)
        for node in self._snapshot.nodes:
            found[node.pool].append(node)
        return {pool: tuple(nodes) for pool, nodes in found.items()}

    @cached_property
    def node_like(self) -> dict[str, Node]:
        """By pool name: one of its nodes as the scheduler sees it, without a cordon."""
        return {p.name: place_of(p, self._snapshot).node for p in self._snapshot.pools}

    @cached_property
    def runtime_selectors(self) -> dict[str, dict[str, str]]:
        """By RuntimeClass: the node selector that it adds to pods."""
        return {r.name: r.node_selector for r in self._snapshot.runtime_classes}

    @cached_property
    def workloads(self) -> dict[str, WorkloadFacts]:
        """Workloads by target."""
        return {w.target: w for w in self._snapshot.workloads}

    @cached_property
    def workloads_by_namespace(self) -> dict[str, tuple[WorkloadFacts, ...]]:
        """Workloads by namespace."""
        found: defaultdict[str, list[WorkloadFacts]] = defaultdict(list)
        for workload in self._snapshot.workloads:
            found[workload.namespace].append(workload)
        return {space: tuple(items) for space, items in found.items()}

    @cached_property
    def workloads_by_pool(self) -> dict[str, tuple[WorkloadFacts, ...]]:
        """Workloads by a pool that they have pods on."""
        found: defaultdict[str, list[WorkloadFacts]] = defaultdict(list)
        for workload in self._snapshot.workloads:
            for pool in workload.pools:
                found[pool].append(workload)
        return {pool: tuple(items) for pool, items in found.items()}

    @cached_property
    def pods_by_workload(self) -> dict[str, tuple[PodFacts, ...]]:
        """Pods by the target of their workload."""
        found: defaultdict[str, list[PodFacts]] = defaultdict(list)
        for pod in self._snapshot.pods:
            found[pod.workload].append(pod)
        return {target: tuple(pods) for target, pods in found.items()}

    @cached_property
    def pods_by_node(self) -> dict[str, tuple[PodFacts, ...]]:
        """Pods by node name; those without a node stand under the empty name."""
        found: defaultdict[str, list[PodFacts]] = defaultdict(list)
        for pod in self._snapshot.pods:
            found[pod.node].append(pod)
        return {node: tuple(pods) for node, pods in found.items()}

    @cached_property
    def images(self) -> dict[str, ImageFacts]:
        """What registries said, by reference."""
        return {i.ref: i for i in self._snapshot.images}

    @cached_property
    def users_of_image(self) -> dict[str, tuple[WorkloadFacts, ...]]:
        """Workloads by an image that they use."""
        found: defaultdict[str, list[WorkloadFacts]] = defaultdict(list)
        for workload in self._snapshot.workloads:
            for ref in images_of(workload.template):
                found[ref].append(workload)
        return {ref: tuple(items) for ref, items in found.items()}

    @cached_property
    def endpoints(self) -> dict[str, EndpointFacts]:
        """What is behind a Service, by its target."""
        return {e.service: e for e in self._snapshot.endpoints}

    @cached_property
    def services_of_workload(self) -> dict[str, tuple[ServiceFacts, ...]]:
        """Services that select a workload's pods, by its target."""
        found: defaultdict[str, list[ServiceFacts]] = defaultdict(list)
        for service in self._snapshot.services:
            for workload in self.workloads_of_service[service.target]:
                found[workload.target].append(service)
        return {target: tuple(items) for target, items in found.items()}

    @cached_property
    def workloads_of_service(self) -> dict[str, tuple[WorkloadFacts, ...]]:
        """The workloads whose pods a Service selects, by its target."""
        return {s.target: self.selected(s) for s in self._snapshot.services}

    def selected(self, service: ServiceFacts) -> tuple[WorkloadFacts, ...]:
        """The workloads whose pods a Service selects; none for one without a selector."""
        if not service.selector:
            return ()
        wanted = service.selector.items()
        inside = self.workloads_by_namespace.get(service.target.partition("/")[0], ())
        return tuple(w for w in inside if wanted <= w.template.metadata.labels.items())

    @cached_property
    def budgets_of_workload(self) -> dict[str, tuple[BudgetFacts, ...]]:
        """Budgets that match a workload's pods, by its target."""
        found: defaultdict[str, list[BudgetFacts]] = defaultdict(list)
        for budget in self._snapshot.budgets:
            for target in budget.workloads:
                found[target].append(budget)
        return {target: tuple(items) for target, items in found.items()}

    @cached_property
    def claims(self) -> dict[str, ClaimFacts]:
        """Claims by NAMESPACE/NAME."""
        return {c.target: c for c in self._snapshot.claims}

    @cached_property
    def volumes(self) -> dict[str, VolumeFacts]:
        """Volumes by name."""
        return {v.name: v for v in self._snapshot.volumes}

    @cached_property
    def storage_classes(self) -> dict[str, StorageClassFacts]:
        """StorageClasses by name."""
        return {c.name: c for c in self._snapshot.storage_classes}

    def claims_of(self, workload: WorkloadFacts) -> tuple[ClaimFacts, ...]:
        """The claims that a workload's pods use, those of a StatefulSet's templates included."""
        space = workload.namespace
        named = _claims_named(workload.template.spec)
        found = [self.claims[f"{space}/{n}"] for n in named if f"{space}/{n}" in self.claims]
        for template in workload.claim_templates:
            found += self._numbered_claims.get(f"{space}/{template}-{workload.name}", ())
        return tuple(found)

    @cached_property
    def _numbered_claims(self) -> dict[str, list[ClaimFacts]]:
        """Claims whose names end in a number, by what stands before it, in their order."""
        found: defaultdict[str, list[ClaimFacts]] = defaultdict(list)
        for target, claim in self.claims.items():
            stem, _, number = target.rpartition("-")
            if number.isdigit():
                found[stem].append(claim)
        return found

    def volumes_of(self, workload: WorkloadFacts) -> tuple[VolumeFacts, ...]:
        """The volumes behind a workload's claims, those that are bound."""
        names = (claim.volume for claim in self.claims_of(workload))
        return tuple(self.volumes[name] for name in names if name in self.volumes)

    def policies_on(self, workload: WorkloadFacts) -> tuple[str, ...]:
        """Targets of the NetworkPolicies that select a workload's pods."""
        labels = workload.template.metadata.labels
        return tuple(
            p.target
            for p in self._snapshot.network_policies
            if p.target.startswith(f"{workload.namespace}/") and matches(p.selector, labels)
        )


def _claims_named(spec: PodSpec) -> tuple[str, ...]:
    named = (v.persistent_volume_claim for v in spec.volumes)
    return tuple(c.claim_name for c in named if c is not None)
