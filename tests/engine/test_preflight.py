"""Preflight names every problem at once and changes nothing."""

from __future__ import annotations

from msgspec.structs import replace
from tests.checkers import after_start
from tests.rig import Rig, budget, deployment, reference_app, run_async

from poolshift.core.kube import DEPLOYMENTS
from poolshift.core.plan import Plan
from poolshift.engine.preflight import missing_rights, preflight
from poolshift.engine.problem import Problem

GREEN = {"wspool": "poolws"}


def problems(rig: Rig, plan: Plan) -> tuple[Problem, ...]:
    return run_async(preflight(rig.arm, rig.kube, rig.cluster_id, plan))


def test_a_cluster_in_order_has_no_problem_and_is_not_touched() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN, manifests=reference_app())
    count = len(rig.events)
    assert problems(rig, plan) == ()
    assert after_start(rig.events[count:]) == []


def test_every_missing_right_is_named_at_once() -> None:
    rig = Rig()
    rig.world.kube.denied = {("create", "pods/eviction"), ("patch", "deployments")}
    found = run_async(missing_rights(rig.kube))
    assert {p.target for p in found} == {"pods/eviction", "deployments"}
    assert all(p.permission and "docs/permissions.md" in p.line() for p in found)


def test_a_manifest_that_changes_more_than_the_move_is_refused() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN, manifests=reference_app())
    workloads = tuple(
        replace(w, manifest=w.manifest.replace("replicas: 3", "replicas: 7"))
        for w in plan.workloads
    )
    assert workloads != plan.workloads
    [problem] = problems(rig, replace(plan, workloads=workloads))
    assert problem.target == "default/Deployment/sample"
    assert "spec.replicas" in problem.why
    assert "kubectl apply" in problem.fix


def test_a_pool_that_the_service_works_on_is_named() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.world.arm.pools["wspool"].properties["provisioningState"] = "Upgrading"
    assert [p.target for p in problems(rig, plan)] == ["pool/wspool"]


def test_two_budgets_over_the_same_pods_are_named_before_the_drain() -> None:
    rig = Rig(
        objects=(
            deployment("catalog", "myacr.azurecr.io/catalog:7"),
            budget("one", "catalog", maxUnavailable=1),
            budget("two", "catalog", maxUnavailable=1),
        )
    )
    [problem] = problems(rig, rig.plan(greens=GREEN))
    assert problem.target == "default/Deployment/catalog"
    assert "budget" in problem.fix


def test_a_workload_that_is_gone_is_named() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    run_async(rig.kube.delete(DEPLOYMENTS, "sample", "default"))
    assert [p.target for p in problems(rig, plan)] == ["default/Deployment/sample"]
