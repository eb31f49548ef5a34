from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from poolshift.adapters.credentials import StaticTokens
from poolshift.adapters.registry import Reference, RegistryHttp, parse_reference
from poolshift.core.errors import NotFoundError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from poolshift.core.image import ImageFacts

MANIFEST = {"config": {"digest": "sha256:c"}, "layers": [{"size": 10}, {"size": 5}]}
CONFIG = {"os": "windows", "architecture": "amd64", "os.version": "10.0.20348.825"}


class Wall:
    async def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        return


@pytest.fixture(autouse=True)
def docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def image_by(
    handler: Callable[[httpx.Request], httpx.Response], ref: str, azure: bool = False
) -> ImageFacts:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    tokens = StaticTokens("arm") if azure else None
    return asyncio.run(RegistryHttp(client, Wall(), azure=tokens, arm_endpoint="a").image(ref))


def plain(request: httpx.Request) -> httpx.Response:
    if "/blobs/" in request.url.path:
        return httpx.Response(200, json=CONFIG)
    return httpx.Response(200, json=MANIFEST, headers={"Docker-Content-Digest": "sha256:m"})


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        pytest.param("nginx", Reference("docker.io", "library/nginx", "latest"), id="hub"),
        pytest.param("a/b:1", Reference("docker.io", "a/b", "1"), id="hub-user"),
        pytest.param("r.io:5000/a/b", Reference("r.io:5000", "a/b", "latest"), id="port"),
        pytest.param("r.io/a:t@sha256:x", Reference("r.io", "a", "sha256:x"), id="digest"),
        pytest.param("localhost/a:t", Reference("localhost", "a", "t"), id="localhost"),
    ],
)
def test_references(ref: str, expected: Reference) -> None:
    assert parse_reference(ref) == expected


def test_a_single_manifest_is_told_by_its_config() -> None:
    image = image_by(plain, "r.io/a:1")
    platform = image.platforms[0]
    assert (image.digest, platform.digest) == ("sha256:m", "sha256:m")
    assert (platform.os_version, platform.size_bytes) == ("10.0.20348.825", 15)
    assert not platform.hidden


def test_an_index_is_told_by_its_entries_and_attestations_are_left_out() -> None:
    entries = [
        {"digest": "sha256:1", "platform": {"os": "windows", "os.version": "10.0.17763.1"}},
        {"digest": "sha256:2", "platform": {"os": "windows"}},
        {"digest": "sha256:3", "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": "sha256:4", "platform": {"os": "unknown", "architecture": "unknown"}},
    ]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/manifests/1"):
            return httpx.Response(200, json={"manifests": entries})
        return plain(request)

    found = image_by(handler, "r.io/a:1").platforms
    assert [(p.os, p.os_version, p.architecture, p.hidden) for p in found] == [
        ("windows", "10.0.17763.1", "amd64", False),
        ("windows", "10.0.20348.825", "amd64", True),
        ("linux", "", "arm64", False),
    ]


def challenged(seen: list[httpx.Request]) -> Callable[[httpx.Request], httpx.Response]:
    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "auth.r.io":
            return httpx.Response(200, json={"token": "ok"})
        if request.url.path == "/oauth2/exchange":
            return httpx.Response(200, json={"refresh_token": "ref"})
        if request.url.path == "/oauth2/token":
            return httpx.Response(200, json={"access_token": "ok"})
        if request.headers.get("authorization") != "Bearer ok":
            challenge = 'Bearer realm="https://auth.r.io/token",service="r.io",scope="s"'
            return httpx.Response(401, headers={"www-authenticate": challenge})
        return plain(request)

    return handler


def test_a_token_is_fetched_anonymously_once() -> None:
    seen: list[httpx.Request] = []
    assert image_by(challenged(seen), "r.io/a:1").platforms
    asked = [r for r in seen if r.url.host == "auth.r.io"]
    assert len(asked) == 1
    assert asked[0].url.params["scope"] == "s"
    assert "authorization" not in asked[0].headers


def test_docker_credentials_are_used(docker: Path) -> None:
    auth = base64.b64encode(b"me:secret").decode()
    (docker / "config.json").write_text(json.dumps({"auths": {"r.io": {"auth": auth}}}))
    seen: list[httpx.Request] = []
    image_by(challenged(seen), "r.io/a:1")
    asked = next(r for r in seen if r.url.host == "auth.r.io")
    assert asked.headers["authorization"] == f"Basic {auth}"


def test_a_registry_of_azure_takes_an_azure_token() -> None:
    seen: list[httpx.Request] = []
    assert image_by(challenged(seen), "x.azurecr.io/a:1", azure=True).platforms
    exchange = next(r for r in seen if r.url.path == "/oauth2/exchange")
    assert b"access_token=arm" in exchange.content


def test_a_missing_tag_and_a_closed_registry_are_told_apart() -> None:
    def missing(request: httpx.Request) -> httpx.Response:
        errors = [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]
        return httpx.Response(404, json={"errors": errors})

    with pytest.raises(NotFoundError, match="MANIFEST_UNKNOWN"):
        image_by(missing, "r.io/a:1")
    with pytest.raises(UnauthorizedError, match="docker login"):
        image_by(lambda _: httpx.Response(401), "r.io/a:1")
