"""What the scheduler knows of each node, kept up to date from the writes to the store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Meta
from poolshift.semantics import fit
from poolshift.semantics.quantities import amount
from poolshift.sim.kube import news
from poolshift.sim.kube.objects import (
    Object,
    controller_ref,
    labels_of,
)
from poolshift.sim.kube.resources import NAMESPACES, NODES
from poolshift.sim.kube.seats import Seats, View
from poolshift.sim.kube.shapes import Shape, Shapes

if TYPE_CHECKING:
    from poolshift.core.kube import Node
    from poolshift.semantics.volumes import Storage
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.store import Change, PodChange


Verdicts = dict[str, tuple[fit.Reason, ...]]
ZONE = "topology.kubernetes.io/zone"
# Changes of nodes that are remembered for seats that were not looked at meanwhile.
_MOST_CHANGES = 10_000


class Peers(msgspec.Struct):
    """The living pods of one controller, by node and by zone."""

    nodes: dict[str, int] = {}
    zones: dict[str, int] = {}


class Seated(msgspec.Struct, frozen=True):
    """A pod that takes room on a node, with the view and the zone that it is counted in."""

    node: str
    view: View
    zone: str
    owner: str
    shape: Shape
    meta: Meta
    ending: bool


class NodeViews:
    """Views by node name, the static verdicts by kind of pod, and what lies around."""

    def __init__(self, ctx: Context, storage: Storage | None = None) -> None:
        self._ctx = ctx
        self.views: dict[str, View] = {}
        self.shapes = Shapes()
        self.around = fit.Surroundings(storage, self._namespace_labels)
        self.peers: dict[str, Peers] = {}
        self.soft_taints: dict[str, None] = {}
        self.zones: Counter[str] = Counter()
        self._placed: dict[str, Seated] = {}
        self._verdicts: dict[bytes, Verdicts] = {}
        self._stale: dict[bytes, set[str]] = {}
        self._willing: dict[bytes, list[str]] = {}
        self._priorities: Counter[int] = Counter()
        self._epoch = 0
        # The nodes that changed, in order, and how many of the changes are forgotten.
        self._changed: list[str] = []
        self._forgotten = 0
        ctx.store.listen(NODES, self._node)
        ctx.store.follow_pods(self._pod, news.PLACED | news.OWNERS)
        ctx.store.listen(NAMESPACES, self._namespace)

    def verdicts(self, signature: bytes, pod: fit.Incoming) -> Verdicts:
        """Static reasons by node for a kind of pod; only nodes that changed are judged anew."""
        known = self._verdicts.get(signature)
        if known is None:
            known = self._verdicts[signature] = {}
            changed = set(self.views)
        else:
            changed = self._stale.pop(signature, set())
        for name in sorted(changed & self.views.keys()):
            known[name] = fit.static_reasons(pod, self.views[name].state.node)
        if changed:
            self._willing.pop(signature, None)
        return known

    def willing(self, signature: bytes, pod: fit.Incoming) -> list[str]:
        """Nodes that nothing static keeps from taking a kind of pod."""
        verdicts = self.verdicts(signature, pod)
        names = self._willing.get(signature)
        if names is None:
            names = [name for name, refused in verdicts.items() if not refused]
            self._willing[signature] = names
        return names

    def seats(self, shape: Shape, pod: fit.Incoming) -> Seats:
        """A shape's seats on the nodes that are willing, each as it was last judged."""
        seats, total = shape.seats, self._forgotten + len(self._changed)
        if seats.seen != total:
            missed = total - seats.seen
            if missed > min(len(seats.names), len(self._changed)):
                seats.mark_all()
            else:
                seats.mark(self._changed[-missed:])
            seats.seen = total
        if seats.epoch != self._epoch:
            seats.epoch = self._epoch
            seats.fill([self.views[name] for name in self.willing(shape.signature, pod)])
        return seats

    def _changes(self, name: str) -> None:
        """What seats on a node say of it may not hold any more."""
        if len(self._changed) >= _MOST_CHANGES:
            self._forgotten += len(self._changed)
            self._changed.clear()
        self._changed.append(name)

    def _namespace_labels(self, name: str) -> dict[str, str]:
        found = self._ctx.store.find(NAMESPACES, "", name)
        return labels_of(found) if found else {}

    def _namespace(self, change: Change) -> None:
        if change.prev is None or labels_of(change.prev) != labels_of(change.obj):
            self.around.census.rename()

    def _node(self, change: Change) -> None:
        name = change.obj["metadata"]["name"]
        if change.type == "DELETED":
            self._epoch += 1
            for pod in self._ctx.pods.on_node(name):
                self.leave(pod.uid)
            gone = self.views.pop(name, None)
            self._count_zone(gone.zone if gone else "", -1)
            self.soft_taints.pop(name, None)
            self.around.remove_node(name)
            for known in self._verdicts.values():
                known.pop(name, None)
            self._willing.clear()
            return
        if change.prev is not None and not decides(change):
            return
        self._epoch += 1
        node: Node = self._ctx.store.typed(NODES, ("", name))
        view = self.views.get(name)
        if view is None:
            view = self.views[name] = View(fit.state_of(node), node.metadata.labels.get(ZONE, ""))
            self._seat(name)
        else:
            self._count_zone(view.zone, -1)
            view.state.node = node
            view.state.allocatable = {
                key: amount(key, text) for key, text in node.status.allocatable.items()
            }
            zone = node.metadata.labels.get(ZONE, "")
            if zone != view.zone:
                view.zone = zone
                self._move_peers(view)
        self._changes(name)
        self._count_zone(view.zone, 1)
        self.soft_taints.pop(name, None)
        if any(taint.effect == "PreferNoSchedule" for taint in node.spec.taints):
            self.soft_taints[name] = None
        self.around.add_node(node)
        for signature in self._verdicts:
            self._stale.setdefault(signature, set()).add(name)

    def _seat(self, name: str) -> None:
        """Count the pods that are bound to a node that was not there, or that is back."""
        for pod in self._ctx.pods.on_node(name):
            if not pod.finished:
                self.leave(pod.uid)
                shape = self.shapes.of_pod(pod)
                self.place(pod.uid, name, owner_uid(pod), shape, meta_of(pod))

    def _move_peers(self, view: View) -> None:
        """A node is in another zone, and its pods with it."""
        for uid, placed in self._placed.items():
            if placed.view is view:
                moved = msgspec.structs.replace(placed, zone=view.zone)
                if not placed.ending:
                    self._count_peer(placed, -1)
                    self._count_peer(moved, 1)
                self._placed[uid] = moved

    def _count_zone(self, zone: str, change: int) -> None:
        self.zones[zone] += change
        if not self.zones[zone]:
            del self.zones[zone]

    def _pod(self, change: PodChange) -> None:
        pod = change.obj
        if change.type == "DELETED" or pod.finished:
            self.leave(pod.uid)
            return
        if not pod.node:
            return
        placed = self._placed.get(pod.uid)
        if placed is None or placed.node != pod.node or placed.owner != owner_uid(pod):
            self.leave(pod.uid)
            shape = self.shapes.of_pod(pod)
            self.place(pod.uid, pod.node, owner_uid(pod), shape, meta_of(pod))
        elif pod.news & news.LABELS:
            self._alter(pod.uid, placed, meta_of(pod))
        elif placed.ending != pod.terminating:
            at = pod["metadata"]["deletionTimestamp"]
            meta = msgspec.structs.replace(placed.meta, deletion_timestamp=at)
            self._alter(pod.uid, placed, meta)

    def _alter(self, uid: str, placed: Seated, meta: Meta) -> None:
        """A pod has begun to end, or has other labels: it keeps its room but counts otherwise."""
        ending = meta.deletion_timestamp is not None
        if ending and not placed.ending:
            self._count_peer(placed, -1)
        self._placed[uid] = msgspec.structs.replace(placed, meta=meta, ending=ending)
        self.around.census.change(uid, meta, terminating=ending)

    def place(self, uid: str, node: str, owner: str, shape: Shape, meta: Meta) -> None:
        """Count a pod on a node."""
        view = self.views.get(node)
        if view is not None:
            ending = meta.deletion_timestamp is not None
            self.put(uid, Seated(node, view, view.zone, owner, shape, meta, ending))

    def put(self, uid: str, seated: Seated) -> None:
        """Count a pod on a node as it was counted before."""
        self._placed[uid] = seated
        self._priorities[seated.shape.spec.priority] += 1
        self._take(seated, 1)
        if not seated.ending:
            self._count_peer(seated, 1)
        meta, spec = seated.meta, seated.shape.spec
        self.around.add(uid, seated.node, meta, spec, terminating=seated.ending)

    def leave(self, uid: str) -> Seated | None:
        """A pod is no longer on its node."""
        placed = self._placed.pop(uid, None)
        if placed is None:
            return None
        self.around.remove(uid)
        priority = placed.shape.spec.priority
        self._priorities[priority] -= 1
        if not self._priorities[priority]:
            del self._priorities[priority]
        if not placed.ending:
            self._count_peer(placed, -1)
        self._take(placed, -1)
        return placed

    def lowest_priority(self) -> int:
        """The lowest priority of a placed pod: pods that are no higher find no victims."""
        return min(self._priorities, default=0)

    def _take(self, placed: Seated, sign: int) -> None:
        shape, view = placed.shape, placed.view
        state = view.state
        self._changes(view.name)
        view.cpu += sign * shape.cpu
        view.memory += sign * shape.memory
        state.pods += sign
        used = state.used
        for name, value in shape.requests.items():
            used[name] = used.get(name, 0) + sign * value
        for port in shape.ports:
            state.ports[port] += sign

    def _count_peer(self, placed: Seated, sign: int) -> None:
        peers = self.peers.get(placed.owner)
        if peers is None:
            peers = self.peers[placed.owner] = Peers()
        nodes, zone = peers.nodes, placed.zone
        peers.zones[zone] = peers.zones.get(zone, 0) + sign
        nodes[placed.node] = count = nodes.get(placed.node, 0) + sign
        if not count:
            del nodes[placed.node]
            if not nodes:
                del self.peers[placed.owner]


def meta_of(pod: Object) -> Meta:
    """A pod's metadata as it decodes."""
    return msgspec.convert(pod["metadata"], Meta)


def owner_uid(pod: Object) -> str:
    """The uid of a pod's controller, its own when it is bare."""
    ref = controller_ref(pod)
    found: str = ref["uid"] if ref else pod["metadata"]["uid"]
    return found


def decides(change: Change) -> bool:
    """Whether a write to a node can change what it takes."""
    if change.prev is None:
        return True
    new, old = change.obj, change.prev
    return bool(
        new["spec"] != old["spec"]
        or new["metadata"].get("labels") != old["metadata"].get("labels")
        or new["status"].get("allocatable") != old["status"].get("allocatable")
    )
