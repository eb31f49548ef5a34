"""The CronJob controller: Jobs on the clock, in the schedule's own time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from poolshift.core.clock import format_time, parse_time
from poolshift.core.errors import ApiError
from poolshift.semantics.cron import CronProblem, Schedule, parse_cron
from poolshift.sim.kube import admission
from poolshift.sim.kube.controllers import jobrules
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import (
    Key,
    Object,
    controller_ref,
    key_of,
    owner_reference,
    terminating,
    with_status,
)
from poolshift.sim.kube.resources import CRON_JOBS, JOBS

if TYPE_CHECKING:
    from datetime import tzinfo

    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change

BY = "controller:cronjob"
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
# More missed times than this are told of and not walked through one by one.
_MOST_MISSED = 100


class CronJobs:
    """Starts the Jobs of every CronJob at its times."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._recorder = recorder
        self._timers: dict[Key, Timer] = {}
        self._seen_over: set[str] = set()
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        ctx.store.listen(CRON_JOBS, self._cron)
        ctx.store.listen(JOBS, self._job)

    def _cron(self, change: Change) -> None:
        if change.prev is None or change.prev["spec"] != change.obj["spec"]:
            self.queue.add(key_of(change.obj))

    def _job(self, change: Change) -> None:
        ref = controller_ref(change.obj)
        if ref is not None and ref["kind"] == "CronJob":
            self.queue.add((change.obj["metadata"]["namespace"], ref["name"]))

    def _sync(self, key: Key) -> None:
        self._cancel(key)
        cron = self._ctx.store.find(CRON_JOBS, *key)
        if cron is None or terminating(cron):
            return
        cron = self._with_active(cron)
        cron = self._clean(cron)
        read = self._read(cron)
        if read is not None and not cron["spec"].get("suspend"):
            schedule, zone = read
            cron = self._start_missed(cron, schedule, zone)
            self._wait(key, schedule, zone)
        self._ctx.store.update(CRON_JOBS, cron, by=BY)

    def _cancel(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _wait(self, key: Key, schedule: Schedule, zone: tzinfo) -> None:
        """Come back at the next time; a schedule that never ends is nothing to jump to."""
        following = schedule.next(self._ctx.clock.moment(), zone)
        if following is None:
            return
        wait_s = (following - self._ctx.clock.moment()).total_seconds()
        self._timers[key] = self._ctx.clock.after(
            wait_s, lambda: self.queue.add(key), periodic=True
        )

    def _read(self, cron: Object) -> tuple[Schedule, tzinfo] | None:
        """The schedule and its zone; an event tells what is wrong with them."""
        stated, name = str(cron["spec"].get("schedule", "")), cron["spec"].get("timeZone")
        try:
            zone: tzinfo = ZoneInfo(str(name)) if name else UTC
        except (ZoneInfoNotFoundError, ValueError):
            text = f"invalid timeZone: {name!r}: unknown time zone {name}"
            self._event(cron, "Warning", "UnknownTimeZone", text)
            return None
        try:
            return parse_cron(stated), zone
        except CronProblem as problem:
            text = f'unparseable schedule: "{stated}" : {problem}'
            self._event(cron, "Warning", "UnparseableSchedule", text)
            return None

    def _owned(self, cron: Object) -> list[Object]:
        return self._ctx.owners.owned(cron["metadata"]["uid"], JOBS)

    def _with_active(self, cron: Object) -> Object:
        """The CronJob with its running Jobs, and what it saw of the finished ones."""
        active = []
        status = cron.get("status", {})
        last = status.get("lastSuccessfulTime")
        for job in self._owned(cron):
            if not jobrules.over(job):
                active.append(_reference(job))
                continue
            done = job["status"].get("completionTime")
            last = max(filter(None, (last, done)), default=None)
            if job["metadata"]["uid"] not in self._seen_over:
                self._seen_over.add(job["metadata"]["uid"])
                kind = "Complete" if jobrules.said(job, "Complete") == "True" else "Failed"
                text = f"Saw completed job: {job['metadata']['name']}, condition: {kind}"
                self._event(cron, "Normal", "SawCompletedJob", text)
        return with_status(cron, active=active or None, lastSuccessfulTime=last)

    def _clean(self, cron: Object) -> Object:
        """Take finished Jobs beyond the history limits away, the oldest first."""
        limits = (
            ("Complete", "successfulJobsHistoryLimit", 3),
            ("Failed", "failedJobsHistoryLimit", 1),
        )
        for condition, field, usual in limits:
            done = [j for j in self._owned(cron) if jobrules.said(j, condition) == "True"]
            done.sort(key=lambda j: (j["status"].get("startTime", ""), j["metadata"]["name"]))
            limit = cron["spec"].get(field, usual)
            for job in done[: max(len(done) - limit, 0)]:
                self._seen_over.discard(job["metadata"]["uid"])
                self._delete(cron, job)
        return cron

    def _start_missed(self, cron: Object, schedule: Schedule, zone: tzinfo) -> Object:
        """Start the latest time that has come since the last one, if it may still start."""
        now = self._ctx.clock.moment()
        since = self._since(cron)
        missed = list(islice(schedule.between(since, now, zone), _MOST_MISSED + 1))
        if not missed:
            return cron
        if len(missed) > _MOST_MISSED:
            text = (
                "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or "
                "check clock skew"
            )
            self._event(cron, "Warning", "TooManyMissedTimes", text)
            missed = list(schedule.between(missed[-1], now, zone))
        at = missed[-1]
        deadline_s = cron["spec"].get("startingDeadlineSeconds")
        if deadline_s is not None and at + timedelta(seconds=deadline_s) < now:
            text = f"Missed scheduled time to start a job: {at:%a, %d %b %Y %H:%M:%S} +0000"
            self._event(cron, "Warning", "MissSchedule", text)
            return cron
        return self._start(cron, at)

    def _since(self, cron: Object) -> datetime:
        """From when on a time may have been missed."""
        status, spec = cron.get("status", {}), cron["spec"]
        since = parse_time(status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"])
        deadline_s = spec.get("startingDeadlineSeconds")
        if deadline_s is not None:
            earliest = self._ctx.clock.moment() - timedelta(seconds=deadline_s)
            since = max(since, earliest)
        # What was due before the world began was somebody else's to start.
        return max(since, self._ctx.clock.start)

    def _start(self, cron: Object, at: datetime) -> Object:
        policy = cron["spec"].get("concurrencyPolicy", "Allow")
        running = [j for j in self._owned(cron) if not jobrules.over(j)]
        if policy == "Forbid" and running:
            text = (
                "Not starting job because prior execution is running and concurrency policy is "
                "Forbid"
            )
            self._event(cron, "Normal", "JobAlreadyActive", text)
            return cron
        if policy == "Replace":
            for job in running:
                self._delete(cron, job)
        name = f"{cron['metadata']['name']}-{int(at.timestamp()) // 60}"
        namespace = cron["metadata"]["namespace"]
        if self._ctx.store.find(JOBS, namespace, name) is None and not self._create(cron, name, at):
            return cron
        cron = self._with_active(cron)
        return with_status(cron, lastScheduleTime=format_time(at))

    def _create(self, cron: Object, name: str, at: datetime) -> bool:
        template = cron["spec"]["jobTemplate"]
        meta = template.get("metadata") or {}
        body = {
            "metadata": {
                "name": name,
                "labels": meta.get("labels"),
                "annotations": {**(meta.get("annotations") or {}), SCHEDULED: _stamp(cron, at)},
                "ownerReferences": [owner_reference(cron)],
            },
            "spec": template["spec"],
        }
        try:
            job = admission.created(self._ctx, JOBS, body, cron["metadata"]["namespace"])
            self._ctx.store.create(JOBS, job, by=BY)
        except ApiError as refused:
            text = f"Error creating job: {refused.message}"
            self._event(cron, "Warning", "FailedCreate", text)
            return False
        self._event(cron, "Normal", "SuccessfulCreate", f"Created job {name}")
        return True

    def _delete(self, cron: Object, job: Object) -> None:
        self._deleter.delete(JOBS, job, by=BY)
        self._event(cron, "Normal", "SuccessfulDelete", f"Deleted job {job['metadata']['name']}")

    def _event(self, cron: Object, type_: str, reason: str, message: str) -> None:
        self._recorder.record(
            cron, type_=type_, reason=reason, message=message, source="cronjob-controller"
        )


def _stamp(cron: Object, at: datetime) -> str:
    """The time with its offset, as the annotation has it."""
    name = cron["spec"].get("timeZone")
    local = at.astimezone(ZoneInfo(name)) if name else at
    return local.isoformat().replace("+00:00", "Z")


def _reference(job: Object) -> Object:
    meta = job["metadata"]
    return {
        "kind": "Job",
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": "batch/v1",
    }
