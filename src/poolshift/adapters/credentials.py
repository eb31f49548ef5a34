"""Azure credentials: where a token comes from, and when it is renewed.

The order, first match wins:

1. a client secret in the environment (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET);
2. workload identity (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE);
3. managed identity (IDENTITY_ENDPOINT, or AZURE_POD_IDENTITY_AUTHORITY_HOST);
4. a service principal that `az login` left in AZURE_CONFIG_DIR (no `az` needed);
5. `az account get-access-token`.

`azure-identity` is used only when it is asked for.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx
import msgspec

from poolshift.adapters.cloud import Cloud, config_folder
from poolshift.adapters.http import send_patiently, unreachable
from poolshift.core.clock import Clock, parse_time
from poolshift.core.errors import UnauthorizedError, UsageError

# A token is renewed so long before it ends: longer than any single request takes.
RENEW_BEFORE_S = 300.0
_AZ_LIMIT_S = 60.0
_IMDS = "http://169.254.169.254"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SIGN_IN = "Sign in again: az login"


class Token(msgspec.Struct, frozen=True):
    """An access token and the second since 1970 at which it ends."""

    value: str
    expires_on: float


class TokenSource(Protocol):
    """Gives tokens that are good now."""

    async def token(self, resource: str) -> str:
        """A token for a resource (an audience without `/.default`)."""
        ...

    def forget(self) -> bool:
        """Drop what is cached, because a service refused it; False when there was nothing."""
        ...


Fetch = Callable[[str], Awaitable[Token]]


class CachedTokens:
    """Tokens by resource, fetched when needed and renewed before they end."""

    def __init__(self, fetch: Fetch, wall: Clock) -> None:
        self._fetch = fetch
        self._wall = wall
        self._held: dict[str, Token] = {}
        self._lock = asyncio.Lock()

    async def token(self, resource: str) -> str:
        """A token that is good for some minutes at least."""
        async with self._lock:
            now = (await self._wall.now()).timestamp()
            held = self._held.get(resource)
            if held is None or held.expires_on - now < RENEW_BEFORE_S:
                held = await self._fetch(resource)
                self._held[resource] = held
            return held.value

    def forget(self) -> bool:
        """Drop every token."""
        had = bool(self._held)
        self._held.clear()
        return had


class StaticTokens:
    """One token that somebody else made."""

    def __init__(self, value: str) -> None:
        self._value = value

    async def token(self, resource: str) -> str:
        """The token."""
        return self._value

    def forget(self) -> bool:
        """There is no other one."""
        return False


class ServicePrincipal(msgspec.Struct, frozen=True):
    """A service principal with a secret or the path of a federated token."""

    tenant: str
    client_id: str
    secret: str = ""
    token_file: str = ""


def choose_credential(
    cloud: Cloud, client: httpx.AsyncClient, wall: Clock, *, use_azure_identity: bool = False
) -> CachedTokens:
    """The credential of this environment, by the order above."""
    if use_azure_identity:
        return CachedTokens(_azure_identity(cloud), wall)
    env = os.environ
    principal = _principal_of_environment(env) or (
        None if _managed(env) else _principal_of_az(config_folder())
    )
    if principal is not None:
        return CachedTokens(_by_principal(cloud, client, wall, principal), wall)
    if _managed(env):
        return CachedTokens(_by_managed_identity(client, wall, env), wall)
    return CachedTokens(_by_az, wall)


def _managed(env: Mapping[str, str]) -> bool:
    return bool(env.get("IDENTITY_ENDPOINT") or env.get("AZURE_POD_IDENTITY_AUTHORITY_HOST"))


def _principal_of_environment(env: Mapping[str, str]) -> ServicePrincipal | None:
    tenant, client_id = env.get("AZURE_TENANT_ID", ""), env.get("AZURE_CLIENT_ID", "")
    secret = env.get("AZURE_CLIENT_SECRET", "")
    token_file = env.get("AZURE_FEDERATED_TOKEN_FILE", "")
    if not (tenant and client_id and (secret or token_file)):
        return None
    return ServicePrincipal(tenant, client_id, secret, "" if secret else token_file)


def _principal_of_az(folder: Path) -> ServicePrincipal | None:
    """The signed-in service principal of `az`, when its secret lies in the folder."""
    entries = _json_file(folder / "service_principal_entries.json")
    profile = _json_file(folder / "azureProfile.json")
    if not isinstance(entries, list) or not isinstance(profile, dict):
        return None
    user = _current_subscription(profile).get("user") or {}
    if user.get("type") != "servicePrincipal":
        return None
    for entry in entries:
        if entry.get("client_id") == user.get("name") and entry.get("client_secret"):
            return ServicePrincipal(entry["tenant"], entry["client_id"], entry["client_secret"])
    return None


def _json_file(path: Path) -> Any:
    """The contents of one of az' files (some have a byte order mark); None without it."""
    try:
        return msgspec.json.decode(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        return None


def _current_subscription(profile: Any) -> dict[str, Any]:
    listed = profile.get("subscriptions") if isinstance(profile, dict) else None
    current: list[dict[str, Any]] = [s for s in listed or () if s.get("isDefault")]
    return current[0] if current else {}


def default_subscription() -> tuple[str, str]:
    """The subscription that `az` is set to, with its tenant; empty strings without one."""
    current = _current_subscription(_json_file(config_folder() / "azureProfile.json"))
    return str(current.get("id", "")), str(current.get("tenantId", ""))


def _by_principal(
    cloud: Cloud, client: httpx.AsyncClient, wall: Clock, principal: ServicePrincipal
) -> Fetch:
    async def fetch(resource: str) -> Token:
        form = {
            "client_id": principal.client_id,
            "grant_type": "client_credentials",
            "scope": f"{resource}/.default",
        }
        if principal.secret:
            form["client_secret"] = principal.secret
        else:
            form["client_assertion_type"] = _ASSERTION
            form["client_assertion"] = _federated_token(principal.token_file)
        url = f"{cloud.authority}/{principal.tenant}/oauth2/v2.0/token"
        request = client.build_request("POST", url, data=form)
        return _token_of(await _asked(client, wall, request), (await wall.now()).timestamp())

    return fetch


def _federated_token(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(
            f"the federated token {path} cannot be read",
            why=str(error),
            fix="Check the workload identity of this pod (AZURE_FEDERATED_TOKEN_FILE)",
            code="PSE342",
        ) from error


def _by_managed_identity(client: httpx.AsyncClient, wall: Clock, env: Mapping[str, str]) -> Fetch:
    async def fetch(resource: str) -> Token:
        params = {"resource": resource}
        if env.get("AZURE_CLIENT_ID"):
            params["client_id"] = env["AZURE_CLIENT_ID"]
        if env.get("IDENTITY_ENDPOINT"):
            url = env["IDENTITY_ENDPOINT"]
            headers = {"X-IDENTITY-HEADER": env.get("IDENTITY_HEADER", "")}
            params["api-version"] = "2019-08-01"
        else:
            host = env.get("AZURE_POD_IDENTITY_AUTHORITY_HOST") or _IMDS
            url = f"{host.rstrip('/')}/metadata/identity/oauth2/token"
            headers = {"Metadata": "true"}
            params["api-version"] = "2018-02-01"
        request = client.build_request("GET", url, params=params, headers=headers)
        return _token_of(await _asked(client, wall, request), (await wall.now()).timestamp())

    return fetch


async def _asked(client: httpx.AsyncClient, wall: Clock, request: httpx.Request) -> Any:
    """The answer of a token endpoint; its refusals become UnauthorizedError."""
    try:
        answer = await send_patiently(client, wall, request, repeatable=True)
    except httpx.TransportError as error:
        raise unreachable(
            f"the token endpoint {request.url.copy_with(query=None)}",
            error,
            likely="no network, or a proxy that is not set",
            fix="Check HTTPS_PROXY and the credential's variables",
        ) from error
    try:
        body = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        body = {}
    if answer.status_code == 200 and isinstance(body, dict) and body.get("access_token"):
        return body
    said = body if isinstance(body, dict) else {}
    raise UnauthorizedError(
        "Azure gave no token",
        status=answer.status_code,
        service_code=str(said.get("error", "")),
        message=str(said.get("error_description", "")).splitlines()[0]
        if said.get("error_description")
        else "",
        fix="Check tenant, client and secret of the service principal (it may have expired)",
    )


def _token_of(body: Mapping[str, Any], now: float) -> Token:
    if body.get("expires_on"):
        return Token(str(body["access_token"]), float(body["expires_on"]))
    return Token(str(body["access_token"]), now + float(body.get("expires_in", 0)))


async def _by_az(resource: str) -> Token:
    """A token by `az`; it renews its own sign-in where it can, and never asks."""
    program = shutil.which("az")
    if program is None:
        raise UsageError(
            "there is no Azure credential",
            why="neither the environment nor AZURE_CONFIG_DIR has one, and `az` is not installed",
            fix="Install the Azure CLI and run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID "
            "and AZURE_CLIENT_SECRET",
            code="PSE342",
        )
    process = await asyncio.create_subprocess_exec(
        program,
        "account",
        "get-access-token",
        "--output",
        "json",
        "--resource",
        resource,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), _AZ_LIMIT_S)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise UnauthorizedError(
            "az account get-access-token gave no token", why=f"it took over {_AZ_LIMIT_S:g} s"
        ) from error
    if process.returncode != 0:
        last = (err.decode("utf-8", "replace").strip().splitlines() or ["no message"])[-1]
        raise UnauthorizedError(
            "az account get-access-token gave no token", message=last, fix=_SIGN_IN
        )
    return _token_of_az(out)


def _token_of_az(out: bytes) -> Token:
    try:
        body = msgspec.json.decode(out)
        value = str(body["accessToken"])
        # Older versions give a local time alone.
        expires = body.get("expires_on") or parse_time(body["expiresOn"]).timestamp()
        return Token(value, float(expires))
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise UnauthorizedError(
            "az account get-access-token gave an answer that cannot be read", why=str(error)
        ) from error


def _azure_identity(cloud: Cloud) -> Fetch:
    try:
        identity = importlib.import_module("azure.identity.aio")
    except ImportError as error:
        raise UsageError(
            "azure-identity is not installed",
            fix="Install poolshift with its extra: poolshift[azure]",
            code="PSE342",
        ) from error
    credential = identity.DefaultAzureCredential(authority=cloud.authority)

    async def fetch(resource: str) -> Token:
        token = await credential.get_token(f"{resource}/.default")
        return Token(str(token.token), float(token.expires_on))

    return fetch
