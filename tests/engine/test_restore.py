"""The restore record is the same at the start and, from the run's marks, in its middle."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.engine.stops import acted, done, until
from tests.rig import RUN, Rig, deployment, replaced, run_async

from poolshift.engine.restore import make_record
from poolshift.sim.scenario import load_scenario

GREEN = {"wspool": "poolws"}


def rig_with_channels() -> Rig:
    scenario = load_scenario("reference")
    channels = {"upgradeChannel": "stable", "nodeOSUpgradeChannel": "NodeImage"}
    cluster = replace(scenario.cluster, channels=channels)
    return Rig(
        replaced(scenario, cluster=cluster),
        objects=(deployment("catalog", "myacr.azurecr.io/catalog:7"),),
    )


STOPS = {
    "held": done("create-"),
    "canary": done("canary-"),
    "retargeted": done("retarget-"),
    "cordoned": acted("cordon"),
    "surged": acted("scale"),
    "excluded": acted("exclude"),
}


@pytest.mark.parametrize("stop", list(STOPS), ids=str)
@pytest.mark.parametrize("guard", ["prefer", "strict"])
def test_a_run_whose_journal_is_lost_gives_the_record_that_it_had(stop: str, guard: str) -> None:
    rig = rig_with_channels()
    rig.world.kube.cordon(rig.nodes("wspool")[2], by="user:somebody")
    plan = rig.plan(greens=GREEN, guard=guard)
    kept = rig.begin(plan, gates=("delete-blue",)).restore
    assert (kept.upgrade_channel, kept.node_os_channel) == ("stable", "NodeImage")
    until(rig, plan, STOPS[stop])
    again = make_record(plan, run_async(rig.live.observe(plan)), RUN)
    assert again == kept


def test_a_channel_that_is_switched_off_before_the_run_stays_off() -> None:
    rig = rig_with_channels()
    plan = rig.plan(greens=GREEN)
    raw = run_async(rig.arm.cluster(rig.cluster_id)).raw
    off = {"upgradeChannel": "none", "nodeOSUpgradeChannel": "None"}
    body = {**raw, "properties": {**raw["properties"], "autoUpgradeProfile": off}}
    run_async(rig.arm.put_cluster(rig.cluster_id, body))
    rig.pass_time(600)
    kept = rig.begin(plan).restore
    assert (kept.upgrade_channel, kept.node_os_channel) == ("none", "None")
