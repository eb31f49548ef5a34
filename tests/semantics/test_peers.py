"""Predicates about other pods: reasons by table, and counts against a naive recount."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolshift.core.kube import LabelSelector, Meta, Node, NodeStatus, Pod, Taint, Toleration
from poolshift.semantics import podaffinity, spread
from poolshift.semantics.census import Census, Clause, Matcher, encoded
from poolshift.semantics.fit import (
    Surroundings,
    incoming,
    prepare,
    reasons,
    state_of,
    surroundings,
)

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI = "node(s) didn't match pod anti-affinity rules"
EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"
SPREAD = "node(s) didn't match pod topology spread constraints"
UNLABELLED = SPREAD + " (missing required label)"


def node(name: str, zone: str | None = "a", *, taint: str = "", **labels: str) -> Node:
    own = {HOST: name, **({ZONE: zone} if zone is not None else {}), **labels}
    spec = {"taints": [{"key": taint, "effect": "NoSchedule"}]} if taint else {}
    return msgspec.structs.replace(
        msgspec.convert({"spec": spec}, Node),
        metadata=Meta(name=name, labels=own),
        status=NodeStatus(allocatable={"cpu": "4", "memory": "8Gi", "pods": "20"}),
    )


def pod(
    app: str = "web", on: str = "", *, namespace: str = "default", ending: bool = False, **spec: Any
) -> Pod:
    meta = {"name": app, "namespace": namespace, "labels": {"app": app}}
    if ending:
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return msgspec.convert({"metadata": meta, "spec": {"nodeName": on, **spec}}, Pod)


def term(app: str = "web", key: str = ZONE, **more: Any) -> dict[str, Any]:
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key, **more}


def affinity(kind: str, *terms: dict[str, Any]) -> dict[str, Any]:
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}}


def company(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": affinity("podAffinity", *terms)}


def distance(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": affinity("podAntiAffinity", *terms)}


def even(skew: int = 1, key: str = ZONE, app: str = "web", **more: Any) -> dict[str, Any]:
    constraint = {
        "maxSkew": skew,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": app}},
        **more,
    }
    return {"topologySpreadConstraints": [constraint]}


NODES = (node("a1"), node("a2"), node("b1", "b"), node("x1", None))


def answers(
    newcomer: Pod, *placed: Pod, nodes: tuple[Node, ...] = NODES, labels_of: Any = None
) -> dict[str, str]:
    states = [state_of(n) for n in nodes]
    around = surroundings(states, placed, labels_of=labels_of)
    asking = incoming(newcomer.metadata, newcomer.spec)
    return {
        s.node.metadata.name: ", ".join(r.text for r in reasons(asking, s, around)) for s in states
    }


@pytest.mark.parametrize(
    ("newcomer", "placed", "expected"),
    [
        pytest.param(pod(), [], ["", "", "", ""], id="asks-nothing"),
        pytest.param(
            pod("cart", **company(term())),
            [pod("web", "a1")],
            ["", "", AFFINITY, AFFINITY],
            id="company-in-the-zone",
        ),
        pytest.param(pod("cart", **company(term())), [], [AFFINITY] * 4, id="no-company-anywhere"),
        pytest.param(
            pod("web", **company(term())),
            [],
            ["", "", "", AFFINITY],
            id="the-first-of-its-kind-may-start",
        ),
        pytest.param(
            pod("web", **company(term())),
            [pod("web", "b1")],
            [AFFINITY, AFFINITY, "", AFFINITY],
            id="the-second-follows",
        ),
        pytest.param(
            pod("cart", **company(term())),
            [pod("web", "a1", namespace="other")],
            [AFFINITY] * 4,
            id="other-namespaces-do-not-count",
        ),
        pytest.param(
            pod("cart", **company(term(namespaces=["other"]))),
            [pod("web", "a1", namespace="other")],
            ["", "", AFFINITY, AFFINITY],
            id="unless-named",
        ),
        pytest.param(
            pod("cart", **company(term(namespaceSelector={}))),
            [pod("web", "b1", namespace="other")],
            [AFFINITY, AFFINITY, "", AFFINITY],
            id="or-all-chosen",
        ),
        pytest.param(
            pod("web", **distance(term(key=HOST))),
            [pod("web", "a1"), pod("web", "b1", ending=True)],
            [ANTI, "", ANTI, ""],
            id="distance-also-from-those-that-end",
        ),
        pytest.param(
            pod("web"),
            [pod("lone", "a1", **distance(term("web")))],
            [EXISTING, EXISTING, "", ""],
            id="those-that-run-keep-their-distance",
        ),
        pytest.param(
            pod("db"),
            [pod("lone", "a1", **distance(term("web")))],
            ["", "", "", ""],
            id="from-whom-they-mean-only",
        ),
        pytest.param(
            pod("web", **even()),
            [pod("web", "a1")],
            [SPREAD, SPREAD, "", UNLABELLED],
            id="spread",
        ),
        pytest.param(
            pod("web", **even(2)), [pod("web", "a1")], ["", "", "", UNLABELLED], id="wider-skew"
        ),
        pytest.param(
            pod("web", **even()),
            [pod("web", "a1", ending=True)],
            ["", "", "", UNLABELLED],
            id="those-that-end-do-not-count",
        ),
        pytest.param(
            pod("other", **even()),
            [pod("web", "a1"), pod("web", "a2")],
            [SPREAD, SPREAD, "", UNLABELLED],
            id="a-pod-that-does-not-match-itself",
        ),
        pytest.param(
            pod("web", **even(minDomains=3)),
            [pod("web", "a1"), pod("web", "b1")],
            [SPREAD, SPREAD, SPREAD, UNLABELLED],
            id="too-few-domains-count-as-empty",
        ),
        pytest.param(
            pod("web", nodeSelector={ZONE: "a"}, **even(key=HOST)),
            [pod("web", "a1")],
            [
                SPREAD,
                "",
                "node(s) didn't match Pod's node affinity/selector",
                "node(s) didn't match Pod's node affinity/selector",
            ],
            id="node-affinity-is-honoured",
        ),
        pytest.param(
            pod("web", nodeSelector={HOST: "a1"}, **even(nodeAffinityPolicy="Ignore")),
            [pod("web", "a1")],
            [SPREAD] + ["node(s) didn't match Pod's node affinity/selector"] * 3,
            id="or-ignored",
        ),
    ],
)
def test_why_a_node_refuses_for_the_sake_of_others(
    newcomer: Pod, placed: list[Pod], expected: list[str]
) -> None:
    assert list(answers(newcomer, *placed).values()) == expected


def test_tainted_nodes_are_domains_unless_taints_are_honoured() -> None:
    nodes = (node("a1"), node("b1", "b", taint="k"))
    ignoring = answers(pod(**even()), pod("web", "a1"), nodes=nodes)
    honouring = answers(pod(**even(nodeTaintsPolicy="Honor")), pod("web", "a1"), nodes=nodes)
    assert (ignoring["a1"], honouring["a1"]) == (SPREAD, "")


def test_match_label_keys_count_one_revision_only() -> None:
    def revision(name: str, on: str = "", **spec: Any) -> Pod:
        made = pod("web", on, **spec)
        labels = {**made.metadata.labels, "rev": name}
        return msgspec.structs.replace(
            made, metadata=msgspec.structs.replace(made.metadata, labels=labels)
        )

    newcomer = revision("2", **even(matchLabelKeys=["rev"]))
    assert answers(newcomer, revision("1", "a1"))["a2"] == ""
    assert answers(newcomer, revision("2", "a1"))["a2"] == SPREAD


def test_a_namespace_selector_reads_the_labels_of_namespaces() -> None:
    labels = {"other": {"team": "x"}}
    chosen = term(namespaceSelector={"matchLabels": {"team": "x"}})
    found = answers(
        pod("cart", **distance(chosen)),
        pod("web", "a1", namespace="other"),
        pod("web", "b1", namespace="third"),
        labels_of=lambda name: labels.get(name, {}),
    )
    assert list(found.values()) == [ANTI, ANTI, "", ""]


def test_a_pod_that_asks_nothing_prepares_nothing() -> None:
    around = Surroundings()
    plain = pod()
    assert prepare(incoming(plain.metadata, plain.spec), around).checks == ()


def test_preferred_terms_score_both_ways() -> None:
    states = [state_of(n) for n in NODES]
    wish = {"weight": 10, "podAffinityTerm": term("web")}
    shy = {"weight": 30, "podAffinityTerm": term("cart")}
    part = "preferredDuringSchedulingIgnoredDuringExecution"
    liked = pod("web", "a1")
    around = surroundings(states, [liked])
    cart = pod("cart", affinity={"podAffinity": {part: [wish]}})
    nodes = list(NODES)
    ask = (cart.metadata, cart.spec, nodes, around.census, around.stands)
    assert podaffinity.points(*ask) == [100, 100, 0, 0]
    loner = pod("lone", "b1", affinity={"podAntiAffinity": {part: [shy]}})
    around.add("lone", "b1", loner.metadata, loner.spec, terminating=False)
    assert podaffinity.points(*ask) == [100, 100, 0, 75]


def test_preferred_spread_likes_the_emptiest_domain() -> None:
    soft = pod("web", **even(whenUnsatisfiable="ScheduleAnyway"))
    states = [state_of(n) for n in NODES]
    around = surroundings(states, [pod("web", "a1"), pod("web", "a2")])
    nodes = list(NODES)
    wishes = spread.wishes_of(soft.metadata, soft.spec, nodes, around.census)
    a1, a2, b1, x1 = spread.points(wishes, nodes)
    assert a1 == a2 < b1 == 100
    assert x1 == 0


NAMES = st.sampled_from(["a1", "a2", "b1", "x1"])
APPS = st.sampled_from(["web", "db", "cart"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "end", "move-node"]), st.integers(0, 9), NAMES, APPS
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.booleans())
def test_kept_counts_are_what_a_recount_gives(
    steps: list[tuple[str, int, str, str]], living: bool
) -> None:
    census = Census()
    census.nodes = {n.metadata.name: n for n in NODES}
    selector = encoded(LabelSelector({"app": "web"}))
    matcher = Matcher((Clause(("default",), selector),), living=living)
    placed: dict[str, tuple[str, str, bool]] = {}
    for act, number, where, app in steps:
        uid = str(number)
        if act == "add" and uid not in placed:
            placed[uid] = (where, app, False)
            census.add(uid, where, pod(app).metadata)
        elif act == "remove" and uid in placed:
            del placed[uid]
            census.remove(uid)
        elif act == "end" and uid in placed:
            on, kind, _ = placed[uid]
            placed[uid] = (on, kind, True)
            census.change(uid, pod(kind).metadata, terminating=True)
        elif act == "move-node":
            zone = "b" if number % 2 else "a"
            census.nodes[where] = node(where, zone)
            census.relabel()
        tally = census.tally(matcher, ZONE)
        values = {
            name: found.metadata.labels[ZONE]
            for name, found in census.nodes.items()
            if ZONE in found.metadata.labels
        }
        naive = dict.fromkeys(values.values(), 0)
        for on, kind, ending in placed.values():
            if kind == "web" and on in values and not (living and ending):
                naive[values[on]] += 1
        assert tally.counts == naive
        assert tally.least == min(naive.values())
        assert tally.empty == (not any(naive.values()))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), NAMES), max_size=30))
def test_distance_kept_by_running_pods_is_what_a_recount_gives(
    steps: list[tuple[bool, int, str]],
) -> None:
    around = surroundings([state_of(n) for n in NODES])
    newcomer = pod("web")
    asking = incoming(newcomer.metadata, newcomer.spec)
    loner = pod("lone", **distance(term("web")))
    placed: dict[str, str] = {}
    for add, number, where in steps:
        uid = str(number)
        if add and uid not in placed:
            placed[uid] = where
            around.add(uid, where, loner.metadata, loner.spec, terminating=False)
        elif not add and uid in placed:
            del placed[uid]
            around.remove(uid)
        zones = {n.metadata.labels.get(ZONE) for n in NODES if n.metadata.name in placed.values()}
        for one in NODES:
            refused = bool(reasons(asking, state_of(one), around))
            zone = one.metadata.labels.get(ZONE)
            assert refused == (zone is not None and zone in zones)


def test_tolerations_decide_which_tainted_domains_count() -> None:
    nodes = (node("a1"), node("b1", "b", taint="k"))
    tolerant = pod(
        **even(nodeTaintsPolicy="Honor"), tolerations=[{"key": "k", "operator": "Exists"}]
    )
    assert tolerant.spec.tolerations == (Toleration("k", "Exists"),)
    assert nodes[1].spec.taints == (Taint("k", "", "NoSchedule"),)
    assert answers(tolerant, pod("web", "a1"), nodes=nodes) == {"a1": SPREAD, "b1": ""}


def test_a_new_taint_takes_a_domain_away_only_where_taints_are_honoured() -> None:
    around = surroundings([state_of(node("a1")), state_of(node("b1", "b"))], [pod("web", "a1")])
    for policy, before, after in (("Honor", SPREAD, ""), ("Ignore", SPREAD, SPREAD)):
        newcomer = pod(**even(nodeTaintsPolicy=policy))
        asking = incoming(newcomer.metadata, newcomer.spec)
        for taint, expected in (("", before), ("k", after)):
            around.add_node(node("b1", "b", taint=taint))
            refused = reasons(asking, state_of(node("a1")), around)
            assert ", ".join(r.text for r in refused) == expected
