from __future__ import annotations

import pytest
from tests.sim.arm.agreement import Call, Turmoil, disagreements
from tests.sim.arm.driving import budget

from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import build_world


def judge(call: Call, scenario: str, seed: int) -> None:
    """Turmoil with and without a budget that holds the sample, then all set right."""
    world = build_world(load_scenario(scenario), seed=seed)
    world.clock.run_until(60)
    if seed % 2:
        world.kube.apply(budget(minAvailable="100%"), by="user:kubectl")
    turmoil = Turmoil(world, call, seed)
    turmoil.run(40)
    assert not disagreements(world), turmoil.done
    turmoil.set_right()
    assert not disagreements(world), turmoil.done


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("scenario", ["reference", "reference-2025"])
def test_arm_and_the_cluster_agree_after_all(call: Call, scenario: str, seed: int) -> None:
    judge(call, scenario, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 250))
@pytest.mark.parametrize("scenario", ["reference", "reference-2025"])
def test_it_does_so_after_much_more(call: Call, scenario: str, seed: int) -> None:
    judge(call, scenario, seed)
