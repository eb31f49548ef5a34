"""The Job controller: pods that run to their end, counted once each.

The controller counts a pod when it ends or goes, as the real one does by a finalizer on the pod.
What ended is noted by the write that ended it, so no pass looks at pods that were counted before.
Not here: `backoffLimitPerIndex`, `successPolicy` and the conditions that newer servers set
before the final one (`SuccessCriteriaMet`, `FailureTarget`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.clock import parse_time
from poolshift.core.errors import ApiError
from poolshift.sim.kube import news
from poolshift.sim.kube.controllers import jobrules, pods
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import (
    Key,
    Object,
    condition_of,
    finished,
    key_of,
    ready,
    terminating,
    with_status,
)
from poolshift.sim.kube.podobjects import PodObject
from poolshift.sim.kube.resources import JOBS, PODS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:job"
BURST = 500
# The real controller's waits after failed pods: ten seconds, doubled each time, ten minutes most.
_BACK_OFF_S = 10.0
_BACK_OFF_LIMIT_S = 600.0


class _Progress(msgspec.Struct):
    """What happened to a Job's pods since it was last looked at, and its failures in a row."""

    ended: list[PodObject] = msgspec.field(default_factory=list)
    failures: int = 0
    failed_at: float = 0.0

    def wait_s(self, now: float) -> float:
        """How long no new pod is made yet."""
        if not self.failures:
            return 0.0
        pause_s: float = min(_BACK_OFF_S * 2 ** min(self.failures - 1, 16), _BACK_OFF_LIMIT_S)
        return max(self.failed_at + pause_s - now, 0.0)


class Jobs:
    """Runs every Job."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._recorder = recorder
        self._progress: dict[str, _Progress] = {}
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        ctx.store.listen(JOBS, self._job)
        ctx.store.follow_pods(self._pod, news.ANY, traits=news.OF_JOB)

    def _job(self, change: Change) -> None:
        if change.type == "DELETED":
            self._progress.pop(change.obj["metadata"]["uid"], None)
        self.queue.add(key_of(change.obj))

    def _pod(self, change: PodChange) -> None:
        pod, ref, prev = change.obj, change.obj.owner, change.prev
        if prev is not None and prev.owner is not ref and prev.owner is not None:
            self.queue.add((pod.key[0], prev.owner["name"]))
        if ref is None:
            return
        was_finished = change.prev is not None and change.prev.finished
        if change.type == "DELETED":
            # A pod that goes before its end has failed, unless the Job itself took it away.
            over = not pod.finished and change.by != BY
        else:
            over = pod.finished and not was_finished
        if over:
            self._progress.setdefault(ref["uid"], _Progress()).ended.append(pod)
        self.queue.add((pod.key[0], ref["name"]))

    def _sync(self, key: Key) -> None:
        job = self._ctx.store.find(JOBS, *key)
        if job is None or terminating(job):
            return
        if jobrules.over(job):
            self._expire(key, job)
            return
        job, stated = self._counted(job)
        if "startTime" not in job["status"] and not job["spec"].get("suspend"):
            job = with_status(job, startTime=self._ctx.now())
        owned = self._ctx.owners.pods(job["metadata"]["uid"])
        active = pods.active(owned)
        verdict = stated or self._failure(key, job, active) or jobrules.completion(job, len(active))
        if verdict is not None:
            job = self._end(job, active, verdict)
        elif job["spec"].get("suspend"):
            job = self._suspend(job, active)
        else:
            job = self._resumed(job)
            self._keep(key, job, owned, active)
        current = pods.active(self._ctx.owners.pods(job["metadata"]["uid"]))
        self._report(job, current)

    def _counted(self, job: Object) -> tuple[Object, jobrules.Verdict | None]:
        """The Job with what ended since last time counted, and what its policy makes of that."""
        progress = self._progress.setdefault(job["metadata"]["uid"], _Progress())
        status = job.get("status", {})
        ended, progress.ended = progress.ended, []
        for pod in ended:
            if pod["status"].get("phase") == "Succeeded":
                status = jobrules.with_success(status, pod)
                progress.failures = 0
                continue
            action = jobrules.policy_action(job, pod)
            if action == "FailJob":
                status = {**status, "failed": status.get("failed", 0) + 1}
                return {**job, "status": status}, jobrules.by_policy(pod)
            if action != "Ignore":
                status = {**status, "failed": status.get("failed", 0) + 1}
                progress.failures += 1
                progress.failed_at = self._ctx.clock.t
        return {**job, "status": status}, None

    def _failure(self, key: Key, job: Object, active: list[PodObject]) -> jobrules.Verdict | None:
        """Why the Job has failed, if it has; comes back when its deadline is up."""
        if jobrules.beyond_limit(job, active):
            return jobrules.LIMIT_REACHED
        deadline_s = job["spec"].get("activeDeadlineSeconds")
        if deadline_s is None or "startTime" not in job["status"]:
            return None
        started = parse_time(job["status"]["startTime"])
        left_s = deadline_s - (self._ctx.clock.moment() - started).total_seconds()
        if left_s <= 0:
            return jobrules.DEADLINE_PASSED
        self.queue.add_after(key, left_s)
        return None

    def _end(self, job: Object, active: list[PodObject], verdict: jobrules.Verdict) -> Object:
        for pod in active:
            self._delete(job, pod)
        job = jobrules.with_job_condition(job, verdict, self._ctx.now())
        good = verdict.type == "Complete"
        if good:
            job = with_status(job, completionTime=self._ctx.now())
        text = "Job completed" if good else verdict.message
        self._event(job, "Normal" if good else "Warning", verdict.event, text)
        return job

    def _suspend(self, job: Object, active: list[PodObject]) -> Object:
        for pod in active:
            self._delete(job, pod)
        if jobrules.said(job, "Suspended") == "True":
            return job
        self._event(job, "Normal", "Suspended", "Job suspended")
        job = with_status(job, startTime=None)
        return jobrules.with_job_condition(job, jobrules.SUSPENDED, self._ctx.now())

    def _resumed(self, job: Object) -> Object:
        if jobrules.said(job, "Suspended") != "True":
            return job
        self._event(job, "Normal", "Resumed", "Job resumed")
        return jobrules.with_job_condition(job, jobrules.RESUMED, self._ctx.now())

    def _keep(self, key: Key, job: Object, owned: list[PodObject], active: list[PodObject]) -> None:
        """As many pods at work as the Job wants now."""
        wanted = jobrules.wanted(job, len(active))
        for pod in pods.surplus(active, len(active) - wanted) if len(active) > wanted else ():
            self._delete(job, pod)
        room = wanted - len(active)
        if job["spec"].get("podReplacementPolicy") == "Failed":
            room -= sum(terminating(p) and not finished(p) for p in owned)
        if room <= 0:
            return
        progress = self._progress[job["metadata"]["uid"]]
        if (wait_s := progress.wait_s(self._ctx.clock.t)) > 0:
            self.queue.add_after(key, wait_s)
            return
        for index in jobrules.free_indexes(job, active, min(room, BURST)):
            if not self._make(job, index):
                progress.failures += 1
                progress.failed_at = self._ctx.clock.t
                self.queue.add_after(key, progress.wait_s(self._ctx.clock.t))
                break

    def _make(self, job: Object, index: int | None) -> bool:
        """Make a pod; whether the server took it."""
        try:
            pod = self._ctx.store.create(PODS, jobrules.new_pod(self._ctx, job, index), by=BY)
        except ApiError as refused:
            self._event(job, "Warning", "FailedCreate", f"Error creating: {refused.message}")
            return False
        name = pod["metadata"]["name"]
        self._event(job, "Normal", "SuccessfulCreate", f"Created pod: {name}")
        return True

    def _delete(self, job: Object, pod: Object) -> None:
        self._deleter.delete(PODS, pod, by=BY)
        name = pod["metadata"]["name"]
        self._event(job, "Normal", "SuccessfulDelete", f"Deleted pod: {name}")

    def _report(self, job: Object, active: list[PodObject]) -> None:
        current = self._ctx.store.find(JOBS, *key_of(job))
        if current is None:
            return
        status = {
            **job["status"],
            "active": len(active) or None,
            "ready": 0 if jobrules.over(job) else sum(ready(p) for p in active),
            "terminating": 0,
            "uncountedTerminatedPods": {},
        }
        self._ctx.store.update(JOBS, with_status({**current, "status": {}}, **status), by=BY)

    def _expire(self, key: Key, job: Object) -> None:
        """Take a finished Job away when its time to live is up."""
        ttl_s = job["spec"].get("ttlSecondsAfterFinished")
        if ttl_s is None:
            return
        ended = condition_of(job, "Complete") or condition_of(job, "Failed") or {}
        since = parse_time(ended.get("lastTransitionTime") or self._ctx.now())
        left_s = ttl_s - (self._ctx.clock.moment() - since).total_seconds()
        if left_s > 0:
            self.queue.add_after(key, left_s)
        else:
            self._deleter.delete(JOBS, job, by="controller:ttl-after-finished")

    def _event(self, job: Object, type_: str, reason: str, message: str) -> None:
        self._recorder.record(
            job, type_=type_, reason=reason, message=message, source="job-controller"
        )
