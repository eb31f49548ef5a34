"""The status of a PodDisruptionBudget as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object

ALLOWED = "DisruptionAllowed"


def reported(
    budget: Object,
    figures: Object,
    now: str,
    *,
    disrupted: dict[str, str],
    failure: str = "",
) -> Object:
    """The budget with figures, the pods let go, and the condition that follows from them.

    Args:
        budget: the budget.
        figures: its counts, `disruptionsAllowed` among them.
        now: the time as Kubernetes writes it.
        disrupted: pods that were let go and are still there, with when.
        failure: why no figures can be had.
    """
    allowed = figures["disruptionsAllowed"] > 0
    condition = {
        "type": ALLOWED,
        "status": "True" if allowed else "False",
        "observedGeneration": budget["metadata"]["generation"],
        "reason": "SufficientPods" if allowed else "InsufficientPods",
        "message": failure,
        "lastTransitionTime": now,
    }
    if failure:
        condition["reason"] = "SyncFailed"
    others = []
    for old in budget["status"].get("conditions") or ():
        if old["type"] != ALLOWED:
            others.append(old)
        elif old["status"] == condition["status"]:
            condition["lastTransitionTime"] = old["lastTransitionTime"]
    status = {**budget["status"], **figures, "conditions": [*others, condition]}
    if disrupted:
        status["disruptedPods"] = disrupted
    else:
        status.pop("disruptedPods", None)
    return {**budget, "status": status}
