"""Terraform: laid out as the formatter does, parsed by another parser, with the plan's values."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.hcl import formatted, needs_formatter, parsed
from tests.render.golden import check
from tests.render.plans import PLANS, hostile, many_sided, procedure, reference, reference_2025

from poolshift.core.plan import Plan
from poolshift.render.interface import Rendering
from poolshift.render.procedure import pool_body
from poolshift.render.terraform import render_terraform
from poolshift.render.terraform.azurerm import ATTRIBUTES
from poolshift.render.terraform.values import expression, text

_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8}))|\\(.)|\$(\$\{)|%(%\{)")


def rendered(plan: Plan) -> Rendering:
    return render_terraform(procedure(plan))


def decoded(value: Any) -> Any:
    """What the other parser read, with its strings as Terraform would have them."""
    if isinstance(value, dict):
        return {decoded(k): decoded(v) for k, v in value.items() if k != "__is_block__"}
    if isinstance(value, list):
        return [decoded(v) for v in value]
    if isinstance(value, str) and value.startswith('"'):
        return _ESCAPE.sub(_plain, value[1:-1])
    return value


def _plain(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1] or found[2], 16))
    if found[3]:
        return {"n": "\n", "r": "\r", "t": "\t"}.get(found[3], found[3])
    return found[4] or found[5]


def resources(rendering: Rendering, name: str = "green.tf") -> dict[tuple[str, str], Any]:
    """The resources of a file by type and label."""
    (file,) = [f for f in rendering.files if f.name == name]
    found = {}
    for block in parsed(file.text)["resource"]:
        for kind, inner in block.items():
            for label, body in inner.items():
                found[decoded(kind), decoded(label)] = decoded(body)
    return found


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    for file in rendered(PLANS[name]()).files[:2]:
        check(f"terraform/{name}/{file.name}", file.text)


@needs_formatter
@pytest.mark.parametrize("name", PLANS)
def test_the_formatter_has_nothing_to_do(name: str) -> None:
    texts = [f.text for f in rendered(PLANS[name]()).files[:2]]
    assert formatted(*texts) == texts


@pytest.mark.parametrize("name", ["reference-2025", "hostile"])
def test_azapi_has_the_whole_body(name: str) -> None:
    plan = PLANS[name]()
    pool = plan.pools[0]
    green = resources(rendered(plan))["azapi_resource", f"green_{pool.green}"]
    assert green["body"] == pool_body(plan, pool)
    assert green["name"] == pool.green
    assert green.get("create_headers", {}) == pool.headers
    assert green["parent_id"].lower() == plan.cluster.lower()


def test_azurerm_says_all_that_is_no_default() -> None:
    plan = reference()
    pool = plan.pools[0]
    green = resources(rendered(plan))["azurerm_kubernetes_cluster_node_pool", "green_poolws"]
    body = pool_body(plan, pool)["properties"]
    said = {field: green[name] for field, name in ATTRIBUTES.items() if name in green}
    assert said == {field: body[field] for field in said}
    left = {k: v for k, v in body.items() if k not in said}
    assert left == {
        "kubeletDiskType": "OS",
        "type": "VirtualMachineScaleSets",
        "enableAutoScaling": False,
        "upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "0"},
    }
    assert green["upgrade_settings"] == [{"max_surge": "10%"}]
    assert green["lifecycle"] == [{"prevent_destroy": True}]


def test_the_second_apply_has_no_guard_and_the_autoscaler() -> None:
    key = ("azurerm_kubernetes_cluster_node_pool", "green_wspo22")
    first = resources(rendered(many_sided()))[key]
    later = resources(rendered(many_sided()), "after/green.tf")[key]
    assert first["node_taints"] == ["poolshift.io/guard=green:NoSchedule"]
    assert "auto_scaling_enabled" not in first
    assert "node_taints" not in later
    assert (later["auto_scaling_enabled"], later["min_count"], later["max_count"]) == (True, 3, 6)
    assert later["lifecycle"][0]["ignore_changes"] == ["node_count"]


def test_what_it_cannot_do_stands_on_top() -> None:
    for plan, what in (
        (reference(), "it moves no pods"),
        (reference_2025(), "the azurerm provider does not take Windows2025"),
        (hostile(), "cannot send the header UseWindowsGen2VM"),
    ):
        rendering = rendered(plan)
        head = rendering.files[0].text.partition("resource ")[0]
        assert what in re.sub(r"\n#\s+", " ", head)
        assert any(what in limit.what for limit in rendering.limits)


def test_the_script_waits_for_pools_that_terraform_makes() -> None:
    rendering = rendered(reference())
    (script,) = [f for f in rendering.files if f.name == "move.sh"]
    assert "owner_1='terraform'" in script.text
    order = re.sub(r"\n#\s+", " ", rendering.files[0].text)
    assert "./move.sh --from 5 --to 15" in order
    assert "./move.sh --from 16" in order
    assert any(f.name.startswith("patches/") for f in rendering.files)


def test_another_owner_is_told_and_keeps_its_pool() -> None:
    plan = reference()
    owned = replace(plan, pools=(replace(plan.pools[0], owner="capz"),))
    rendering = rendered(owned)
    assert any("capz owns the pool" in limit.what for limit in rendering.limits)
    (script,) = [f for f in rendering.files if f.name == "move.sh"]
    assert "owner_1='capz'" in script.text


# Letters of a few scripts, marks, hidden and far characters; scripts that join letters by rules of
# their own would be aligned otherwise, and mean the same.
LETTERS = st.sampled_from(
    [*map(chr, range(256)), *"\u0301\u20dd\u200b\u200d\u2028日本ёж\U0001da9b😀"]
)
VALUES = st.recursive(
    st.text(LETTERS) | st.booleans() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(LETTERS), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_string_is_read_as_it_was(value: str) -> None:
    assert "\n" not in text(value)
    assert decoded(text(value)) == value


@needs_formatter
@settings(max_examples=5, deadline=None)
@given(st.lists(VALUES, min_size=10, max_size=10))
def test_any_value_is_laid_out_as_the_formatter_does(values: list[Any]) -> None:
    texts = [f"x = {expression(v, '', quoted_keys=True)}\n" for v in values]
    assert formatted(*texts) == texts


def test_values_of_json_become_expressions() -> None:
    value = {"a": [1, {"b": None}], "c": 1.5, "tags": {"plain": "", "x y": "z"}}
    assert (
        expression(value, "")
        == """\
{
  a = [
    1,
    {
      b = null
    },
  ]
  c = 1.5
  tags = {
    "plain" = ""
    "x y"   = "z"
  }
}"""
    )
