"""Where a DaemonSet runs: its pods by node, and the sums of its status, kept up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Node, PodSpec, Toleration
from poolshift.semantics import taints
from poolshift.semantics.selectors import node_matches
from poolshift.sim.kube.objects import Object, node_of

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Key

# What every daemon pod tolerates: (key, effect).
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_HOST_NETWORK = ("node.kubernetes.io/network-unavailable", "NoSchedule")


class Share(msgspec.Struct, frozen=True):
    """What one node adds to the status of a DaemonSet."""

    wanted: int = 0
    scheduled: int = 0
    misscheduled: int = 0
    up: int = 0
    available: int = 0
    updated: int = 0


NOTHING = Share()
FIELDS = Share.__struct_fields__


class Places(msgspec.Struct):
    """The nodes of one DaemonSet.

    Attributes:
        generation: of the spec that the verdicts hold for.
        code: hash of the template.
        spec: the pod spec as its pods will have it.
        dirty: nodes to look at.
        verdicts: whether a pod should run on a node, and whether one that runs may stay.
        shares: what each node adds to the sums.
        old: nodes with a pod of an older template.
    """

    generation: int = 0
    code: str = ""
    spec: PodSpec = PodSpec()
    dirty: dict[str, None] = msgspec.field(default_factory=dict)
    verdicts: dict[str, tuple[bool, bool]] = msgspec.field(default_factory=dict)
    shares: dict[str, Share] = msgspec.field(default_factory=dict)
    sums: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    old: dict[str, None] = msgspec.field(default_factory=dict)

    def share(self, node: str, new: Share) -> None:
        """Put a node's share in place of the one that it had."""
        before = self.shares.get(node, NOTHING)
        if new == before:
            return
        for name in FIELDS:
            self.sums[name] += getattr(new, name) - getattr(before, name)
        if new == NOTHING:
            del self.shares[node]
        else:
            self.shares[node] = new


class PodsByNode:
    """The pods of every DaemonSet by owner and node, bound there or made for it."""

    def __init__(self) -> None:
        self._keys: dict[str, dict[str, dict[Key, None]]] = {}

    def add(self, owner: str, node: str, key: Key) -> None:
        """A pod has come."""
        self._keys.setdefault(owner, {}).setdefault(node, {})[key] = None

    def drop(self, owner: str, node: str, key: Key) -> None:
        """A pod is gone."""
        nodes = self._keys.get(owner, {})
        nodes.get(node, {}).pop(key, None)
        if not nodes.get(node):
            nodes.pop(node, None)
        if not nodes:
            self._keys.pop(owner, None)

    def on(self, owner: str, node: str) -> list[Key]:
        """The pods of an owner on a node."""
        return list(self._keys.get(owner, {}).get(node, ()))

    def nodes(self, owner: str) -> list[str]:
        """The nodes on which an owner has pods."""
        return list(self._keys.get(owner, ()))


def home(pod: Object) -> str:
    """The node of a daemon pod: where it is bound, else the one that it was made for."""
    if node_of(pod):
        return node_of(pod)
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name" and field.get("values"):
                return str(field["values"][0])
    return ""


def _added(*, host_network: bool) -> tuple[tuple[str, str], ...]:
    return (*_TOLERATED, _HOST_NETWORK) if host_network else _TOLERATED


def tolerant(spec: PodSpec) -> PodSpec:
    """The template's spec as its pods will have it."""
    added = tuple(
        Toleration(key=key, operator="Exists", effect=effect)
        for key, effect in _added(host_network=spec.host_network)
    )
    return PodSpec(
        node_selector=spec.node_selector,
        affinity=spec.affinity,
        tolerations=(*spec.tolerations, *added),
    )


def toleration_objects(spec: Object) -> list[Object]:
    """The tolerations of a daemon pod."""
    added = _added(host_network=bool(spec.get("hostNetwork")))
    return [
        *(spec.get("tolerations") or ()),
        *({"key": key, "operator": "Exists", "effect": effect} for key, effect in added),
    ]


def verdict(spec: PodSpec, node: Node) -> tuple[bool, bool]:
    """Whether a daemon pod should run on a node, and whether one that runs may stay."""
    if not node_matches(spec, node.metadata):
        return False, False
    banned = taints.first_untolerated(spec.tolerations, node.spec.taints, ("NoExecute",))
    hard = taints.first_untolerated(spec.tolerations, node.spec.taints)
    return hard is None, banned is None
