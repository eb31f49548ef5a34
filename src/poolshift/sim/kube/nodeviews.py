"""What the scheduler knows of each node, kept up to date from the writes to the store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics import fit
from poolshift.semantics.quantities import amount
from poolshift.sim.kube.objects import Object, controller_ref, finished, key_of, node_of
from poolshift.sim.kube.resources import NODES, PODS

if TYPE_CHECKING:
    from poolshift.core.kube import Node, Pod, PodSpec
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.store import Change


Verdicts = dict[str, tuple[fit.Reason, ...]]


class View(msgspec.Struct):
    """A node's state and how many pods of each controller it runs."""

    state: fit.NodeState
    peers: Counter[str] = msgspec.field(default_factory=Counter)


class _Placed(msgspec.Struct, frozen=True):
    """A pod that takes room on a node."""

    node: str
    owner: str
    pod: fit.Incoming


class NodeViews:
    """Views by node name, and the static verdicts by kind of pod."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.views: dict[str, View] = {}
        self._placed: dict[str, _Placed] = {}
        self._verdicts: dict[bytes, dict[str, tuple[fit.Reason, ...]]] = {}
        self._stale: dict[bytes, set[str]] = {}
        self._willing: dict[bytes, list[str]] = {}
        ctx.store.listen(NODES, self._node)
        ctx.store.listen(PODS, self._pod)

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

    def _node(self, change: Change) -> None:
        name = change.obj["metadata"]["name"]
        if change.type == "DELETED":
            self.views.pop(name, None)
            for known in self._verdicts.values():
                known.pop(name, None)
            self._willing.clear()
            return
        node: Node = self._ctx.store.typed(NODES, ("", name))
        view = self.views.get(name)
        if view is None:
            self.views[name] = View(fit.state_of(node))
        else:
            view.state.node = node
            view.state.allocatable = {
                key: amount(key, text) for key, text in node.status.allocatable.items()
            }
        if change.prev is None or decides(change):
            for signature in self._verdicts:
                self._stale.setdefault(signature, set()).add(name)

    def _pod(self, change: Change) -> None:
        pod = change.obj
        uid = pod["metadata"]["uid"]
        if change.type == "DELETED" or finished(pod):
            self._leave(uid)
        elif node_of(pod) and uid not in self._placed:
            typed: Pod = self._ctx.store.typed(PODS, key_of(pod))
            self.place(uid, node_of(pod), owner_uid(pod), fit.incoming(typed.metadata, typed.spec))

    def place(self, uid: str, node: str, owner: str, pod: fit.Incoming) -> None:
        """Count a pod on a node."""
        view = self.views.get(node)
        if view is None:
            return
        self._placed[uid] = _Placed(node, owner, pod)
        fit.occupy(view.state, pod)
        view.peers[owner] += 1

    def _leave(self, uid: str) -> None:
        placed = self._placed.pop(uid, None)
        view = self.views.get(placed.node) if placed else None
        if placed is None or view is None:
            return
        fit.occupy(view.state, placed.pod, sign=-1)
        view.peers[placed.owner] -= 1
        if not view.peers[placed.owner]:
            del view.peers[placed.owner]


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


def signature_of(spec: PodSpec) -> bytes:
    """What the static predicates look at, as a key: pods that share it share their verdicts."""
    return msgspec.json.encode(
        (spec.node_selector, spec.affinity, spec.tolerations, spec.node_name), order="sorted"
    )
