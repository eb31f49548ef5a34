"""The end of pods: the stop signal, the grace that their containers get, and what is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.eventnotes import KILLING, KUBELET
from poolshift.sim.kube.objects import Object, key_of, node_of
from poolshift.sim.kube.owners import workload_of

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.machines import Machine
    from poolshift.sim.kube.podsteps import PodSteps


class PodEnds:
    """Ends the pods of all nodes; `machines` are the nodes of today by name."""

    def __init__(
        self,
        ctx: Context,
        deleter: Deleter,
        recorder: Recorder,
        steps: PodSteps,
        machines: dict[str, Machine],
    ) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._recorder = recorder
        self._steps = steps
        self._machines = machines

    def stop(self, pod: Object, machine: Machine) -> None:
        """The stop signal: the pod is gone when its containers have ended."""
        uid = pod["metadata"]["uid"]
        grace_s = float(pod["metadata"].get("deletionGracePeriodSeconds", 0))
        stop_s = self._ctx.timings.stop_s(windows=machine.windows, grace_s=grace_s)
        if uid not in self._steps.started:
            stop_s = min(stop_s, self._ctx.timings.linux_stop_s)
        self._recorder.record(
            pod,
            type_="Normal",
            reason=KILLING,
            message="",
            source=KUBELET,
            host=machine.seed.name,
        )
        self._steps.set(uid, stop_s, lambda: self._end(key_of(pod), uid))

    def _end(self, key: tuple[str, str], uid: str) -> None:
        pod = self._ctx.store.pods.get(key)
        machine = self._machines.get(pod.node) if pod is not None else None
        if pod is None or pod.uid != uid or (machine and machine.silent):
            return
        self._cut_connections(pod, machine)
        self._deleter.finish(pod)

    def _cut_connections(self, pod: Object, machine: Machine | None) -> None:
        """What a Windows pod still served when it had to end."""
        cut = self._ctx.disturbances.cut_connections
        served = pod["metadata"]["uid"] in self._steps.started
        if not cut or machine is None or not machine.windows or not served:
            return
        count = cut.get(workload_of(self._ctx.store, pod) or "", 0)
        if count:
            self._ctx.trace.emit("connection-cut", node=node_of(pod), count=count)
