"""The scenario of the how-to page loads, and its move completes as the page says."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import ROOT, blocks
from tests.rig import Rig

from poolshift.core.journal import RunStatus
from poolshift.sim.scenario import load_scenario

PAGE = (ROOT / "docs/how-to/scenario.md").read_text()
OLD, NEW = "myacr.azurecr.io/cart:42", "myacr.azurecr.io/cart:42-ltsc2022"


def written(folder: Path) -> str:
    scenario, cart = blocks(PAGE, "yaml")
    (folder / "scenario.yaml").write_text(scenario)
    (folder / "cart.yaml").write_text(cart)
    return str(folder)


def test_the_private_image_is_a_blocker_until_its_successor_is_named(tmp_path: Path) -> None:
    rig = Rig(load_scenario(written(tmp_path)))
    rig.pass_time(600)
    assert [b.rule for b in rig.plan().blockers] == ["PSW104"]


def test_the_move_of_the_page_completes(tmp_path: Path) -> None:
    assert f"--image {OLD}={NEW}" in PAGE
    rig = Rig(load_scenario(written(tmp_path)))
    rig.pass_time(600)
    plan = rig.plan(images={OLD: NEW})
    assert rig.apply(plan).status is RunStatus.COMPLETED
