"""Whether a pod fits on a node, with the reasons in the scheduler's words.

The predicates run in kube-scheduler's order and the first that refuses a node names the reason.
Static ones look at the pod and the node alone, so their verdict holds until either changes;
dynamic ones look at what runs. A further predicate (spread, volume zones, pod affinity) is one
more entry of a table; what it must know of other nodes comes in through `Surroundings`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from poolshift.core.kube import Container, Meta, Node, Pod, PodSpec, Taint
from poolshift.semantics import taints
from poolshift.semantics.quantities import amount
from poolshift.semantics.selectors import node_matches

Amounts = Mapping[str, int]

_UNSCHEDULABLE_TAINT = Taint(key=taints.UNSCHEDULABLE, effect="NoSchedule")
_UNHELPFUL = "Preemption is not helpful for scheduling."
_NO_VICTIMS = "No preemption victims found for incoming pod."


class Reason(msgspec.Struct, frozen=True):
    """Why a node is refused; `lasting` reasons do not pass when other pods leave the node."""

    text: str
    lasting: bool


class Incoming(msgspec.Struct, frozen=True):
    """A pod that looks for a node, with its requests summed once."""

    spec: PodSpec
    meta: Meta
    requests: dict[str, int]
    ports: frozenset[tuple[str, int]]


class NodeState(msgspec.Struct):
    """A node and what runs on it; the simulator keeps one per node up to date."""

    node: Node
    allocatable: dict[str, int]
    used: dict[str, int] = {}
    pods: int = 0
    ports: Counter[tuple[str, int]] = msgspec.field(default_factory=Counter)


class Surroundings(msgspec.Struct):
    """What predicates about more than one node may ask for."""

    nodes: Mapping[str, NodeState] = {}


Static = Callable[[Incoming, Node], tuple[Reason, ...]]
Dynamic = Callable[[Incoming, NodeState, Surroundings], tuple[Reason, ...]]


def requests_of(spec: PodSpec) -> dict[str, int]:
    """A pod's requests: the sum of its containers or the largest init container, and overhead."""
    total: Counter[str] = Counter()
    for container in spec.containers:
        total.update(_requests(container))
    for container in spec.init_containers:
        for name, value in _requests(container).items():
            total[name] = max(total[name], value)
    total.update({name: amount(name, text) for name, text in spec.overhead.items()})
    return dict(total)


def _requests(container: Container) -> dict[str, int]:
    """Requests of a container; a limit without a request is one."""
    stated = {**container.resources.limits, **container.resources.requests}
    return {name: amount(name, text) for name, text in stated.items()}


def host_ports(spec: PodSpec) -> frozenset[tuple[str, int]]:
    """Protocol and port of every host port."""
    return frozenset(
        (port.protocol, port.host_port)
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
    if node.spec.unschedulable and not taints.tolerated(pod.spec.tolerations, _UNSCHEDULABLE_TAINT):
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


def _ports(pod: Incoming, state: NodeState, around: Surroundings) -> tuple[Reason, ...]:
    if pod.ports and any(state.ports[port] > 0 for port in pod.ports):
        text = "node(s) didn't have free ports for the requested pod ports"
        return (Reason(text, lasting=False),)
    return ()


def _resources(pod: Incoming, state: NodeState, around: Surroundings) -> tuple[Reason, ...]:
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
    pod: Incoming, state: NodeState, around: Surroundings | None = None
) -> tuple[Reason, ...]:
    """Why what runs there leaves no place for the pod; empty when it does."""
    for predicate in DYNAMIC:
        if refused := predicate(pod, state, around or _NOTHING_AROUND):
            return refused
    return ()


_NOTHING_AROUND = Surroundings()


def reasons(
    pod: Incoming, state: NodeState, around: Surroundings | None = None
) -> tuple[Reason, ...]:
    """Why the pod does not fit on the node now; empty when it fits."""
    return static_reasons(pod, state.node) or dynamic_reasons(pod, state, around)


def summary(refusals: Iterable[tuple[Reason, ...]], total: int) -> str:
    """The scheduler's message over the reasons of all nodes, one tuple a node."""
    counts: Counter[str] = Counter()
    preemption: Counter[str] = Counter()
    for refused in refusals:
        counts.update(reason.text for reason in refused)
        preemption[_UNHELPFUL if any(r.lasting for r in refused) else _NO_VICTIMS] += 1
    head = f"0/{total} nodes are available"
    if not counts:
        return "no nodes available to schedule pods"
    listed = ", ".join(sorted(f"{count} {text}" for text, count in counts.items()))
    helped = ", ".join(sorted(f"{count} {text.rstrip('.')}" for text, count in preemption.items()))
    return f"{head}: {listed}. preemption: {head}: {helped}."
