"""The volume claims of a StatefulSet's pods: one a pod and template, kept by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import admission
from poolshift.sim.kube.objects import Object, owner_reference, with_meta
from poolshift.sim.kube.resources import CLAIMS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context

BY = "controller:statefulset"


def claim_name(template: Object, pod: str) -> str:
    """The name of a pod's claim: `TEMPLATE-POD`."""
    return f"{template['metadata']['name']}-{pod}"


def volumes(owner: Object, pod: str) -> list[Object] | None:
    """The volumes of a pod with its own claims in place of the templates; None without any."""
    templates = owner["spec"].get("volumeClaimTemplates") or ()
    if not templates:
        return None
    named = {t["metadata"]["name"] for t in templates}
    stated = owner["spec"]["template"]["spec"].get("volumes") or ()
    own = [
        {
            "name": t["metadata"]["name"],
            "persistentVolumeClaim": {"claimName": claim_name(t, pod)},
        }
        for t in templates
    ]
    return [*own, *(v for v in stated if v["name"] not in named)]


def ensure(ctx: Context, owner: Object, pod: str) -> list[str]:
    """Make the claims of a pod that are not there; their names. Raises what the server refuses."""
    made: list[str] = []
    namespace = owner["metadata"]["namespace"]
    for template in owner["spec"].get("volumeClaimTemplates") or ():
        name = claim_name(template, pod)
        if ctx.store.find(CLAIMS, namespace, name) is not None:
            continue
        meta = template.get("metadata") or {}
        selected = (owner["spec"].get("selector") or {}).get("matchLabels") or {}
        body = {
            "metadata": {
                "name": name,
                "labels": {**(meta.get("labels") or {}), **selected},
                "annotations": meta.get("annotations"),
                "ownerReferences": _owners(owner, None),
            },
            "spec": template.get("spec") or {},
            "status": {"phase": "Pending"},
        }
        ctx.store.create(CLAIMS, admission.created(ctx, CLAIMS, body, namespace), by=BY)
        made.append(name)
    return made


def retain(ctx: Context, owner: Object, pod: Object, *, surplus: bool) -> None:
    """Tie a pod's claims to what they go with, by the retention policy.

    Args:
        ctx: the cluster.
        owner: the StatefulSet.
        pod: whose claims.
        surplus: whether the pod goes because the set was scaled down.
    """
    namespace = owner["metadata"]["namespace"]
    for template in owner["spec"].get("volumeClaimTemplates") or ():
        key = (namespace, claim_name(template, pod["metadata"]["name"]))
        claim = ctx.store.find(CLAIMS, *key)
        if claim is not None:
            references = _owners(owner, pod if surplus else None)
            ctx.store.update(CLAIMS, with_meta(claim, ownerReferences=references), by=BY)


def _owners(owner: Object, pod: Object | None) -> list[Object] | None:
    policy = owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    if pod is not None and policy.get("whenScaled") == "Delete":
        return [_reference(pod)]
    if policy.get("whenDeleted") == "Delete":
        return [_reference(owner)]
    return None


def _reference(owner: Object) -> Object:
    """A reference that says who owns, not who controls."""
    found = owner_reference(owner)
    return {key: found[key] for key in ("apiVersion", "kind", "name", "uid")}
