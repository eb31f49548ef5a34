"""The plan's file form."""

from __future__ import annotations

import pytest
import yaml
from tests.rig import Rig, reference_app

from poolshift.core.errors import UsageError
from poolshift.core.plan import Plan, dump_plan, load_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Rig().plan(greens={"wspool": "poolws"}, manifests=reference_app())


def test_it_comes_back_as_it_was_with_its_manifests(plan: Plan) -> None:
    assert any("\n" in w.manifest for w in plan.workloads)
    text = dump_plan(plan)
    assert load_plan(text) == plan
    assert dump_plan(load_plan(text)) == text


def test_the_schema_stands_first_and_manifests_read_as_text(plan: Plan) -> None:
    text = dump_plan(plan)
    assert text.startswith("schema: poolshift.plan/1\n")
    assert "manifest: |" in text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"schema": "poolshift.plan/9"}, "PSE121"),
        ({"nope": 1}, "PSE120"),
        ({"steps": "x"}, "PSE120"),
        ({"to": None}, "PSE120"),
    ],
    ids=["other-schema", "unknown-key", "wrong-type", "null"],
)
def test_what_does_not_fit_is_refused(plan: Plan, change: dict[str, object], code: str) -> None:
    text = yaml.safe_dump({**yaml.safe_load(dump_plan(plan)), **change})
    with pytest.raises(UsageError) as caught:
        load_plan(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "- 1", "word", "a: 1", "!!python/object/apply:os.system ['true']"],
    ids=["empty", "broken", "list", "word", "no-schema", "tag"],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_plan(text)
    assert caught.value.code == "PSE120"
