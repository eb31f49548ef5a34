"""Whether a pod fits on a node, with the reasons in the scheduler's words.

The predicates run in kube-scheduler's order and the first that refuses a node names the reason.
Static ones look at the pod and the node alone, so their verdict holds until either changes;
dynamic ones look at what runs on the node. What a pod asks about other nodes, other pods and its
volumes is prepared once per attempt from the `Surroundings`, and comes to a list of checks that
is empty for a pod that asks nothing of the kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from poolshift.core.kube import Meta, Node, Pod, PodSpec
from poolshift.semantics import podaffinity, spread, taints, volumes
from poolshift.semantics.census import Census, NamespaceLabels
from poolshift.semantics.podaffinity import Stands
from poolshift.semantics.quantities import amount
from poolshift.semantics.reasons import Check, Reason
from poolshift.semantics.requests import requests_of
from poolshift.semantics.selectors import node_matches
from poolshift.semantics.volumes import Storage

__all__ = ["Amounts", "Incoming", "NodeState", "Prepared", "Reason", "Surroundings", "requests_of"]

Amounts = Mapping[str, int]

UNHELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"


HostPort = tuple[str, int, str]


class Incoming(msgspec.Struct, frozen=True):
    """A pod that looks for a node, with its requests summed once."""

    spec: PodSpec
    meta: Meta
    requests: dict[str, int]
    ports: frozenset[HostPort]


class NodeState(msgspec.Struct):
    """A node and what runs on it; the simulator keeps one per node up to date."""

    node: Node
    allocatable: dict[str, int]
    used: dict[str, int] = {}
    pods: int = 0
    ports: Counter[HostPort] = msgspec.field(default_factory=Counter)


class Surroundings:
    """What predicates about more than one node may ask for: nodes, placed pods, volumes."""

    def __init__(
        self, storage: Storage | None = None, labels_of: NamespaceLabels | None = None
    ) -> None:
        self.storage = storage or Storage()
        self.census = Census(labels_of)
        self.stands = Stands(self.census)

    def add_node(self, node: Node) -> None:
        """A node has come, or has another version."""
        old = self.census.nodes.get(node.metadata.name)
        self.census.nodes[node.metadata.name] = node
        if old is None or old.metadata.labels != node.metadata.labels:
            self.relabel()
        elif old.spec != node.spec:
            self.census.retaint()

    def remove_node(self, name: str) -> None:
        """A node has gone."""
        if self.census.nodes.pop(name, None):
            self.relabel()

    def relabel(self) -> None:
        """Nodes or their labels changed: what is summed by them is summed anew."""
        self.census.relabel()
        self.stands.relabel()

    def add(self, uid: str, node: str, meta: Meta, spec: PodSpec, *, terminating: bool) -> None:
        """A pod is on a node."""
        self.census.add(uid, node, meta, terminating=terminating)
        self.stands.add(uid, node, meta, spec)

    def remove(self, uid: str) -> None:
        """A pod has left its node."""
        self.census.remove(uid)
        self.stands.remove(uid)


def surroundings(
    states: Iterable[NodeState],
    pods: Iterable[Pod] = (),
    storage: Storage | None = None,
    labels_of: NamespaceLabels | None = None,
) -> Surroundings:
    """The surroundings of a snapshot: its nodes, and its pods that have one and still run."""
    around = Surroundings(storage, labels_of)
    for state in states:
        around.add_node(state.node)
    for index, pod in enumerate(pods):
        if pod.spec.node_name and pod.status.phase not in ("Succeeded", "Failed"):
            around.add(
                pod.metadata.uid or str(index),
                pod.spec.node_name,
                pod.metadata,
                pod.spec,
                terminating=pod.metadata.deletion_timestamp is not None,
            )
    return around


class Prepared(msgspec.Struct, frozen=True):
    """What a pod asks beyond the node: a refusal for every node, or checks of each in order."""

    refusal: Reason | None = None
    checks: tuple[Check, ...] = ()


NOTHING = Prepared()


def prepare(pod: Incoming, around: Surroundings) -> Prepared:
    """What to ask of each node for one attempt; a pod that asks nothing costs a few tests."""
    spec = pod.spec
    found: list[Check] = []
    if spec.volumes:
        asked = volumes.ask(pod.meta, spec, around.storage)
        if asked.refusal is not None:
            return Prepared(asked.refusal)
        found += asked.checks
    if spec.topology_spread_constraints:
        even = spread.check(pod.meta, spec, around.census)
        if even is not None:
            found.append(even)
    found += podaffinity.checks(pod.meta, spec, around.census, around.stands)
    return Prepared(checks=tuple(found)) if found else NOTHING


Static = Callable[[Incoming, Node], tuple[Reason, ...]]
Dynamic = Callable[[Incoming, NodeState], tuple[Reason, ...]]


_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104


def host_ports(spec: PodSpec) -> frozenset[HostPort]:
    """Protocol, port and address (empty for all) of every host port."""
    return frozenset(
        (port.protocol, port.host_port, "" if port.host_ip in _ANYWHERE else port.host_ip)
        for container in spec.containers
        for port in container.ports
        if port.host_port
    )


def incoming(meta: Meta, spec: PodSpec) -> Incoming:
    """A pod, ready to be asked about many nodes."""
    return Incoming(spec, meta, requests_of(spec), host_ports(spec))


def state_of(node: Node, pods: Iterable[Pod] = ()) -> NodeState:
    """A node with these pods running on it."""
    allocatable = {name: amount(name, text) for name, text in node.status.allocatable.items()}
    state = NodeState(node, allocatable, {})
    for pod in pods:
        occupy(state, incoming(pod.metadata, pod.spec))
    return state


def occupy(state: NodeState, pod: Incoming, sign: int = 1) -> None:
    """Add a pod to a node's sums, or take it off with sign -1."""
    state.pods += sign
    for name, value in pod.requests.items():
        state.used[name] = state.used.get(name, 0) + sign * value
    for port in pod.ports:
        state.ports[port] += sign


def _unschedulable(pod: Incoming, node: Node) -> tuple[Reason, ...]:
    if node.spec.unschedulable and not taints.tolerated(pod.spec.tolerations, taints.CORDONED):
        return (Reason("node(s) were unschedulable", lasting=True),)
    return ()


def _node_name(pod: Incoming, node: Node) -> tuple[Reason, ...]:
    if pod.spec.node_name and pod.spec.node_name != node.metadata.name:
        return (Reason("node(s) didn't match the requested node name", lasting=True),)
    return ()


def _taint(pod: Incoming, node: Node) -> tuple[Reason, ...]:
    taint = taints.first_untolerated(pod.spec.tolerations, node.spec.taints)
    if taint is None:
        return ()
    text = f"node(s) had untolerated taint {{{taint.key}: {taint.value}}}"
    return (Reason(text, lasting=True),)


def _affinity(pod: Incoming, node: Node) -> tuple[Reason, ...]:
    if node_matches(pod.spec, node.metadata):
        return ()
    return (Reason("node(s) didn't match Pod's node affinity/selector", lasting=True),)


def _ports(pod: Incoming, state: NodeState) -> tuple[Reason, ...]:
    if pod.ports and any(_clash(port, state.ports) for port in pod.ports):
        text = "node(s) didn't have free ports for the requested pod ports"
        return (Reason(text, lasting=False),)
    return ()


def _clash(port: HostPort, taken: Counter[HostPort]) -> bool:
    """Whether a port is taken: one on all addresses clashes with every other."""
    return any(
        count > 0 and port[:2] == other[:2] and (not port[2] or not other[2] or port == other)
        for other, count in taken.items()
    )


def _resources(pod: Incoming, state: NodeState) -> tuple[Reason, ...]:
    short = []
    if state.pods + 1 > state.allocatable.get("pods", 0):
        short.append(Reason("Too many pods", lasting=False))
    for name, wanted in pod.requests.items():
        room = state.allocatable.get(name, 0) - state.used.get(name, 0)
        if wanted > room and wanted > 0:
            lasting = wanted > state.allocatable.get(name, 0)
            short.append(Reason(f"Insufficient {name}", lasting=lasting))
    return tuple(short)


STATIC: tuple[Static, ...] = (_unschedulable, _node_name, _taint, _affinity)
DYNAMIC: tuple[Dynamic, ...] = (_ports, _resources)


def static_reasons(pod: Incoming, node: Node) -> tuple[Reason, ...]:
    """Why the node itself refuses the pod, whatever runs there; empty when it does not."""
    for predicate in STATIC:
        if refused := predicate(pod, node):
            return refused
    return ()


def dynamic_reasons(
    pod: Incoming, state: NodeState, prepared: Prepared = NOTHING
) -> tuple[Reason, ...]:
    """Why what runs leaves no place for the pod on the node; empty when it does."""
    for predicate in DYNAMIC:
        if refused := predicate(pod, state):
            return refused
    for check in prepared.checks:
        if refused := check(state.node):
            return refused
    return ()


def has_room(pod: Incoming, state: NodeState) -> bool:
    """Whether `dynamic_reasons` finds nothing on the node itself; says no more, at less cost."""
    if pod.ports and _ports(pod, state):
        return False
    room, used = state.allocatable, state.used
    if state.pods >= room.get("pods", 0):
        return False
    for name, wanted in pod.requests.items():
        if wanted > room.get(name, 0) - used.get(name, 0) and wanted > 0:
            return False
    return True


def reasons(
    pod: Incoming, state: NodeState, around: Surroundings | None = None
) -> tuple[Reason, ...]:
    """Why the pod does not fit on the node now; empty when it fits."""
    prepared = prepare(pod, around) if around else NOTHING
    if prepared.refusal is not None:
        return (prepared.refusal,)
    return static_reasons(pod, state.node) or dynamic_reasons(pod, state, prepared)


def summary(
    refusals: Iterable[tuple[Reason, ...]],
    total: int,
    *,
    refusal: Reason | None = None,
    preemption: str | None = "",
) -> str:
    """The scheduler's message over the reasons of all nodes, one tuple a node.

    Args:
        refusals: why each node refuses.
        total: how many nodes there are.
        refusal: why no node is even looked at.
        preemption: what came of looking for victims; empty where nobody looked, and None where
            victims were found, of which the message says nothing.
    """
    if not total:
        return "no nodes available to schedule pods"
    head = f"0/{total} nodes are available"
    listed = [tuple(refused) for refused in refusals]
    counts = Counter(reason.text for refused in listed for reason in refused)
    said = refusal.text if refusal else _histogram(counts)
    if preemption is None:
        return f"{head}: {said}."
    return f"{head}: {said}. preemption: {preemption or victimless(listed, total, refusal)}"


def victimless(
    refusals: Iterable[tuple[Reason, ...]], total: int, refusal: Reason | None = None
) -> str:
    """What preemption says where no node has victims to give."""
    if refusal is not None:
        return preempted_nowhere(Counter({UNHELPFUL: total}), total)
    lasting = (any(reason.lasting for reason in refused) for refused in refusals)
    return preempted_nowhere(Counter(UNHELPFUL if last else NO_VICTIMS for last in lasting), total)


def preempted_nowhere(counts: Counter[str], total: int) -> str:
    """Preemption's own message, from why each node does not help."""
    return f"0/{total} nodes are available: {_histogram(counts)}."


def _histogram(counts: Counter[str]) -> str:
    return ", ".join(sorted(f"{count} {text}" for text, count in counts.items()))
