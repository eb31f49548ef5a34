from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import httpx
import pytest

from poolshift.adapters.cloud import PUBLIC, Cloud, find_cloud
from poolshift.adapters.credentials import (
    CachedTokens,
    Token,
    choose_credential,
    default_subscription,
)
from poolshift.core.errors import UnauthorizedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

CLOUD = Cloud("Test", "https://arm.example", "https://login.example")
START = datetime(2026, 1, 1, tzinfo=UTC)


class Wall:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.moment = START

    async def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("AZURE_", "IDENTITY_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))


def asked(body: object = None, status: int = 200) -> tuple[httpx.AsyncClient, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json=body or {"access_token": "t", "expires_in": 3600})

    return httpx.AsyncClient(transport=httpx.MockTransport(handler)), seen


def token_by(client: httpx.AsyncClient) -> str:
    return asyncio.run(choose_credential(CLOUD, client, Wall()).token("https://arm.example"))


def test_a_client_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("TENANT_ID", "ten"), ("CLIENT_ID", "cli"), ("CLIENT_SECRET", "sec")):
        monkeypatch.setenv(f"AZURE_{name}", value)
    client, seen = asked()
    assert token_by(client) == "t"
    assert str(seen[0].url) == "https://login.example/ten/oauth2/v2.0/token"
    form = parse_qs(seen[0].content.decode())
    assert form["client_secret"] == ["sec"]
    assert form["scope"] == ["https://arm.example/.default"]


def test_workload_identity_sends_the_federated_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "federated"
    path.write_text("assertion\n", encoding="utf-8")
    monkeypatch.setenv("AZURE_TENANT_ID", "ten")
    monkeypatch.setenv("AZURE_CLIENT_ID", "cli")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(path))
    client, seen = asked()
    assert token_by(client) == "t"
    assert parse_qs(seen[0].content.decode())["client_assertion"] == ["assertion"]


@pytest.mark.parametrize(
    ("variables", "url", "header"),
    [
        pytest.param(
            {"IDENTITY_ENDPOINT": "http://id.example/token", "IDENTITY_HEADER": "h"},
            "http://id.example/token",
            ("x-identity-header", "h"),
            id="identity-endpoint",
        ),
        pytest.param(
            {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://imds.example"},
            "http://imds.example/metadata/identity/oauth2/token",
            ("metadata", "true"),
            id="imds",
        ),
    ],
)
def test_managed_identity(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    url: str,
    header: tuple[str, str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client, seen = asked({"access_token": "t", "expires_on": "1999999999"})
    assert token_by(client) == "t"
    assert str(seen[0].url.copy_with(query=None)) == url
    assert seen[0].headers[header[0]] == header[1]


def write_az(folder: Path) -> None:
    profile = {
        "subscriptions": [
            {
                "id": "sub",
                "isDefault": True,
                "tenantId": "ten",
                "user": {"name": "cli", "type": "servicePrincipal"},
            }
        ]
    }
    entries = [{"client_id": "cli", "tenant": "ten", "client_secret": "sec"}]
    # Some versions of az write a byte order mark.
    (folder / "azureProfile.json").write_text("\ufeff" + json.dumps(profile), encoding="utf-8")
    (folder / "service_principal_entries.json").write_text(json.dumps(entries), encoding="utf-8")


def test_a_service_principal_that_az_left_needs_no_az(tmp_path: Path) -> None:
    write_az(tmp_path)
    client, seen = asked()
    assert token_by(client) == "t"
    assert parse_qs(seen[0].content.decode())["client_secret"] == ["sec"]
    assert default_subscription() == ("sub", "ten")


def test_without_any_credential_the_error_says_what_to_set() -> None:
    client, _ = asked()
    with pytest.raises(UsageError, match="az login"):
        token_by(client)


@pytest.mark.parametrize("kind", ["answers", "fails"])
def test_az_is_asked_last(tmp_path: Path, kind: str) -> None:
    program = tmp_path / "az"
    answer = {"accessToken": "from-az", "expires_on": 1999999999}
    text = (
        f"echo '{json.dumps(answer)}'" if kind == "answers" else "echo ERROR: expired >&2; exit 1"
    )
    program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    program.chmod(0o755)
    client, _ = asked()
    if kind == "answers":
        assert token_by(client) == "from-az"
        return
    with pytest.raises(UnauthorizedError, match="expired"):
        token_by(client)


def test_a_refusal_keeps_the_words_of_the_sign_in(tmp_path: Path) -> None:
    write_az(tmp_path)
    body = {"error": "invalid_client", "error_description": "AADSTS7000222: expired.\r\nTrace"}
    client, _ = asked(body, 401)
    with pytest.raises(UnauthorizedError, match="AADSTS7000222"):
        token_by(client)


def test_tokens_are_kept_and_renewed_before_they_end() -> None:
    wall = Wall()
    count: list[str] = []

    async def fetch(resource: str) -> Token:
        count.append(resource)
        return Token(f"t{len(count)}", (wall.moment + timedelta(hours=1)).timestamp())

    async def main() -> list[str]:
        tokens = CachedTokens(fetch, wall)
        got = [await tokens.token("a"), await tokens.token("a"), await tokens.token("b")]
        wall.moment += timedelta(minutes=56)
        got.append(await tokens.token("a"))
        assert tokens.forget()
        got.append(await tokens.token("a"))
        return got

    assert asyncio.run(main()) == ["t1", "t1", "t2", "t3", "t4"]


def test_clouds_by_name_configuration_and_url(tmp_path: Path) -> None:
    metadata = {
        "name": "Own",
        "resourceManager": "https://own.example/",
        "authentication": {"loginEndpoint": "https://login.own.example/"},
    }
    client, _ = asked(metadata)

    async def main() -> None:
        assert await find_cloud("", client) == PUBLIC
        assert (await find_cloud("azureusgovernment", client)).name == "AzureUSGovernment"
        own = await find_cloud("https://own.example", client)
        assert own == Cloud("Own", "https://own.example", "https://login.own.example")
        (tmp_path / "config").write_text("[cloud]\nname = Mine\n", encoding="utf-8")
        (tmp_path / "clouds.config").write_text(
            "[Mine]\nendpoint_resource_manager = https://m/\nendpoint_active_directory = https://l\n",
            encoding="utf-8",
        )
        assert await find_cloud("", client) == Cloud("Mine", "https://m", "https://l")
        with pytest.raises(UsageError, match="AzureCloud"):
            await find_cloud("nope", client)

    asyncio.run(main())
