"""Pods, workloads and what scales, guards or limits them; pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from poolshift.capture.convert.templates import meta, spec, template
from poolshift.core.kube import PodTemplate
from poolshift.core.snapshot import (
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
from poolshift.semantics.owners import LAST_APPLIED, workload_of
from poolshift.semantics.selectors import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.capture.wire import (
        CredentialSpec,
        Custom,
        Limits,
        ListedPod,
        Quota,
        ReadPod,
        ReadWorkload,
        RuntimeClass,
        Scaled,
        Scheduled,
    )
    from poolshift.core.kube import Autoscaler, Budget, LabelSelector, Meta
    from poolshift.core.storage import PriorityClass

ENDED = ("Succeeded", "Failed")
_RELEASE = "meta.helm.sh/release-name"
_VAULT_PLUGIN = "{CCC2A336-D7F3-4818-A213-272B7924213E}"
"""GUID of the plug-in that reads a Key Vault, as AKS documents it for credential specs."""
_OBJECT_ID = re.compile(r"(?i)ObjectId=([0-9a-f-]{36})")

Spread = dict[str, dict[str, int]]


def pod(found: ListedPod, owners: Mapping[str, str]) -> PodFacts:
    """A pod; `owners` as `owner_index` gives them."""
    listed, status = found.metadata, found.status
    daemon = False
    for owner in listed.owner_references:
        if owner.controller:
            daemon = owner.kind in ("DaemonSet", "Node")
    ready = False
    # A plain loop: there are a hundred thousand of these, with five conditions each.
    for condition in status.conditions:
        if condition.type == "Ready":
            ready = condition.status == "True"
            break
    return PodFacts(
        listed.namespace,
        listed.name,
        listed.uid,
        workload_of(listed, owners),
        found.spec.node_name,
        status.phase,
        ready,
        daemon,
    )


def is_bare(fact: PodFacts) -> bool:
    """Whether a pod that has not ended is its own workload: nothing controls it."""
    return fact.phase not in ENDED and fact.workload == f"{fact.namespace}/Pod/{fact.name}"


def spread(pods: Iterable[PodFacts], pool_of: Mapping[str, str]) -> Spread:
    """Pods of each workload by pool; those that have ended or are nowhere don't count."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for p in pods:
        if p.node and p.phase not in ENDED:
            counted[p.workload][pool_of.get(p.node, "")] += 1
    return {target: dict(pools) for target, pools in counted.items()}


def managed_by(found: Meta) -> str:
    """The tool whose source of truth the object is, by the marks that it leaves."""
    keys = {**found.labels, **found.annotations}
    if any(k.startswith("argocd.argoproj.io/") for k in keys):
        return "argocd"
    if any(k.startswith(("kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/")) for k in keys):
        return "flux"
    if found.labels.get("app.kubernetes.io/managed-by") == "Helm":
        return "helm"
    return ""


def release(found: Meta) -> str:
    """The Helm release that an object is part of; empty without one."""
    return found.annotations.get(_RELEASE, "")


def workload(
    found: ReadWorkload, kind: str, maxima: Mapping[str, int], counted: Mapping[str, dict[str, int]]
) -> WorkloadFacts:
    """A workload; `maxima` are those of the autoscalers by target."""
    target = f"{found.metadata.namespace}/{kind}/{found.metadata.name}"
    daemon = kind == "DaemonSet"
    status, wanted = found.status, found.spec
    return WorkloadFacts(
        target=target,
        replicas=status.desired_number_scheduled
        if daemon
        else (1 if wanted.replicas is None else wanted.replicas),
        ready=status.number_ready if daemon else status.ready_replicas,
        template=template(wanted.template),
        selector=wanted.selector,
        strategy=wanted.strategy if kind == "Deployment" else wanted.update_strategy,
        paused=wanted.paused,
        min_ready_s=wanted.min_ready_seconds,
        managed_by=managed_by(found.metadata),
        autoscaler_max=maxima.get(target),
        pools=counted.get(target, {}),
        last_applied=LAST_APPLIED in found.metadata.annotations,
        uid=found.metadata.uid,
        release=release(found.metadata),
        claim_templates=tuple(c.metadata.name for c in wanted.volume_claim_templates),
    )


def bare(found: ReadPod, counted: Mapping[str, dict[str, int]], ready: bool) -> WorkloadFacts:
    """A pod of its own as a workload."""
    target = f"{found.metadata.namespace}/Pod/{found.metadata.name}"
    return WorkloadFacts(
        target=target,
        replicas=1,
        ready=int(ready),
        template=PodTemplate(meta(found.metadata), spec(found.spec)),
        managed_by=managed_by(found.metadata),
        pools=counted.get(target, {}),
        uid=found.metadata.uid,
        release=release(found.metadata),
    )


def scheduled(found: Scheduled, kind: str) -> TemplateFacts | None:
    """What a CronJob or a ScaledJob makes; None without a template."""
    inner = found.spec.job_template.spec if found.spec.job_template else found.spec.job_target_ref
    if inner is None:
        return None
    return TemplateFacts(
        target=f"{found.metadata.namespace}/{kind}/{found.metadata.name}",
        template=template(inner.template),
        managed_by=managed_by(found.metadata),
    )


def custom(found: Custom, kind: str) -> TemplateFacts:
    """A custom resource with a template."""
    return TemplateFacts(
        target=f"{found.metadata.namespace}/{kind}/{found.metadata.name}",
        template=template(found.spec.template),
        replicas=found.spec.replicas,
        managed_by=managed_by(found.metadata),
    )


def autoscalers(
    found: Iterable[Autoscaler], scaled: Iterable[Scaled]
) -> tuple[AutoscalerFacts, ...]:
    """HorizontalPodAutoscalers and ScaledObjects, by target."""
    facts = [
        AutoscalerFacts(
            target=f"{a.metadata.namespace}/HorizontalPodAutoscaler/{a.metadata.name}",
            workload=f"{a.metadata.namespace}/{a.spec.scale_target_ref.kind}/"
            f"{a.spec.scale_target_ref.name}",
            minimum=a.spec.min_replicas,
            maximum=a.spec.max_replicas,
            current=a.status.current_replicas,
        )
        for a in found
    ]
    facts += [
        AutoscalerFacts(
            target=f"{s.metadata.namespace}/ScaledObject/{s.metadata.name}",
            workload=f"{s.metadata.namespace}/{s.spec.scale_target_ref.kind}/"
            f"{s.spec.scale_target_ref.name}",
            minimum=s.spec.min_replica_count,
            # KEDA's own default.
            maximum=100 if s.spec.max_replica_count is None else s.spec.max_replica_count,
        )
        for s in scaled
    ]
    return tuple(sorted(facts, key=lambda a: a.target))


def maxima(found: Iterable[AutoscalerFacts]) -> dict[str, int]:
    """The largest maximum by the workload that is scaled."""
    largest: dict[str, int] = {}
    for scaler in found:
        largest[scaler.workload] = max(scaler.maximum, largest.get(scaler.workload, 0))
    return largest


class _Labelled:
    """Workloads by their labels, so that a selector is asked of few."""

    def __init__(self, found: Iterable[WorkloadFacts]) -> None:
        self._all: defaultdict[str, list[WorkloadFacts]] = defaultdict(list)
        self._by: defaultdict[tuple[str, str, str], list[WorkloadFacts]] = defaultdict(list)
        for w in found:
            self._all[w.namespace].append(w)
            for key, value in w.template.metadata.labels.items():
                self._by[w.namespace, key, value].append(w)

    def candidates(self, space: str, selector: LabelSelector | None) -> list[WorkloadFacts]:
        """Those that a selector can match: of each label that it asks for, the rarest."""
        if selector is None:
            return []
        if not selector.match_labels:
            return self._all.get(space, [])
        found = (self._by.get((space, k, v), []) for k, v in selector.match_labels.items())
        return min(found, key=len)


def budgets(
    found: Iterable[Budget], workload_facts: Iterable[WorkloadFacts]
) -> tuple[BudgetFacts, ...]:
    """Budgets with the workloads whose pods they match."""
    labelled = _Labelled(workload_facts)
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
                for w in labelled.candidates(b.metadata.namespace, b.spec.selector)
                if matches(b.spec.selector, w.template.metadata.labels)
            ),
            managed_by=managed_by(b.metadata),
            release=release(b.metadata),
        )
        for b in found
    )


def quotas(found: Iterable[Quota]) -> tuple[QuotaFacts, ...]:
    """ResourceQuotas."""
    return tuple(
        QuotaFacts(
            f"{q.metadata.namespace}/ResourceQuota/{q.metadata.name}",
            q.status.hard,
            q.status.used,
        )
        for q in found
    )


def limit_ranges(found: Iterable[Limits]) -> tuple[LimitRangeFacts, ...]:
    """LimitRanges, as far as they are about containers."""
    return tuple(
        LimitRangeFacts(
            f"{r.metadata.namespace}/LimitRange/{r.metadata.name}",
            item.default,
            item.default_request,
            item.max,
        )
        for r in found
        for item in r.spec.limits
        if item.type == "Container"
    )


def priority_classes(found: Iterable[PriorityClass]) -> tuple[PriorityFacts, ...]:
    """PriorityClasses."""
    return tuple(
        PriorityFacts(p.metadata.name, p.value, p.global_default, p.preemption_policy)
        for p in found
    )


def runtime_classes(found: Iterable[RuntimeClass]) -> tuple[RuntimeClassFacts, ...]:
    """RuntimeClasses."""
    return tuple(
        RuntimeClassFacts(
            r.metadata.name, r.handler, r.scheduling.node_selector if r.scheduling else {}
        )
        for r in found
    )


def credential_specs(found: Iterable[CredentialSpec]) -> tuple[CredentialSpecFacts, ...]:
    """GMSACredentialSpecs: names and ids alone; the plug-in's other input stays unread."""
    facts = []
    for item in found:
        directory = item.credspec.directory
        host = directory.host
        named = _OBJECT_ID.search(host.plugin_input) if host else None
        facts.append(
            CredentialSpecFacts(
                name=item.metadata.name,
                domain=item.credspec.domain.dns_name,
                accounts=tuple(a.name for a in directory.accounts),
                object_id=named[1].lower() if named else "",
                vault=host is not None and host.plugin_guid.upper() == _VAULT_PLUGIN,
            )
        )
    return tuple(facts)
