"""What the page says of the trace is what the local AKS writes."""

from __future__ import annotations

import re

import pytest
from tests.docs.pages import ROOT
from tests.rig import Rig, budget, deployment

PAGE = (ROOT / "docs/trace.md").read_text()
ROW = re.compile(r"^\| `([a-z-]+)` \| (.*?) \|", re.MULTILINE)
CATALOG = "myacr.azurecr.io/catalog:7"


def table() -> dict[str, tuple[set[str], set[str]]]:
    """Kind → keys that each event has, and keys of which it has one."""
    found = {}
    for kind, text in ROW.findall(PAGE):
        either = set(re.findall(r"`(\w+)` or `(\w+)`", text)[0]) if " or " in text else set()
        found[kind] = (set(re.findall(r"`(\w+)`", text)) - either, either)
    return found


def tight() -> Rig:
    """A world in which an eviction is refused."""
    objects = (deployment("tight", CATALOG, replicas=2), budget("tight", "tight", minAvailable=2))
    return Rig(objects=objects)


@pytest.mark.parametrize(
    ("rig", "to"),
    [
        pytest.param(Rig, "Windows2022", id="retarget"),
        pytest.param(tight, "Windows2022", id="budget"),
        pytest.param(lambda: Rig("reference-2025"), "Windows2025", id="drain"),
    ],
)
def test_every_event_has_the_keys_of_its_row(rig: type[Rig], to: str) -> None:
    world, rows = rig(), table()
    world.apply(world.plan(to))
    wrong = []
    for event in world.events:
        needed, either = rows[event["kind"]]
        keys = set(event) - {"t_s", "kind"}
        if keys - either != needed or bool(keys & either) != bool(either):
            wrong.append(event)
    assert wrong == []
