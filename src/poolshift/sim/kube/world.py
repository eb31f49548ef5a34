"""The simulated Kubernetes as one thing: what scenarios, the ARM side and both faces hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.semantics.owners import pool_of_labels
from poolshift.sim.kube import builtin, defaults, errors
from poolshift.sim.kube.api import Api
from poolshift.sim.kube.attachments import Attachments
from poolshift.sim.kube.context import Context
from poolshift.sim.kube.controllers.adoption import Adoption
from poolshift.sim.kube.controllers.autoscalers import Autoscalers
from poolshift.sim.kube.controllers.balancer import Balancer
from poolshift.sim.kube.controllers.budgets import Budgets
from poolshift.sim.kube.controllers.cronjobs import CronJobs
from poolshift.sim.kube.controllers.daemonsets import DaemonSets
from poolshift.sim.kube.controllers.deployments import Deployments
from poolshift.sim.kube.controllers.endpoints import EndpointLists
from poolshift.sim.kube.controllers.garbage import Garbage
from poolshift.sim.kube.controllers.jobruns import JobRuns
from poolshift.sim.kube.controllers.jobs import Jobs
from poolshift.sim.kube.controllers.metrics import Loads
from poolshift.sim.kube.controllers.nodeevents import NodeEvents
from poolshift.sim.kube.controllers.nodeleases import NodeLeases
from poolshift.sim.kube.controllers.nodelifecycle import NodeLifecycle
from poolshift.sim.kube.controllers.podgc import PodGarbage
from poolshift.sim.kube.controllers.quotas import Quotas
from poolshift.sim.kube.controllers.replicasets import ReplicaSets
from poolshift.sim.kube.controllers.scaledobjects import ScaledObjects
from poolshift.sim.kube.controllers.statefulsets import StatefulSets
from poolshift.sim.kube.controllers.taintevictions import TaintEvictions
from poolshift.sim.kube.controllers.volumes import Volumes
from poolshift.sim.kube.deletion import Deleter
from poolshift.sim.kube.events import Recorder
from poolshift.sim.kube.kubelet import Kubelets
from poolshift.sim.kube.narrator import Narrator
from poolshift.sim.kube.nodes import (
    NodeSeed,
    answering,
    node_object,
    ready_condition,
    taint_object,
)
from poolshift.sim.kube.objects import (
    Object,
    key_of,
    labels_of,
    with_condition,
    with_meta,
    with_spec,
)
from poolshift.sim.kube.resources import NAMESPACES, NODES, PODS, by_kind
from poolshift.sim.kube.scheduler import Scheduler
from poolshift.sim.kube.served import served
from poolshift.sim.kube.timings import KubeTimings
from poolshift.sim.kube.versions import conversion

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from poolshift.sim.clock import VirtualClock
    from poolshift.sim.images import ImageStore
    from poolshift.sim.kube.metrics import Requested
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import Change
    from poolshift.sim.trace import Trace

NAMESPACES_AT_START = ("default", "kube-node-lease", "kube-public", "kube-system")
_KUBELET = "controller:kubelet"
_NOT_READY = "node.kubernetes.io/not-ready"
_DEFAULT_TIMINGS = KubeTimings()


class KubeWorld:
    """A Kubernetes cluster on a virtual clock.

    Everything happens in events of the clock or within a call; nothing waits. `by` is who the
    trace names for a change.

    Attributes:
        api: the verbs of the API server.
        version: the server's version without the v.
        served: the kinds that clients may ask for.
        denied: (verb, resource) pairs that the caller lacks.
        answers: whether its API server does: not while the cluster is stopped or gone.
        requested: deprecated APIs that were asked for.
    """

    def __init__(
        self,
        *,
        clock: VirtualClock,
        trace: Trace,
        rng: random.Random,
        images: ImageStore,
        version: str,
        timings: KubeTimings = _DEFAULT_TIMINGS,
        host_runs: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.version = version
        self.answers = True
        self.clock = clock
        self.ctx = ctx = Context(
            clock=clock,
            trace=trace,
            rng=rng,
            images=images,
            timings=timings,
            host_runs=host_runs or {},
            version=minor_of(version),
        )
        self.store = ctx.store
        self.narrator = Narrator(ctx)
        deleter = Deleter(ctx)
        self._deleter = deleter
        self.recorder = Recorder(ctx)
        self.kubelets = Kubelets(ctx, deleter, self.recorder)
        self.volumes = Volumes(ctx, self.recorder)
        self.attachments = Attachments(ctx, self.recorder, self.volumes)
        self.kubelets.attachments = self.attachments
        self.scheduler = Scheduler(ctx, self.recorder, deleter, self.volumes)
        self.scheduler.at_once = self.kubelets.at_once
        loads = Loads(ctx)
        self.controllers = (
            Adoption(ctx),
            Deployments(ctx, deleter, self.recorder),
            ReplicaSets(ctx, deleter, self.recorder),
            StatefulSets(ctx, deleter, self.recorder),
            DaemonSets(ctx, deleter, self.recorder),
            Jobs(ctx, deleter, self.recorder),
            CronJobs(ctx, deleter, self.recorder),
            JobRuns(ctx, self.recorder),
            Autoscalers(ctx, self.recorder, loads),
            ScaledObjects(ctx, self.recorder, loads),
            Quotas(ctx),
            Budgets(ctx, self.narrator),
            Garbage(ctx, deleter),
            PodGarbage(ctx, deleter),
            TaintEvictions(ctx, deleter, self.recorder),
        )
        self._lifecycle = NodeLifecycle(ctx, self.recorder)
        self._tales = NodeEvents(ctx, self.recorder)
        self._leases = NodeLeases(ctx)
        self.balancer = Balancer(ctx, EndpointLists(ctx, deleter, self.recorder))
        self.api = Api(ctx, deleter)
        self.served = served()
        self.requested: tuple[Requested, ...] = ()
        self._pools: dict[str, dict[str, None]] = {}
        self._configured: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {}
        ctx.store.listen(NODES, self._member)
        for name in NAMESPACES_AT_START:
            self._create_namespace(name)
        for kind, obj in builtin.objects(ctx.now()):
            self.store.create(kind, obj, by="controller:apiserver")

    @property
    def denied(self) -> set[tuple[str, str]]:
        """(verb, resource) pairs that the caller lacks; a subresource reads `pods/eviction`."""
        return self.api.denied

    @denied.setter
    def denied(self, value: set[tuple[str, str]]) -> None:
        self.api.denied = value

    @property
    def warming(self) -> bool:
        """True while a scenario is set up: nothing takes time, and the trace is muted."""
        return self.ctx.warming

    @warming.setter
    def warming(self, value: bool) -> None:
        self.ctx.warming = value
        self.ctx.trace.muted = value
        self.ctx.formed.clear()
        self.ctx.right.clear()

    def settle(self) -> None:
        """Run what is due now: after set-up calls, everything that they lead to."""
        self.clock.settle()

    def open_trace(self) -> None:
        """Tell the trace the whole world as it is, as events of this instant."""
        self.narrator.tell_world()
        self.balancer.tell()

    def _create_namespace(self, name: str) -> None:
        self.api.create(NAMESPACES, "", {"metadata": {"name": name}}, by="controller:apiserver")

    def _member(self, change: Change) -> None:
        labels, name = labels_of(change.obj), change.obj["metadata"]["name"]
        pool = pool_of_labels(labels)
        if change.type == "DELETED":
            self._pools.get(pool, {}).pop(name, None)
        else:
            self._pools.setdefault(pool, {})[name] = None

    def add_node(self, seed: NodeSeed, *, by: str, ready_after_s: float) -> None:
        """A node registers, not ready, and becomes ready after so many seconds."""
        self.kubelets.add(seed)
        labels, taints = self._configured.get(seed.pool, ({}, ()))
        node = node_object(seed, self.ctx.ahead(-seed.age_s))
        known = [t["key"] for t in node["spec"]["taints"]]
        added = [t for t in map(taint_object, taints) if t["key"] not in known]
        node = with_meta(node, uid=self.ctx.ids.uid(), labels={**labels_of(node), **labels})
        node = with_spec(node, taints=[*added, *node["spec"]["taints"]])
        self.store.create(NODES, node, by=by)
        self.ctx.after(ready_after_s, lambda: self._get_ready(seed.name, node["metadata"]["uid"]))

    def _get_ready(self, name: str, uid: str) -> None:
        node = self.store.find(NODES, "", name)
        if node is None or node["metadata"]["uid"] != uid:
            return
        taints = [t for t in node["spec"].get("taints", ()) if t["key"] != _NOT_READY]
        now = self.ctx.now()
        if self.warming:
            now = node["metadata"]["creationTimestamp"]
        node = with_condition(node, ready_condition(now, ready=True), now)
        self.store.update(NODES, with_spec(node, taints=taints or None), by=_KUBELET)

    def stop_answering(self, name: str) -> None:
        """A node's kubelet falls silent; its pods run on unseen."""
        self.store.get(NODES, "", name)
        self.kubelets.silence(name)
        self._leases.silent[name] = self.clock.moment()
        self._lifecycle.silent(name)

    def answer_again(self, name: str) -> None:
        """A silent node's kubelet posts again, and the node is what it was."""
        node = self.store.get(NODES, "", name)
        self._lifecycle.answers(name)
        self._leases.silent.pop(name, None)
        self.store.update(NODES, answering(node, self.ctx.now()), by=_KUBELET)
        self.kubelets.answer(name)

    def remove_node(self, name: str, *, by: str) -> None:
        """A node goes with its machine; what still ran on it dies."""
        self.store.get(NODES, "", name)
        pods = self.ctx.pods.on_node(name)
        self.store.remove(NODES, ("", name), by=by)
        self.kubelets.remove(name)
        for pod in pods:
            self._deleter.delete(PODS, pod, by=by, grace_s=0)

    def nodes_of(self, pool: str) -> tuple[str, ...]:
        """Names of a pool's nodes, sorted."""
        return tuple(sorted(self._pools.get(pool, ())))

    def cordon(self, name: str, *, by: str) -> None:
        """Mark a node unschedulable."""
        node = self.store.get(NODES, "", name)
        self.store.update(NODES, with_spec(node, unschedulable=True), by=by)

    def uncordon(self, name: str, *, by: str) -> None:
        """Take the mark away."""
        node = self.store.get(NODES, "", name)
        self.store.update(NODES, with_spec(node, unschedulable=None), by=by)

    def pods_on(self, node: str) -> list[PodObject]:
        """Raw pods bound to a node, not to be changed."""
        return self.ctx.pods.on_node(node)

    def evict(
        self, namespace: str, name: str, *, uid: str = "", by: str, dry_run: bool = False
    ) -> dict[str, Any]:
        """Evict a pod by the Eviction API; raises what the server answers."""
        options = {"preconditions": {"uid": uid}} if uid else {}
        return self.api.evict_checked(namespace, name, options, by=by, dry_run=dry_run)

    def configure_pool(
        self, pool: str, *, labels: dict[str, str], taints: tuple[str, ...], by: str
    ) -> None:
        """What a pool's PUT does to its nodes: its labels and taints, no others."""
        old_labels, old_taints = self._configured.get(pool, ({}, ()))
        self._configured[pool] = (dict(labels), tuple(taints))
        gone = {_identity(taint_object(t)) for t in old_taints if t not in taints}
        wanted = [taint_object(t) for t in taints]
        for name in self.nodes_of(pool):
            node = self.store.get(NODES, "", name)
            kept = {k: v for k, v in labels_of(node).items() if k in labels or k not in old_labels}
            node = with_meta(node, labels={**kept, **labels})
            stay = [t for t in node["spec"].get("taints", ()) if _identity(t) not in gone]
            have = {_identity(t) for t in stay}
            stay += [t for t in wanted if _identity(t) not in have]
            self.store.update(NODES, with_spec(node, taints=stay or None), by=by)

    def apply(self, obj: Object, *, by: str) -> None:
        """Create an object, or replace the one of its name; for setting up scenarios."""
        kind = by_kind(obj["apiVersion"], obj["kind"])
        if kind is None or kind not in self.served:
            raise errors.no_resource()
        kind, obj = conversion.received(kind, obj)
        namespace = obj["metadata"].get("namespace", "default") if kind.namespaced else ""
        if kind.namespaced and self.store.find(NAMESPACES, "", namespace) is None:
            self._create_namespace(namespace)
        name = obj["metadata"].get("name", "")
        old = self.store.find(kind, namespace, name)
        if old is None:
            self.api.create(kind, namespace, obj, by=by)
        else:
            self.api.update(kind, key_of(old), defaults.filled(obj), by=by)


def minor_of(version: str) -> tuple[int, int]:
    """Major and minor number of a version."""
    major, minor, *_ = version.split(".")
    return int(major), int(minor)


def _identity(taint: Object) -> tuple[str, str, str]:
    return taint["key"], taint.get("value", ""), taint["effect"]
