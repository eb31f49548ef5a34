"""What pods of one template have in common for the scheduler, worked out once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import PodSpec
from poolshift.semantics import fit, taints
from poolshift.semantics.quantities import amount
from poolshift.semantics.selectors import pinned_node, preferred_weight
from poolshift.sim.kube.seats import FULL, Seats

if TYPE_CHECKING:
    from poolshift.core.kube import Meta
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.seats import View

# Requests that count in scores for a container that states none: kube-scheduler's constants.
_ASSUMED_MILLICORES = 100
_ASSUMED_BYTES = 200 * 1024 * 1024
BEST = 100
# Shapes kept; templates come and go, and pods with a volume of their own are a shape each.
MOST_SHAPES = 4096


class Shape:
    """The parts of a pod's spec that decide where it runs, and its seats.

    Attributes:
        signature: what the static predicates look at; shapes that share it share the verdicts.
        plain: whether it asks nothing about other pods or volumes.
    """

    def __init__(self, spec: PodSpec) -> None:
        self.spec = spec
        self.requests = fit.requests_of(spec)
        self.ports = fit.host_ports(spec)
        self.signature = signature_of(spec)
        self.pinned = pinned_node(spec)
        self.images = tuple(sorted({container.image for container in spec.containers}))
        affinity = spec.affinity
        self.prefers = bool(affinity and affinity.node_affinity)
        self.social = bool(affinity and (affinity.pod_affinity or affinity.pod_anti_affinity))
        self.spreads = bool(spec.topology_spread_constraints)
        self.claims = any(v.persistent_volume_claim or v.ephemeral for v in spec.volumes)
        self.plain = not (self.social or self.spreads or self.claims)
        self.cpu, self.memory = _assumed(spec)
        self.seats = Seats()

    def incoming(self, meta: Meta) -> fit.Incoming:
        """A pod of this shape."""
        return fit.Incoming(self.spec, meta, self.requests, self.ports)

    def judge(self, row: int, pod: fit.Incoming) -> None:
        """Bring a row of the seats up to date with its node."""
        seats = self.seats
        view = seats.views[row]
        if not fit.has_room(pod, view.state):
            seats.points[row] = FULL
            return
        node = view.state.node
        seats.points[row] = self._worth(view)
        if node.spec.taints:
            count = taints.count_unpreferred(self.spec.tolerations, node.spec.taints)
            seats.unpreferred[row] = count
        else:
            seats.unpreferred[row] = 0
        if self.prefers:
            seats.preferred[row] = preferred_weight(self.spec, node.metadata)

    def _worth(self, view: View) -> int:
        """How much a node has left after the pod, and how alike its shares are then.

        The mean free share of cpu and memory, by what pods take with the assumptions of scores,
        and 100 less half the difference of the shares that are truly taken.
        """
        room, used, asked = view.state.allocatable, view.state.used, self.requests
        cpu, memory = room.get("cpu", 0), room.get("memory", 0)
        taken, held = view.cpu + self.cpu, view.memory + self.memory
        free = BEST * (cpu - taken) // cpu if taken < cpu else 0
        free += BEST * (memory - held) // memory if held < memory else 0
        if not cpu or not memory:
            return free // 2 + BEST
        one = (used.get("cpu", 0) + asked.get("cpu", 0)) / cpu
        other = (used.get("memory", 0) + asked.get("memory", 0)) / memory
        apart = abs((one if one < 1.0 else 1.0) - (other if other < 1.0 else 1.0))
        return free // 2 + int((1 - apart / 2) * BEST)


def _assumed(spec: PodSpec) -> tuple[int, int]:
    """Millicores and bytes of a pod, with an assumption for containers that state none."""
    cpu = memory = 0
    for container in spec.containers:
        stated = {**container.resources.limits, **container.resources.requests}
        cpu += amount("cpu", stated["cpu"]) if "cpu" in stated else _ASSUMED_MILLICORES
        memory += amount("memory", stated["memory"]) if "memory" in stated else _ASSUMED_BYTES
    return cpu, memory


class Shapes:
    """The shapes that are in use, by what is in their specs."""

    def __init__(self) -> None:
        self._shapes: dict[bytes, Shape] = {}
        # By the identity of a stored spec: pods of one template share theirs until they are bound.
        self._known: dict[int, tuple[Object, Shape]] = {}
        self._seats: dict[bytes, Seats] = {}

    def of_pod(self, pod: Object) -> Shape:
        """The shape of a stored pod."""
        spec = pod["spec"]
        known = self._known.get(id(spec))
        if known is None or known[0] is not spec:
            known = (spec, self.of(msgspec.convert(spec, PodSpec)))
            if not spec.get("nodeName"):
                self._known[id(spec)] = known
        return known[1]

    def of(self, spec: PodSpec) -> Shape:
        """The shape of a spec, whichever node it names."""
        if spec.node_name:
            spec = msgspec.structs.replace(spec, node_name="")
        key = msgspec.json.encode(spec)
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
                self._known.clear()
                self._seats.clear()
            shape = self._shapes[key] = Shape(spec)
            asked = (shape.requests, sorted(shape.ports), shape.cpu, shape.memory)
            alike = shape.signature + msgspec.json.encode(asked, order="sorted")
            shape.seats = self._seats.setdefault(alike, shape.seats)
        return shape


def signature_of(spec: PodSpec) -> bytes:
    """What the static predicates look at, as a key: pods that share it share their verdicts."""
    node_affinity = spec.affinity.node_affinity if spec.affinity else None
    return msgspec.json.encode(
        (spec.node_selector, node_affinity, spec.tolerations), order="sorted"
    )
