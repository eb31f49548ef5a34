"""What a pod's volumes ask of the node: claims that are bound, volumes that the node reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.storage import Claim, PersistentVolume, StorageClass
from poolshift.semantics.quantities import amount
from poolshift.semantics.reasons import FITS, Check, Reason
from poolshift.semantics.selectors import matches, term_matches

if TYPE_CHECKING:
    from poolshift.core.kube import Meta, Node, PodSpec, Volume

WAIT = "WaitForFirstConsumer"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
ONE_POD = "ReadWriteOncePod"
_ZONES = (
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
)
_UNREACHABLE = (Reason("node(s) had volume node affinity conflict", lasting=True),)
_NOTHING_TO_BIND = (
    Reason("node(s) didn't find available persistent volumes to bind", lasting=True),
)
_LOST = (Reason("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)", True),)
_WRONG_ZONE = (Reason("node(s) had no available volume zone", lasting=True),)
_TAKEN = (
    Reason(
        "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access "
        "mode",
        lasting=False,
    ),
)


class Storage(msgspec.Struct, frozen=True):
    """How to look up claims, volumes and classes; nothing is there without a look-up.

    `unbound` gives the volumes of a class that no claim has; `users` the nodes on which pods use
    a claim.
    """

    claim: Callable[[str, str], Claim | None] = lambda namespace, name: None
    volume: Callable[[str], PersistentVolume | None] = lambda name: None
    storage_class: Callable[[str | None], StorageClass | None] = lambda name: None
    unbound: Callable[[str], Iterable[PersistentVolume]] = lambda name: ()
    users: Callable[[str, str], Iterable[str]] = lambda namespace, name: ()


def claim_name(pod: str, volume: Volume) -> str:
    """The claim of a volume, empty when it is none: an ephemeral one is named after the pod."""
    if volume.persistent_volume_claim is not None:
        return volume.persistent_volume_claim.claim_name
    return f"{pod}-{volume.name}" if volume.ephemeral is not None else ""


def claim_names(meta: Meta, spec: PodSpec) -> tuple[str, ...]:
    """The claims that a pod uses."""
    return tuple(filter(None, (claim_name(meta.name, volume) for volume in spec.volumes)))


def reaches(volume: PersistentVolume, node: Node) -> bool:
    """Whether a node can reach a volume."""
    required = volume.spec.node_affinity.required if volume.spec.node_affinity else None
    return required is None or any(
        term_matches(term, node.metadata) for term in required.node_selector_terms
    )


def bound(claim: Claim) -> bool:
    """Whether a claim has its volume for good."""
    return bool(claim.spec.volume_name) and claim.status.phase != "Pending"


def satisfies(volume: PersistentVolume, claim: Claim, class_name: str) -> bool:
    """Whether a volume that is free, or kept for this claim, gives what the claim asks for."""
    kept, spec = volume.spec.claim_ref, volume.spec
    if kept is not None and (
        (kept.namespace, kept.name) != (claim.metadata.namespace, claim.metadata.name)
        or (kept.uid and kept.uid != claim.metadata.uid)
    ):
        return False
    if claim.spec.selector and not matches(claim.spec.selector, volume.metadata.labels):
        return False
    wanted = amount("storage", claim.spec.resources.requests.get("storage", "0"))
    return (
        spec.storage_class_name == class_name
        and spec.volume_mode == claim.spec.volume_mode
        and set(claim.spec.access_modes) <= set(spec.access_modes)
        and amount("storage", spec.capacity.get("storage", "0")) >= wanted
    )


class Asked(msgspec.Struct, frozen=True):
    """What a pod's claims come to: a refusal for every node, or checks of each."""

    refusal: Reason | None = None
    checks: tuple[Check, ...] = ()


def ask(meta: Meta, spec: PodSpec, storage: Storage) -> Asked:
    """Look at a pod's claims, in the order in which the scheduler's plugins do."""
    claims = []
    for volume in spec.volumes:
        name = claim_name(meta.name, volume)
        if not name:
            continue
        claim = storage.claim(meta.namespace, name)
        if claim is None and volume.ephemeral is not None:
            text = (
                "waiting for ephemeral volume controller to create the persistentvolumeclaim "
                f'"{name}"'
            )
            return Asked(Reason(text, lasting=True))
        if claim is None:
            return Asked(Reason(f'persistentvolumeclaim "{name}" not found', lasting=True))
        if claim.metadata.deletion_timestamp is not None:
            return Asked(Reason(f'persistentvolumeclaim "{name}" is being deleted', lasting=True))
        if claim.status.phase == "Lost":
            text = (
                f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume '
                f'"{claim.spec.volume_name}"'
            )
            return Asked(Reason(text, lasting=True))
        claims.append(claim)
    if not claims:
        return Asked()
    if any(not bound(c) and not _waits(c, storage) for c in claims):
        return Asked(Reason("pod has unbound immediate PersistentVolumeClaims", lasting=True))
    return Asked(checks=_checks(claims, storage))


def _waits(claim: Claim, storage: Storage) -> bool:
    found = storage.storage_class(claim.spec.storage_class_name)
    return found is not None and found.volume_binding_mode == WAIT


def _checks(claims: list[Claim], storage: Storage) -> tuple[Check, ...]:
    found: list[Check] = []
    exclusive = [c for c in claims if ONE_POD in c.spec.access_modes]
    if exclusive and any(
        list(storage.users(c.metadata.namespace, c.metadata.name)) for c in exclusive
    ):
        found.append(lambda _: _TAKEN)
    have = [storage.volume(c.spec.volume_name) for c in claims if bound(c)]
    if any(volume is None for volume in have):
        found.append(lambda _: _LOST)
    volumes = [volume for volume in have if volume is not None]
    if any(volume.spec.node_affinity for volume in volumes):
        found.append(lambda node: FITS if all(reaches(v, node) for v in volumes) else _UNREACHABLE)
    for claim in claims:
        if not bound(claim):
            found.append(_unbound(claim, storage))
    zones = [v.metadata.labels for v in volumes if any(z in v.metadata.labels for z in _ZONES)]
    if zones:
        found.append(lambda node: FITS if all(_in_zone(z, node) for z in zones) else _WRONG_ZONE)
    return tuple(found)


def _in_zone(volume: dict[str, str], node: Node) -> bool:
    """Whether a node is in a volume's zones, `__` between them; unlabelled nodes are anywhere."""
    labels = node.metadata.labels
    if not any(zone in labels for zone in _ZONES):
        return True
    return all(labels.get(zone) in volume[zone].split("__") for zone in _ZONES if zone in volume)


def _unbound(claim: Claim, storage: Storage) -> Check:
    """A claim that waits for its pod's node: a free volume there, or one made there."""
    class_ = storage.storage_class(claim.spec.storage_class_name)
    name = class_.metadata.name if class_ else ""
    free = [v for v in storage.unbound(name) if satisfies(v, claim, name)]
    selected = claim.metadata.annotations.get(SELECTED_NODE)

    def asks(node: Node) -> tuple[Reason, ...]:
        if selected is not None:
            return FITS if selected == node.metadata.name else _NOTHING_TO_BIND
        if any(reaches(volume, node) for volume in free):
            return FITS
        made = class_ is not None and class_.provisioner != NO_PROVISIONER
        return FITS if made and class_ and can_make(class_, node) else _NOTHING_TO_BIND

    return asks


def can_make(class_: StorageClass, node: Node) -> bool:
    """Whether a class makes volumes where a node is."""
    if not class_.allowed_topologies:
        return True
    labels = node.metadata.labels
    return any(
        all(labels.get(e.key) in e.values for e in term.match_label_expressions)
        for term in class_.allowed_topologies
    )
