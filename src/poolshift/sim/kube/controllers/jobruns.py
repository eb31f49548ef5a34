"""How pods that run to their end do so: the work of Jobs, and bare pods that are told to end.

How long a run takes no cluster tells: it comes from the pod's annotations, from the scenario, or is
one minute. A pod without restartPolicy Always and without a Job runs for ever, unless annotated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.behaviour import RunSpec
from poolshift.sim.kube import news, podstatus
from poolshift.sim.kube.controllers.queue import LONGEST_WAIT_S
from poolshift.sim.kube.objects import (
    Object,
    annotations_of,
    condition_of,
    controller_ref,
    finished,
    key_of,
    node_of,
    ready,
    terminating,
    with_status,
)
from poolshift.sim.kube.resources import JOBS, NODES, PODS

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import PodChange

BY = "controller:kubelet"
RUN_FOR = "sim.poolshift.io/run-for"
FAILURES = "sim.poolshift.io/failures"
EXIT_CODE = "sim.poolshift.io/exit-code"
_LOOK_AGAIN_S = 30.0


class JobRuns:
    """Ends the containers of pods that do not run for ever."""

    def __init__(self, ctx: Context, recorder: Recorder) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self._timers: dict[str, Timer] = {}
        ctx.store.follow_pods(self._pod, news.ANY, traits=news.ENDS)

    def _pod(self, change: PodChange) -> None:
        pod = change.obj
        uid = pod["metadata"]["uid"]
        if change.type == "DELETED" or finished(pod) or terminating(pod):
            timer = self._timers.pop(uid, None)
            if timer is not None:
                timer.cancel()
        elif uid not in self._timers and _runs(pod):
            run = self._run_of(pod)
            if run is not None:
                key = key_of(pod)
                self._set(uid, run.run_s, lambda: self._end(key, uid, run))

    def _set(self, uid: str, seconds: float, action: Callable[[], None]) -> None:
        """The pod's next step; one that is many hours off is no event to jump to."""
        # Not ctx.after: work does not end at once because the world is being set up.
        self._timers[uid] = self._ctx.clock.after(
            seconds, action, periodic=seconds > LONGEST_WAIT_S
        )

    def _run_of(self, pod: Object) -> RunSpec | None:
        notes = annotations_of(pod)
        ref = controller_ref(pod)
        if (ref is None or ref["kind"] != "Job") and RUN_FOR not in notes:
            return None
        run = RunSpec("")
        if ref is not None:
            namespace = pod["metadata"]["namespace"]
            job = self._ctx.store.find(JOBS, namespace, ref["name"])
            above = (controller_ref(job) if job else None) or ref
            run = self._ctx.behaviour.run_of(namespace, ref["name"], above["name"])
        return _annotated(run, notes)

    def _end(self, key: tuple[str, str], uid: str, run: RunSpec) -> None:
        """The containers have ended, well or not."""
        self._timers.pop(uid, None)
        pod = self._ctx.store.find(PODS, *key)
        if pod is None or pod["metadata"]["uid"] != uid or terminating(pod):
            return
        node = self._ctx.store.find(NODES, "", node_of(pod))
        if node is not None and not ready(node):
            # Nobody can tell how it ended until the node is back.
            self._set(uid, _LOOK_AGAIN_S, lambda: self._end(key, uid, run))
            return
        if not self._fails(pod, run):
            self._finish(pod, "Succeeded", 0)
        elif pod["spec"]["restartPolicy"] == "OnFailure":
            self._restart_later(pod, run)
        else:
            self._finish(pod, "Failed", run.exit_code)

    def _fails(self, pod: Object, run: RunSpec) -> bool:
        if pod["spec"]["restartPolicy"] == "OnFailure":
            return _restarts(pod) < run.failures
        ref = controller_ref(pod)
        job = ref and self._ctx.store.find(JOBS, pod["metadata"]["namespace"], ref["name"])
        failed: int = (job or {}).get("status", {}).get("failed", 0)
        return failed < run.failures

    def _finish(self, pod: Object, phase: str, exit_code: int) -> None:
        state = self._terminated(pod, exit_code)
        statuses = [
            {**status, "ready": False, "started": False, "state": _ended(status, state)}
            for status in pod["status"].get("containerStatuses", ())
        ]
        ended = podstatus.ended(pod, self._ctx.now(), phase)
        self._ctx.store.update(PODS, with_status(ended, containerStatuses=statuses), by=BY)

    def _terminated(self, pod: Object, exit_code: int) -> Object:
        statuses = pod["status"].get("containerStatuses") or [{}]
        running = statuses[0].get("state", {}).get("running") or {}
        return {
            "exitCode": exit_code,
            "reason": "Error" if exit_code else "Completed",
            "startedAt": running.get("startedAt", self._ctx.now()),
            "finishedAt": self._ctx.now(),
        }

    def _restart_later(self, pod: Object, run: RunSpec) -> None:
        """The kubelet starts the containers again, each time after a longer wait."""
        restarts = _restarts(pod)
        pause_s = self._ctx.timings.pause_s(restarts)
        state = self._terminated(pod, run.exit_code)
        names = [c["name"] for c in pod["spec"]["containers"]]
        reason = f"back-off {int(pause_s)}s restarting failed container={names[0]}"
        waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": reason}}
        crashed = podstatus.running(pod, self._ctx.now(), ready=False)
        crashed = _with_containers(crashed, restarts + 1, state=waiting, started=False)
        crashed = with_status(
            crashed,
            containerStatuses=[
                {**status, "lastState": _ended(status, state)}
                for status in crashed["status"]["containerStatuses"]
            ],
        )
        self._ctx.store.update(PODS, crashed, by=BY)
        self._recorder.record(
            pod,
            type_="Warning",
            reason="BackOff",
            message=f"Back-off restarting failed container {names[0]} in pod {key_of(pod)[1]}",
            source="kubelet",
            host=node_of(pod),
        )
        key, uid = key_of(pod), pod["metadata"]["uid"]
        self._set(uid, pause_s, lambda: self._restart(key, uid))

    def _restart(self, key: tuple[str, str], uid: str) -> None:
        self._timers.pop(uid, None)
        pod = self._ctx.store.find(PODS, *key)
        if pod is None or pod["metadata"]["uid"] != uid or terminating(pod):
            return
        restarts = _restarts(pod)
        running = podstatus.running(pod, self._ctx.now(), ready=True)
        self._ctx.store.update(PODS, _with_containers(running, restarts), by=BY)


def _with_containers(pod: Object, restarts: int, **changes: object) -> Object:
    statuses = [
        {**status, "restartCount": restarts, **changes}
        for status in pod["status"]["containerStatuses"]
    ]
    return with_status(pod, containerStatuses=statuses)


def _runs(pod: Object) -> bool:
    """Whether the containers have started and the last status is not a refusal of theirs."""
    condition = condition_of(pod, "ContainersReady")
    return (
        pod["status"].get("phase") == "Running"
        and condition is not None
        and condition["status"] == "True"
    )


def _restarts(pod: Object) -> int:
    counts = [s.get("restartCount", 0) for s in pod["status"].get("containerStatuses", ())]
    return max(counts, default=0)


def _annotated(run: RunSpec, notes: dict[str, str]) -> RunSpec:
    """The run with what the annotations say; what is no number counts as not said."""
    changes: dict[str, float] = {}
    for name, field in ((RUN_FOR, "run_s"), (FAILURES, "failures"), (EXIT_CODE, "exit_code")):
        text = notes.get(name, "")
        if text.isdigit() and text.isascii():
            changes[field] = int(text)
    return msgspec.structs.replace(run, **changes)


def _ended(status: Object, state: Object) -> Object:
    """The state of one container that ended, by its own identity."""
    own = {"containerID": status["containerID"]} if "containerID" in status else {}
    return {"terminated": {**state, **own}}
