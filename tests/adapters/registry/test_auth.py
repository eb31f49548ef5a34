"""Signing in: what is sent to whom, and how often."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from tests.adapters.registry.shop import Shop, VirtualWall, image_by, registry

from poolshift.adapters.credentials import StaticTokens
from poolshift.adapters.registry.challenge import Challenge, read_challenges
from poolshift.core.errors import ApiError, ForbiddenError, ThrottledError, UnauthorizedError
from poolshift.core.image import ImageFacts

AUTH = base64.b64encode(b"me:hunter2").decode()
ACR = "x.azurecr.io"


class Guarded:
    """A registry behind a token service.

    Args:
        host: of the registry.
        realm: address of the token service.
        closed_to_all: whether the token service wants a login.
        lifetime_s: of the tokens, on the wall's clock.
    """

    def __init__(
        self,
        *,
        host: str = "r.io",
        realm: str = "https://auth.r.io/token",
        closed_to_all: bool = False,
        lifetime_s: int | None = 300,
    ) -> None:
        self.shop = Shop()
        self.wall = VirtualWall()
        self.host, self.realm = host, realm
        self.closed_to_all, self.lifetime_s = closed_to_all, lifetime_s
        self.ends: dict[str, float] = {}
        self.token_requests: list[httpx.Request] = []
        self.exchanges: list[dict[str, list[str]]] = []
        self.takes_audience: str | None = None
        for tag in ("1", "2"):
            self.shop.manifest({"os": "linux", "tag": tag}, tag=tag)

    def now(self) -> float:
        return self.wall.moment.timestamp()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/exchange":
            return self.exchange(request)
        if str(request.url).split("?")[0] == self.realm:
            return self.token(request)
        name = request.url.path.split("/")[2]
        scope = f"repository:{name}:pull"
        sent = request.headers.get("authorization", "")
        if self.ends.get(sent.removeprefix(f"Bearer {scope} "), 0) > self.now():
            return self.shop.answer(request)
        challenge = f'Bearer realm="{self.realm}",service="{self.host}",scope="{scope}"'
        return httpx.Response(401, headers={"www-authenticate": challenge})

    def token(self, request: httpx.Request) -> httpx.Response:
        self.token_requests.append(request)
        asked = {k: v[0] for k, v in parse_qs(request.content.decode()).items()}
        asked |= dict(request.url.params)
        signed_in = "authorization" in request.headers or asked.get("refresh_token") == "ref"
        if self.closed_to_all and not signed_in:
            return httpx.Response(401, json={"errors": [{"code": "UNAUTHORIZED"}]})
        number = str(len(self.token_requests))
        self.ends[number] = self.now() + (self.lifetime_s or 60)
        body: dict[str, object] = {"access_token": f"{asked['scope']} {number}"}
        if self.lifetime_s is not None:
            body["expires_in"] = self.lifetime_s
        return httpx.Response(200, json=body)

    def exchange(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        self.exchanges.append(form)
        if self.takes_audience not in (None, form["access_token"][0]):
            return httpx.Response(401, json={"errors": [{"code": "UNAUTHORIZED"}]})
        return httpx.Response(200, json={"refresh_token": "ref"})


def login(docker: Path, host: str, **entry: str) -> None:
    (docker / "config.json").write_text(json.dumps({"auths": {host: entry or {"auth": AUTH}}}))


def read(guarded: Guarded, *refs: str, azure: bool = False) -> list[ImageFacts]:
    async def main() -> list[ImageFacts]:
        tokens = StaticTokens("arm") if azure else None
        port = registry(guarded, wall=guarded.wall, azure=tokens, arm_endpoint="https://arm")
        return [await port.image(ref) for ref in refs]

    return asyncio.run(main())


def test_a_token_is_fetched_anonymously_once_for_a_repository() -> None:
    guarded = Guarded()
    read(guarded, "r.io/a:1", "r.io/a:2")
    (asked,) = guarded.token_requests
    assert asked.url.params["scope"] == "repository:a:pull"
    assert asked.url.params["service"] == "r.io"
    assert "authorization" not in asked.headers


def test_the_next_repository_is_signed_in_to_beforehand() -> None:
    guarded = Guarded()
    read(guarded, "r.io/a:1", "r.io/b:1")
    scopes = [r.url.params["scope"] for r in guarded.token_requests]
    assert scopes == ["repository:a:pull", "repository:b:pull"]
    assert len(guarded.shop.log) == 4


def test_many_at_once_share_one_token() -> None:
    guarded = Guarded()

    async def main() -> None:
        port = registry(guarded, wall=guarded.wall)
        await asyncio.gather(*(port.image(f"r.io/a:{1 + n % 2}") for n in range(20)))

    asyncio.run(main())
    assert len(guarded.token_requests) == 1


@pytest.mark.parametrize("lifetime_s", [300, None], ids=["told", "not-told"])
def test_a_token_is_renewed_before_it_ends(lifetime_s: int | None) -> None:
    guarded = Guarded(lifetime_s=lifetime_s)

    async def main() -> None:
        port = registry(guarded, wall=guarded.wall)
        await port.image("r.io/a:1")
        asked = len(guarded.shop.requests)
        guarded.wall.moment += timedelta(seconds=(lifetime_s or 60) - 5)
        await port.image("r.io/a:2")
        assert len(guarded.shop.requests) == asked + 2

    asyncio.run(main())
    assert len(guarded.token_requests) == 2


def test_a_token_that_is_refused_early_is_fetched_anew() -> None:
    guarded = Guarded()

    async def main() -> None:
        port = registry(guarded, wall=guarded.wall)
        await port.image("r.io/a:1")
        guarded.ends.clear()
        await port.image("r.io/a:2")

    asyncio.run(main())
    assert len(guarded.token_requests) == 2


def test_the_login_of_docker_goes_to_the_token_service_alone(docker: Path) -> None:
    login(docker, "r.io")
    guarded = Guarded(closed_to_all=True)
    read(guarded, "r.io/a:1")
    assert guarded.token_requests[0].headers["authorization"] == f"Basic {AUTH}"
    assert not [r for r in guarded.shop.requests if AUTH in r.headers.get("authorization", "")]


def test_an_identity_token_is_exchanged(docker: Path) -> None:
    login(docker, "r.io", identitytoken="ref")
    guarded = Guarded(closed_to_all=True)
    read(guarded, "r.io/a:1")
    (asked,) = guarded.token_requests
    form = parse_qs(asked.content.decode())
    assert (asked.method, form["grant_type"]) == ("POST", ["refresh_token"])


def test_basic_is_answered_with_the_login(docker: Path) -> None:
    login(docker, "r.io")
    shop = Shop()
    shop.manifest({"os": "linux"}, tag="1")

    def handler(request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Basic {AUTH}":
            return httpx.Response(401, headers={"www-authenticate": 'Basic realm="Registry"'})
        return shop.answer(request)

    assert image_by(handler, "r.io/a:1").platforms


@pytest.mark.parametrize(
    "header",
    ['Basic realm="x"', "Negotiate", "", 'Bearer service="x"', 'Bearer realm="http://evil.io/"'],
)
def test_a_registry_that_wants_what_we_have_not_is_closed(header: str) -> None:
    with pytest.raises(UnauthorizedError, match="sign in with docker login"):
        image_by(lambda _: httpx.Response(401, headers={"www-authenticate": header}), "r.io/a:1")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"token": 7}),
        httpx.Response(200, json=[]),
        httpx.Response(403),
    ],
    ids=["page", "none", "number", "list", "forbidden"],
)
def test_a_token_service_may_answer_anything(answer: httpx.Response) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.r.io":
            return answer
        challenge = 'Bearer realm="https://auth.r.io/token"'
        return httpx.Response(401, headers={"www-authenticate": challenge})

    with pytest.raises(UnauthorizedError):
        image_by(handler, "r.io/a:1")


def test_a_token_that_helps_nothing_is_told_once() -> None:
    guarded = Guarded()
    guarded.lifetime_s = 0
    guarded.ends = {}
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        answer = guarded(request)
        guarded.ends.clear()
        return answer

    with pytest.raises(UnauthorizedError):
        image_by(handler, "r.io/a:1")
    assert len(asked) == 3


def test_forbidden_is_told_as_such() -> None:
    with pytest.raises(ForbiddenError, match="does not let us in"):
        image_by(lambda _: httpx.Response(403), "r.io/a:1")


def test_a_redirect_to_another_host_carries_no_authorization(docker: Path) -> None:
    login(docker, "r.io")
    shop = Shop()
    shop.manifest({"os": "linux"}, tag="1")
    elsewhere: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "blobs.io":
            elsewhere.append(request)
            return shop.answer(request)
        if request.headers.get("authorization") != f"Basic {AUTH}":
            return httpx.Response(401, headers={"www-authenticate": 'Basic realm="r"'})
        if request.url.path == "/moved":
            return httpx.Response(307, headers={"Location": "https://blobs.io/x/1"})
        if "/blobs/" in request.url.path:
            target = f"https://blobs.io{request.url.path}"
            return httpx.Response(307, headers={"Location": target})
        return httpx.Response(307, headers={"Location": "/moved"})

    assert image_by(handler, "r.io/a:1").platforms
    assert len(elsewhere) == 2
    assert not [r for r in elsewhere if "authorization" in r.headers]


def acr(**more: bool) -> Guarded:
    return Guarded(host=ACR, realm=f"https://{ACR}/oauth2/token", **more)


def test_a_registry_of_azure_takes_an_azure_token_once() -> None:
    guarded = acr(closed_to_all=True)
    read(guarded, f"{ACR}/a:1", f"{ACR}/b:1", azure=True)
    (exchange,) = guarded.exchanges
    assert exchange["access_token"] == ["arm"]
    assert exchange["service"] == [ACR]
    assert [r.method for r in guarded.token_requests] == ["POST", "POST"]


def test_the_exchange_is_tried_for_the_registrys_own_audience_too() -> None:
    class ByAudience:
        async def token(self, resource: str) -> str:
            return resource

        def forget(self) -> bool:
            return False

    guarded = acr(closed_to_all=True)
    guarded.takes_audience = "https://containerregistry.azure.net"
    image_by(
        guarded, f"{ACR}/a:1", wall=guarded.wall, azure=ByAudience(), arm_endpoint="https://arm"
    )
    assert len(guarded.exchanges) == 2


def test_an_open_registry_of_azure_lets_those_in_whom_it_does_not_know() -> None:
    guarded = acr()
    guarded.takes_audience = "of another tenant"
    assert read(guarded, f"{ACR}/a:1", f"{ACR}/b:1", azure=True)
    assert len(guarded.exchanges) == 2
    assert [r.method for r in guarded.token_requests] == ["GET", "GET"]


def test_a_closed_registry_of_azure_names_the_role() -> None:
    guarded = acr(closed_to_all=True)
    guarded.takes_audience = "of another tenant"
    with pytest.raises(UnauthorizedError, match="AcrPull"):
        read(guarded, f"{ACR}/a:1", azure=True)


def test_a_refresh_token_that_has_ended_is_exchanged_anew() -> None:
    guarded = acr(closed_to_all=True)
    current = "first"

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/exchange":
            guarded.exchange(request)
            return httpx.Response(200, json={"refresh_token": current})
        form = parse_qs(request.content.decode())
        if form.get("refresh_token", [current]) != [current]:
            return httpx.Response(401, json={"errors": [{"code": "UNAUTHORIZED"}]})
        content = request.content.replace(current.encode(), b"ref")
        return guarded(
            httpx.Request(request.method, request.url, headers=request.headers, content=content)
        )

    async def main() -> None:
        nonlocal current
        tokens = StaticTokens("arm")
        port = registry(handler, wall=guarded.wall, azure=tokens, arm_endpoint="https://arm")
        await port.image(f"{ACR}/a:1")
        current = "second"
        await port.image(f"{ACR}/b:1")

    asyncio.run(main())
    assert len(guarded.exchanges) == 2


def test_a_token_service_that_throttles_is_no_closed_registry() -> None:
    guarded = acr()

    def handler(request: httpx.Request) -> httpx.Response:
        throttled = request.url.path.startswith("/oauth2/")
        return httpx.Response(429) if throttled else guarded(request)

    with pytest.raises(ThrottledError, match="rate limited by"):
        image_by(handler, f"{ACR}/a:1", wall=guarded.wall, azure=StaticTokens("arm"))


def test_a_refusal_without_a_challenge_is_told() -> None:
    body = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
    with pytest.raises(UnauthorizedError, match="authentication required"):
        image_by(lambda _: httpx.Response(401, json=body), "r.io/a:1")


def test_a_realm_that_is_no_address() -> None:
    for realm in ("https://[nowhere", "https:///x", "ftp://r.io/token"):
        header = {"www-authenticate": f'Bearer realm="{realm}"'}
        with pytest.raises(ApiError) as caught:
            image_by(lambda _, h=header: httpx.Response(401, headers=h), "r.io/a:1")
        assert "token service" in caught.value.why


def test_no_secret_is_logged_or_told(
    docker: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    login(docker, "r.io")
    guarded = Guarded(closed_to_all=True)
    with caplog.at_level(logging.DEBUG, "poolshift"):
        read(guarded, "r.io/a:1")
    guarded.shop.contents.clear()
    with pytest.raises(ApiError) as caught:
        read(guarded, "r.io/a:1")
    told = caplog.text + "".join(capsys.readouterr()) + caught.value.line() + repr(caught.value)
    assert AUTH not in told
    assert "hunter2" not in told
    assert "repository:a:pull " not in told


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (['Bearer realm="r",service="s",scope="a b"'], Challenge("r", "s", "a b")),
        (["bearer realm=r, service=s"], Challenge("r", "s", "")),
        (['Basic realm="x", Bearer realm="r"'], Challenge("r", "", "")),
        (['Basic realm="x"', 'Bearer realm="r"'], Challenge("r", "", "")),
        (['Basic realm="x"'], Challenge()),
        (['Bearer scope="a"'], None),
        (["Negotiate"], None),
        ([], None),
    ],
)
def test_challenges(headers: list[str], expected: Challenge | None) -> None:
    assert read_challenges(headers) == expected


def test_a_realm_with_a_query_keeps_it() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        challenge = 'Bearer realm="https://auth.r.io/token?account=x"'
        return httpx.Response(401, headers={"www-authenticate": challenge})

    with pytest.raises(UnauthorizedError):
        image_by(handler, "r.io/a:1")
    assert seen[1].url.params["account"] == "x"
