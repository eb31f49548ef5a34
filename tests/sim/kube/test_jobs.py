"""Jobs and CronJobs: pods that run to their end, once or on the clock."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from tests.sim.kube.worlds import LINUX_IMAGE, linux_seed, make_world, trace_of

from poolshift.core.errors import ApiError
from poolshift.core.ports import PatchKind
from poolshift.sim.behaviour import Behaviour, RunSpec
from poolshift.sim.kube.objects import Object, condition_of
from poolshift.sim.kube.resources import CRON_JOBS, EVENTS, JOBS, PODS
from poolshift.sim.kube.world import KubeWorld


def world(*, run: RunSpec | None = None) -> KubeWorld:
    made = make_world()
    made.warming = True
    made.add_node(linux_seed(), by="user:arm", ready_after_s=0)
    made.settle()
    made.warming = False
    made.open_trace()
    if run is not None:
        made.ctx.behaviour = Behaviour(jobs=(run,))
    return made


def job_spec(restart: str = "Never", notes: dict[str, str] | None = None, **spec: Any) -> Object:
    return {
        "template": {
            "metadata": {"annotations": notes} if notes else {},
            "spec": {
                "restartPolicy": restart,
                "containers": [{"name": "work", "image": LINUX_IMAGE}],
            },
        },
        **spec,
    }


def job(name: str = "report", restart: str = "Never", **spec: Any) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": job_spec(restart, **spec),
    }


def cron_job(schedule: str, *, work: Object | None = None, **spec: Any) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly", "namespace": "default"},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": work or job_spec()}, **spec},
    }


def status(made: KubeWorld, name: str = "report") -> Object:
    found: Object = made.store.get(JOBS, "default", name)["status"]
    return found


def verdict(made: KubeWorld, name: str = "report") -> tuple[str, str]:
    found = status(made, name).get("conditions") or [{"type": "", "reason": ""}]
    return found[-1]["type"], found[-1]["reason"]


def reasons(made: KubeWorld) -> list[str]:
    return [e["reason"] for e in made.store.all(EVENTS)]


def jobs_of(made: KubeWorld) -> list[str]:
    return [j["metadata"]["name"] for j in made.store.all(JOBS)]


def test_a_job_runs_its_pods_side_by_side_until_enough_have_succeeded() -> None:
    made = world()
    made.apply(job(completions=5, parallelism=2), by="u")
    made.clock.run_until(30)
    assert (status(made)["active"], status(made)["ready"]) == (2, 2)
    made.clock.run_until(600)
    assert status(made)["succeeded"] == 5
    assert "active" not in status(made)
    assert verdict(made) == ("Complete", "CompletionsReached")
    assert len(trace_of(made, "pod-finished")) == 5
    assert len(trace_of(made, "pod-unready")) == 5
    pods = list(made.store.all(PODS))
    assert {p["status"]["phase"] for p in pods} == {"Succeeded"}
    uid = made.store.get(JOBS, "default", "report")["metadata"]["uid"]
    assert {p["metadata"]["labels"]["batch.kubernetes.io/controller-uid"] for p in pods} == {uid}


def test_the_scenario_says_how_long_a_run_takes_and_the_annotation_wins() -> None:
    made = world(run=RunSpec("default/report", run_s=300))
    made.apply(job(), by="u")
    made.apply(job("quick", notes={"sim.poolshift.io/run-for": "20"}), by="u")
    made.clock.run_until(60)
    assert verdict(made, "quick")[0] == "Complete"
    assert verdict(made)[0] == ""
    made.clock.run_until(400)
    assert verdict(made)[0] == "Complete"


def test_failed_pods_are_made_again_ever_later_until_the_limit() -> None:
    made = world(run=RunSpec("default/report", run_s=10, failures=9))
    made.apply(job(backoffLimit=2), by="u")
    made.clock.run_until(1000)
    assert status(made)["failed"] == 3
    assert verdict(made) == ("Failed", "BackoffLimitExceeded")
    made_at = [e["t_s"] for e in trace_of(made, "pod-created")]
    gaps = [round(b - a) for a, b in pairwise(made_at)]
    assert len(gaps) == 2
    assert gaps[1] - gaps[0] == pytest.approx(10, abs=3)


def test_a_job_that_fails_at_first_completes_in_the_end() -> None:
    made = world(run=RunSpec("default/report", run_s=10, failures=2))
    made.apply(job(), by="u")
    made.clock.run_until(1000)
    assert (status(made)["failed"], status(made)["succeeded"]) == (2, 1)
    assert verdict(made)[0] == "Complete"


def test_with_on_failure_the_containers_start_again_in_their_pod() -> None:
    made = world(run=RunSpec("default/report", run_s=10, failures=2))
    made.apply(job(restart="OnFailure"), by="u")
    made.clock.run_until(1000)
    assert verdict(made)[0] == "Complete"
    [pod] = made.store.all(PODS)
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 2
    assert "failed" not in status(made)


def test_restarts_count_towards_the_limit() -> None:
    made = world(run=RunSpec("default/report", run_s=10, failures=9))
    made.apply(job(restart="OnFailure", backoffLimit=2), by="u")
    made.clock.run_until(1000)
    assert verdict(made) == ("Failed", "BackoffLimitExceeded")
    assert list(made.store.all(PODS)) == []


def test_each_index_of_an_indexed_job_completes_once() -> None:
    made = world()
    made.apply(job(completionMode="Indexed", completions=4, parallelism=3), by="u")
    made.clock.run_until(600)
    assert status(made)["completedIndexes"] == "0-3"
    names = sorted(p["metadata"]["name"].rsplit("-", 1)[0] for p in made.store.all(PODS))
    assert names == ["report-0", "report-1", "report-2", "report-3"]


def test_a_work_queue_is_done_when_one_has_succeeded_and_none_is_left() -> None:
    made = world()
    made.apply(job(parallelism=3), by="u")
    made.clock.run_until(600)
    assert status(made)["succeeded"] == 3
    assert verdict(made)[0] == "Complete"


def test_a_deadline_ends_a_job() -> None:
    made = world(run=RunSpec("default/report", run_s=5000))
    made.apply(job(activeDeadlineSeconds=100), by="u")
    made.clock.run_until(99)
    assert verdict(made)[0] == ""
    made.clock.run_until(110)
    assert verdict(made) == ("Failed", "DeadlineExceeded")
    assert list(made.store.all(PODS)) == []


def test_a_finished_job_goes_with_its_pods_when_its_time_is_up() -> None:
    made = world()
    made.apply(job(ttlSecondsAfterFinished=120), by="u")
    made.clock.run_until(120)
    assert verdict(made)[0] == "Complete"
    made.clock.run_until(300)
    assert jobs_of(made) == []
    assert list(made.store.all(PODS)) == []


def test_a_suspended_job_waits_without_pods_and_starts_anew() -> None:
    made = world()
    made.apply(job(suspend=True), by="u")
    made.clock.run_until(100)
    assert verdict(made) == ("Suspended", "JobSuspended")
    assert list(made.store.all(PODS)) == []
    patch = {"spec": {"suspend": False}}
    made.api.patch(JOBS, ("default", "report"), patch, PatchKind.MERGE, by="u")
    made.clock.run_until(300)
    assert [c["type"] for c in status(made)["conditions"]] == ["Suspended", "Complete"]
    assert {"Suspended", "Resumed", "SuccessfulCreate", "Completed"} <= set(reasons(made))


@pytest.mark.parametrize(("ignoring", "failed"), [(True, 0), (False, 1)])
def test_an_evicted_pod_counts_as_failed_unless_the_policy_ignores_it(
    ignoring: bool, failed: int
) -> None:
    made = world()
    rule = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}
    policy: Object = {"podFailurePolicy": {"rules": [rule]}} if ignoring else {}
    made.apply(job(backoffLimit=0 if ignoring else 1, **policy), by="u")
    made.clock.run_until(30)
    [pod] = made.store.all(PODS)
    made.evict("default", pod["metadata"]["name"], by="run-1")
    made.clock.run_until(600)
    assert status(made).get("failed", 0) == failed
    assert verdict(made)[0] == "Complete"


def test_an_exit_code_that_the_policy_names_fails_the_whole_job() -> None:
    made = world(run=RunSpec("default/report", run_s=10, failures=9, exit_code=42))
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}
    made.apply(job(podFailurePolicy={"rules": [rule]}), by="u")
    made.clock.run_until(100)
    assert verdict(made) == ("Failed", "PodFailurePolicy")
    assert status(made)["failed"] == 1


def test_a_cron_job_starts_its_jobs_at_its_times_and_keeps_the_last_ones() -> None:
    made = world()
    made.apply(cron_job("*/10 * * * *"), by="u")
    assert made.clock.next_at() is not None
    made.clock.run_until(1)
    # Nothing that never ends: a jumping clock does not run from one time to the next.
    assert made.clock.next_at() is None
    minute = int(made.clock.start.timestamp()) // 60
    expected = [f"nightly-{minute + n}" for n in (40, 50, 60)]
    made.clock.run_until(3700)
    assert jobs_of(made) == expected
    cron = made.store.get(CRON_JOBS, "default", "nightly")
    assert cron["status"]["lastScheduleTime"] == "2022-10-15T09:00:00Z"
    assert cron["status"]["lastSuccessfulTime"] > "2022-10-15T09:00:00Z"
    assert "active" not in cron["status"]
    assert {"SawCompletedJob", "SuccessfulCreate", "SuccessfulDelete"} <= set(reasons(made))


def test_a_cron_job_keeps_its_own_time_zone() -> None:
    made = world()
    made.apply(cron_job("30 10 * * *", timeZone="Europe/Berlin"), by="u")
    made.clock.run_until(1790)
    assert jobs_of(made) == []
    made.clock.run_until(1801)
    assert len(jobs_of(made)) == 1


@pytest.mark.parametrize(
    ("policy", "running", "event"),
    [("Allow", 2, "SuccessfulCreate"), ("Forbid", 1, "JobAlreadyActive"), ("Replace", 1, "")],
)
def test_what_a_cron_job_does_while_the_last_one_runs(
    policy: str, running: int, event: str
) -> None:
    made = world(run=RunSpec("default/nightly", run_s=5000))
    made.apply(cron_job("*/10 * * * *", concurrencyPolicy=policy), by="u")
    made.clock.run_until(1201)
    assert len(jobs_of(made)) == running
    assert event in ("", *reasons(made))
    minute = int(made.clock.start.timestamp()) // 60
    newest = f"nightly-{minute + (10 if policy == 'Forbid' else 20)}"
    assert jobs_of(made)[-1] == newest


def test_a_suspended_cron_job_starts_what_it_missed_only_within_its_deadline() -> None:
    made = world()
    made.apply(cron_job("*/10 * * * *", suspend=True, startingDeadlineSeconds=60), by="u")
    made.clock.run_until(1500)
    assert jobs_of(made) == []
    wake = {"spec": {"suspend": False}}
    made.api.patch(CRON_JOBS, ("default", "nightly"), wake, PatchKind.MERGE, by="u")
    made.clock.run_until(1510)
    assert jobs_of(made) == []
    lenient = {"spec": {"startingDeadlineSeconds": 600}}
    made.api.patch(CRON_JOBS, ("default", "nightly"), lenient, PatchKind.MERGE, by="u")
    made.clock.run_until(1520)
    minute = int(made.clock.start.timestamp()) // 60
    assert jobs_of(made) == [f"nightly-{minute + 20}"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (cron_job("61 * * * *"), "spec.schedule"),
        (cron_job("* * * * *", timeZone="Europe/Nowhere"), "spec.timeZone"),
        (cron_job("* * * * *", concurrencyPolicy="Never"), "spec.concurrencyPolicy"),
        (job(restart="Always"), "spec.template.spec.restartPolicy"),
        (job(completionMode="Indexed"), "spec.completions"),
        (job(backoffLimit=-1), "spec.backoffLimit"),
    ],
    ids=["schedule", "zone", "policy", "restart", "indexed", "negative"],
)
def test_the_server_refuses_what_could_not_run(wrong: Object, field: str) -> None:
    with pytest.raises(ApiError) as caught:
        world().apply(wrong, by="u")
    assert caught.value.status == 422
    assert caught.value.details["causes"][0]["field"] == field  # type: ignore[index]


def test_a_bare_pod_ends_when_it_is_told_to() -> None:
    made = world()
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "once", "namespace": "default"},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": LINUX_IMAGE}]},
    }
    made.apply(pod, by="u")
    noted = {"name": "brief", "annotations": {"sim.poolshift.io/run-for": "5"}}
    made.apply({**pod, "metadata": {**pod["metadata"], **noted}}, by="u")
    made.clock.run_until(500)
    phases = {p["metadata"]["name"]: p["status"]["phase"] for p in made.store.all(PODS)}
    assert phases == {"once": "Running", "brief": "Succeeded"}
    ended = made.store.get(PODS, "default", "brief")
    assert condition_of(ended, "Ready")["reason"] == "PodCompleted"  # type: ignore[index]
