"""The Eviction API: whether the budgets let a pod go, and its going."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.kube import errors
from poolshift.sim.kube.budgetstatus import reported
from poolshift.sim.kube.deletion import Deleter, check_preconditions, deletion_options
from poolshift.sim.kube.objects import (
    Object,
    key_of,
    ready,
    terminating,
)
from poolshift.sim.kube.openapi.forms import formed_as
from poolshift.sim.kube.owners import workload_of
from poolshift.sim.kube.resources import BUDGETS, PODS

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.podobjects import PodObject

_UNOBSERVED_RETRY_S = 10.0
_TARGET = "DisruptionTarget"
_VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget."


class Evictions:
    """Answers evictions as the API server does."""

    def __init__(self, ctx: Context, deleter: Deleter) -> None:
        self._ctx = ctx
        self._deleter = deleter

    def evict(self, pod: PodObject, options: Object, *, by: str, dry_run: bool) -> dict[str, Any]:
        """Evict a pod; gives the body of the 201.

        Raises:
            ApiError: 429 where a budget forbids it, 500 where several budgets match, 409 where a
                precondition does not hold.
        """
        check_preconditions(PODS, pod, options)
        self._ask_webhooks(pod, dry_run=dry_run)
        if not _beyond_budgets(pod):
            budget = self._only_budget(pod, by, dry_run=dry_run)
            if budget is not None:
                self._spend(budget, pod, by=by, dry_run=dry_run)
        if not dry_run:
            self._let_go(pod, options, by)
        return errors.success(code=201)

    def _ask_webhooks(self, pod: Object, *, dry_run: bool) -> None:
        """A webhook on evictions answers before any budget is looked at."""
        disturbed = self._ctx.disturbances
        held = disturbed.held_nodes.get(str(pod["spec"].get("nodeName")))
        if held is not None:
            raise held(pod, dry_run=dry_run)
        denials = disturbed.denied_evictions
        if not denials:
            return
        workload = workload_of(self._ctx.store, pod)
        if workload in denials:
            raise denials[workload](pod, dry_run=dry_run)

    def _only_budget(self, pod: PodObject, by: str, *, dry_run: bool) -> Object | None:
        """The budget that matches; the API refuses to judge by several."""
        found = [self._ctx.store.get(BUDGETS, *key) for key in self._ctx.budgets.matching(pod)]
        if len(found) > 1:
            message = (
                "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                "does not support."
            )
            self._refused(pod, found[0], by, dry_run=dry_run)
            raise errors.failure(500, "", message)
        return found[0] if found else None

    def _spend(self, budget: Object, pod: Object, *, by: str, dry_run: bool) -> None:
        """Take one disruption from the budget, or refuse."""
        if not ready(pod) and _lets_unready_go(budget):
            return
        status = budget["status"]
        if status.get("observedGeneration", 0) < budget["metadata"]["generation"]:
            self._refused(pod, budget, by, dry_run=dry_run)
            raise _still_processed(budget["metadata"]["name"])
        if status["disruptionsAllowed"] <= 0:
            self._refused(pod, budget, by, dry_run=dry_run)
            raise _violated(budget)
        if not dry_run:
            self._decrement(budget, pod)

    def _decrement(self, budget: Object, pod: Object) -> None:
        status = budget["status"]
        left = status["disruptionsAllowed"] - 1
        disrupted = {
            **status.get("disruptedPods", {}),
            pod["metadata"]["name"]: self._ctx.now(),
        }
        figures = {"disruptionsAllowed": left}
        spent = reported(budget, figures, self._ctx.now(), disrupted=disrupted)
        self._ctx.store.update(BUDGETS, spent, by="controller:apiserver")

    def _let_go(self, pod: Object, options: Object, by: str) -> None:
        if not terminating(pod):
            uid = pod["metadata"]["uid"]
            self._ctx.trace.emit("pod-evicted", uid=uid, by=by)
            pod = self._ctx.store.update(PODS, self._marked(pod), by=by)
        self._deleter.delete(PODS, pod, by=by, grace_s=options.get("gracePeriodSeconds"))

    def _marked(self, pod: Object) -> Object:
        """The pod with the condition that says why it goes."""
        status = pod["status"]
        target = {
            "type": _TARGET,
            "status": "True",
            "lastProbeTime": None,
            "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting",
            "lastTransitionTime": self._ctx.now(),
        }
        others = [c for c in status.get("conditions") or () if c["type"] != _TARGET]
        return {**pod, "status": {**status, "conditions": [*others, target]}}

    def _refused(self, pod: Object, budget: Object, by: str, *, dry_run: bool) -> None:
        """Tell the trace, unless it was only a question."""
        if dry_run:
            return
        self._ctx.trace.emit(
            "evict-refused",
            uid=pod["metadata"]["uid"],
            budget="/".join(key_of(budget)),
            by=by,
        )


def check_name(name: str, body: Any) -> None:
    """400 unless an Eviction names the pod that its address names."""
    meta = body.get("metadata") if isinstance(body, dict) else None
    said = meta.get("name") if isinstance(meta, dict) else None
    if said != name:
        raise errors.bad_request("name in URL does not match name in Eviction object")


def options_of(body: Any) -> Object:
    """The DeleteOptions of an Eviction; the server's refusal where either has another form."""
    return deletion_options(formed_as("Eviction", body).get("deleteOptions"))


def _beyond_budgets(pod: PodObject) -> bool:
    """A pod that is going, gone or not started costs no budget."""
    return pod.terminating or pod.finished or pod.phase == "Pending"


def _lets_unready_go(budget: Object) -> bool:
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget["status"]
    return bool(status["currentHealthy"] >= status["desiredHealthy"] > 0)


def _too_many(cause: str, **more: Any) -> dict[str, Any]:
    return {"causes": [{"reason": "DisruptionBudget", "message": cause}], **more}


def _still_processed(name: str) -> ApiError:
    cause = f"The disruption budget {name} is still being processed by the server."
    details = _too_many(cause, retryAfterSeconds=int(_UNOBSERVED_RETRY_S))
    return errors.failure(
        429, "TooManyRequests", _VIOLATION, details, retry_after_s=_UNOBSERVED_RETRY_S
    )


def _violated(budget: Object) -> ApiError:
    """The 429 that tells clients nothing of when to try again, as the real one doesn't."""
    status = budget["status"]
    cause = (
        f"The disruption budget {budget['metadata']['name']} needs {status['desiredHealthy']} "
        f"healthy pods and has {status['currentHealthy']} currently"
    )
    return errors.failure(429, "TooManyRequests", _VIOLATION, _too_many(cause))
