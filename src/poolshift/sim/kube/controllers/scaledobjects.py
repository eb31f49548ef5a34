"""KEDA's ScaledObjects: an autoscaler each, and the way between none and one.

Between one and the maximum the HorizontalPodAutoscaler `keda-hpa-NAME` scales; the operator itself
only takes the last pods away when nothing has come for the cooldown period, and brings the first
one back. Triggers of every type read the load curve of the workload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.clock import parse_time
from poolshift.core.errors import ApiError
from poolshift.sim.kube import admission
from poolshift.sim.kube.controllers.autoscalers import set_replicas
from poolshift.sim.kube.objects import (
    Key,
    Object,
    annotations_of,
    key_of,
    owner_reference,
    terminating,
    with_condition,
    with_spec,
    with_status,
)
from poolshift.sim.kube.resources import AUTOSCALERS, SCALED_OBJECTS, by_kind

if TYPE_CHECKING:
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.controllers.metrics import Loads
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.store import Change

BY = "controller:keda-operator"
PAUSED = "autoscaling.keda.sh/paused"
PAUSED_REPLICAS = "autoscaling.keda.sh/paused-replicas"
POLL_S, COOLDOWN_S, MOST = 30, 300, 100
# Where a trigger's metadata states its target, by the names that KEDA's scalers use.
_TARGETS = ("value", "threshold", "targetValue", "queueLength", "messageCount", "lagThreshold")


class ScaledObjects:
    """Runs every ScaledObject."""

    def __init__(self, ctx: Context, recorder: Recorder, loads: Loads) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self._loads = loads
        self._timers: dict[Key, Timer] = {}
        ctx.store.listen(SCALED_OBJECTS, self._seen)

    def _seen(self, change: Change) -> None:
        """A new or changed one is looked at soon; what it owned goes with it by itself."""
        key = key_of(change.obj)
        if change.type == "DELETED":
            self._cancel(key)
            return
        same = change.prev is not None and change.prev["spec"] == change.obj["spec"]
        if change.prev is None or not same or _pause(change.prev) != _pause(change.obj):
            self._wait(key, self._ctx.timings.controller_s, periodic=False)

    def _cancel(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _wait(self, key: Key, seconds: float, *, periodic: bool) -> None:
        self._cancel(key)
        self._timers[key] = self._ctx.clock.after(
            seconds, lambda: self._poll(key), periodic=periodic
        )

    def _poll(self, key: Key) -> None:
        scaled = self._ctx.store.find(SCALED_OBJECTS, *key)
        if scaled is None or terminating(scaled):
            return
        self._wait(key, scaled["spec"].get("pollingInterval", POLL_S), periodic=True)
        ref = scaled["spec"]["scaleTargetRef"]
        api_version, name = ref.get("apiVersion", "apps/v1"), ref.get("kind", "Deployment")
        kind = by_kind(api_version, name)
        target = self._ctx.store.find(kind, key[0], ref["name"]) if kind else None
        if kind is None or target is None:
            text = "ScaledObject doesn't have correct scaleTargetRef specification"
            self._write(self._say(scaled, "Ready", "False", "ScaledObjectCheckFailed", text))
            return
        text = "ScaledObject is defined correctly and is ready for scaling"
        scaled = self._say(scaled, "Ready", "True", "ScaledObjectReady", text)
        scaled = with_status(
            scaled,
            scaleTargetKind=f"{api_version}.{name}",
            scaleTargetGVKR={"kind": name, "resource": kind.plural, "version": kind.version},
            hpaName=hpa_name(scaled),
            originalReplicaCount=scaled.get("status", {}).get(
                "originalReplicaCount", target["spec"].get("replicas", 1)
            ),
        )
        self._act(scaled, kind, target)

    def _act(self, scaled: Object, kind: Kind, target: Object) -> None:
        if (held := _pause(scaled)) is not None:
            self._drop_hpa(scaled)
            if held >= 0:
                set_replicas(self._ctx, kind, target, held, by=BY)
            text = "ScaledObject is paused"
            self._write(self._say(scaled, "Paused", "True", "ScaledObjectPaused", text))
            return
        text = "pause annotation removed for ScaledObject"
        scaled = self._say(scaled, "Paused", "False", "ScaledObjectUnpaused", text)
        self._keep_hpa(scaled, target)
        workload = (
            f"{target['metadata']['namespace']}/{target['kind']}/{target['metadata']['name']}"
        )
        load = self._loads.now(workload)
        if load is None or load > 0:
            scaled = with_status(scaled, lastActiveTime=self._ctx.now())
            text = "Scaling is performed because triggers are active"
            scaled = self._say(scaled, "Active", "True", "ScalerActive", text)
            self._wake(scaled, kind, target)
        else:
            text = "Scaling is not performed because triggers are not active"
            scaled = self._say(scaled, "Active", "False", "ScalerNotActive", text)
            self._rest(scaled, kind, target)
        self._write(scaled)

    def _wake(self, scaled: Object, kind: Kind, target: Object) -> None:
        """Something is to do: the first pods come back."""
        current = target["spec"].get("replicas", 1)
        if current > scaled["spec"].get("idleReplicaCount", 0):
            return
        wanted = max(scaled["spec"].get("minReplicaCount", 0), 1)
        if current < wanted:
            set_replicas(self._ctx, kind, target, wanted, by=BY)
            self._told(scaled, "KEDAScaleTargetActivated", target, current, wanted)

    def _rest(self, scaled: Object, kind: Kind, target: Object) -> None:
        """Nothing is to do: after the cooldown period the last pods go."""
        spec, current = scaled["spec"], target["spec"].get("replicas", 1)
        idle = spec.get("idleReplicaCount", 0)
        if current <= idle or (spec.get("minReplicaCount", 0) and "idleReplicaCount" not in spec):
            return
        since = scaled["status"].get("lastActiveTime") or scaled["metadata"]["creationTimestamp"]
        waited_s = (self._ctx.clock.moment() - parse_time(since)).total_seconds()
        if waited_s >= spec.get("cooldownPeriod", COOLDOWN_S):
            set_replicas(self._ctx, kind, target, idle, by=BY)
            self._told(scaled, "KEDAScaleTargetDeactivated", target, current, idle)

    def _told(self, scaled: Object, reason: str, target: Object, before: int, after: int) -> None:
        verb = "Scaled" if after > before else "Deactivated"
        name = f"{target['metadata']['namespace']}/{target['metadata']['name']}"
        message = f"{verb} {target['apiVersion']}.{target['kind']} {name} from {before} to {after}"
        self._recorder.record(
            scaled, type_="Normal", reason=reason, message=message, source="keda-operator"
        )

    def _keep_hpa(self, scaled: Object, target: Object) -> None:
        """Make the autoscaler, or bring it in line with the ScaledObject."""
        namespace, name = scaled["metadata"]["namespace"], hpa_name(scaled)
        spec = _hpa_spec(scaled, target)
        found = self._ctx.store.find(AUTOSCALERS, namespace, name)
        if found is not None:
            self._ctx.store.update(AUTOSCALERS, with_spec(found, **spec), by=BY)
            return
        body = {
            "metadata": {
                "name": name,
                "labels": {
                    "app.kubernetes.io/managed-by": "keda-operator",
                    "scaledobject.keda.sh/name": scaled["metadata"]["name"],
                },
                "ownerReferences": [owner_reference(scaled)],
            },
            "spec": {key: value for key, value in spec.items() if value is not None},
        }
        try:
            hpa = admission.created(self._ctx, AUTOSCALERS, body, namespace)
        except ApiError as refused:
            self._recorder.record(
                scaled,
                type_="Warning",
                reason="ScaledObjectCheckFailed",
                message=refused.message,
                source="keda-operator",
            )
            return
        self._ctx.store.create(AUTOSCALERS, hpa, by=BY)

    def _drop_hpa(self, scaled: Object) -> None:
        key = (scaled["metadata"]["namespace"], hpa_name(scaled))
        if self._ctx.store.find(AUTOSCALERS, *key) is not None:
            self._ctx.store.remove(AUTOSCALERS, key, by=BY)

    def _say(self, scaled: Object, type_: str, value: str, reason: str, message: str) -> Object:
        condition = {"type": type_, "status": value, "reason": reason, "message": message}
        return with_condition(scaled, condition, self._ctx.now())

    def _write(self, scaled: Object) -> None:
        stored = self._ctx.store.find(SCALED_OBJECTS, *key_of(scaled))
        if stored is not None:
            status = with_status({**stored, "status": {}}, **scaled["status"])
            self._ctx.store.update(SCALED_OBJECTS, status, by=BY)


def hpa_name(scaled: Object) -> str:
    """The name of a ScaledObject's autoscaler."""
    advanced = scaled["spec"].get("advanced") or {}
    stated = (advanced.get("horizontalPodAutoscalerConfig") or {}).get("name")
    return str(stated or f"keda-hpa-{scaled['metadata']['name']}")


def _pause(scaled: Object) -> int | None:
    """The count at which scaling is held, -1 for wherever it is; None when it is not held."""
    notes = annotations_of(scaled)
    count = notes.get(PAUSED_REPLICAS, "")
    if count.isdigit():
        return int(count)
    return -1 if notes.get(PAUSED, "").lower() == "true" else None


def _hpa_spec(scaled: Object, target: Object) -> Object:
    spec = scaled["spec"]
    config = (spec.get("advanced") or {}).get("horizontalPodAutoscalerConfig") or {}
    ref = {key: target[key] for key in ("apiVersion", "kind")}
    return {
        "scaleTargetRef": {**ref, "name": target["metadata"]["name"]},
        "minReplicas": max(spec.get("minReplicaCount", 0), 1),
        "maxReplicas": spec.get("maxReplicaCount", MOST),
        "metrics": [_metric(scaled, n, t) for n, t in enumerate(spec.get("triggers") or [])],
        "behavior": config.get("behavior"),
    }


def _metric(scaled: Object, number: int, trigger: Object) -> Object:
    """A trigger as the metric of its autoscaler."""
    stated, type_ = trigger.get("metadata") or {}, str(trigger.get("type", ""))
    value = next((str(stated[name]) for name in _TARGETS if stated.get(name)), "1")
    if type_ in ("cpu", "memory"):
        target = {"type": "Utilization", "averageUtilization": int(value)}
        return {"type": "Resource", "resource": {"name": type_, "target": target}}
    labels = {"scaledobject.keda.sh/name": scaled["metadata"]["name"]}
    return {
        "type": "External",
        "external": {
            "metric": {"name": f"s{number}-{type_}", "selector": {"matchLabels": labels}},
            "target": {"type": "AverageValue", "averageValue": value},
        },
    }
