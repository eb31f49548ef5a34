"""Whole plans of the local AKS: pools, workloads, guards, steps, fingerprint."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.rig import Rig, budget, deployment, reference_app, replaced

from poolshift.catalog import load_catalog
from poolshift.core.clock import parse_time
from poolshift.core.errors import UsageError
from poolshift.core.plan import Guard, Move, Plan, StepKind, dump_plan, load_plan
from poolshift.core.snapshot import Snapshot
from poolshift.planner.fingerprint import differences, fingerprint, parts
from poolshift.planner.guard import strongest
from poolshift.planner.recheck import recheck
from poolshift.rules.run import assess
from poolshift.semantics.pins import WINDOWS_BUILD_KEY
from poolshift.sim.scenario import Scenario, load_scenario

FITS_BOTH = "myacr.azurecr.io/catalog:7"
OLD, NEW = "myacr.azurecr.io/cart:42", "myacr.azurecr.io/cart:42-ltsc2022"
CART = "default/Deployment/cart"
SKU = "kubernetes.azure.com/os-sku"
POOL = "kubernetes.azure.com/agentpool"


def pool_changed(**fields: Any) -> Scenario:
    scenario = load_scenario("reference")
    pools = tuple(replace(p, **fields) if p.name == "wspool" else p for p in scenario.pools)
    return replaced(scenario, pools=pools)


def two_pools() -> Scenario:
    scenario = load_scenario("reference")
    windows = next(p for p in scenario.pools if p.name == "wspool")
    second = replace(windows, name="wtwo", labels={"tier": "b"})
    return replaced(scenario, pools=(*scenario.pools, second))


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig()


@pytest.mark.parametrize(
    ("to", "options", "code"),
    [
        ("Windows1999", {}, "PSE150"),
        ("Windows2022", {"pools": ("nope",)}, "PSE151"),
        ("Windows2022", {"greens": {"nope": "x"}}, "PSE151"),
        ("Windows2022", {"pools": ("agentpool",)}, "PSE152"),
        ("Windows2019", {}, "PSE153"),
        ("Windows2022", {"greens": {"wspool": "agentpool"}}, "PSE310"),
        ("Windows2022", {"greens": {"wspool": "wspool"}}, "PSE310"),
        ("Windows2022", {"greens": {"wspool": "toolong"}}, "PSE310"),
        ("Windows2022", {"greens": {"wspool": "UPPER"}}, "PSE310"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    rig: Rig, to: str, options: dict[str, Any], code: str
) -> None:
    with pytest.raises(UsageError) as caught:
        rig.plan(to, **options)
    assert caught.value.code == code


def test_green_s_name_is_free_short_and_the_same_each_time(rig: Rig) -> None:
    names = {rig.plan().pools[0].green for _ in range(2)}
    assert names == {"wspo22"}


def test_green_is_made_of_what_blue_may_write() -> None:
    rig = Rig(
        pool_changed(
            labels={"team": "shop"},
            taints=("team=shop:NoSchedule",),
            properties={"enableAutoScaling": True, "minCount": 1, "maxCount": 9},
        )
    )
    pool = rig.plan().pools[0]
    body = pool.body["properties"]
    assert not {"provisioningState", "nodeImageVersion", "eTag", "powerState"} & set(body)
    assert body["osSKU"] == "Windows2022"
    assert body["nodeLabels"] == {"team": "shop"}
    assert "team=shop:NoSchedule" in body["nodeTaints"]
    assert body["enableAutoScaling"] is False
    assert not {"minCount", "maxCount"} & set(body)
    assert pool.autoscaler == {"min": 1, "max": 9}


def test_the_next_version_brings_fips_where_it_is_required() -> None:
    pool = Rig("reference-2025").plan("Windows2025").pools[0]
    assert pool.body["properties"]["enableFIPS"] is True
    assert pool.headers == {}


@pytest.mark.parametrize(
    ("asked", "images", "guard"),
    [
        ("auto", {}, Guard.PREFER),
        ("none", {}, Guard.NONE),
        ("strict", {}, Guard.STRICT),
        ("prefer", {}, Guard.PREFER),
    ],
)
def test_the_guard(rig: Rig, asked: str, images: dict[str, str], guard: Guard) -> None:
    pool = rig.plan(guard=asked, images=images).pools[0]
    assert pool.guard is guard
    taints = [t for t in pool.body["properties"]["nodeTaints"] if "poolshift.io/guard" in t]
    effect = {Guard.STRICT: "NoSchedule", Guard.PREFER: "PreferNoSchedule"}.get(guard)
    assert taints == ([f"poolshift.io/guard=green:{effect}"] if effect else [])


def test_no_guard_where_every_image_fits() -> None:
    assert Rig("reference-2025").plan("Windows2025").pools[0].guard is Guard.NONE


def test_a_blue_without_room_for_the_autoscaler_s_maximum_makes_the_guard_strict() -> None:
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "sample", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "sample"},
            "minReplicas": 3,
            "maxReplicas": 40,
        },
    }
    assert Rig(objects=(scaler,)).plan().pools[0].guard is Guard.STRICT


def test_the_strongest_guard_holds_for_all_pools() -> None:
    assert strongest([Guard.NONE, Guard.STRICT, Guard.PREFER]) is Guard.STRICT
    assert strongest([Guard.NONE, Guard.PREFER]) is Guard.PREFER
    assert strongest([]) is Guard.NONE


def workload(made: dict[str, Any], name: str = "cart", **options: Any) -> Any:
    plan = Rig(objects=(made,)).plan(greens={"wspool": "poolws"}, **options)
    found = [w for w in plan.workloads if w.target.endswith("/" + name)]
    blockers = [b for b in plan.blockers if b.target.endswith("/" + name)]
    return (found[0] if found else None), blockers, plan


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ({}, {SKU: "Windows2022"}),
        ({SKU: "Windows2019"}, {SKU: "Windows2022"}),
        ({WINDOWS_BUILD_KEY: "10.0.17763"}, {WINDOWS_BUILD_KEY: "10.0.20348"}),
        ({POOL: "wspool"}, {POOL: "poolws", SKU: "Windows2022"}),
        ({"agentpool": "wspool"}, {"agentpool": "poolws", SKU: "Windows2022"}),
    ],
    ids=["none", "os-sku", "windows-build", "pool", "old-pool-label"],
)
def test_pins_follow(selector: dict[str, str], wanted: dict[str, str]) -> None:
    made = deployment("cart", OLD, selector={"kubernetes.io/os": "windows", **selector})
    found, blockers, _ = workload(made, images={OLD: NEW})
    assert (found.move, found.selector, blockers) == (Move.RETARGET, wanted, [])


@pytest.mark.parametrize(
    ("image", "options", "move", "source"),
    [
        (OLD, {"images": {OLD: NEW}}, Move.RETARGET, "option"),
        (FITS_BOTH, {}, Move.DRAIN, "none"),
        (
            "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019",
            {},
            Move.RETARGET,
            "catalog",
        ),
    ],
    ids=["option", "none", "catalog"],
)
def test_where_the_new_image_comes_from(
    image: str, options: dict[str, Any], move: Move, source: str
) -> None:
    found, blockers, _ = workload(deployment("cart", image), **options)
    assert (found.move, found.from_, blockers) == (move, source, [])


def test_the_user_s_word_wins_over_the_files_and_these_over_the_catalog() -> None:
    plan = Rig().plan(manifests=reference_app())
    sample = next(w for w in plan.workloads if w.target.endswith("/sample"))
    assert sample.from_ == "manifests"
    assert sample.manifest
    asked = Rig().plan(manifests=reference_app(), images={sample.old_image: NEW})
    assert next(w for w in asked.workloads if w.target.endswith("/sample")).new_image == NEW


def test_an_image_without_a_successor_blocks_with_the_option_that_names_one() -> None:
    _, [blocker], _ = workload(deployment("cart", OLD))
    assert blocker.rule == "PSW104"
    assert f"--image {OLD}=NEW" in blocker.fix


@pytest.mark.parametrize(
    "new",
    [OLD, "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019"],
    ids=["the-same", "another"],
)
def test_a_new_image_that_does_not_fit_blocks(new: str) -> None:
    _, [blocker], _ = workload(deployment("cart", OLD), images={OLD: new})
    assert blocker.rule == "PSW104"


@pytest.mark.parametrize(
    ("labels", "owner"),
    [
        ({"app.kubernetes.io/managed-by": "Helm"}, "helm"),
        ({"argocd.argoproj.io/instance": "shop"}, "argocd"),
        ({"kustomize.toolkit.fluxcd.io/name": "shop"}, "flux"),
    ],
)
def test_what_git_or_helm_owns_waits_for_its_owner(labels: dict[str, str], owner: str) -> None:
    made = deployment("cart", OLD)
    made["metadata"]["labels"] = labels
    found, _, _ = workload(made, images={OLD: NEW})
    assert (found.move, found.reason, found.manifest) == (Move.WAIT_FOR_OWNER, owner, "")


@pytest.mark.parametrize(
    ("key", "value", "blocks"),
    [
        (SKU, "Windows2019", True),
        (SKU, "Windows2022", False),
        (POOL, "wspool", True),
        ("kubernetes.azure.com/node-image-version", "AKSWindows-2019-17763", True),
    ],
)
def test_an_affinity_that_green_cannot_meet_blocks(key: str, value: str, blocks: bool) -> None:
    term = {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}
    affinity = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}
        }
    }
    _, blockers, _ = workload(deployment("cart", OLD, affinity=affinity), images={OLD: NEW})
    assert [b.rule for b in blockers] == (["PSK204"] if blocks else [])


def test_a_bare_pod_blocks() -> None:
    spec = deployment("x", FITS_BOTH)["spec"]["template"]["spec"]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "cart", "namespace": "default"},
        "spec": spec,
    }
    _, [blocker], _ = workload(pod)
    assert blocker.rule == "PSK203"


ORDER = [
    StepKind.PREFLIGHT,
    StepKind.FEATURES,
    StepKind.HOLD,
    StepKind.CONTROL_PLANE,
    StepKind.CREATE_GREEN,
    StepKind.GREEN_READY,
    StepKind.IDENTITY,
    StepKind.PRE_PULL,
    StepKind.CANARY,
    StepKind.RETARGET,
    StepKind.LIFT_GUARD,
    StepKind.DRAIN,
    StepKind.VERIFY,
    StepKind.SOAK,
    StepKind.LEAVE_LOAD_BALANCERS,
    StepKind.DELETE_BLUE,
    StepKind.RESTORE,
    StepKind.PROVE,
    StepKind.FINAL_CHECK,
]


def test_the_steps_come_in_the_stated_order(rig: Rig) -> None:
    assert [s.kind for s in rig.plan().steps] == ORDER


@pytest.fixture(scope="module")
def plans(rig: Rig) -> list[Plan]:
    second = deployment("cart", OLD, selector={"kubernetes.io/os": "windows", "tier": "b"})
    return [
        rig.plan(),
        rig.plan(guard="strict", manifests=reference_app(), keep_blue_s=86_400, soak_s=0),
        Rig("reference-2025").plan("Windows2025"),
        Rig(two_pools(), objects=(second,)).plan(images={OLD: NEW}),
    ]


def test_every_plan_comes_back_from_its_file(plans: list[Plan]) -> None:
    for plan in plans:
        assert load_plan(dump_plan(plan)) == plan


def test_the_needs_of_the_steps_form_one_chain(plans: list[Plan]) -> None:
    for plan in plans:
        ids = [s.id for s in plan.steps]
        assert len(set(ids)) == len(ids)
        assert [s.needs for s in plan.steps] == [(), *((i,) for i in ids[:-1])]


def test_what_has_no_way_back_has_its_gate_and_says_until_when(plans: list[Plan]) -> None:
    for plan in plans:
        for step in plan.steps:
            assert (str(step.undo) != "none") or step.gate is not None
        for gate in {s.gate for s in plan.steps if s.gate}:
            assert plan.step(gate).kind is StepKind.DELETE_BLUE


def test_a_step_that_does_nothing_says_so_and_costs_nothing(plans: list[Plan]) -> None:
    for plan in plans:
        idle = [s for s in plan.steps if s.nothing_to_do]
        assert idle
        assert {(s.expected_s, s.samples) for s in idle} == {(0, 0)}


def test_two_pools_move_in_phases_and_are_soaked_together(plans: list[Plan]) -> None:
    plan = plans[-1]
    kinds = [s.kind for s in plan.steps]
    last_retarget = max(i for i, k in enumerate(kinds) if k is StepKind.RETARGET)
    for later in (StepKind.LIFT_GUARD, StepKind.DRAIN, StepKind.DELETE_BLUE):
        assert kinds.index(later) > last_retarget
    soaks = [s for s in plan.steps if s.kind is StepKind.SOAK]
    assert [bool(s.nothing_to_do) for s in soaks] == [False, True]
    assert plan.estimate.peak_extra_nodes == 6
    assert len({p.guard for p in plan.pools}) == 1


def test_the_estimate_is_the_sum_of_its_steps_and_rests_on_samples(rig: Rig) -> None:
    plan = rig.plan()
    assert plan.estimate.duration_s == sum(s.expected_s for s in plan.steps)
    assert next(s for s in plan.steps if s.kind is StepKind.CREATE_GREEN).samples > 0
    assert plan.estimate.extra_node_hours > 0


TARGETS = ["default/Deployment/sample"]


def mark(snapshot: Snapshot) -> str:
    return fingerprint(parts(snapshot, TARGETS))


def test_the_fingerprint_does_not_cover_what_moves_by_itself(rig: Rig) -> None:
    before = rig.snapshot()
    pools = tuple(replace(p, count=p.count + 2, tags={"a": "b"}) for p in before.pools)
    workloads = tuple(replace(w, replicas=9, ready=1, pools={}) for w in before.workloads)
    after = replace(
        before, pools=pools, workloads=workloads, pods=(), nodes=(), captured_at="later"
    )
    assert mark(after) == mark(before)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("os_sku", "Windows2022", "pool/wspool: was Windows2019"),
        ("vm_size", "Standard_D8s_v3", "pool/wspool: was"),
        ("zones", ("1",), "zones=1"),
        ("subnet_id", "/subnets/b", "subnet=/subnets/b"),
    ],
)
def test_the_fingerprint_covers_a_pool(rig: Rig, field: str, value: Any, words: str) -> None:
    before = rig.snapshot()
    pools = tuple(replace(p, **{field: value}) if p.name == "wspool" else p for p in before.pools)
    after = replace(before, pools=pools)
    assert mark(after) != mark(before)
    [line] = differences(parts(before, TARGETS), parts(after, TARGETS))
    assert words in line


def test_the_fingerprint_covers_version_template_and_the_set_of_pools(rig: Rig) -> None:
    before = rig.snapshot()
    cluster = replace(before.cluster, kubernetes_version="1.24.0")
    bare = tuple(
        replace(w, template=replace(w.template, spec=replace(w.template.spec, containers=())))
        for w in before.workloads
    )
    pools = (*before.pools[1:], replace(before.pools[0], name="new"))
    after = replace(before, cluster=cluster, workloads=bare, pools=pools)
    assert differences(parts(before, TARGETS), parts(after, TARGETS)) == (
        "default/Deployment/sample: its pod template changed",
        "kubernetes version: was 1.23.8, is 1.24.0",
        f"pool/{before.pools[0].name} is gone",
        "pool/new is new",
    )


def test_recheck_finds_a_workload_that_came_after_the_plan() -> None:
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"})
    assert _recheck(rig, plan) == ()
    rig.world.kube.apply(deployment("cart", OLD), by="user:kubectl")
    rig.pass_time(600)
    [blocker] = _recheck(rig, plan)
    assert blocker.target == CART
    assert "Plan again" in blocker.fix


def test_recheck_finds_a_new_image_that_is_gone() -> None:
    rig = Rig(objects=(deployment("cart", OLD),))
    plan = rig.plan(greens={"wspool": "poolws"}, images={OLD: NEW})
    changed = msgspec.structs.replace(plan)
    snapshot = rig.snapshot((NEW + "-gone",))
    workloads = tuple(
        replace(w, images=tuple(replace(c, new=NEW + "-gone") for c in w.images))
        if w.target == CART
        else w
        for w in changed.workloads
    )
    [blocker] = _recheck(rig, replace(plan, workloads=workloads), snapshot)
    assert (blocker.rule, blocker.target) == ("PSW104", CART)


def _recheck(rig: Rig, plan: Plan, snapshot: Snapshot | None = None) -> tuple[Any, ...]:
    catalog = load_catalog()
    seen = snapshot or rig.snapshot(tuple(c.new for w in plan.workloads for c in w.images))
    as_of = parse_time(seen.captured_at).date()
    return recheck(plan, seen, catalog, assess(seen, catalog, as_of=as_of, to=plan.to))


def test_a_running_job_whose_image_fits_only_blue_blocks() -> None:
    job = deployment("batch", "myacr.azurecr.io/cart:42", restartPolicy="Never")
    del job["spec"]["replicas"], job["spec"]["selector"]
    job |= {"apiVersion": "batch/v1", "kind": "Job"}
    job["spec"]["template"]["metadata"]["annotations"] = {"sim.poolshift.io/run-for": "90000"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "batch-1",
            "namespace": "default",
            "ownerReferences": [
                {
                    "apiVersion": "batch/v1",
                    "kind": "Job",
                    "name": "batch",
                    "uid": "x",
                    "controller": True,
                }
            ],
        },
        "spec": job["spec"]["template"]["spec"],
    }
    rig = Rig()
    rig.world.kube.apply(job, by="user:kubectl")
    rig.world.kube.apply(pod, by="user:kubectl")
    rig.pass_time(300)
    [blocker] = [b for b in rig.plan(greens={"wspool": "poolws"}).blockers if "batch" in b.target]
    assert blocker.target == "default/Job/batch"
    assert "Let it end" in blocker.fix


def test_recheck_finds_a_budget_that_came_after_the_plan_and_stops_a_rollout() -> None:
    rig = Rig(objects=(deployment("cart", OLD, replicas=8),))
    plan = rig.plan(greens={"wspool": "poolws"}, images={OLD: NEW})
    assert plan.blockers == ()
    rig.world.kube.apply(budget("cart", "cart", maxUnavailable=1), by="user:kubectl")
    rig.pass_time(60)
    [blocker] = _recheck(rig, plan)
    assert (blocker.rule, blocker.target) == ("PSK211", CART)
    assert "leave 6 of 8 pods ready" in blocker.why
