"""The kubelets: pull, start, readiness, and failure with back-off."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.kube import news, podstatus
from poolshift.sim.kube.builds import Refusal
from poolshift.sim.kube.disturbances import places_of
from poolshift.sim.kube.eventnotes import KUBELET, STARTED
from poolshift.sim.kube.machines import Machine
from poolshift.sim.kube.objects import Object, finished, key_of, node_of, ready, terminating
from poolshift.sim.kube.podends import PodEnds
from poolshift.sim.kube.podsteps import PodSteps
from poolshift.sim.kube.pullevents import pulls
from poolshift.sim.kube.resources import PODS

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.images import SimPlatform
    from poolshift.sim.kube.attachments import Attachments
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.nodes import NodeSeed
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import PodChange

BY = "controller:kubelet"


class Kubelets:
    """The kubelets of all nodes."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self.machines: dict[str, Machine] = {}
        self.attachments: Attachments | None = None
        self._steps = PodSteps(ctx)
        self._ends = PodEnds(ctx, deleter, recorder, self._steps, self.machines)
        self._ordinals = itertools.count()
        ctx.store.follow_pods(self._seen, news.ADDED | news.DELETED | news.BOUND | news.ENDING)

    def add(self, seed: NodeSeed) -> None:
        """A node has come."""
        if self._ctx.disturbances.cold:
            seed = msgspec.structs.replace(seed, cached_bases=())
        self.machines[seed.name] = Machine(self._ctx, seed, next(self._ordinals))

    def remove(self, name: str) -> None:
        """A node has gone, and its images with it."""
        if machine := self.machines.pop(name, None):
            machine.forget_images()

    def cut_network(self, place: str) -> None:
        """Pods on a node, or on the nodes of a build, lose their network."""
        self._ctx.disturbances.lost_networks.add(place)
        for machine in self._at(place):
            for pod in self._ctx.pods.on_node(machine.seed.name):
                if ready(pod) and not terminating(pod):
                    unready = podstatus.running(pod, self._ctx.now(), ready=False)
                    self._ctx.store.update(PODS, unready, by=BY)

    def mend_network(self, place: str) -> None:
        """They have it again, and answer their next probe."""
        self._ctx.disturbances.lost_networks.discard(place)
        for machine in self._at(place):
            for pod in self._ctx.pods.on_node(machine.seed.name):
                if pod["metadata"]["uid"] in self._steps.started and not ready(pod):
                    self._get_ready(key_of(pod), pod["metadata"]["uid"])

    def _at(self, place: str) -> list[Machine]:
        return [m for m in self.machines.values() if place in places_of(m.seed)]

    def silence(self, name: str) -> None:
        """A node stops answering: what runs there goes on, and nobody learns of it."""
        self.machines[name].silent = True

    def answer(self, name: str) -> None:
        """A node answers again: its kubelet ends, reports or takes up every pod of the node."""
        machine = self.machines[name]
        machine.silent = False
        for pod in self._ctx.pods.on_node(name):
            self._take_up(pod, machine)

    def _take_up(self, pod: Object, machine: Machine) -> None:
        uid = pod["metadata"]["uid"]
        if terminating(pod):
            self._ends.stop(pod, machine)
        elif finished(pod):
            return
        elif uid in self._steps.started:
            running = podstatus.running(pod, self._ctx.now(), ready=True)
            self._ctx.store.update(PODS, running, by=BY)
        else:
            self._begin(key_of(pod), uid, machine)

    def _seen(self, change: PodChange) -> None:
        pod = change.obj
        if change.type == "DELETED":
            self._forget(pod.uid, pod.node)
            return
        machine = self.machines.get(pod.node)
        if machine is None or machine.silent:
            return
        if pod.terminating and pod.news & news.ENDING:
            self._ends.stop(pod, machine)
        elif pod.news & news.BOUND and not pod.finished and pod.uid not in self._steps.started:
            if self.attachments is not None and pod.mounts:
                begin = partial(self._set_up, pod.key, pod.uid, machine)
                self.attachments.wait_for(pod, begin)
            else:
                self._set_up(pod.key, pod.uid, machine)

    def _set_up(self, key: tuple[str, str], uid: str, machine: Machine) -> None:
        """The volumes are there: make the sandbox, unless the pod has begun to end meanwhile."""
        if self._current(key, uid) is None:
            return
        sandbox_s = self._ctx.timings.sandbox_s(windows=machine.windows)
        self._steps.set(uid, sandbox_s, lambda: self._begin(key, uid, machine))

    def _forget(self, uid: str, node: str) -> None:
        self._steps.forget(uid)
        if machine := self.machines.get(node):
            machine.release(uid)

    def _current(self, key: tuple[str, str], uid: str) -> PodObject | None:
        """The pod as it is now, unless that name is another pod or on its way out."""
        pod = self._ctx.store.pods.get(key)
        if pod is None or pod.uid != uid or pod.terminating:
            return None
        machine = self.machines.get(pod.node)
        return None if machine is not None and machine.silent else pod

    def _begin(self, key: tuple[str, str], uid: str, machine: Machine) -> None:
        """The sandbox stands: report it and fetch the images."""
        pod = self._current(key, uid)
        if pod is None:
            return
        # In a world that is set up nobody sees a pod between its sandbox and its start.
        if not self._ctx.warming:
            self._ctx.store.update(PODS, self._taken_up(pod, machine), by=BY)
        self._fetch(key, uid, machine, attempt=0)

    def at_once(self, pod: Object) -> Object | None:
        """A pod that gets its node while the world is set up, as it runs there.

        None where more than a pull stands between it and its start: it goes the long way.
        """
        machine = self.machines.get(node_of(pod))
        if machine is None or machine.silent:
            return None
        uid, platforms = pod["metadata"]["uid"], []
        for container in [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]:
            always = container.get("imagePullPolicy") == "Always"
            pull = machine.pull(uid, container["image"], always=always)
            if isinstance(pull, Refusal):
                return None
            platforms.append((container["name"], pull.platform))
        machine.collect()
        if self._refused(pod, machine, platforms) is not None:
            return None
        self._steps.started.add(uid)
        if waits := self._waits(pod, machine):
            self._steps.set(uid, 0.0, lambda: self._get_ready(key_of(pod), uid))
        host_ip, pod_ip = self._addresses(pod, machine)
        now = self._ctx.now()
        return podstatus.started(pod, now, host_ip=host_ip, pod_ip=pod_ip, ready=not waits)

    def _addresses(self, pod: Object, machine: Machine) -> tuple[str, str]:
        host_ip = machine.seed.internal_ip
        own = pod["spec"].get("hostNetwork")
        return host_ip, host_ip if own else machine.address(pod["metadata"]["uid"])

    def _taken_up(self, pod: Object, machine: Machine) -> Object:
        """A pod that has its network, and whose containers are being created."""
        host_ip, pod_ip = self._addresses(pod, machine)
        return podstatus.creating(pod, self._ctx.now(), host_ip=host_ip, pod_ip=pod_ip)

    def _fetch(self, key: tuple[str, str], uid: str, machine: Machine, *, attempt: int) -> None:
        pod = self._current(key, uid)
        if pod is None:
            return
        at = self._ctx.clock.t
        platforms: list[tuple[str, SimPlatform]] = []
        for container in [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]:
            always = container.get("imagePullPolicy") == "Always"
            pull = machine.pull(uid, container["image"], always=always)
            if isinstance(pull, Refusal):
                again = lambda: self._fetch(key, uid, machine, attempt=attempt + 1)  # noqa: E731
                self._fail(pod, container["name"], pull, machine, attempt, again)
                return
            at = max(at, pull.at)
            platforms.append((container["name"], pull.platform))
        for told in pulls(pod, platforms, at - self._ctx.clock.t):
            self._event(pod, machine, "Normal", *told)
        for image in machine.collect():
            self._event(pod, machine, "Normal", "ImageGCDeleted", f'Deleted unused image "{image}"')
        wait = at - self._ctx.clock.t + self._ctx.timings.start_s(windows=machine.windows)
        self._steps.set(uid, wait, lambda: self._start(key, uid, machine, platforms, attempt=0))

    def _start(
        self,
        key: tuple[str, str],
        uid: str,
        machine: Machine,
        platforms: list[tuple[str, SimPlatform]],
        *,
        attempt: int,
    ) -> None:
        """The images are there: run them, or learn that they do not run here."""
        pod = self._current(key, uid)
        if pod is None:
            return
        refused = self._refused(pod, machine, platforms)
        if refused is not None:
            again = lambda: self._start(  # noqa: E731
                key, uid, machine, platforms, attempt=attempt + 1
            )
            self._fail(pod, *refused, machine, attempt, again)
            return
        probe_s = max(_first_probe_s(c) for c in pod["spec"]["containers"])
        waits = self._waits(pod, machine)
        ready = not waits and (probe_s == 0 or self._ctx.warming)
        up = pod if pod.ip else self._taken_up(pod, machine)
        self._steps.started.add(uid)
        self._event(pod, machine, "Normal", STARTED, "")
        self._ctx.store.update(PODS, podstatus.running(up, self._ctx.now(), ready=ready), by=BY)
        if not ready:
            self._steps.set(uid, probe_s, lambda: self._get_ready(key, uid))

    def _refused(
        self, pod: Object, machine: Machine, platforms: list[tuple[str, SimPlatform]]
    ) -> tuple[str, Refusal] | None:
        """The container that does not start here, and why; None when all do."""
        for name, platform in platforms:
            refusal = machine.refusal_to_run(platform, host_process=_host_process(pod))
            if refusal is not None:
                return name, refusal
        refusal = self._ctx.disturbances.failing_start(machine.seed)
        refusal = refusal or self._ctx.identities.refusal(pod, machine.seed.pool)
        return None if refusal is None else (pod["spec"]["containers"][0]["name"], refusal)

    def _waits(self, pod: Object, machine: Machine) -> bool:
        """Whether a pod lacks what it needs to answer: an identity, or the network."""
        ctx = self._ctx
        lacks = ctx.identities.lacks(pod, machine.seed.pool)
        return lacks or ctx.disturbances.unreachable(machine.seed)

    def _get_ready(self, key: tuple[str, str], uid: str) -> None:
        pod = self._current(key, uid)
        if pod is None:
            return
        if self._waits(pod, self.machines[node_of(pod)]):
            # Its probe fails until that is there: nothing that a jumping clock waits for.
            again_s = self._ctx.timings.probe_again_s
            self._steps.set(uid, again_s, lambda: self._get_ready(key, uid), idle=True)
            return
        self._ctx.store.update(PODS, podstatus.running(pod, self._ctx.now(), ready=True), by=BY)

    def _fail(
        self,
        pod: Object,
        container: str,
        refusal: Refusal,
        machine: Machine,
        attempt: int,
        again: Callable[[], None],
    ) -> None:
        """Report a refusal, then back off twice as long as last time, up to the limit."""
        uid = pod["metadata"]["uid"]
        pause_s = self._ctx.timings.pause_s(attempt)
        if attempt == 0:
            self._ctx.trace.emit("pod-failed", uid=uid, reason=refusal.reason)
        self._event(pod, machine, "Warning", "Failed", f"Error: {refusal.message}")
        restarts = 0 if refusal.reason == "ErrImagePull" else attempt
        report = podstatus.failing(
            pod,
            container,
            refusal,
            restarts=restarts,
            back_off=attempt > 0,
            back_off_s=pause_s,
        )
        self._ctx.store.update(PODS, report, by=BY)
        self._steps.set(uid, pause_s, again, idle=True)

    def _event(
        self,
        pod: Object,
        machine: Machine,
        type_: str,
        reason: str,
        message: str,
        part: str = "",
        later_s: float = 0.0,
    ) -> None:
        self._recorder.record(
            pod,
            type_=type_,
            reason=reason,
            message=message,
            source=KUBELET,
            host=machine.seed.name,
            part=part,
            later_s=later_s,
        )


def _host_process(pod: Object) -> bool:
    options = (pod["spec"].get("securityContext") or {}).get("windowsOptions") or {}
    return bool(options.get("hostProcess"))


def _first_probe_s(container: Object) -> float:
    """When a container can be ready at the earliest: its probe's initial delay."""
    probe = container.get("readinessProbe") or {}
    return float(probe.get("initialDelaySeconds", 0))
