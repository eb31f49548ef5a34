"""Whether pods that go find a node again, as far as hard rules about other pods decide."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Pod, Toleration, Workload, is_finished
from poolshift.core.marks import GUARD_KEY
from poolshift.engine.steps.interface import StepContext, Wait
from poolshift.semantics.forecast import HASH
from poolshift.semantics.placement import Placed, Stage, minds_others
from poolshift.semantics.rollout import replicas_of

if TYPE_CHECKING:
    from poolshift.core.kube import PodTemplate
    from poolshift.engine.view import View


def _placed(pod: Pod) -> Placed:
    meta = pod.metadata
    gone = meta.deletion_timestamp is not None
    return Placed(meta.uid, pod.spec.node_name, meta, pod.spec, terminating=gone)


class Room:
    """The nodes as one tick sees them; each eviction that is asked about counts for the next.

    Pods that have no hard rule about others cost nothing here.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    @cached_property
    def _stage(self) -> Stage:
        pods = (p for p in self._view.pods if p.spec.node_name and not is_finished(p))
        return Stage(self._view.nodes.values(), (_placed(p) for p in pods))

    def for_others(self, target: str, going: list[Pod]) -> list[Pod]:
        """Those of a workload's pods, in order, that find a node again when they are evicted."""
        if not going or not minds_others(going[0].spec):
            return going
        if not self._seats_waiting(target):
            return []
        found: list[Pod] = []
        for pod in going:
            self._stage.take(pod.metadata.uid)
            if not self._stage.place(f"{pod.metadata.uid} again", pod.metadata, pod.spec):
                self._stage.put(_placed(pod))
                break
            found.append(pod)
        return found

    def for_more(self, target: str, template: PodTemplate, like: Pod, count: int) -> int:
        """How many pods more of a workload would find a node, at most `count`."""
        if not minds_others(template.spec):
            return count
        if not self._seats_waiting(target):
            return 0
        uids = (f"{target} more {number}" for number in range(count))
        for number, uid in enumerate(uids):
            if not self._stage.place(uid, like.metadata, template.spec):
                return number
        return count

    def for_rollout(self, target: str, template: PodTemplate, namespace: str, count: int) -> int:
        """How many of so many pods of a new template find a node while the old ones go."""
        if not minds_others(template.spec):
            return count
        labels = {**template.metadata.labels, HASH: "next"}
        meta = msgspec.structs.replace(template.metadata, namespace=namespace, labels=labels)
        old = [p.metadata.uid for p in self._view.pods_of.get(target, ()) if p.spec.node_name]
        for number in range(count):
            for uid in old[number : number + 1]:
                self._stage.take(uid)
            if not self._stage.place(f"{target} next {number}", meta, template.spec):
                return number
        return count

    def _seats_waiting(self, target: str) -> bool:
        """Whether the pods that look for a node now, who come first, all find one."""
        waiting = (
            p
            for p in self._view.pods_of.get(target, ())
            if not p.spec.node_name and not is_finished(p) and not p.metadata.deletion_timestamp
        )
        return all(self._stage.place(p.metadata.uid, p.metadata, p.spec) for p in waiting)


def stranded_rollout(ctx: StepContext, workload: Workload, selector: dict[str, str]) -> Wait | None:
    """A rollout that would leave pods without a node is not begun; None where all find one."""
    template = workload.spec.template
    guard = Toleration(GUARD_KEY, "Equal", "green", "NoSchedule")
    spec = msgspec.structs.replace(
        template.spec, node_selector=selector, tolerations=(*template.spec.tolerations, guard)
    )
    wanted = replicas_of(workload)
    template = msgspec.structs.replace(template, spec=spec)
    namespace = workload.metadata.namespace
    found = Room(ctx.view).for_rollout(ctx.workload.target, template, namespace, wanted)
    if found == wanted:
        return None
    return Wait(
        what=ctx.workload.target,
        why=f"by its hard rules about other pods {wanted - found} of its {wanted} pods would find "
        "no node",
        unblock="set nodeTaintsPolicy: Honor in its topology spread, then it goes on by itself",
        again_s=30.0,
    )
