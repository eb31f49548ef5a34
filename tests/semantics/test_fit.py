from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolshift.core.kube import (
    Container,
    ContainerPort,
    Meta,
    Node,
    NodeSpec,
    NodeStatus,
    Pod,
    PodSpec,
    Resources,
    Taint,
    Toleration,
)
from poolshift.semantics.fit import (
    dynamic_reasons,
    has_room,
    incoming,
    occupy,
    reasons,
    requests_of,
    state_of,
    summary,
)


def node(*, taints: tuple[Taint, ...] = (), unschedulable: bool = False, pods: str = "10") -> Node:
    return Node(
        Meta(name="n1", labels={"os": "windows"}),
        NodeSpec(unschedulable, taints),
        NodeStatus(allocatable={"cpu": "2", "memory": "4Gi", "pods": pods}),
    )


def container(cpu: str = "", *, host_port: int = 0) -> Container:
    requests = {"cpu": cpu} if cpu else {}
    ports = (ContainerPort(80, host_port),) if host_port else ()
    return Container("c", "i", Resources(requests), ports)


@pytest.mark.parametrize(
    ("spec", "where", "expected"),
    [
        pytest.param(PodSpec(), node(), [], id="fits"),
        pytest.param(
            PodSpec(), node(unschedulable=True), ["node(s) were unschedulable"], id="cordoned"
        ),
        pytest.param(
            PodSpec(tolerations=(Toleration("", "Exists"),)),
            node(unschedulable=True),
            [],
            id="cordon-tolerated",
        ),
        pytest.param(
            PodSpec(node_selector={"os": "linux"}),
            node(taints=(Taint("k", "v", "NoSchedule"),)),
            ["node(s) had untolerated taint {k: v}"],
            id="taint-comes-before-affinity",
        ),
        pytest.param(
            PodSpec(node_selector={"os": "linux"}),
            node(),
            ["node(s) didn't match Pod's node affinity/selector"],
            id="selector",
        ),
        pytest.param(
            PodSpec(node_name="n2"),
            node(),
            ["node(s) didn't match the requested node name"],
            id="named",
        ),
        pytest.param(PodSpec(containers=(container("3"),)), node(), ["Insufficient cpu"], id="cpu"),
        pytest.param(
            PodSpec(containers=(container("3"),)),
            node(pods="0"),
            ["Too many pods", "Insufficient cpu"],
            id="all-that-is-short",
        ),
        pytest.param(
            PodSpec(containers=(Container(resources=Resources({"nvidia.com/gpu": "1"})),)),
            node(),
            ["Insufficient nvidia.com/gpu"],
            id="unknown-resource",
        ),
    ],
)
def test_why_a_node_refuses(spec: PodSpec, where: Node, expected: list[str]) -> None:
    found = reasons(incoming(Meta(), spec), state_of(where))
    assert [reason.text for reason in found] == expected


def test_what_runs_takes_room_and_ports() -> None:
    running = Pod(spec=PodSpec(containers=(container("1500m", host_port=8080),)))
    state = state_of(node(), [running])
    port = incoming(Meta(), PodSpec(containers=(container(host_port=8080),)))
    cpu = incoming(Meta(), PodSpec(containers=(container("1"),)))
    small = incoming(Meta(), PodSpec(containers=(container("500m"),)))
    assert [r.text for r in reasons(port, state)] == [
        "node(s) didn't have free ports for the requested pod ports"
    ]
    assert [(r.text, r.lasting) for r in reasons(cpu, state)] == [("Insufficient cpu", False)]
    assert reasons(small, state) == ()


def test_requests_are_the_larger_of_init_and_sum_with_overhead() -> None:
    limits = Container(resources=Resources({}, {"memory": "1Gi"}))
    spec = PodSpec(
        containers=(container("100m"), container("200m"), limits),
        init_containers=(container("1"), container("2")),
        overhead={"cpu": "50m"},
    )
    assert requests_of(spec) == {"cpu": 2050, "memory": 2**30}


def test_the_summary_reads_as_the_schedulers() -> None:
    selector = reasons(incoming(Meta(), PodSpec(node_selector={"a": "b"})), state_of(node()))
    taint = reasons(
        incoming(Meta(), PodSpec()), state_of(node(taints=(Taint("k", "v", "NoSchedule"),)))
    )
    full = reasons(incoming(Meta(), PodSpec()), state_of(node(pods="0")))
    assert summary([selector] * 7, 7) == (
        "0/7 nodes are available: 7 node(s) didn't match Pod's node affinity/selector. "
        "preemption: 0/7 nodes are available: 7 Preemption is not helpful for scheduling."
    )
    assert summary([selector, taint, full], 3) == (
        "0/3 nodes are available: 1 Too many pods, 1 node(s) didn't match Pod's node "
        "affinity/selector, 1 node(s) had untolerated taint {k: v}. preemption: 0/3 nodes are "
        "available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful "
        "for scheduling."
    )
    assert summary([], 0) == "no nodes available to schedule pods"


@given(
    taken=st.lists(st.tuples(st.sampled_from(["", "300m", "1"]), st.sampled_from([0, 80, 443]))),
    wanted=st.tuples(st.sampled_from(["", "500m", "2", "3"]), st.sampled_from([0, 80, 8080])),
)
def test_room_is_there_exactly_where_nothing_dynamic_refuses(
    taken: list[tuple[str, int]], wanted: tuple[str, int]
) -> None:
    state = state_of(node(pods="4"))
    for cpu, port in taken:
        occupy(state, incoming(Meta(), PodSpec(containers=(container(cpu, host_port=port),))))
    pod = incoming(Meta(), PodSpec(containers=(container(wanted[0], host_port=wanted[1]),)))
    assert has_room(pod, state) is not bool(dynamic_reasons(pod, state))
