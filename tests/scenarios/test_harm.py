"""Counter-examples: what a careless tool does harm with, and the care that avoids it.

Each scenario has two tests. In the first a script does the job without the care, and a checker
that reads nothing but the trace must find the harm: a checker that cannot fail would show here. In
the second the same job is done with the care, by poolshift unless the docstring says otherwise,
and the same checker must find nothing.
"""

from __future__ import annotations

from pathlib import Path

from tests.engine.stops import end, turn, until, waits
from tests.scenarios import harms
from tests.scenarios.tool import Tool

from poolshift.core.errors import ThrottledError
from poolshift.core.journal import Mode, RunStatus
from poolshift.core.plan import Move
from poolshift.sim.kube.objects import with_spec
from poolshift.sim.kube.resources import BUDGETS, DEPLOYMENTS

POOL_LABEL = "kubernetes.azure.com/agentpool"
ON_2022 = {"kubernetes.azure.com/os-sku": "Windows2022"}
OLD, NEW = "shopacr.azurecr.io/shop:1-ltsc2019", "shopacr.azurecr.io/shop:1-ltsc2022"


def test_every_scenario_is_played_without_the_care_and_with_it() -> None:
    source = Path(__file__).read_text()
    folders = [path.parent.name for path in Path(__file__).parent.glob("*/scenario.yaml")]
    assert len(folders) == 11
    for name in folders:
        assert source.count(f'Tool("{name}")') >= 2, name


def moved(tool: Tool, *, images: dict[str, str] | None = None, to: str = "Windows2022") -> None:
    """Poolshift moves win19, to its end."""
    plan = tool.plan(to, pools=("win19",), images=images or {})
    assert plan.blockers == ()
    assert tool.apply(plan).status is RunStatus.COMPLETED
    assert tool.nodes("win19") == ()


def test_a_pin_in_the_template_restarts_pods_that_were_where_they_belong() -> None:
    tool = Tool("pin-restarts-everything")
    tool.patch_pods("web", nodeSelector={"kubernetes.azure.com/agentpool": "win22"})
    tool.pass_time(1200)
    tool.delete_pool("win19")
    assert harms.needless(tool.events, pool="win19")


def test_a_drain_of_the_old_pool_leaves_the_others_pods_alone() -> None:
    tool = Tool("pin-restarts-everything")
    moved(tool)
    assert harms.needless(tool.events, pool="win19") == []


def test_an_autoscaler_that_grows_while_all_is_cordoned_finds_no_node() -> None:
    tool = Tool("hpa-grows-while-cordoned")
    tool.cordon("win19")
    tool.pass_time(1200)
    assert harms.stuck(tool.events, end_s=tool.now)


def test_an_autoscaler_that_grows_during_a_move_finds_room_on_green() -> None:
    tool = Tool("hpa-grows-while-cordoned")
    moved(tool)
    tool.pass_time(1200)
    cordoned = next(e["t_s"] for e in tool.events if e["kind"] == "node-cordoned")
    grown = [e["replicas"] for e in tool.events if e["kind"] == "workload" and e["t_s"] > cordoned]
    assert max(grown) == 8, "the load did not rise while blue was cordoned"
    assert harms.stuck(tool.events, end_s=tool.now) == []


def test_two_rollouts_at_once_break_the_budget_that_they_share() -> None:
    tool = Tool("two-rollouts-one-budget")
    tool.make_pool("win22", "win19")
    selector = {"kubernetes.azure.com/os-sku": "Windows2022"}
    for name in ("checkout", "payment"):
        tool.patch_pods(name, image=NEW, nodeSelector=selector)
    tool.pass_time(1200)
    assert harms.below_budget(tool.events)


def test_rollouts_one_after_the_other_keep_the_budget() -> None:
    tool = Tool("two-rollouts-one-budget")
    moved(tool, images={OLD: NEW})
    assert harms.below_budget(tool.events) == []


def one_spare(tool: Tool) -> None:
    """The shared budget lets one pod go, which is less than either rollout takes."""
    found = tool.world.kube.store.get(BUDGETS, "default", "sale")
    changed = with_spec(found, minAvailable=7)
    tool.world.kube.api.update(BUDGETS, ("default", "sale"), changed, by="user:script")
    tool.pass_time(60)


def test_a_rollout_that_takes_more_than_its_budget_grants_breaks_it() -> None:
    tool = Tool("two-rollouts-one-budget")
    one_spare(tool)
    tool.make_pool("win22", "win19")
    tool.patch_pods("checkout", image=NEW, nodeSelector=ON_2022)
    tool.pass_time(1200)
    assert harms.below_budget(tool.events)


def test_such_a_rollout_blocks_the_plan_and_its_cure_keeps_the_budget() -> None:
    tool = Tool("two-rollouts-one-budget")
    one_spare(tool)
    blocked = tool.plan(pools=("win19",), images={OLD: NEW}).blockers
    assert {(b.rule, b.target) for b in blocked} == {
        ("PSK211", "default/Deployment/checkout"),
        ("PSK211", "default/Deployment/payment"),
    }
    assert all("maxUnavailable 1," in b.fix for b in blocked)
    for name in ("checkout", "payment"):
        found = tool.world.kube.store.get(DEPLOYMENTS, "default", name)
        one = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
        changed = with_spec(found, strategy=one)
        tool.world.kube.api.update(DEPLOYMENTS, ("default", name), changed, by="user:script")
    moved(tool, images={OLD: NEW})
    assert harms.below_budget(tool.events) == []


def test_cordoned_nodes_count_in_a_hard_spread_and_leave_pods_pending() -> None:
    tool = Tool("hard-spread-cordoned")
    tool.make_pool("win22", "win19", count=1)
    tool.cordon("win19")
    tool.drain("win19", pause_s=300)
    assert harms.stuck(tool.events, end_s=tool.now)


def test_as_many_new_nodes_as_old_ones_satisfy_a_hard_spread() -> None:
    tool = Tool("hard-spread-cordoned")
    moved(tool)
    assert harms.stuck(tool.events, end_s=tool.now) == []


def test_with_more_pods_than_nodes_a_drain_ends_with_pods_that_fit_nowhere() -> None:
    tool = Tool("hard-spread-cordoned")
    tool.scale("ledger", 6)
    tool.make_pool("win22", "win19")
    tool.cordon("win19")
    tool.drain("win19", pause_s=300)
    assert harms.stuck(tool.events, end_s=tool.now)


def test_a_template_that_selects_green_takes_cordoned_nodes_out_of_the_spread() -> None:
    """A constraint counts the nodes that the pod's own selector admits.

    With a selector of the new OS SKU the emptied nodes are no domain any more, so the plan changes
    the template of a workload whose image fits both builds.
    """
    tool = Tool("hard-spread-cordoned")
    tool.scale("ledger", 6)
    [workload] = tool.plan(pools=("win19",)).workloads
    assert (workload.move, workload.selector) == (Move.RETARGET, ON_2022)
    moved(tool)
    assert harms.stuck(tool.events, end_s=tool.now) == []


def test_a_spread_that_honours_taints_is_drained_with_more_pods_than_nodes() -> None:
    tool = Tool("hard-spread-cordoned")
    spread(tool, nodeTaintsPolicy="Honor")
    tool.scale("ledger", 6)
    [workload] = tool.plan(pools=("win19",)).workloads
    assert workload.move is Move.DRAIN
    moved(tool)
    assert harms.stuck(tool.events, end_s=tool.now) == []


def test_a_spread_that_no_move_can_keep_blocks_the_plan() -> None:
    tool = Tool("hard-spread-cordoned")
    spread(tool, nodeAffinityPolicy="Ignore")
    tool.scale("ledger", 6)
    [blocker] = tool.plan(pools=("win19",)).blockers
    assert (blocker.rule, blocker.target) == ("PSK212", "default/Deployment/ledger")
    assert "3 of its 6 pods find no node" in blocker.why
    assert "nodeTaintsPolicy: Honor" in blocker.fix


def test_a_drain_evicts_no_pod_that_would_find_no_node() -> None:
    """The workload grew after its plan was made: nobody foresaw it, and the drain stops."""
    tool = Tool("hard-spread-cordoned")
    plan = tool.plan(pools=("win19",))
    tool.scale("ledger", 6)
    state = tool.apply(plan)
    assert state.status is RunStatus.FAILED
    [wait] = state.waiting_on
    assert "no node takes one more of its pods" in wait.why
    assert "nodeTaintsPolicy: Honor" in wait.unblock
    assert harms.stuck(tool.events, end_s=tool.now) == []
    assert len([n for n in tool.nodes("win22") if tool.pods_on(n)]) == 3


def test_a_way_back_that_would_leave_pods_without_a_node_waits_for_its_cure() -> None:
    tool = Tool("hard-spread-cordoned")
    tool.scale("ledger", 6)
    plan = tool.plan(pools=("win19",))
    tool.begin(plan)
    until(tool, plan, waits("needs an approval"))
    turn(tool, Mode.ROLLBACK)
    [wait] = until(tool, plan, waits("would find no node")).waiting_on
    assert "3 of its 6 pods" in wait.why
    assert "nodeTaintsPolicy: Honor" in wait.unblock
    spread(tool, settle_s=0, nodeTaintsPolicy="Honor")
    assert end(tool, plan).status is RunStatus.ROLLED_BACK
    assert harms.stuck(tool.events, end_s=tool.now) == []
    assert tool.nodes("win22") == ()


def spread(tool: Tool, *, settle_s: float = 600, **policy: str) -> None:
    """Change the policies of ledger's constraint."""
    found = tool.world.kube.store.get(DEPLOYMENTS, "default", "ledger")
    [constraint] = found["spec"]["template"]["spec"]["topologySpreadConstraints"]
    tool.patch_pods("ledger", topologySpreadConstraints=[{**constraint, **policy}])
    tool.pass_time(settle_s)


def test_a_node_deleted_because_it_is_empty_cuts_the_connections_through_it() -> None:
    tool = Tool("cluster-policy-deleted-node")
    tool.make_pool("win22", "win19")
    tool.cordon("win19")
    tool.drain("win19")
    tool.delete_pool("win19")
    assert harms.cut(tool.events)


def test_a_node_that_left_the_balancer_first_cuts_nothing() -> None:
    tool = Tool("cluster-policy-deleted-node")
    moved(tool)
    assert harms.cut(tool.events) == []


def test_a_green_pool_of_no_nodes_never_grows() -> None:
    tool = Tool("scale-from-zero")
    scaling = {"enableAutoScaling": True, "minCount": 0, "maxCount": 6}
    tool.make_pool("win22", "win19", count=0, **scaling)
    tool.cordon("win19")
    # Its own autoscaler would feed the old pool.
    tool.send_pool("win19", {"enableAutoScaling": False})
    tool.drain("win19")
    tool.pass_time(3600)
    assert tool.nodes("win22") == ()
    assert harms.stuck(tool.events, end_s=tool.now)


def test_a_green_pool_that_starts_with_nodes_takes_every_pod() -> None:
    tool = Tool("scale-from-zero")
    moved(tool)
    assert harms.stuck(tool.events, end_s=tool.now) == []


def test_a_drain_beside_a_refused_pool_goes_into_nothing() -> None:
    tool = Tool("foreign-operation")
    tool.pass_time(180)
    assert tool.try_pool("win22", "win19") == "OperationNotAllowed"
    tool.cordon("win19")
    tool.drain("win19")
    tool.pass_time(600)
    assert harms.stuck(tool.events, end_s=tool.now)


def test_a_run_waits_for_somebody_elses_operation() -> None:
    tool = Tool("foreign-operation")
    moved(tool)
    assert harms.stuck(tool.events, end_s=tool.now) == []
    times = {e["kind"]: e["t_s"] for e in tool.events}
    assert times["fault"] < times["node-cordoned"], "the operation did not begin within the run"
    assert times["pool-removed"] >= times["fault"] + 5400


def test_a_retarget_by_os_sku_sends_pods_where_their_identity_is_not() -> None:
    tool = Tool("identity-elsewhere")
    tool.make_pool("green", "win19")
    scale_set = tool.world.arm.pools["green"]
    scale_set.identities.update(tool.world.arm.pools["win19"].identities)
    tool.patch_pods("shop", image=NEW, nodeSelector=ON_2022)
    tool.pass_time(1800)
    assert harms.useless(tool.events, end_s=tool.now)


def test_templates_name_the_pool_that_has_the_identity() -> None:
    """`web` fits both builds and would be drained, onto either pool of the new OS SKU."""
    tool = Tool("identity-elsewhere")
    plan = tool.plan(pools=("win19",), images={OLD: NEW})
    green = plan.pool("win19").green
    pinned = {w.target for w in plan.workloads if POOL_LABEL in w.selector}
    assert pinned == {"default/Deployment/shop", "default/Deployment/web"}
    assert all(w.selector[POOL_LABEL] == green for w in plan.workloads)
    assert sum("lacks identities" in note for note in plan.notes) == 2
    moved(tool, images={OLD: NEW})
    tool.pass_time(1800)
    assert harms.useless(tool.events, end_s=tool.now) == []
    assert [n for n in tool.nodes("win22") if tool.pods_on(n)] == []


def test_with_the_identity_on_both_pools_no_template_names_one() -> None:
    tool = Tool("identity-elsewhere")
    pools = tool.world.arm.pools
    pools["win22"].identities.update(pools["win19"].identities)
    plan = tool.plan(pools=("win19",), images={OLD: NEW})
    assert not any(POOL_LABEL in w.selector for w in plan.workloads)
    moved(tool, images={OLD: NEW})
    tool.pass_time(1800)
    assert harms.useless(tool.events, end_s=tool.now) == []


def test_a_pinned_selector_fits_no_node_after_an_update_in_place() -> None:
    tool = Tool("in-place-pinned-selector")
    [image] = [i for i in tool.world.scenario.node_images if i.os_sku == "Windows2025"]
    try:
        for node in tool.nodes("win22"):
            tool.world.kube.cordon(node, by="user:script")
            tool.evict_all(node, pause_s=120)
            tool.reimage(node, image)
    except ThrottledError:
        tool.pass_time(600)  # A pod that fits nowhere has used the budget up.
    assert harms.stuck(tool.events, end_s=tool.now)


def test_a_selector_of_what_stays_survives_an_update_in_place() -> None:
    """By hand: poolshift has no update in place, and the ARM side refuses one of Windows."""
    tool = Tool("in-place-pinned-selector")
    [image] = [i for i in tool.world.scenario.node_images if i.os_sku == "Windows2025"]
    tool.patch_pods("web", nodeSelector={"kubernetes.io/os": "windows"})
    tool.pass_time(600)
    for node in tool.nodes("win22"):
        tool.world.kube.cordon(node, by="user:script")
        tool.evict_all(node, pause_s=300)
        tool.reimage(node, image)
    assert harms.stuck(tool.events, end_s=tool.now) == []
    assert harms.below_budget(tool.events) == []


def test_who_waits_for_empty_nodes_waits_for_ever() -> None:
    tool = Tool("finished-job-pod")
    tool.make_pool("win22", "win19")
    tool.cordon("win19")
    for node in tool.nodes("win19"):
        tool.evict_all(node, only="web")
    for _ in range(24):
        if not any(tool.pods_on(node) for node in tool.nodes("win19")):
            tool.delete_pool("win19")
            break
        tool.pass_time(600)
    assert harms.forgotten(tool.events, pool="win19", end_s=tool.now)


def test_who_evicts_everything_makes_a_job_begin_anew() -> None:
    tool = Tool("finished-job-pod")
    tool.make_pool("win22", "win19")
    tool.cordon("win19")
    tool.drain("win19")
    tool.delete_pool("win19")
    assert harms.begun_anew(tool.events)


def test_what_has_ended_holds_no_node_and_what_runs_is_waited_for() -> None:
    tool = Tool("finished-job-pod")
    moved(tool)
    assert harms.forgotten(tool.events, pool="win19", end_s=tool.now) == []
    assert harms.begun_anew(tool.events) == []


def test_an_evicted_pod_without_an_owner_is_lost() -> None:
    tool = Tool("bare-pod")
    tool.make_pool("win22", "win19")
    tool.cordon("win19")
    tool.drain("win19")
    assert harms.lost(tool.events)


def test_a_pod_without_an_owner_stays_until_a_person_decides() -> None:
    tool = Tool("bare-pod")
    plan = tool.plan(pools=("win19",))
    assert [b.target for b in plan.blockers] == ["default/Pod/license-server"]
    # Even a run that somebody begins in spite of the blocker leaves the pod alone.
    assert tool.apply(plan).status is RunStatus.FAILED
    assert harms.lost(tool.events) == []
    names = [p["metadata"]["name"] for n in tool.nodes("win19") for p in tool.pods_on(n)]
    assert "license-server" in names
