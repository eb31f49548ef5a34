"""The status of a Deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.clock import parse_time
from poolshift.sim.kube.objects import Object, condition_of, with_status

if TYPE_CHECKING:
    from poolshift.semantics.rollout import Pace


def status(
    deployment: Object, new: Object | None, old: list[Object], pace: Pace, now: str
) -> Object:
    """The Deployment with its counts and conditions."""
    sets = [*old, new] if new else old
    total = present = up = 0
    for rs in sets:
        counts = rs.get("status") or {}
        total += counts.get("replicas", 0)
        present += counts.get("readyReplicas", 0)
        up += counts.get("availableReplicas", 0)
    replicas = deployment["spec"]["replicas"]
    figures = {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": total or None,
        "updatedReplicas": (new.get("status") or {}).get("replicas") or None if new else None,
        "readyReplicas": present or None,
        "availableReplicas": up or None,
        "unavailableReplicas": max(replicas - up, total - up, 0) or None,
    }
    result = with_status(deployment, **figures)
    enough, known = up >= replicas - pace.unavailable, condition_of(deployment, "Available")
    if known is None or (known["status"] == "True") != enough:
        result = _set(result, _available(enough), now)
    result = _with_failure(result, sets, now)
    reason = (condition_of(deployment, "Progressing") or {}).get("reason")
    if not deployment["spec"].get("paused"):
        if reason == "DeploymentPaused":
            resumed = _progressing("Unknown", "DeploymentResumed", "Deployment is resumed")
            return _set(result, resumed, now)
        result = _progress(deployment, result, new, now)
    elif reason != "DeploymentPaused":
        message = "Deployment is paused"
        result = _set(result, _progressing("Unknown", "DeploymentPaused", message), now)
    return result


def _with_failure(deployment: Object, sets: list[Object], now: str) -> Object:
    """The Deployment with what the server refuses its ReplicaSets, the newest set's word first."""
    failure = None
    for rs in sets:
        if (rs.get("status") or {}).get("conditions"):
            failure = condition_of(rs, "ReplicaFailure") or failure
    known = condition_of(deployment, "ReplicaFailure")
    if failure is None:
        if known is None:
            return deployment
        left = [c for c in deployment["status"]["conditions"] if c["type"] != "ReplicaFailure"]
        return with_status(deployment, conditions=left)
    if known is not None and known["message"] == failure["message"]:
        return deployment
    said = {key: failure[key] for key in ("type", "status", "reason", "message")}
    return _set(deployment, said, now)


def _available(enough: bool) -> Object:
    if enough:
        return {
            "type": "Available",
            "status": "True",
            "reason": "MinimumReplicasAvailable",
            "message": "Deployment has minimum availability.",
        }
    return {
        "type": "Available",
        "status": "False",
        "reason": "MinimumReplicasUnavailable",
        "message": "Deployment does not have minimum availability.",
    }


def _progressing(value: str, reason: str, message: str) -> Object:
    return {"type": "Progressing", "status": value, "reason": reason, "message": message}


def _progress(before: Object, after: Object, new: Object | None, now: str) -> Object:
    """The Progressing condition: complete, moving, or stuck beyond the deadline."""
    old = condition_of(before, "Progressing")
    if new is None:
        return after
    name = f'ReplicaSet "{new["metadata"]["name"]}"'
    said = f"{name} has successfully progressed."
    if old and old["reason"] == "NewReplicaSetAvailable" and old["message"] == said:
        # What has been through stays so while there are no pods of other templates: an evicted
        # pod is no rollout.
        figures = after["status"]
        if figures.get("replicas") == figures.get("updatedReplicas"):
            return after
    if complete(after):
        done = _progressing("True", "NewReplicaSetAvailable", said)
        return after if old and old["reason"] == done["reason"] else _set(after, done, now)
    if old is None or old["reason"] == "NewReplicaSetAvailable" or _moved(before, after):
        moving = _progressing("True", "ReplicaSetUpdated", f"{name} is progressing.")
        return _set(after, moving, now)
    deadline_s = after["spec"].get("progressDeadlineSeconds", 600)
    waited = (parse_time(now) - parse_time(old["lastUpdateTime"])).total_seconds()
    if waited >= deadline_s and old["reason"] != "ProgressDeadlineExceeded":
        late = _progressing(
            "False", "ProgressDeadlineExceeded", f"{name} has timed out progressing."
        )
        return _set(after, late, now)
    return after


def overdue_in_s(deployment: Object, now: str) -> float | None:
    """When a rollout is overdue if nothing moves; None when none is under way or it is already."""
    condition = condition_of(deployment, "Progressing")
    deadline_s: int | None = deployment["spec"].get("progressDeadlineSeconds")
    if condition is None or deadline_s is None or deployment["spec"].get("paused"):
        return None
    if condition["reason"] in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
        return None
    waited_s = (parse_time(now) - parse_time(condition["lastUpdateTime"])).total_seconds()
    # The API keeps whole seconds, so a look at the very second would come too early.
    return max(deadline_s - waited_s, 0.0) + 1.0


def complete(deployment: Object) -> bool:
    """Whether all pods are of the current template and available, and no others are left."""
    figures, wanted = deployment["status"], deployment["spec"]["replicas"]
    return bool(
        figures.get("updatedReplicas", 0) == wanted
        and figures.get("replicas", 0) == wanted
        and figures.get("availableReplicas", 0) == wanted
        and figures["observedGeneration"] >= deployment["metadata"]["generation"]
    )


def _moved(before: Object, after: Object) -> bool:
    """Whether more pods are new, ready or available than before, or fewer are old."""
    counts = [_counts(before.get("status", {})), _counts(after["status"])]
    return any(new > old for old, new in zip(*counts, strict=True))


def _counts(status: Object) -> tuple[int, int, int, int]:
    updated = status.get("updatedReplicas", 0)
    return (
        updated,
        status.get("readyReplicas", 0),
        status.get("availableReplicas", 0),
        updated - status.get("replicas", 0),
    )


def _set(deployment: Object, condition: Object, now: str) -> Object:
    """Set a condition with its update time; nothing changes when it says what it said."""
    old = condition_of(deployment, condition["type"])
    same = old is not None and all(old.get(k) == condition[k] for k in ("status", "reason"))
    if same and condition["type"] == "Available":
        return deployment
    kept = old is not None and old["status"] == condition["status"]
    since = old["lastTransitionTime"] if kept and old else now
    fresh = {
        "type": condition["type"],
        "status": condition["status"],
        "lastUpdateTime": now,
        "lastTransitionTime": since,
        "reason": condition["reason"],
        "message": condition["message"],
    }
    conditions = list(deployment["status"].get("conditions") or ())
    others = [c for c in conditions if c["type"] != condition["type"]]
    ordered = sorted([*others, fresh], key=lambda c: c["type"])
    return with_status(deployment, conditions=ordered)
