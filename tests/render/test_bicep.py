"""Bicep: parsed by another parser, and its objects are the plan's bodies."""

from __future__ import annotations

import re
from typing import Any

import pytest
import tree_sitter
import tree_sitter_bicep
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.render.golden import check
from tests.render.plans import PLANS, hostile, many_sided, procedure, reference

from poolshift.core.plan import Plan
from poolshift.render.bicep import render_bicep
from poolshift.render.bicep.values import expression
from poolshift.render.interface import Rendering
from poolshift.render.procedure import pool_body

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")


def rendered(plan: Plan) -> Rendering:
    return render_bicep(procedure(plan))


def evaluated(node: tree_sitter.Node) -> Any:
    """The value of a literal."""
    said = (node.text or b"").decode()
    match node.type:
        case "string":
            return _ESCAPE.sub(_plain, said[1:-1])
        case "number":
            return int(said)
        case "boolean":
            return said == "true"
        case "array":
            return [evaluated(c) for c in node.named_children]
        case "object":
            return {
                _key(c.named_children[0]): evaluated(c.named_children[1])
                for c in node.named_children
            }
        case _:
            return {"expression": said}


def _key(node: tree_sitter.Node) -> str:
    return str(evaluated(node)) if node.type == "string" else (node.text or b"").decode()


def _plain(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return {"n": "\n", "r": "\r", "t": "\t"}.get(found[2], found[2])


def pools(text: str) -> dict[str, Any]:
    """The bodies of the declared resources that are not there already, by symbol."""
    root = PARSER.parse(text.encode()).root_node
    assert not root.has_error
    found = {}
    for node in root.named_children:
        if node.type == "resource_declaration" and b"existing" not in (node.text or b"")[:200]:
            name, _, body = node.named_children
            found[(name.text or b"").decode()] = evaluated(body)
    return found


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    for file in rendered(PLANS[name]()).files[:2]:
        check(f"bicep/{name}/{file.name}", file.text)


@pytest.mark.parametrize("name", PLANS)
def test_the_body_is_the_plan_s(name: str) -> None:
    plan = replace(PLANS[name](), pools=tuple(replace(p, headers={}) for p in PLANS[name]().pools))
    found = pools(rendered(plan).files[0].text)
    for pool in plan.pools:
        green = found[f"green_{pool.green}"]
        parent, own = green.pop("parent"), green.pop("name")
        assert (parent, own) == ({"expression": "cluster"}, pool.green)
        assert green == pool_body(plan, pool)


def test_after_the_move_there_is_no_guard_and_the_autoscaler_owns_the_count() -> None:
    (green,) = pools(rendered(many_sided()).files[1].text).values()
    assert green["properties"]["nodeTaints"] == []
    assert green["properties"]["enableAutoScaling"] is True
    assert (green["properties"]["minCount"], green["properties"]["maxCount"]) == (3, 6)
    assert green["properties"]["count"] == {"expression": "green_wspo22_count"}


def test_a_pool_that_takes_a_header_is_left_to_the_script() -> None:
    rendering = rendered(hostile())
    assert pools(rendering.files[0].text) == {}
    (script,) = [f for f in rendering.files if f.name == "move.sh"]
    assert "owner_1='none'" in script.text
    assert any("cannot send the header" in limit.what for limit in rendering.limits)
    assert "cannot send the header" in rendering.files[0].text.partition("param ")[0]


def test_the_script_waits_for_green_and_deletes_blue() -> None:
    rendering = rendered(reference())
    (script,) = [f for f in rendering.files if f.name == "move.sh"]
    assert "owner_1='bicep'" in script.text
    assert "--from 16 --take-ownership" in rendering.files[0].text


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(0, 2**31),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_any_value_is_read_as_it_was(value: Any) -> None:
    text = f"var x = {expression(value, '')}\n"
    root = PARSER.parse(text.encode()).root_node
    assert not root.has_error
    (declaration,) = root.named_children
    assert evaluated(declaration.named_children[-1]) == value
