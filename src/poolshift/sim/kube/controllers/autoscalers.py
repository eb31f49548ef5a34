"""The HorizontalPodAutoscaler controller: replicas by load, every 15 seconds.

It acts against anybody's scale changes. Its load comes from the scenario (see metrics); everything
else is the real controller's arithmetic (see scaling).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.controllers import pods, scaling
from poolshift.sim.kube.objects import (
    Object,
    key_of,
    ready,
    terminating,
    with_condition,
    with_meta,
    with_spec,
    with_status,
)
from poolshift.sim.kube.resources import AUTOSCALERS, by_kind

if TYPE_CHECKING:
    from poolshift.core.kube import Workload
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.controllers.metrics import Loads
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.store import Change

BY = "controller:horizontal-pod-autoscaler"
# The controller-manager's --horizontal-pod-autoscaler-sync-period.
SYNC_S = 15.0


class Autoscalers:
    """Scales what every HorizontalPodAutoscaler points at."""

    def __init__(self, ctx: Context, recorder: Recorder, loads: Loads) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self._loads = loads
        self._memories: dict[str, scaling.Memory] = {}
        self._timer: Timer | None = None
        ctx.store.listen(AUTOSCALERS, self._seen)

    def _seen(self, change: Change) -> None:
        if change.type == "DELETED":
            self._memories.pop(change.obj["metadata"]["uid"], None)
        elif self._timer is None:
            self._wait()

    def _wait(self) -> None:
        # Not ctx.after: a period is no delay that a set-up does without.
        self._timer = self._ctx.clock.after(SYNC_S, self._round, periodic=True)

    def _round(self) -> None:
        # The timer stands for the round while it runs: its own writes begin no second one.
        found = list(self._ctx.store.all(AUTOSCALERS))
        for hpa in found:
            self._sync(hpa)
        self._timer = None
        if found:
            self._wait()

    def _sync(self, hpa: Object) -> None:
        ref, namespace = hpa["spec"]["scaleTargetRef"], hpa["metadata"]["namespace"]
        kind = by_kind(ref.get("apiVersion", ""), ref["kind"])
        target = self._ctx.store.find(kind, namespace, ref["name"]) if kind else None
        if kind is None or target is None:
            self._lost(hpa, ref)
            return
        text = "the HPA controller was able to get the target's current scale"
        hpa = self._say(hpa, "AbleToScale", "True", "SucceededGetScale", text)
        current: int = target["spec"].get("replicas", 1)
        if current == 0:
            text = "scaling is disabled since the replica count of the target is zero"
            self._write(self._say(hpa, "ScalingActive", "False", "ScalingDisabled", text), 0, 0)
            return
        hpa, desired, reason = self._desired(hpa, kind, target, current)
        if desired is None:
            self._write(hpa, current, current)
        elif desired != current:
            self._scale(hpa, kind, target, desired, reason)
        else:
            self._write(hpa, current, desired)

    def _desired(
        self, hpa: Object, kind: Kind, target: Object, current: int
    ) -> tuple[Object, int | None, str]:
        """The HPA with its conditions, the count that it wants, and why; None without metrics."""
        least = hpa["spec"].get("minReplicas", 1)
        most = hpa["spec"]["maxReplicas"]
        if current > most:
            return hpa, most, "Current number of replicas above Spec.MaxReplicas"
        if current < least:
            return hpa, least, "Current number of replicas below Spec.MinReplicas"
        up, waiting = self._pods(kind, target)
        workload = (
            f"{target['metadata']['namespace']}/{target['kind']}/{target['metadata']['name']}"
        )
        if not up:
            return self._blind(hpa), None, ""
        readings = self._loads.readings(workload, hpa, up)
        wants = [
            scaling.proposal(r.ratio, current=current, ready=up, unready=waiting) for r in readings
        ]
        best = max(range(len(wants)), key=lambda n: (wants[n], -n))
        hpa = with_status(hpa, currentMetrics=[r.current for r in readings])
        name = readings[best].name
        text = f"the HPA was able to successfully calculate a replica count from {name}"
        hpa = self._say(hpa, "ScalingActive", "True", "ValidMetricFound", text)
        hpa, desired = self._settled(hpa, wants[best], current, least, most)
        reason = f"{name} above target" if desired > current else "All metrics below target"
        return hpa, desired, reason

    def _settled(
        self, hpa: Object, wanted: int, current: int, least: int, most: int
    ) -> tuple[Object, int]:
        """The recommendation after windows, rates and bounds."""
        memory = self._memories.setdefault(hpa["metadata"]["uid"], scaling.Memory())
        behaviour, now = hpa["spec"].get("behavior"), self._ctx.clock.t
        desired = scaling.stabilised(memory, wanted, current=current, now=now, behaviour=behaviour)
        if desired != wanted:
            side = ("Down", "higher", "highest") if wanted < desired else ("Up", "lower", "lowest")
            text = (
                f"recent recommendations were {side[1]} than current one, applying the {side[2]} "
                "recent recommendation"
            )
            hpa = self._say(hpa, "AbleToScale", "True", f"Scale{side[0]}Stabilized", text)
        else:
            text = "recommended size matches current size"
            hpa = self._say(hpa, "AbleToScale", "True", "ReadyForNewScale", text)
        bound = scaling.bounded(
            memory,
            desired,
            current=current,
            least=least,
            most=most,
            now=now,
            behaviour=behaviour,
        )
        value = "True" if bound.limited else "False"
        hpa = self._say(hpa, "ScalingLimited", value, bound.reason, bound.message)
        return hpa, bound.replicas

    def _pods(self, kind: Kind, target: Object) -> tuple[int, int]:
        """How many pods of the target are ready, and how many are not yet."""
        namespace = target["metadata"]["namespace"]
        typed: Workload = self._ctx.store.typed(kind, key_of(target))
        found = pods.active(list(self._ctx.pods.select(namespace, typed.spec.selector)))
        up = sum(ready(p) for p in found)
        return up, len(found) - up

    def _scale(self, hpa: Object, kind: Kind, target: Object, desired: int, reason: str) -> None:
        before = target["spec"].get("replicas", 1)
        set_replicas(self._ctx, kind, target, desired, by=BY)
        memory = self._memories.setdefault(hpa["metadata"]["uid"], scaling.Memory())
        scaling.remember_scale(memory, desired - before, self._ctx.clock.t)
        text = f"the HPA controller was able to update the target scale to {desired}"
        hpa = self._say(hpa, "AbleToScale", "True", "SucceededRescale", text)
        hpa = with_status(hpa, lastScaleTime=self._ctx.now())
        self._write(hpa, before, desired)
        self._recorder.record(
            hpa,
            type_="Normal",
            reason="SuccessfulRescale",
            message=f"New size: {desired}; reason: {reason}",
            source="horizontal-pod-autoscaler",
        )

    def _lost(self, hpa: Object, ref: Object) -> None:
        text = (
            "the HPA controller was unable to get the target's current scale: "
            f'{ref["kind"].lower()}s.{ref.get("apiVersion", "").partition("/")[0]} "{ref["name"]}" '
            "not found"
        )
        hpa = self._say(hpa, "AbleToScale", "False", "FailedGetScale", text)
        self._warn(hpa, "FailedGetScale", text)
        self._write(hpa, None, hpa.get("status", {}).get("desiredReplicas", 0))

    def _blind(self, hpa: Object) -> Object:
        """No pod is ready: there is nothing to read."""
        text = (
            "the HPA was unable to compute the replica count: failed to get cpu utilization: "
            "unable to get metrics for resource cpu: no metrics returned from resource metrics API"
        )
        self._warn(hpa, "FailedGetResourceMetric", text.partition(": ")[2])
        return self._say(hpa, "ScalingActive", "False", "FailedGetResourceMetric", text)

    def _warn(self, hpa: Object, reason: str, message: str) -> None:
        self._recorder.record(
            hpa,
            type_="Warning",
            reason=reason,
            message=message,
            source="horizontal-pod-autoscaler",
        )

    def _say(self, hpa: Object, type_: str, value: str, reason: str, message: str) -> Object:
        condition = {"type": type_, "status": value, "reason": reason, "message": message}
        return with_condition(hpa, condition, self._ctx.now())

    def _write(self, hpa: Object, current: int | None, desired: int) -> None:
        stored = self._ctx.store.find(AUTOSCALERS, *key_of(hpa))
        if stored is None or terminating(stored):
            return
        status = {**hpa["status"], "currentReplicas": current, "desiredReplicas": desired}
        self._ctx.store.update(AUTOSCALERS, with_status(stored, **status), by=BY)


def set_replicas(ctx: Context, kind: Kind, target: Object, replicas: int, *, by: str) -> None:
    """Write another replica count, as the scale subresource does."""
    if target["spec"].get("replicas", 1) == replicas:
        return
    generation = target["metadata"].get("generation", 1) + 1
    scaled = with_meta(with_spec(target, replicas=replicas), generation=generation)
    ctx.store.update(kind, scaled, by=by)
