"""What the counts of a Job mean: how many pods it wants, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.kube import admission
from poolshift.sim.kube.objects import (
    Object,
    annotations_of,
    condition_of,
    labels_of,
    owner_reference,
    with_status,
)
from poolshift.sim.kube.resources import PODS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.podobjects import PodObject

INDEX = "batch.kubernetes.io/job-completion-index"


class Verdict(msgspec.Struct, frozen=True):
    """A condition that a Job gets, and the reason of its event where that is another."""

    type: str
    reason: str
    message: str
    value: str = "True"
    said: str = ""

    @property
    def event(self) -> str:
        """The event's reason."""
        return self.said or self.reason


COMPLETE = Verdict(
    "Complete", "CompletionsReached", "Reached expected number of succeeded pods", said="Completed"
)
LIMIT_REACHED = Verdict(
    "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"
)
DEADLINE_PASSED = Verdict(
    "Failed", "DeadlineExceeded", "Job was active longer than specified deadline"
)
SUSPENDED = Verdict("Suspended", "JobSuspended", "Job suspended")
RESUMED = Verdict("Suspended", "JobResumed", "Job resumed", "False")


def said(job: Object, type_: str) -> str:
    """The status of a condition, empty when the Job does not have it."""
    found = condition_of(job, type_)
    return str(found["status"]) if found else ""


def over(job: Object) -> bool:
    """Whether a Job has come to its end."""
    return said(job, "Complete") == "True" or said(job, "Failed") == "True"


def with_job_condition(job: Object, verdict: Verdict, now: str) -> Object:
    """The Job with a condition, dated."""
    conditions = [c for c in job["status"].get("conditions") or () if c["type"] != verdict.type]
    conditions.append(
        {
            "type": verdict.type,
            "status": verdict.value,
            "lastProbeTime": now,
            "lastTransitionTime": now,
            "reason": verdict.reason,
            "message": verdict.message,
        }
    )
    return with_status(job, conditions=conditions)


def completion(job: Object, active: int) -> Verdict | None:
    """Whether enough pods have succeeded; a work queue is done when its last pod is."""
    succeeded = job["status"].get("succeeded", 0)
    completions = job["spec"].get("completions")
    if completions is None:
        return COMPLETE if succeeded and not active else None
    return COMPLETE if succeeded >= completions else None


def beyond_limit(job: Object, active: list[PodObject]) -> bool:
    """Whether more pods (with OnFailure: restarts too) failed than the Job puts up with."""
    limit: int = job["spec"].get("backoffLimit", 6)
    if job["status"].get("failed", 0) > limit:
        return True
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    restarts: int = sum(
        status.get("restartCount", 0)
        for pod in active
        for status in pod["status"].get("containerStatuses", ())
    )
    return restarts > 0 if limit == 0 else restarts >= limit


def wanted(job: Object, active: int) -> int:
    """How many pods should be at work now."""
    parallelism: int = job["spec"].get("parallelism", 1)
    succeeded: int = job["status"].get("succeeded", 0)
    completions: int | None = job["spec"].get("completions")
    if completions is None:
        return active if succeeded else parallelism
    return max(min(parallelism, completions - succeeded), 0)


def indexed(job: Object) -> bool:
    """Whether each of the Job's pods has an index of its own."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def free_indexes(job: Object, active: list[PodObject], count: int) -> Iterable[int | None]:
    """The indexes to make pods for, None for each pod of a Job without them."""
    if not indexed(job):
        return [None] * count
    taken = set(parse_indexes(job["status"].get("completedIndexes", "")))
    taken.update(index for pod in active if (index := index_of(pod)) is not None)
    free = (n for n in range(job["spec"]["completions"]) if n not in taken)
    return [n for _, n in zip(range(count), free, strict=False)]


def index_of(pod: Object) -> int | None:
    """A pod's completion index."""
    text = annotations_of(pod).get(INDEX) or labels_of(pod).get(INDEX) or ""
    return int(text) if text.isdigit() else None


def parse_indexes(text: str) -> list[int]:
    """Indexes of `0,2-4`."""
    found: list[int] = []
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return found


def format_indexes(indexes: Iterable[int]) -> str:
    """Indexes as the status has them: spans of three and more are contracted, as of two."""
    spans: list[list[int]] = []
    for index in sorted(set(indexes)):
        if spans and spans[-1][1] == index - 1:
            spans[-1][1] = index
        else:
            spans.append([index, index])
    return ",".join(
        str(a) if a == b else f"{a},{b}" if b == a + 1 else f"{a}-{b}" for a, b in spans
    )


def with_success(status: Object, pod: Object) -> Object:
    """The status with one more success; an index counts once."""
    index = index_of(pod)
    if index is None:
        return {**status, "succeeded": status.get("succeeded", 0) + 1}
    done = {*parse_indexes(status.get("completedIndexes", "")), index}
    return {**status, "succeeded": len(done), "completedIndexes": format_indexes(done)}


def policy_action(job: Object, pod: Object) -> str:
    """What the first rule of the podFailurePolicy that fits a failed pod says; Count by default."""
    for rule in (job["spec"].get("podFailurePolicy") or {}).get("rules") or ():
        if _fits_conditions(rule, pod) or _fits_codes(rule, pod):
            return str(rule["action"])
    return "Count"


def by_policy(pod: Object) -> Verdict:
    """The verdict of a rule that fails the whole Job."""
    name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
    message = f"Pod {name} has failed and a rule of the pod failure policy has action FailJob"
    return Verdict("Failed", "PodFailurePolicy", message)


def _fits_conditions(rule: Object, pod: Object) -> bool:
    return any(
        said(pod, str(pattern["type"])) == pattern.get("status", "True")
        for pattern in rule.get("onPodConditions") or ()
    )


def _fits_codes(rule: Object, pod: Object) -> bool:
    wanted_codes = rule.get("onExitCodes")
    if not wanted_codes:
        return False
    inside = wanted_codes["operator"] == "In"
    for status in pod["status"].get("containerStatuses", ()):
        code = (status.get("state", {}).get("terminated") or {}).get("exitCode", 0)
        named = wanted_codes.get("containerName", status["name"]) == status["name"]
        if code and named and (code in wanted_codes["values"]) == inside:
            return True
    return False


def new_pod(ctx: Context, job: Object, index: int | None) -> Object:
    """A pod of a Job, as the server would store it; raises what the server refuses."""
    template = job["spec"]["template"]
    meta = template.get("metadata") or {}
    name = job["metadata"]["name"]
    notes, labels = dict(meta.get("annotations") or {}), dict(meta.get("labels") or {})
    spec = template["spec"]
    if index is not None:
        notes[INDEX] = labels[INDEX] = str(index)
        name = f"{name}-{index}"
        spec = {**spec, "hostname": name, "containers": [_told(c) for c in spec["containers"]]}
    body = {
        "metadata": {
            "generateName": f"{name}-",
            "labels": labels,
            "annotations": notes or None,
            "ownerReferences": [owner_reference(job)],
        },
        "spec": spec,
    }
    return admission.created(ctx, PODS, body, job["metadata"]["namespace"])


def _told(container: Object) -> Object:
    """A container that learns its index."""
    path = f"metadata.labels['{INDEX}']"
    source = {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}
    env = [*(container.get("env") or ()), {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}]
    return {**container, "env": env}
