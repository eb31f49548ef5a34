"""What is told of nodes: by their kubelets, and by the controllers that look after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.eventnotes import KUBELET
from poolshift.sim.kube.objects import Object, condition_of
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change

CONTROLLER = "node-controller"
_CLOUD = "cloud-node-lifecycle-controller"
# What a kubelet tells when it starts, besides that it does.
_FIRST = ("NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID")


class NodeEvents:
    """Tells of nodes that come, change and go."""

    def __init__(self, ctx: Context, recorder: Recorder) -> None:
        self._ctx = ctx
        self._recorder = recorder
        ctx.store.listen(NODES, self._seen)

    def _seen(self, change: Change) -> None:
        if self._ctx.warming:
            return
        node, prev = change.obj, change.prev
        if change.type == "ADDED":
            self._came(node)
        elif change.type == "DELETED":
            self._went(node)
        elif prev is not None:
            self._changed(node, prev)

    def _came(self, node: Object) -> None:
        name = node["metadata"]["name"]
        self._kubelet(node, "Starting", "Starting kubelet.")
        for reason in _FIRST:
            self._status(node, reason)
        limits = "Updated Node Allocatable limit across pods"
        self._kubelet(node, "NodeAllocatableEnforced", limits)
        text = f"Node {name} event: Registered Node {name} in Controller"
        self._tell(node, "RegisteredNode", text, CONTROLLER)

    def _went(self, node: Object) -> None:
        name = node["metadata"]["name"]
        text = f"Deleting node {name} because it does not exist in the cloud provider"
        self._tell(node, "DeletingNode", text, _CLOUD)
        text = f"Node {name} event: Removing Node {name} from Controller"
        self._tell(node, "RemovingNode", text, CONTROLLER)

    def _changed(self, node: Object, prev: Object) -> None:
        if node["spec"] is not prev["spec"]:
            closed = bool(node["spec"].get("unschedulable"))
            if closed != bool(prev["spec"].get("unschedulable")):
                self._status(node, "NodeNotSchedulable" if closed else "NodeSchedulable")
        now, before = _ready(node), _ready(prev)
        if now == before:
            return
        if now == "Unknown":
            text = f"Node {node['metadata']['name']} status is now: NodeNotReady"
            self._tell(node, "NodeNotReady", text, CONTROLLER)
        else:
            self._status(node, "NodeReady" if now == "True" else "NodeNotReady")

    def _status(self, node: Object, reason: str) -> None:
        """A kubelet tells what state its node is in now."""
        self._kubelet(node, reason, f"Node {node['metadata']['name']} status is now: {reason}")

    def _kubelet(self, node: Object, reason: str, message: str) -> None:
        self._tell(node, reason, message, KUBELET, node["metadata"]["name"])

    def _tell(self, node: Object, reason: str, message: str, source: str, host: str = "") -> None:
        self._recorder.record(
            node, type_="Normal", reason=reason, message=message, source=source, host=host
        )


def _ready(node: Object) -> str:
    condition = condition_of(node, "Ready")
    return str(condition["status"]) if condition else ""
