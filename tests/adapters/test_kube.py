from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest

from poolshift.adapters import kube as kube_module
from poolshift.adapters.kube import KubeHttp
from poolshift.adapters.kube_auth import KubeTokens
from poolshift.adapters.kubeconfig import KubeTarget, KubeUser
from poolshift.core.errors import (
    ApiError,
    ExpiredError,
    ForbiddenError,
    ServerError,
    UnreachableError,
)
from poolshift.core.kube import PODS
from poolshift.core.ports import EvictionOutcome

Handler = Callable[[httpx.Request], httpx.Response]
T = TypeVar("T")


class Wall:
    async def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        return


Using = Callable[[Handler, Callable[[KubeHttp], Awaitable[Any]]], Any]


@pytest.fixture
def using(monkeypatch: pytest.MonkeyPatch) -> Using:
    """Runs an async function with a client whose server is a handler."""

    def run(handler: Handler, body: Callable[[KubeHttp], Awaitable[T]]) -> T:
        def client(**options: Any) -> httpx.AsyncClient:
            transport = httpx.MockTransport(handler)
            return httpx.AsyncClient(transport=transport, base_url=options["base_url"])

        monkeypatch.setattr(kube_module, "new_client", client)
        target = KubeTarget(server="https://k.example", user=KubeUser(token="t"))

        async def main() -> T:
            wall = Wall()
            api = KubeHttp(target, KubeTokens(target, wall), wall, agent="poolshift/0")
            try:
                return await body(api)
            finally:
                await api.aclose()

        return asyncio.run(main())

    return run


def pod(name: str) -> dict[str, Any]:
    env = [{"name": "SECRET", "value": "x"}]
    containers = [{"name": "c", "image": "i", "env": env}]
    return {"metadata": {"name": name, "resourceVersion": "7"}, "spec": {"containers": containers}}


def status(code: int, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return httpx.Response(code, json={"kind": "Status", "code": code, **more}, headers=headers)


def test_a_list_is_read_page_by_page(using: Using) -> None:
    seen: list[httpx.URL] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        if "continue" in request.url.params:
            return httpx.Response(
                200, json={"items": [pod("b")], "metadata": {"resourceVersion": "9"}}
            )
        metadata = {"continue": "more", "resourceVersion": "9"}
        return httpx.Response(200, json={"items": [pod("a")], "metadata": metadata})

    listing = using(handler, lambda kube: kube.list(PODS, labels="app=x"))
    assert [item.metadata.name for item in listing.items] == ["a", "b"]
    assert listing.resource_version == "9"
    assert [url.params["limit"] for url in seen] == ["500", "500"]
    assert "SECRET" not in repr(listing)


def test_a_list_that_expires_on_the_way_is_begun_anew(using: Using) -> None:
    answers = [
        httpx.Response(200, json={"items": [pod("a")], "metadata": {"continue": "old"}}),
        status(410, reason="Expired"),
        httpx.Response(200, json={"items": [pod("z")], "metadata": {"resourceVersion": "9"}}),
    ]
    listing = using(lambda _: answers.pop(0), lambda kube: kube.list(PODS))
    assert [item.metadata.name for item in listing.items] == ["z"]


def test_a_null_list_is_an_empty_one(using: Using) -> None:
    body = {"items": None, "metadata": {"resourceVersion": "1"}}
    listing = using(lambda _: httpx.Response(200, json=body), lambda kube: kube.list(PODS))
    assert listing.items == ()


def watch_lines(*events: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, text="\n".join(json.dumps(event) for event in events) + "\n")


def test_a_watch_gives_changes_and_bookmarks(using: Using) -> None:
    bookmark = {"metadata": {"resourceVersion": "706"}, "spec": {"containers": None}}
    reply = watch_lines(
        {"type": "MODIFIED", "object": pod("a")}, {"type": "BOOKMARK", "object": bookmark}
    )

    async def body(kube: KubeHttp) -> list[tuple[str, str]]:
        watch = kube.watch(PODS, resource_version="1")
        return [(event.type, event.resource_version) async for event in watch]

    assert using(lambda _: reply, body) == [("MODIFIED", "7"), ("BOOKMARK", "706")]


def test_a_position_too_old_ends_a_watch_as_expired(using: Using) -> None:
    failure = {"kind": "Status", "reason": "Expired", "code": 410, "message": "too old"}
    reply = watch_lines({"type": "ERROR", "object": failure})

    async def body(kube: KubeHttp) -> None:
        async for _ in kube.watch(PODS, resource_version="1"):
            pass

    with pytest.raises(ExpiredError, match="too old"):
        using(lambda _: reply, body)


CAUSE = {"reason": "DisruptionBudget", "message": "The disruption budget web needs 3 healthy pods"}
SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction does not support."


@pytest.mark.parametrize(
    ("reply", "outcome", "retry_after_s"),
    [
        pytest.param(status(201), EvictionOutcome.EVICTED, None, id="201"),
        pytest.param(status(404, reason="NotFound"), EvictionOutcome.GONE, None, id="404"),
        pytest.param(status(409, reason="Conflict"), EvictionOutcome.GONE, None, id="409"),
        pytest.param(
            status(429, details={"causes": [CAUSE]}), EvictionOutcome.BLOCKED, None, id="429"
        ),
        pytest.param(
            status(429, headers={"Retry-After": "10"}),
            EvictionOutcome.UNOBSERVED,
            10.0,
            id="429-with-a-delay",
        ),
        pytest.param(
            status(500, message=SEVERAL),
            EvictionOutcome.SEVERAL_BUDGETS,
            None,
            id="500-two-budgets",
        ),
        pytest.param(
            status(403, message='admission webhook "x" denied the request'),
            EvictionOutcome.DENIED,
            None,
            id="webhook",
        ),
        pytest.param(
            status(500, message='Internal error occurred: failed calling webhook "x"'),
            EvictionOutcome.DENIED,
            None,
            id="webhook-down",
        ),
    ],
)
def test_every_answer_of_the_eviction_api_is_a_result(
    using: Using, reply: httpx.Response, outcome: EvictionOutcome, retry_after_s: float | None
) -> None:
    calls: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request.content)
        return reply

    result = using(handler, lambda kube: kube.evict("ns", "a", uid="u"))
    assert (result.outcome, result.retry_after_s) == (outcome, retry_after_s)
    assert len(calls) == 1
    assert json.loads(calls[0])["deleteOptions"]["preconditions"] == {"uid": "u"}
    if outcome is EvictionOutcome.BLOCKED:
        assert result.message == CAUSE["message"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(status(403, message="no"), ForbiddenError, id="rbac"),
        pytest.param(status(500, message="etcd"), ServerError, id="broken"),
    ],
)
def test_what_is_no_answer_about_the_pod_is_raised(
    using: Using, reply: httpx.Response, kind: type[ApiError]
) -> None:
    with pytest.raises(kind):
        using(lambda _: reply, lambda kube: kube.evict("ns", "a", uid="u"))


def test_an_unreachable_server_names_the_likely_causes(using: Using) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("timed out", request=request)

    with pytest.raises(UnreachableError) as caught:
        using(handler, lambda kube: kube.version())
    line = caught.value.line()
    assert all(word in line for word in ("private", "authorized IP ranges", "VPN"))


def test_a_dry_run_is_asked_for_in_the_request(using: Using) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    async def body(kube: KubeHttp) -> None:
        await kube.patch(PODS, "a", {}, "ns", dry_run=True)
        await kube.create(PODS, {}, "ns", dry_run=True)
        await kube.delete(PODS, "a", "ns", dry_run=True)

    using(handler, body)
    assert seen[0].url.params["dryRun"] == seen[1].url.params["dryRun"] == "All"
    assert json.loads(seen[2].content)["dryRun"] == ["All"]
