from __future__ import annotations

from typing import Any

import pytest

from poolshift.sim.kube.targets import targets_of

CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 70}}}
MEMORY = {"type": "Resource", "resource": {"name": "memory", "target": {"averageValue": "1Gi"}}}
QUEUE = {"type": "External", "external": {"target": {"averageValue": "20"}}}
TOTAL = {"type": "Object", "object": {"target": {"value": "2k"}}}
PODS = {"type": "Pods", "pods": {"target": {"averageValue": "9"}}}


def seen(field: str, **current: Any) -> dict[str, Any]:
    return {field: {"current": current}}


@pytest.mark.parametrize(
    ("specs", "statuses", "text"),
    [
        ([], [], "<none>"),
        ([CPU], [], "cpu: <unknown>/70%"),
        ([CPU], [seen("resource", averageUtilization=69)], "cpu: 69%/70%"),
        ([MEMORY], [seen("resource", averageValue="900Mi")], "memory: 900Mi/1Gi"),
        ([QUEUE], [seen("external", averageValue="17")], "17/20 (avg)"),
        ([TOTAL], [seen("object", value="1500")], "1500/2k"),
        ([PODS], [], "<unknown>/9"),
        (
            [CPU, MEMORY, QUEUE, PODS],
            [seen("resource", averageUtilization=1)],
            "cpu: 1%/70%, memory: <unknown>/1Gi + 2 more...",
        ),
    ],
)
def test_targets_read_as_the_api_server_prints_them(
    specs: list[dict[str, Any]], statuses: list[dict[str, Any]], text: str
) -> None:
    hpa = {"spec": {"metrics": specs}, "status": {"currentMetrics": statuses}}
    assert targets_of(hpa) == text
