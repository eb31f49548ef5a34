from __future__ import annotations

from typing import Any

import pytest

from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.schema.shapes import CLUSTER, POOL, check_shape

STABLE = "2026-06-01"


def pool(**properties: Any) -> dict[str, Any]:
    return {"properties": properties}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="empty"),
        pytest.param({"properties": None}, id="null"),
        pytest.param(pool(count=3, osSKU=None, nodeLabels={"a": "b"}), id="usual"),
        pytest.param(pool(upgradeSettings={"maxSurge": "33%"}), id="nested"),
        pytest.param(pool(OSType="Windows"), id="any-case"),
        pytest.param(pool(upgradeStrategy="BlueGreen"), id="recorded-preview"),
        pytest.param(pool(spotMaxPrice=-1.0), id="number"),
    ],
)
def test_what_can_be_decoded_passes(body: dict[str, Any]) -> None:
    check_shape(POOL, body, STABLE)


@pytest.mark.parametrize(
    ("model", "body", "told"),
    [
        pytest.param(POOL, [], "array into Go value", id="list"),
        pytest.param(POOL, {"properties": 7}, "number 7 into", id="properties"),
        pytest.param(POOL, pool(count="3"), "string into", id="text-for-number"),
        pytest.param(POOL, pool(count=2.5), "number 2.5 into", id="fraction"),
        pytest.param(POOL, pool(count=2**40), "of type int32", id="too-large"),
        pytest.param(POOL, pool(count=True), "bool into", id="truth-for-number"),
        pytest.param(POOL, pool(nodeTaints="a"), "of type []string", id="text-for-list"),
        pytest.param(POOL, pool(nodeTaints=[1]), "of type string", id="in-a-list"),
        pytest.param(POOL, pool(nodeLabels={"a": 1}), "nodeLabels.a", id="in-a-map"),
        pytest.param(POOL, pool(upgradeSettings={"maxSurge": 1}), "maxSurge", id="nested"),
        pytest.param(POOL, pool(colour="red"), 'unknown field "colour"', id="unknown"),
        pytest.param(
            CLUSTER, {"properties": {"agentPoolProfiles": [{"count": "1"}]}}, "count", id="cluster"
        ),
    ],
)
def test_what_cannot_is_refused_by_field(model: str, body: Any, told: str) -> None:
    with pytest.raises(ArmProblem) as refused:
        check_shape(model, body, STABLE)
    assert (refused.value.status, refused.value.code) == (400, "UnmarshalError")
    assert told in refused.value.message


def test_a_preview_may_bring_fields_that_nobody_knows() -> None:
    check_shape(POOL, pool(colour="red"), "2027-01-02-preview")
    with pytest.raises(ArmProblem, match="unmarshal"):
        check_shape(POOL, pool(count="3"), "2027-01-02-preview")
