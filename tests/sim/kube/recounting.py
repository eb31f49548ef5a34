"""Everything that the simulated cluster keeps up to date, counted again from what is stored.

Each `check_*` compares what is kept with what counting from scratch gives, and uses none of the
indexes for it. What holds at any moment is apart from what controllers write a little later.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from poolshift.core.kube import BudgetSpec, LabelSelector, Meta
from poolshift.semantics import fit
from poolshift.semantics.budgets import counts_pods, disruptions_allowed, resolve
from poolshift.semantics.selectors import matches
from poolshift.sim.kube.controllers.budgets import Budgets
from poolshift.sim.kube.controllers.daemonsets import DaemonSets
from poolshift.sim.kube.controllers.quotas import Quotas
from poolshift.sim.kube.controllers.replicasets import ReplicaSets
from poolshift.sim.kube.nodeviews import ZONE, owner_uid
from poolshift.sim.kube.objects import Object, condition_of, finished
from poolshift.sim.kube.quotausage import counts, usage_of, write_amount
from poolshift.sim.kube.resources import (
    BUDGETS,
    DAEMON_SETS,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    ENDPOINTS,
    JOBS,
    KINDS,
    NODES,
    PODS,
    QUOTAS,
    REPLICA_SETS,
    REVISIONS,
    SERVICES,
    STATEFUL_SETS,
    Kind,
)
from poolshift.sim.kube.seats import FULL, STALE
from poolshift.sim.kube.world import KubeWorld

_HASH = "controller-revision-hash"
_NEVER_IN_QUOTAS = ("Event", "Lease")


def everything(world: KubeWorld, kind: Kind) -> list[Object]:
    return list(world.store.all(kind))


def labels(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def controller(obj: Object) -> Object:
    refs = obj["metadata"].get("ownerReferences") or ()
    return next((ref for ref in refs if ref.get("controller")), {})


def going(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def up(pod: Object) -> bool:
    found = condition_of(pod, "Ready")
    return found is not None and found["status"] == "True"


def selected(world: KubeWorld, namespace: str, selector: Any) -> list[Object]:
    typed = msgspec.convert(selector, LabelSelector | None)
    return [
        pod
        for pod in everything(world, PODS)
        if pod["metadata"]["namespace"] == namespace and matches(typed, labels(pod))
    ]


def name_of(obj: Object) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def counting(pod: Object) -> bool:
    return not going(pod) and not finished({**pod})


def owned(world: KubeWorld, uid: str, kind: Kind = PODS) -> list[Object]:
    return [o for o in everything(world, kind) if controller(o).get("uid") == uid]


def part(world: KubeWorld, type_: type[Any]) -> Any:
    return next(c for c in world.controllers if isinstance(c, type_))


def check_indexes(world: KubeWorld) -> None:
    """Pods by node, by label, by owner; budgets by pod."""
    by_node: dict[str, set[tuple[str, str]]] = {}
    for pod in everything(world, PODS):
        if node := pod["spec"].get("nodeName"):
            by_node.setdefault(node, set()).add(name_of(pod))
    assert {n: set(keys) for n, keys in world.ctx.pods._by_node.items()} == by_node
    by_owner: dict[str, dict[str, set[tuple[str, str]]]] = {}
    for kind in KINDS:
        for obj in everything(world, kind):
            for ref in obj["metadata"].get("ownerReferences") or ():
                found = by_owner.setdefault(ref["uid"], {}).setdefault(kind.plural, set())
                found.add(name_of(obj))
    kept = {
        uid: {plural: set(keys) for plural, keys in kinds.items()}
        for uid, kinds in world.ctx.owners._by_owner.items()
    }
    assert kept == by_owner
    groups = {
        key: (alike.namespace, alike.labels)
        for alike in world.ctx.pods._alike.values()
        for key in alike.keys
    }
    pods = {name_of(p): (p["metadata"]["namespace"], labels(p)) for p in everything(world, PODS)}
    assert groups == pods
    budgets = everything(world, BUDGETS)
    for pod in world.store.pods.values():
        protecting = {name_of(b) for b in budgets if pod in selected_by(world, b, (pod,))}
        assert set(world.ctx.budgets.matching(pod)) == protecting
    for budget in budgets:
        namespace, selector = budget["metadata"]["namespace"], budget["spec"].get("selector")
        typed = msgspec.convert(selector, LabelSelector | None)
        matching = [name_of(p) for p in world.ctx.pods.select(namespace, typed)]
        assert sorted(matching) == sorted(map(name_of, selected(world, namespace, selector)))


def selected_by(world: KubeWorld, budget: Object, pods: tuple[Object, ...]) -> list[Object]:
    selector = msgspec.convert(budget["spec"].get("selector"), LabelSelector | None)
    namespace = budget["metadata"]["namespace"]
    return [
        p for p in pods if p["metadata"]["namespace"] == namespace and matches(selector, labels(p))
    ]


def check_members(world: KubeWorld) -> None:
    """What the budgets sum, and the tallies of the ReplicaSets."""
    members = part(world, Budgets)._members
    assert set(members) == {name_of(b) for b in everything(world, BUDGETS)}
    for budget in everything(world, BUDGETS):
        kept = members[name_of(budget)]
        pods = selected_by(world, budget, tuple(everything(world, PODS)))
        assert sorted(kept.pods) == sorted(p["metadata"]["name"] for p in pods)
        assert kept.healthy == sum(up(p) and not going(p) for p in pods)
        owners = Counter(controller(p)["uid"] for p in pods if controller(p))
        assert {uid: count for uid, (_, count) in kept.owners.items()} == dict(owners)
    tallies = part(world, ReplicaSets)._tallies
    for uid in {controller(p).get("uid", "") for p in everything(world, PODS)} | set(
        tallies._by_owner
    ):
        mine = [p for p in owned(world, uid) if counting(p)] if uid else []
        kept = tallies.of(uid)
        assert (kept.active, kept.ready) == (len(mine), sum(up(p) for p in mine))


def check_views(world: KubeWorld) -> None:
    """What the scheduler knows of each node and of its pods."""
    views = world.scheduler.views
    assert set(views.views) == {n["metadata"]["name"] for n in everything(world, NODES)}
    peers: dict[str, Counter[str]] = {}
    zones: dict[str, Counter[str]] = {}
    placed = set()
    for name, view in views.views.items():
        node = world.store.typed(NODES, ("", name))
        fresh = fit.state_of(node)
        assert (view.state.node, view.state.allocatable) == (node, fresh.allocatable)
        assert view.zone == node.metadata.labels.get(ZONE, "")
        cpu = memory = 0
        for pod in everything(world, PODS):
            if pod["spec"].get("nodeName") == name and not finished({**pod}):
                shape = views.shapes.of_pod(pod)
                placed.add(pod["metadata"]["uid"])
                meta = world.store.typed(PODS, name_of(pod)).metadata
                fit.occupy(fresh, fit.incoming(meta, shape.spec))
                cpu, memory = cpu + shape.cpu, memory + shape.memory
                if not going(pod):
                    peers.setdefault(owner_uid(pod), Counter())[name] += 1
                    zones.setdefault(owner_uid(pod), Counter())[view.zone] += 1
        # A pod that waits for its disk has taken its room before it is bound.
        ahead = [s for uid, s in views._placed.items() if s.node == name and uid not in placed]
        for seated in ahead:
            fit.occupy(fresh, seated.shape.incoming(seated.meta))
            cpu, memory = cpu + seated.shape.cpu, memory + seated.shape.memory
            peers.setdefault(seated.owner, Counter())[name] += 1
            zones.setdefault(seated.owner, Counter())[view.zone] += 1
        placed |= {u for u, s in views._placed.items() if s.node == name}
        assert view.state.pods == fresh.pods, name
        assert +Counter(view.state.used) == +Counter(fresh.used), name
        assert +view.state.ports == +fresh.ports
        assert (view.cpu, view.memory) == (cpu, memory)
    assert set(views._placed) == placed
    assert {u: dict(p.nodes) for u, p in views.peers.items()} == peers
    assert {u: +Counter(p.zones) for u, p in views.peers.items()} == zones
    assert dict(views.zones) == dict(Counter(v.zone for v in views.views.values()))


def check_judgements(world: KubeWorld) -> None:
    """Verdicts that are kept are those that looking again gives; so are the seats."""
    views = world.scheduler.views
    for shape in views.shapes._shapes.values():
        pod = shape.incoming(msgspec.convert({"name": "x", "namespace": "default"}, Meta))
        for name, known in views.verdicts(shape.signature, pod).items():
            assert known == fit.static_reasons(pod, views.views[name].state.node)
        seats = views.seats(shape, pod)
        willing = [n for n, v in views.views.items() if not fit.static_reasons(pod, v.state.node)]
        assert sorted(seats.names) == sorted(willing)
        for row, points in enumerate(seats.points):
            if points != STALE:
                full = not fit.has_room(pod, seats.views[row].state)
                assert (points == FULL) == full


def check_census(world: KubeWorld) -> None:
    """Pods that matchers count, by node and by domain."""
    census = world.scheduler.views.around.census
    for group in census._matchers.values():
        for matcher, counted in group.items():
            nodes: Counter[str] = Counter()
            for at in census._placed.values():
                nodes[at.node] += census._takes(matcher, at)
            assert +counted.nodes == +nodes
            for (key, _), tally in counted.tallies.items():
                sums: Counter[str] = Counter(dict.fromkeys(tally.values.values(), 0))
                for node, count in nodes.items():
                    if node in tally.values:
                        sums[tally.values[node]] += count
                assert tally.counts == dict(sums)
                assert tally.least == min(sums.values(), default=0)
                for node, value in tally.values.items():
                    assert census.nodes[node].metadata.labels[key] == value


def check_any_time(world: KubeWorld) -> None:
    """What holds after every single write."""
    check_indexes(world)
    check_members(world)
    check_views(world)
    check_judgements(world)
    check_census(world)


def expected_pods(world: KubeWorld, budget: Object, pods: list[Object]) -> int | str:
    """What a budget expects, or why it cannot tell."""
    if counts_pods(msgspec.convert(budget["spec"], BudgetSpec)):
        return len(pods)
    scales: dict[str, int] = {}
    for pod in pods:
        ref = controller(pod)
        if not ref:
            continue
        found = by_uid(world, ref)
        if ref["kind"] in ("DaemonSet", "Job"):
            return f"{ref['kind'].lower()}s"
        if found is None:
            return "found no controllers"
        above = controller(found)
        top = by_uid(world, above) if above.get("kind") == "Deployment" else None
        scaler = found if top is None else top
        scales[scaler["metadata"]["uid"]] = scaler["spec"]["replicas"]
    return sum(scales.values())


def by_uid(world: KubeWorld, ref: Object) -> Object | None:
    kinds = (DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, DAEMON_SETS, JOBS)
    for kind in kinds:
        for obj in everything(world, kind):
            if obj["metadata"]["uid"] == ref["uid"]:
                return obj
    return None


def check_budgets(world: KubeWorld) -> None:
    for budget in everything(world, BUDGETS):
        pods = selected_by(world, budget, tuple(everything(world, PODS)))
        expected, status = expected_pods(world, budget, pods), budget["status"]
        if isinstance(expected, str):
            condition = condition_of(budget, "DisruptionAllowed")
            assert condition is not None
            assert condition["reason"] == "SyncFailed"
            assert expected in condition["message"]
            assert status["disruptionsAllowed"] == 0
            continue
        resolved = resolve(msgspec.convert(budget["spec"], BudgetSpec), expected)
        healthy = sum(up(p) and not going(p) for p in pods)
        assert status["observedGeneration"] == budget["metadata"]["generation"]
        assert (
            status["expectedPods"],
            status["currentHealthy"],
            status["desiredHealthy"],
            status["disruptionsAllowed"],
        ) == (expected, healthy, resolved.desired_healthy, disruptions_allowed(resolved, healthy))


def figures(obj: Object, *names: str) -> tuple[int, ...]:
    return tuple(obj.get("status", {}).get(name, 0) for name in names)


def check_replica_sets(world: KubeWorld) -> None:
    for rs in everything(world, REPLICA_SETS):
        mine = [p for p in owned(world, rs["metadata"]["uid"]) if counting(p)]
        ready = sum(map(up, mine))
        assert figures(rs, "replicas", "readyReplicas", "availableReplicas") == (
            len(mine),
            ready,
            ready,
        )
        assert len(mine) == rs["spec"]["replicas"], name_of(rs)
        for pod in mine:
            assert pod in selected(world, rs["metadata"]["namespace"], rs["spec"]["selector"])


def check_deployments(world: KubeWorld) -> None:
    for made in everything(world, DEPLOYMENTS):
        sets = owned(world, made["metadata"]["uid"], REPLICA_SETS)
        mine = [p for s in sets for p in owned(world, s["metadata"]["uid"]) if counting(p)]
        ready, status = sum(map(up, mine)), made["status"]
        total = figures(made, "replicas", "readyReplicas", "availableReplicas")
        assert total == (len(mine), ready, ready), name_of(made)
        assert status["observedGeneration"] == made["metadata"]["generation"]
        fresh = [
            pod
            for rs in sets
            if unhashed(rs) == unhashed(made)
            for pod in owned(world, rs["metadata"]["uid"])
            if counting(pod)
        ]
        assert figures(made, "updatedReplicas") == (len(fresh),), name_of(made)
        missing = max(made["spec"]["replicas"] - ready, len(mine) - ready, 0)
        assert figures(made, "unavailableReplicas") == (missing,)
        # A stuck rollout has its surge beside what was asked for.
        assert len(mine) >= made["spec"]["replicas"] or made["spec"].get("paused")


def unhashed(owner: Object) -> Object:
    template = owner["spec"]["template"]
    kept = {k: v for k, v in labels(template).items() if k != "pod-template-hash"}
    return {**template, "metadata": {**template["metadata"], "labels": kept}}


def check_stateful_sets(world: KubeWorld) -> None:
    for made in everything(world, STATEFUL_SETS):
        mine = [p for p in owned(world, made["metadata"]["uid"]) if counting(p)]
        ready, status = sum(map(up, mine)), made["status"]
        fresh = sum(labels(p).get(_HASH) == status["updateRevision"] for p in mine)
        names = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
        assert figures(made, *names) == (len(mine), ready, ready, fresh)
        check_revision(world, made, status["updateRevision"])
        check_revision(world, made, status["currentRevision"])


def check_revision(world: KubeWorld, owner: Object, name: str) -> None:
    found = world.store.find(REVISIONS, owner["metadata"]["namespace"], name)
    assert found is not None, name
    assert controller(found).get("uid") == owner["metadata"]["uid"], name


def check_daemon_sets(world: KubeWorld) -> None:
    places = part(world, DaemonSets)
    for made in everything(world, DAEMON_SETS):
        mine = [p for p in owned(world, made["metadata"]["uid"]) if counting(p)]
        nodes = {n["metadata"]["name"]: n for n in everything(world, NODES)}
        code = places._places[made["metadata"]["uid"]].code
        check_revision(world, made, f"{made['metadata']['name']}-{code}")
        wanted = {name for name, node in nodes.items() if welcomes(made, node)}
        there = Counter(p["spec"].get("nodeName", "") for p in mine)
        assert made["status"]["desiredNumberScheduled"] == len(wanted)
        assert figures(made, "numberReady") == (
            len(
                {
                    p["spec"]["nodeName"]
                    for p in mine
                    if up(p) and p["spec"].get("nodeName") in wanted
                }
            ),
        )
        fresh = {p["spec"].get("nodeName") for p in mine if labels(p).get(_HASH) == code}
        assert figures(made, "updatedNumberScheduled") == (len(fresh & wanted),)
        strays = sum(count for name, count in there.items() if name and name not in wanted)
        assert figures(made, "numberMisscheduled") == (strays,)


def welcomes(daemon: Object, node: Object) -> bool:
    """Whether a daemon pod of the tests belongs on a node: they tolerate cordons alone."""
    spec = daemon["spec"]["template"]["spec"]
    selector = spec.get("nodeSelector") or {}
    if any(labels(node).get(k) != v for k, v in selector.items()):
        return False
    return not any(
        t["effect"] != "PreferNoSchedule" and not t["key"].startswith("node.kubernetes.io/")
        for t in node["spec"].get("taints") or ()
    )


def check_services(world: KubeWorld) -> None:
    for service in everything(world, SERVICES):
        selector = service["spec"].get("selector")
        if not selector:
            continue
        namespace, name = name_of(service)
        pods = [
            p
            for p in selected(world, namespace, {"matchLabels": selector})
            if p["status"].get("podIP") and not finished({**p})
        ]
        slices = owned(world, service["metadata"]["uid"], ENDPOINT_SLICES)
        shown = {
            e["targetRef"]["uid"]: e["conditions"]["ready"] for s in slices for e in s["endpoints"]
        }
        assert shown == {p["metadata"]["uid"]: up(p) and not going(p) for p in pods}
        addresses = {
            a["targetRef"]["uid"]
            for subset in world.store.get(ENDPOINTS, namespace, name).get("subsets") or ()
            for a in subset.get("addresses") or ()
        }
        assert addresses == {p["metadata"]["uid"] for p in pods if up(p) and not going(p)}


def check_quotas(world: KubeWorld) -> None:
    kept = part(world, Quotas)
    for quota in everything(world, QUOTAS):
        total: Counter[str] = Counter()
        for kind in KINDS:
            if kind.namespaced and kind.kind not in _NEVER_IN_QUOTAS:
                for obj in everything(world, kind):
                    same = obj["metadata"]["namespace"] == quota["metadata"]["namespace"]
                    if same and counts(quota, kind, obj):
                        total.update(usage_of(kind, obj))
        hard = quota["spec"]["hard"]
        assert {n: kept._used[name_of(quota)].get(n, 0) for n in hard} == {
            n: total[n] for n in hard
        }
        assert quota["status"]["used"] == {n: write_amount(n, total[n]) for n in hard}


def check_at_rest(world: KubeWorld) -> None:
    """What controllers have written once nothing is left to do."""
    check_any_time(world)
    check_budgets(world)
    check_replica_sets(world)
    check_deployments(world)
    check_stateful_sets(world)
    check_daemon_sets(world)
    check_services(world)
    check_quotas(world)
