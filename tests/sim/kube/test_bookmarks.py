"""Bookmarks of watches: asked for, late, and empty as the server's."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.sim.kube.faces import client
from tests.sim.kube.replay.replaying import FastLoop
from tests.sim.kube.worlds import reference_world

from poolshift.sim.kube import watches

PODS = "/api/v1/pods"
CONFIGS = "/api/v1/configmaps"


def watched(path: str, **query: str) -> list[dict[str, Any]]:
    world = reference_world()
    params = {"watch": "1", "timeoutSeconds": "1", "resourceVersion": str(world.store.rv), **query}

    async def run() -> list[dict[str, Any]]:
        async with client(world) as http:
            answer = await http.get(path, params=params)
            return [json.loads(line) for line in answer.text.splitlines()]

    with asyncio.Runner(loop_factory=FastLoop) as runner:
        return runner.run(run())


@pytest.mark.parametrize(
    ("path", "empty"),
    [(PODS, {"spec": {"containers": None}, "status": {}}), (CONFIGS, {})],
    ids=["pods", "config-maps"],
)
def test_a_bookmark_is_an_empty_object_of_a_version(
    monkeypatch: pytest.MonkeyPatch, path: str, empty: dict[str, Any]
) -> None:
    monkeypatch.setattr(watches, "_BOOKMARK_EVERY_S", 0.0)
    first = watched(path, allowWatchBookmarks="true")[0]
    assert first["type"] == "BOOKMARK"
    rest = {k: v for k, v in first["object"].items() if k not in ("kind", "apiVersion")}
    assert rest.pop("metadata").keys() == {"resourceVersion"}
    assert rest == empty


def test_a_short_watch_has_none() -> None:
    assert watched(PODS, allowWatchBookmarks="true") == []
