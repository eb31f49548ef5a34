"""What the rules of this area have in common: whom they look at, and commands for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import SERVICE_NAMESPACE
from poolshift.rules.interface import quote
from poolshift.semantics.identities import successor_of
from poolshift.semantics.images import FITTING, verdict
from poolshift.semantics.pins import (
    OS_SKU_KEY,
    POOL_KEYS,
    WINDOWS_BUILD_KEY,
    is_host_process,
    required_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from poolshift.core.kube import Container, Node, PodSpec, PodTemplate
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context

SCALED = ("Deployment", "StatefulSet")
"""Kinds that stay up and that poolshift moves."""

_NAMED = 10

_TEMPLATE_IN = {
    "CronJob": ("spec", "jobTemplate", "spec"),
    "ScaledJob": ("jobTargetRef", "spec"),
}
"""Where kinds keep their pod template, from the inside out; in `spec` unless named."""

_CUSTOM = {
    "Rollout": "rollouts.argoproj.io",
    "CloneSet": "clonesets.apps.kruise.io",
    "StatefulSet": "statefulsets.apps.kruise.io",
    "DaemonSet": "daemonsets.apps.kruise.io",
    "Service": "services.serving.knative.dev",
    "ScaledJob": "scaledjobs.keda.sh",
}
"""Kinds of templates that are no workloads of Kubernetes itself, for kubectl."""


def moved(
    context: Context, *, windows: bool = False
) -> Iterator[tuple[WorkloadFacts, PoolFacts, str]]:
    """Each workload with pods on a pool to move, with the first such pool and its target.

    DaemonSets are left out: they are on every node, and nobody moves them.
    """
    pairs = context.moving_windows if windows else context.moving
    moving = {pool.name: (pool, to) for pool, to in pairs}
    for workload in context.snapshot.workloads:
        if workload.kind == "DaemonSet":
            continue
        first = next((moving[name] for name in sorted(workload.pools) if name in moving), None)
        if first is not None:
            yield workload, *first


def template_changes(context: Context, workload: WorkloadFacts, to: str) -> bool:
    """Whether a move must change the template: an image does not fit, or it shuts green out."""
    spec = workload.template.spec
    values = {OS_SKU_KEY: to, WINDOWS_BUILD_KEY: context.catalog.build_of(to)}
    for key, value in values.items():
        wanted = required_values(spec, key)
        if wanted is not None and value not in wanted:
            return True
    # Green has another name than every pool that there is.
    if any(required_values(spec, key) is not None for key in POOL_KEYS):
        return True
    if is_host_process(spec):
        return False
    images = (context.index.images.get(ref) for ref in images_of(workload.template))
    return any(verdict(image, to, context.catalog) not in FITTING for image in images)


def keeps_its_name(context: Context, pool: PoolFacts, to: str) -> bool:
    """Whether a pool changes in place as a rule: Linux where the service can. Nodes keep theirs."""
    sku = context.catalog.sku(pool.os_sku)
    return pool.os_type == "Linux" and sku is not None and to in sku.in_place_update_to


def replaced(context: Context) -> tuple[PoolFacts, ...]:
    """The pools to move that go, and whose names and nodes go with them."""
    return tuple(p for p, to in context.moving if not keeps_its_name(context, p, to))


def green_of(context: Context, pool: PoolFacts, to: str) -> Node:
    """A node as it is after the move: of the pool that takes a pool's place, or of the pool."""
    build = context.catalog.build_of(to)
    name = pool.name if keeps_its_name(context, pool, to) else f"{pool.name} (new)"
    return successor_of(pool, name, to, build, context.snapshot).node


def all_containers(spec: PodSpec) -> tuple[Container, ...]:
    """Init containers first."""
    return (*spec.init_containers, *spec.containers)


def resource_of(context: Context, target: str) -> str:
    """The kind of an object for kubectl, in full where another API has a kind of that name."""
    kind = target.split("/")[1]
    known = kind if target in context.index.workloads else _CUSTOM.get(kind, kind)
    return quote(known.lower())


def patch(context: Context, target: str, change: Mapping[str, Any]) -> str:
    """The command that merges a change into an object, quoted for a shell."""
    space, _, name = target.split("/")
    body = quote(json.dumps(change, separators=(",", ":")))
    kind = resource_of(context, target)
    return f"kubectl -n {quote(space)} patch {kind} {quote(name)} --type merge -p {body}"


def template_patch(context: Context, target: str, spec: Mapping[str, Any]) -> str:
    """The command that merges a change into the pod template of an object."""
    kind = target.split("/")[1]
    change: dict[str, Any] = {"template": {"spec": dict(spec)}}
    for part in _TEMPLATE_IN.get(kind, ("spec",)):
        change = {part: change}
    return patch(context, target, change)


def holders(context: Context) -> Iterator[tuple[str, PodTemplate]]:
    """Every template that can be changed: of workloads, CronJobs and custom resources.

    Pods and Jobs are left out: their templates are fixed.
    """
    for workload in context.snapshot.workloads:
        if workload.kind not in ("Pod", "Job"):
            yield workload.target, workload.template
    for facts in context.snapshot.templates:
        yield facts.target, facts.template


def as_scheduled(context: Context, spec: PodSpec) -> PodSpec:
    """A template's spec with the selector that its RuntimeClass adds."""
    chosen = context.index.runtime_selectors.get(spec.runtime_class_name or "")
    if not chosen:
        return spec
    return msgspec.structs.replace(spec, node_selector={**spec.node_selector, **chosen})


def is_shipped(target: str) -> bool:
    """Whether an object is in the namespace that the service fills and sets back."""
    return target.startswith(f"{SERVICE_NAMESPACE}/")


def listed(names: Iterable[str]) -> str:
    """Names for a piece of evidence; of very many the first, and how many more."""
    found = list(names)
    rest = len(found) - _NAMED
    shown = ", ".join(found[:_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown
