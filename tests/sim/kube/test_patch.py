from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poolshift.core.errors import ApiError
from poolshift.sim.kube.patch import json_patch, merge, strategic

SCALARS = st.one_of(st.booleans(), st.integers(), st.text(max_size=3))
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=8,
)
# Drawing nested documents is slow on a busy machine; that says nothing of the patches.
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), DOCUMENTS, max_size=4)


@pytest.mark.parametrize(
    ("document", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": [1]}, {"a": [2, 3]}, {"a": [2, 3]}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": "b"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({"a": 1}, ["c"], ["c"]),
    ],
)
def test_a_merge_patch(document: Any, patch: Any, expected: Any) -> None:
    assert merge(document, patch) == expected


WEB: dict[str, Any] = {
    "name": "web",
    "image": "a",
    "env": [{"name": "x", "value": "1"}],
}
SIDE = {"name": "side", "image": "s"}
TWO: dict[str, Any] = {
    "containers": [WEB, SIDE],
    "tolerations": [{"key": "a"}],
    "finalizers": ["one"],
}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param(
            {"containers": [{"name": "web", "image": "b"}]},
            {"containers": [{**WEB, "image": "b"}, SIDE]},
            id="by-merge-key",
        ),
        pytest.param(
            {"containers": [{"name": "side", "$patch": "delete"}]},
            {"containers": [WEB]},
            id="delete-element",
        ),
        pytest.param(
            {"containers": [{"name": "new"}, {"$patch": "replace"}]},
            {"containers": [{"name": "new"}]},
            id="replace-list",
        ),
        pytest.param(
            {
                "$setElementOrder/containers": [{"name": "side"}, {"name": "web"}],
                "containers": [{"name": "web", "image": "a"}],
            },
            {"containers": [SIDE, WEB]},
            id="order",
        ),
        pytest.param({"tolerations": [{"key": "b"}]}, {"tolerations": [{"key": "b"}]}, id="atomic"),
        pytest.param({"finalizers": ["two"]}, {"finalizers": ["one", "two"]}, id="set"),
        pytest.param(
            {"$deleteFromPrimitiveList/finalizers": ["one"]}, {"finalizers": []}, id="from-set"
        ),
        pytest.param({"tolerations": None}, {"tolerations": ...}, id="null"),
    ],
)
def test_a_strategic_merge_patch(patch: dict[str, Any], expected: dict[str, Any]) -> None:
    before = copy.deepcopy(TWO)
    result = strategic(TWO, patch)
    wanted = {k: v for k, v in {**TWO, **expected}.items() if v is not ...}
    assert result == wanted
    assert before == TWO


def test_replace_and_retain_keys_drop_the_rest() -> None:
    strategy = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
    retained = {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}
    assert strategic(strategy, retained) == {"strategy": {"type": "Recreate"}}
    replaced = {"strategy": {"$patch": "replace", "type": "Recreate"}}
    assert strategic(strategy, replaced) == {"strategy": {"type": "Recreate"}}
    assert strategic(strategy, {"strategy": {"$patch": "delete"}}) == {"strategy": {}}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "add", "path": "/a/-", "value": 3}], {"a": [1, 2, 3], "b/c": 1}),
        ([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2], "b/c": 1}),
        ([{"op": "remove", "path": "/a/1"}], {"a": [1], "b/c": 1}),
        ([{"op": "replace", "path": "/b~1c", "value": 2}], {"a": [1, 2], "b/c": 2}),
        ([{"op": "move", "from": "/b~1c", "path": "/d"}], {"a": [1, 2], "d": 1}),
        ([{"op": "copy", "from": "/a/0", "path": "/d"}], {"a": [1, 2], "b/c": 1, "d": 1}),
        ([{"op": "test", "path": "/a/0", "value": 1}], {"a": [1, 2], "b/c": 1}),
    ],
)
def test_a_json_patch(operations: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    assert json_patch({"a": [1, 2], "b/c": 1}, operations) == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": 9},
        {"op": "remove", "path": "/none"},
        {"op": "replace", "path": "/none", "value": 1},
        {"op": "add", "path": "/a/9", "value": 1},
        {"op": "add", "path": "no-slash", "value": 1},
        {"op": "bogus", "path": "/a"},
        {"path": "/a"},
    ],
)
def test_a_json_patch_that_does_not_apply_is_the_servers_422(operation: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as caught:
        json_patch({"a": [1]}, [operation])
    assert caught.value.status == 422
    assert caught.value.message == "the server rejected our request due to an error in our request"


@SLOW
@given(OBJECTS, OBJECTS)
def test_patching_twice_is_patching_once(document: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge(document, patch)
    assert merge(once, patch) == once
    assert strategic(strategic(document, patch), patch) == strategic(document, patch)


@SLOW
@given(OBJECTS)
def test_an_empty_patch_changes_nothing(document: dict[str, Any]) -> None:
    assert merge(document, {}) == strategic(document, {}) == json_patch(document, []) == document
