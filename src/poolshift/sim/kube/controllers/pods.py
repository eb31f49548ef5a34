"""Making and counting the pods of a workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.clock import parse_time
from poolshift.sim.kube import admission
from poolshift.sim.kube.objects import (
    Object,
    condition_of,
    node_of,
    owner_reference,
    ready,
)
from poolshift.sim.kube.resources import PODS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.podobjects import PodObject


def make(
    ctx: Context,
    owner: Object,
    *,
    by: str,
    name: str = "",
    labels: dict[str, str] | None = None,
    spec: Object | None = None,
) -> Object:
    """Create a pod from its owner's template.

    Args:
        ctx: the cluster.
        owner: the controller of the pod.
        by: who the trace names.
        name: the pod's name; without one it is the owner's with a suffix.
        labels: labels beside the template's.
        spec: spec fields in place of the template's.
    """
    namespace = owner["metadata"]["namespace"]
    # What a quota counts, or a webhook in trouble is asked about, is admitted pod by pod.
    if namespace in ctx.admitters or ctx.webhooks.troubles:
        pattern = _admitted(ctx, owner, labels, spec)
    else:
        pattern = _pattern(ctx, owner, labels, spec)
    chosen = name or _free_name(ctx, owner, namespace)
    meta = {
        **pattern["metadata"],
        "name": chosen,
        "uid": ctx.ids.uid(),
        "creationTimestamp": ctx.now(),
    }
    if name:
        meta.pop("generateName", None)
    return ctx.store.create(PODS, {**pattern, "metadata": meta}, by=by)


def _free_name(ctx: Context, owner: Object, namespace: str) -> str:
    """The owner's name with a suffix that no other pod has."""
    while True:
        name = f"{owner['metadata']['name']}-{ctx.ids.suffix()}"
        if (namespace, name) not in ctx.store.pods:
            return name


def _pattern(
    ctx: Context, owner: Object, labels: dict[str, str] | None, spec: Object | None
) -> Object:
    """The pod of a template, admitted once: pods of one template share all but what is their own.

    Labels and spec fields of their own are put in as they are; no admission changes them.
    """
    template, uid = owner["spec"]["template"], owner["metadata"]["uid"]
    known = ctx.patterns.get(uid)
    if known is None or known[0] is not template:
        known = ctx.patterns[uid] = (template, _admitted(ctx, owner, labels, spec))
    pattern = known[1]
    if not labels and not spec:
        return pattern
    meta = {**pattern["metadata"], "labels": {**pattern["metadata"]["labels"], **(labels or {})}}
    own = {k: v for k, v in (spec or {}).items() if v is not None}
    if "volumes" in own:
        own["volumes"] = _own_volumes(pattern["spec"]["volumes"], own["volumes"])
    return {**pattern, "metadata": meta, "spec": {**pattern["spec"], **own}}


def _own_volumes(admitted: list[Object], own: list[Object]) -> list[Object]:
    """The pattern's volumes with the claims of another pod."""
    claims = {v["name"]: v["persistentVolumeClaim"] for v in own if "persistentVolumeClaim" in v}
    return [
        {**v, "persistentVolumeClaim": claims[v["name"]]} if v["name"] in claims else v
        for v in admitted
    ]


def _admitted(
    ctx: Context, owner: Object, labels: dict[str, str] | None, spec: Object | None
) -> Object:
    """A pod from the owner's template as admission leaves it, its name and uid still to come."""
    template = owner["spec"]["template"]
    meta = template.get("metadata") or {}
    body = {
        "metadata": {
            "generateName": f"{owner['metadata']['name']}-",
            "labels": {**(meta.get("labels") or {}), **(labels or {})},
            "annotations": meta.get("annotations"),
            "ownerReferences": [owner_reference(owner)],
        },
        # The template's own spec has been through admission with it.
        "spec": {**template["spec"], **spec} if spec else template["spec"],
    }
    return admission.created(ctx, PODS, body, owner["metadata"]["namespace"])


def active(pods: list[PodObject]) -> list[PodObject]:
    """Pods that count as replicas: neither ended nor on their way out."""
    return [pod for pod in pods if not pod.terminating and not pod.finished]


def available(ctx: Context, pod: Object, min_ready_s: float) -> bool:
    """Whether a pod has been ready for long enough; in a world being set up it has been."""
    if not min_ready_s or ctx.warming:
        return ready(pod)
    return ready(pod) and ready_for_s(ctx, pod) >= min_ready_s


def ready_for_s(ctx: Context, pod: Object) -> float:
    """How long a ready pod has been ready; the API keeps whole seconds."""
    condition = condition_of(pod, "Ready")
    since = parse_time(condition["lastTransitionTime"]) if condition else ctx.clock.moment()
    return max((ctx.clock.moment() - since).total_seconds(), 0.0)


def deletion_rank(pod: Object) -> tuple[bool, bool, bool, str]:
    """Which pods a scale-down takes first: unbound, pending, unready, youngest last created."""
    return (
        bool(node_of(pod)),
        pod["status"].get("phase") != "Pending",
        ready(pod),
        pod["metadata"]["creationTimestamp"],
    )


DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"


def deletion_cost(pod: Object) -> int:
    """The pod's deletion cost; what is no number counts as none."""
    text = (pod["metadata"].get("annotations") or {}).get(DELETION_COST, "0")
    try:
        return int(text)
    except ValueError:
        return 0


def surplus(pods: list[PodObject], count: int) -> list[PodObject]:
    """The pods that a scale-down takes: among equals the cheap, then the crowded, the young."""
    crowd: dict[str, int] = {}
    for pod in pods:
        crowd[node_of(pod)] = crowd.get(node_of(pod), 0) + 1
    ordered = sorted(pods, key=lambda p: p["metadata"]["creationTimestamp"], reverse=True)
    ordered.sort(key=lambda p: (*deletion_rank(p)[:3], deletion_cost(p), -crowd[node_of(p)]))
    return ordered[:count]
