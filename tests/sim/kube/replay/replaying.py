"""Sending a scenario's recorded requests to the simulator, and judging the answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from tests.sim.kube.faces import client
from tests.sim.kube.replay import comparing, recording
from tests.sim.kube.replay.cluster import cluster
from tests.sim.kube.replay.scenes import SETUPS, Stage

_FAST = 100.0


class FastLoop(asyncio.SelectorEventLoop):
    """Time-outs of watches go by the loop's clock; this one runs ahead."""

    def time(self) -> float:
        return super().time() * _FAST


def replay(name: str) -> list[str]:
    """How the simulator's answers to a scenario differ from the recorded ones."""
    stage = Stage(cluster(recording.manifests()))
    if name in SETUPS:
        SETUPS[name](stage)
    with asyncio.Runner(loop_factory=FastLoop) as runner:
        return runner.run(_replayed(stage, recording.scenarios()[name]))


async def _replayed(stage: Stage, exchanges: list[dict[str, Any]]) -> list[str]:
    found = []
    async with client(stage.world, token=stage.token) as http:
        for index, recorded in enumerate(exchanges):
            if index in stage.before:
                stage.before[index]()
            answer = await _send(http, stage, index, recorded)
            body = _body(answer)
            if recorded["path"] == "/openapi/v2" and isinstance(body, dict):
                # The recorder kept how many there were.
                body = {
                    **body,
                    "paths": len(body["paths"]),
                    "definitions": len(body["definitions"]),
                }
            if "_trimmed" in (recorded.get("resp") or ()):
                body = _trimmed(body)
            said = comparing.problems(recorded, answer.status_code, answer.headers, body)
            found += [f"{index} {recorded['method']} {recorded['path'][:60]}: {s}" for s in said]
    return found


def _trimmed(document: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI document as the recorder kept one: names and kinds, no bodies."""
    schemas = document["components"]["schemas"]
    return {
        "_trimmed": "",
        **{name: document[name] for name in ("openapi", "info")},
        "paths": {path: sorted(item) for path, item in document["paths"].items()},
        "schemas": {n: s.get("x-kubernetes-group-version-kind") for n, s in schemas.items()},
    }


async def _send(
    http: httpx.AsyncClient, stage: Stage, index: int, recorded: dict[str, Any]
) -> httpx.Response:
    headers = {**recorded["req_headers"], **stage.headers.get(index, {})}
    sent = recorded.get("req")
    content = None if sent is None else sent if isinstance(sent, str) else json.dumps(sent)
    return await http.request(
        recorded["method"],
        stage.told(recorded["path"]),
        content=None if content is None else stage.told(content),
        headers={k: v for k, v in headers.items() if v != "REDACTED"},
    )


def _body(answer: httpx.Response) -> Any:
    """The body as the recorder kept it: an object, the lines of a watch, or text."""
    if "json" not in answer.headers.get("content-type", ""):
        try:
            return json.loads(answer.text)
        except json.JSONDecodeError:
            return answer.text
    lines = [json.loads(line) for line in answer.text.splitlines() if line]
    watched = bool(lines) and set(lines[0]) == {"type", "object"}
    if not lines:
        return None
    return lines if watched and len(lines) > 1 else lines[0]
