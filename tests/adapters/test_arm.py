from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from poolshift.adapters.arm import arm_api
from poolshift.adapters.credentials import StaticTokens
from poolshift.core.arm_client import ArmClient, api_version_of, checked_id, read_retry_after
from poolshift.core.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ServerError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
    UsageError,
)

ENDPOINT = "https://arm.example"
CLUSTER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
Handler = Callable[[httpx.Request], httpx.Response]


class Sleeps:
    """A clock that notes how long it was asked to sleep."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)


def client_of(handler: Handler, clock: Sleeps | None = None) -> ArmClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    tokens = StaticTokens("t")
    return arm_api(http, endpoint=ENDPOINT, tokens=tokens, clock=clock or Sleeps())


def raised_by(handler: Handler) -> ApiError:
    with pytest.raises(ApiError) as caught:
        asyncio.run(client_of(handler).pool(CLUSTER, "p"))
    return caught.value


def test_a_call_carries_the_token_and_the_pinned_version() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"name": "p", "properties": {"osSKU": "Windows2022"}})

    pool = asyncio.run(client_of(handler).pool(CLUSTER, "p"))
    assert pool.properties.os_sku == "Windows2022"
    assert seen[0].headers["authorization"] == "Bearer t"
    assert seen[0].url.params["api-version"] == api_version_of(CLUSTER)


FLAT = {"code": "QuotaExceeded", "message": "too little", "details": None, "subcode": ""}


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        pytest.param(400, FLAT, InvalidError, "QuotaExceeded", id="flat"),
        pytest.param(404, {"error": {"code": "X"}}, NotFoundError, "X", id="wrapped"),
        pytest.param(409, FLAT, ConflictError, "QuotaExceeded", id="conflict"),
        pytest.param(401, {"error": {"code": "Expired"}}, UnauthorizedError, "Expired", id="401"),
        pytest.param(500, {}, ServerError, "", id="no-body"),
    ],
)
def test_errors_of_both_shapes_keep_code_and_request_id(
    status: int, body: dict[str, object], kind: type[ApiError], code: str
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=body, headers={"x-ms-request-id": "r-1"})

    error = raised_by(handler)
    assert type(error) is kind
    assert (error.status, error.service_code, error.request_id) == (status, code, "r-1")


def test_a_forbidden_call_names_the_action_and_a_role() -> None:
    action = "Microsoft.ContainerService/managedClusters/agentPools/write"

    def handler(request: httpx.Request) -> httpx.Response:
        message = f"The client does not have authorization to perform action '{action}' over x"
        return httpx.Response(
            403, json={"error": {"code": "AuthorizationFailed", "message": message}}
        )

    error = raised_by(handler)
    assert isinstance(error, ForbiddenError)
    assert action in error.fix
    assert "Contributor" in error.fix


def test_an_expired_credential_says_how_to_sign_in() -> None:
    error = raised_by(lambda _: httpx.Response(401, json={"error": {"code": "ExpiredToken"}}))
    assert "az login" in error.line()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_repeated_by_the_clock_that_was_handed_in(status: int) -> None:
    answers = [
        httpx.Response(status, headers={"retry-after": "7"}),
        httpx.Response(status, html="<html>gateway</html>"),
        httpx.Response(200, json={"name": "p", "properties": {}}),
    ]
    clock = Sleeps()
    arm = client_of(lambda _: answers.pop(0), clock)
    assert asyncio.run(arm.pool(CLUSTER, "p")).name == "p"
    assert clock.asked == [7, 1.0]


def test_repeats_have_an_end() -> None:
    clock = Sleeps()
    calls: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(1)
        return httpx.Response(429, json={"error": {"code": "Throttled"}})

    with pytest.raises(ThrottledError) as caught:
        asyncio.run(client_of(handler, clock).pool(CLUSTER, "p"))
    assert len(calls) == 5
    assert caught.value.retry_after_s


def test_a_post_that_may_have_been_acted_on_is_not_repeated() -> None:
    calls: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(1)
        return httpx.Response(503)

    with pytest.raises(ServerError):
        asyncio.run(client_of(handler).delete_machines(CLUSTER, "p", ("m",)))
    assert len(calls) == 1


def test_no_answer_names_the_likely_cause() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    error = raised_by(handler)
    assert isinstance(error, UnreachableError)
    assert "proxy" in error.why
    assert error.fix


def test_a_foreign_certificate_names_the_variable_that_helps() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]", request=request)

    assert "SSL_CERT_FILE" in raised_by(handler).fix


def test_pages_are_followed_and_the_token_stays_at_home() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "other.example":
            return httpx.Response(200, json={"value": [{"name": "b", "properties": {}}]})
        link = "https://other.example/next"
        body = {"value": [{"name": "a", "properties": {}}], "nextLink": link}
        return httpx.Response(200, json=body)

    pools = asyncio.run(client_of(handler).pools(CLUSTER))
    assert [pool.name for pool in pools] == ["a", "b"]
    assert "authorization" not in seen[1].headers


def test_an_unknown_status_of_an_operation_is_running_and_an_error_beside_it_no_failure() -> None:
    body = {"status": "ReconcilingDNS", "error": {"code": "NotLatestOperation", "message": "m"}}
    arm = client_of(lambda _: httpx.Response(200, json=body, headers={"retry-after": "30"}))
    operation = asyncio.run(arm.operation(f"{ENDPOINT}/op"))
    assert not operation.done
    assert (operation.error_code, operation.retry_after_s) == ("NotLatestOperation", 30)


def test_create_only_and_preconditions_are_headers() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={}, headers={"Azure-AsyncOperation": f"{ENDPOINT}/op"})

    arm = client_of(handler)
    accepted = asyncio.run(
        arm.put_pool(CLUSTER, "p", {}, create_only=True, headers={"UseWindowsGen2VM": "true"})
    )
    assert accepted.operation_url == f"{ENDPOINT}/op"
    assert seen[0].headers["if-none-match"] == "*"
    assert seen[0].headers["usewindowsgen2vm"] == "true"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "30"}, 30.0, id="seconds"),
        pytest.param({"retry-after-ms": "500"}, 0.5, id="milliseconds"),
        pytest.param({"x-ms-retry-after-ms": "50"}, 0.05, id="azure-milliseconds"),
        pytest.param({"retry-after": "0"}, None, id="zero-is-absent"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_delay_between_polls(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers) == seconds


def test_what_is_no_cluster_is_refused_before_any_call() -> None:
    with pytest.raises(UsageError, match="resource id"):
        checked_id("/subscriptions/s/resourceGroups/g")
