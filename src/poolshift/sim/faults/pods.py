"""Faults of pods: starts that fail, networks that are lost, evictions and templates at odds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from poolshift.core.errors import ApiError, UsageError
from poolshift.sim.faults.fault import never
from poolshift.sim.kube import webhooks
from poolshift.sim.kube.objects import key_of, qualified_name, with_spec
from poolshift.sim.kube.resources import BUDGETS, DAEMON_SETS, DEPLOYMENTS, PODS, STATEFUL_SETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.faults.fault import End
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.store import Change
    from poolshift.sim.world import World

BY = "user:fault"
_DRAIN_CLEANER = {"name": "drain-cleaner.fault"}
# How long somebody waits who was refused and tries again; an assumption.
_AGAIN_S = 30.0
_WORKLOADS = {"Deployment": DEPLOYMENTS, "StatefulSet": STATEFUL_SETS, "DaemonSet": DAEMON_SETS}


def network_lost(world: World, place: str, value: float) -> End:
    """Pods on a node, or on all nodes of a build, run without a network and are not ready."""
    world.kube.kubelets.cut_network(place)
    return lambda: world.kube.kubelets.mend_network(place)


def attach_fails(world: World, place: str, count: float) -> End:
    """The next so many starts of pods on a node, or on nodes of a build, fail."""
    disturbed = world.kube.ctx.disturbances
    disturbed.failing_starts[place] = int(count)

    def end() -> None:
        disturbed.failing_starts.pop(place, None)

    return end


def shutdown_cut(world: World, workload: str, connections: float) -> End:
    """Each pod of a workload that stops on Windows is cut off with connections still open."""
    disturbed = world.kube.ctx.disturbances
    disturbed.cut_connections[workload] = int(connections)

    def end() -> None:
        disturbed.cut_connections.pop(workload, None)

    return end


def eviction_denied(world: World, workload: str, later_s: float) -> End:
    """A webhook denies evictions of a workload's pods; its operator moves them later by itself."""
    kube = world.kube
    disturbed = kube.ctx.disturbances
    moving: set[str] = set()

    def deny(pod: Object, *, dry_run: bool) -> ApiError:
        uid = pod["metadata"]["uid"]
        if not dry_run and later_s > 0 and uid not in moving:
            moving.add(uid)
            kube.clock.after(later_s, lambda: _insist(world, partial(_move, world, pod)))
        return webhooks.denied(_DRAIN_CLEANER, "the pod will be moved by its operator")

    disturbed.denied_evictions[workload] = deny

    def end() -> None:
        disturbed.denied_evictions.pop(workload, None)

    return end


def _insist(world: World, act: Callable[[], None]) -> None:
    """Do something through the API; what is refused, as by a webhook, is tried again."""
    try:
        act()
    except ApiError:
        world.clock.after(_AGAIN_S, partial(_insist, world, act), periodic=True)


def _move(world: World, pod: Object) -> None:
    """The operator's own way: it deletes the pod, and its controller makes another."""
    key = key_of(pod)
    found = world.kube.store.find(PODS, *key)
    if found is not None and found["metadata"]["uid"] == pod["metadata"]["uid"]:
        world.kube.api.delete(PODS, key, by="user:operator")


def budget_blocks(world: World, name: str, value: float) -> End:
    """Somebody lets a budget allow nothing."""
    key = _key(name)
    before = world.kube.store.get(BUDGETS, *key)["spec"]
    blocked = {**_figures_off(before), "maxUnavailable": 0}
    _insist(world, partial(_set_budget, world, key, blocked))
    return lambda: _insist(world, partial(_set_budget, world, key, before))


def _figures_off(spec: Object) -> Object:
    return {k: v for k, v in spec.items() if k not in ("minAvailable", "maxUnavailable")}


def _set_budget(world: World, key: tuple[str, str], spec: Object) -> None:
    budget = world.kube.store.find(BUDGETS, *key)
    if budget is not None:
        world.kube.api.update(BUDGETS, key, {**budget, "spec": spec}, by=BY)


def template_reverted(world: World, workload: str, after_s: float) -> End:
    """The owner of a template (Git, Helm) puts it back so long after anybody else changed it."""
    kind, key = _workload(workload)
    store = world.kube.store
    kept = store.get(kind, *key)["spec"]["template"]
    active = True

    def seen(change: Change) -> None:
        foreign = change.type == "MODIFIED" and change.by != BY
        if not (active and foreign and qualified_name(change.obj) == workload):
            return
        if change.obj["spec"]["template"] != kept:
            world.clock.after(after_s, lambda: _insist(world, put_back))

    def put_back() -> None:
        found: Any = store.find(kind, *key)
        if active and found is not None and found["spec"]["template"] != kept:
            world.kube.api.update(kind, key, with_spec(found, template=kept), by=BY)

    def end() -> None:
        nonlocal active
        active = False

    store.listen(kind, seen)
    return end


def node_lost(world: World, node: str, value: float) -> End:
    """A machine vanishes with everything on it."""
    if node not in world.kube.kubelets.machines:
        raise UsageError(f"there is no node {node!r} to be lost")
    for pool in world.arm.pools.values():
        if node in pool.machines:
            pool.machines.remove(node)
    world.kube.remove_node(node, by="fault:node-lost")
    return never


def _workload(name: str) -> tuple[Kind, tuple[str, str]]:
    namespace, _, rest = name.partition("/")
    kind, _, called = rest.partition("/")
    if kind not in _WORKLOADS or not called:
        raise UsageError(
            f"{name!r} is no workload", fix="Write it as NAMESPACE/KIND/NAME, as the trace does"
        )
    return _WORKLOADS[kind], (namespace, called)


def _key(name: str) -> tuple[str, str]:
    namespace, _, called = name.partition("/")
    if not called:
        raise UsageError(f"{name!r} is no name in a namespace", fix="Write it as NAMESPACE/NAME")
    return namespace, called
