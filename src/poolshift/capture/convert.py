"""From what the services answer to the snapshot's own parts; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from poolshift.core.arm import AutoUpgradeProfile as Channels
from poolshift.core.arm import Cluster, Pool
from poolshift.core.arm import NetworkProfile as Network
from poolshift.core.kube import (
    Autoscaler,
    Budget,
    Meta,
    Node,
    Pod,
    PodTemplate,
    Service,
    Workload,
    controller_of,
    is_ready,
)
from poolshift.core.snapshot import (
    BudgetFacts,
    ClusterFacts,
    NodeFacts,
    PodFacts,
    PoolFacts,
    ServiceFacts,
    WorkloadFacts,
)
from poolshift.semantics.owners import (
    LAST_APPLIED,
    pool_of_labels,
    workload_of,
)
from poolshift.semantics.selectors import matches
from poolshift.semantics.versions import build_of, parse_node_image

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.catalog import Catalog

IMAGE_LABEL = "kubernetes.azure.com/node-image-version"
ZONE_LABEL = "topology.kubernetes.io/zone"


def cluster(found: Cluster) -> ClusterFacts:
    """The managed cluster."""
    p = found.properties
    identity = (p.identity_profile or {}).get("kubeletidentity")
    return ClusterFacts(
        id=found.id,
        name=found.name,
        region=found.location,
        kubernetes_version=p.current_kubernetes_version or p.kubernetes_version,
        node_resource_group=p.node_resource_group,
        provisioning_state=p.provisioning_state,
        power_state=p.power_state.code,
        network=p.network_profile or Network(),
        windows=p.windows_profile,
        auto_upgrade=p.auto_upgrade_profile or Channels(),
        kubelet_identity=identity.resource_id if identity else "",
        support_plan=p.support_plan,
        tags=found.tags,
    )


def owner_by_tags(tags: Mapping[str, str]) -> str:
    """Who owns a pool, as far as its tags tell."""
    keys = {k.lower(): v.lower() for k, v in tags.items()}
    marks = {
        "terraform": ("terraform", "managed-by-terraform", "tf-managed"),
        "bicep": ("bicep", "deploymentstack"),
        "capz": ("sigs.k8s.io_cluster-api-provider-azure_cluster",),
        "aso": ("serviceoperator.azure.com_owner",),
        "crossplane": ("crossplane-kind", "crossplane-name"),
    }
    for owner, names in marks.items():
        if any(k in names or k.startswith(names) for k in keys):
            return owner
        if keys.get("managed-by", keys.get("managedby", "")) == owner:
            return owner
    return "none"


def pool(found: Pool, nodes: tuple[NodeFacts, ...], catalog: Catalog) -> PoolFacts:
    """A pool with what its nodes say of their build."""
    p = found.properties
    image = parse_node_image(p.node_image_version, catalog)
    builds = sorted({n.build for n in nodes if n.pool == found.name and n.build})
    return PoolFacts(
        name=found.name,
        os_type=p.os_type,
        os_sku=p.os_sku,
        mode=p.mode,
        count=p.count,
        vm_size=p.vm_size,
        kubernetes_version=p.current_orchestrator_version or p.orchestrator_version,
        node_image_version=p.node_image_version,
        build=builds[0] if builds else (image.build if image else ""),
        vm_generation=image.generation if image else "",
        provisioning_state=p.provisioning_state,
        power_state=p.power_state.code,
        autoscaling=bool(p.enable_auto_scaling),
        min_count=p.min_count,
        max_count=p.max_count,
        max_pods=p.max_pods,
        fips=bool(p.enable_fips),
        zones=p.availability_zones or (),
        subnet_id=p.vnet_subnet_id or "",
        labels=p.node_labels or {},
        taints=p.node_taints or (),
        tags=p.tags or {},
        spot=p.scale_set_priority == "Spot",
        owner=owner_by_tags(p.tags or {}),
        raw=found.raw,
    )


def node(found: Node) -> NodeFacts:
    """A node."""
    labels = found.metadata.labels
    info = found.status.node_info
    return NodeFacts(
        name=found.metadata.name,
        pool=pool_of_labels(labels),
        os=labels.get("kubernetes.io/os", info.operating_system),
        build=info.kernel_version if build_of(info.kernel_version) else "",
        os_image=info.os_image,
        kubelet=info.kubelet_version,
        image_version=labels.get(IMAGE_LABEL, ""),
        zone=labels.get(ZONE_LABEL, ""),
        ready=is_ready(found),
        cordoned=found.spec.unschedulable,
        labels=labels,
        taints=found.spec.taints,
        allocatable=found.status.allocatable,
    )


def pod(found: Pod, owners: Mapping[str, str]) -> PodFacts:
    """A pod; `owners` as `owner_index` gives them."""
    owner = controller_of(found.metadata)
    return PodFacts(
        namespace=found.metadata.namespace,
        name=found.metadata.name,
        uid=found.metadata.uid,
        workload=workload_of(found.metadata, owners),
        node=found.spec.node_name,
        phase=found.status.phase,
        ready=is_ready(found),
        daemon=owner is not None and owner.kind in ("DaemonSet", "Node"),
    )


def managed_by(meta: Meta) -> str:
    """The tool whose source of truth the object is, by the marks that it leaves."""
    keys = {**meta.labels, **meta.annotations}
    if any(k.startswith("argocd.argoproj.io/") for k in keys):
        return "argocd"
    if any(k.startswith(("kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/")) for k in keys):
        return "flux"
    if meta.labels.get("app.kubernetes.io/managed-by") == "Helm":
        return "helm"
    return ""


def workloads(
    by_kind: Mapping[str, Iterable[Workload]],
    pods: Iterable[Pod],
    pod_facts: Iterable[PodFacts],
    nodes: Iterable[NodeFacts],
    autoscalers: Iterable[Autoscaler],
) -> tuple[WorkloadFacts, ...]:
    """Workloads by target, bare pods among them."""
    pool_of = {n.name: n.pool for n in nodes}
    facts = list(pod_facts)
    spread: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for p in facts:
        if p.node and p.phase not in ("Succeeded", "Failed"):
            spread[p.workload][pool_of.get(p.node, "")] += 1
    maxima = {
        f"{a.metadata.namespace}/{a.spec.scale_target_ref.kind}/{a.spec.scale_target_ref.name}": (
            a.spec.max_replicas
        )
        for a in autoscalers
    }
    found = [_workload(w, kind, maxima, spread) for kind, items in by_kind.items() for w in items]
    found += [
        _bare(pod, spread)
        for pod, fact in zip(pods, facts, strict=True)
        if controller_of(pod.metadata) is None and fact.phase not in ("Succeeded", "Failed")
    ]
    return tuple(sorted(found, key=lambda w: w.target))


def _workload(
    found: Workload,
    kind: str,
    maxima: Mapping[str, int],
    spread: Mapping[str, Mapping[str, int]],
) -> WorkloadFacts:
    target = f"{found.metadata.namespace}/{kind}/{found.metadata.name}"
    daemon = kind == "DaemonSet"
    status, spec = found.status, found.spec
    return WorkloadFacts(
        target=target,
        replicas=status.desired_number_scheduled
        if daemon
        else (1 if spec.replicas is None else spec.replicas),
        ready=status.number_ready if daemon else status.ready_replicas,
        template=spec.template,
        selector=spec.selector,
        strategy=spec.strategy if kind == "Deployment" else spec.update_strategy,
        paused=spec.paused,
        min_ready_s=spec.min_ready_seconds,
        managed_by=managed_by(found.metadata),
        autoscaler_max=maxima.get(target),
        pools=dict(spread.get(target, {})),
        last_applied=LAST_APPLIED in found.metadata.annotations,
        uid=found.metadata.uid,
    )


def _bare(pod: Pod, spread: Mapping[str, Mapping[str, int]]) -> WorkloadFacts:
    target = f"{pod.metadata.namespace}/Pod/{pod.metadata.name}"
    return WorkloadFacts(
        target=target,
        replicas=1,
        ready=int(is_ready(pod)),
        template=PodTemplate(metadata=pod.metadata, spec=pod.spec),
        managed_by=managed_by(pod.metadata),
        pools=dict(spread.get(target, {})),
        uid=pod.metadata.uid,
    )


def budgets(
    found: Iterable[Budget], workload_facts: tuple[WorkloadFacts, ...]
) -> tuple[BudgetFacts, ...]:
    """Budgets with the workloads whose pods they match."""
    return tuple(
        BudgetFacts(
            target=f"{b.metadata.namespace}/PodDisruptionBudget/{b.metadata.name}",
            selector=b.spec.selector,
            min_available=b.spec.min_available,
            max_unavailable=b.spec.max_unavailable,
            expected=b.status.expected_pods,
            healthy=b.status.current_healthy,
            desired=b.status.desired_healthy,
            allowed=b.status.disruptions_allowed,
            workloads=tuple(
                w.target
                for w in workload_facts
                if w.namespace == b.metadata.namespace
                and matches(b.spec.selector, w.template.metadata.labels)
            ),
        )
        for b in found
    )


def services(found: Iterable[Service]) -> tuple[ServiceFacts, ...]:
    """Services that reach nodes from outside."""
    return tuple(
        ServiceFacts(
            target=f"{s.metadata.namespace}/Service/{s.metadata.name}",
            type=s.spec.type,
            selector=s.spec.selector,
            external_traffic_policy=s.spec.external_traffic_policy,
        )
        for s in found
        if s.spec.type in ("LoadBalancer", "NodePort")
    )
