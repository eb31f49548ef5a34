"""OCI registries over HTTP: which platforms an image has, and for which Windows build."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from poolshift.adapters.http import send_patiently, unreachable
from poolshift.core.errors import ApiError, UnauthorizedError, api_error_type
from poolshift.core.image import ImageFacts, Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.adapters.credentials import TokenSource
    from poolshift.core.clock import Clock

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_ACCEPT = ", ".join((*_INDEXES, *_MANIFESTS))
# Entries beside the platforms (attestations, signatures) call themselves so.
_NO_PLATFORM = "unknown"
_ACR = (".azurecr.io", ".azurecr.us", ".azurecr.cn")
# The user name that ACR takes with a refresh token for a password.
_HELPER_LIMIT_S = 30.0
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


class Reference(msgspec.Struct, frozen=True):
    """An image reference in parts; `target` is the digest, or the tag without one."""

    host: str
    name: str
    target: str


def parse_reference(ref: str) -> Reference:
    """The parts of a reference, with Docker Hub's defaults."""
    name, _, digest = ref.partition("@")
    head, slash, rest = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        host, name = head, rest
    else:
        host, name = "docker.io", name if slash else f"library/{name}"
    place = name.rfind(":")
    tag = name[place + 1 :] if place > name.rfind("/") else ""
    name = name[:place] if tag else name
    return Reference(host, name, digest or tag or "latest")


class RegistryHttp:
    """Registry over HTTP.

    Args:
        client: the HTTP client.
        clock: what retries wait by.
        azure: Azure tokens, for registries of Azure.
        arm_endpoint: the audience of those tokens.
        mirror: base URL that answers for every registry when it is told the host by `ns`.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        *,
        azure: TokenSource | None = None,
        arm_endpoint: str = "",
        mirror: str | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._azure = azure
        self._arm_endpoint = arm_endpoint
        self._mirror = mirror
        self._tokens: dict[tuple[str, str], str] = {}

    async def image(self, ref: str) -> ImageFacts:
        """Platforms of a reference; NotFoundError when the tag does not exist."""
        where = parse_reference(ref)
        reply = await self._get(where, f"manifests/{where.target}")
        manifest = _decoded(reply, ref)
        digest = reply.headers.get("docker-content-digest", "")
        if "manifests" in manifest:
            entries = [e for e in manifest["manifests"] if _is_platform(e)]
            platforms = [await self._entry(where, entry) for entry in entries]
        else:
            platforms = [await self._platform(where, manifest, digest, None)]
        return ImageFacts(ref=ref, digest=digest, platforms=tuple(platforms))

    async def _entry(self, where: Reference, entry: Mapping[str, Any]) -> Platform:
        digest = str(entry["digest"])
        reply = await self._get(where, f"manifests/{digest}")
        manifest = _decoded(reply, f"{where.name}@{digest}")
        return await self._platform(where, manifest, digest, entry.get("platform") or {})

    async def _platform(
        self,
        where: Reference,
        manifest: Mapping[str, Any],
        digest: str,
        entry: Mapping[str, Any] | None,
    ) -> Platform:
        """One platform; the config blob is asked for what the index does not tell.

        `entry` is what the index says of it; None for a manifest that stands alone.
        """
        told = entry or {}
        system, version = str(told.get("os", "")), str(told.get("os.version", ""))
        architecture = str(told.get("architecture", ""))
        if not system or (system == "windows" and not version):
            config = await self._config(where, manifest)
            system = system or str(config.get("os", ""))
            version = version or str(config.get("os.version", ""))
            architecture = architecture or str(config.get("architecture", ""))
        return Platform(
            os=system,
            architecture=architecture or "amd64",
            os_version=version,
            digest=digest,
            size_bytes=sum(int(layer.get("size", 0)) for layer in manifest.get("layers") or ()),
            hidden=entry is not None and system == "windows" and not told.get("os.version"),
        )

    async def _config(self, where: Reference, manifest: Mapping[str, Any]) -> dict[str, Any]:
        digest = (manifest.get("config") or {}).get("digest")
        if not digest:
            return {}
        return _decoded(await self._get(where, f"blobs/{digest}"), f"{where.name}@{digest}")

    async def _get(self, where: Reference, what: str) -> httpx.Response:
        """GET (a HEAD would not count against some limits, but not every registry has it)."""
        url = f"{self._base(where.host)}/v2/{where.name}/{what}"
        params = {"ns": where.host} if self._mirror else None
        key = (where.host, where.name)
        reply = await self._send(url, params, self._tokens.get(key, ""))
        if reply.status_code == 401:
            self._tokens[key] = await self._sign_in(where, reply)
            reply = await self._send(url, params, self._tokens[key])
        if reply.status_code in (301, 302, 303, 307, 308):
            # Blobs are handed out elsewhere, where our token is not for.
            reply = await self._send(str(reply.headers.get("location", "")), None, "")
        if reply.status_code >= 400:
            raise _refused(where, what, reply)
        return reply

    def _base(self, host: str) -> str:
        if self._mirror:
            return self._mirror.rstrip("/")
        return f"https://{'registry-1.docker.io' if host in _DOCKER_HUB else host}"

    async def _send(
        self, url: str, params: Mapping[str, str] | None, authorization: str
    ) -> httpx.Response:
        headers = {"Accept": _ACCEPT}
        if authorization:
            headers["Authorization"] = authorization
        request = self._client.build_request(
            "GET", url, params=dict(params) if params else None, headers=headers
        )
        return await self._patiently(request)

    async def _patiently(self, request: httpx.Request) -> httpx.Response:
        try:
            return await send_patiently(self._client, self._clock, request, repeatable=True)
        except httpx.TransportError as error:
            raise unreachable(
                f"the registry {request.url.host}",
                error,
                likely="it is private, or a proxy is not set",
                fix="Check HTTPS_PROXY; images that stay unread are reported as not checked",
            ) from error

    async def _sign_in(self, where: Reference, reply: httpx.Response) -> str:
        """The Authorization header that a registry asks for, with what we have for it."""
        challenge = reply.headers.get("www-authenticate", "")
        # A credential helper is a program that may take its time.
        user = await asyncio.to_thread(docker_credential, where.host)
        if challenge.lower().startswith("basic"):
            if user is None:
                raise _refused(where, "", reply)
            return _basic(user)
        asked = dict(_CHALLENGE.findall(challenge))
        realm = asked.get("realm", "")
        if not realm:
            raise _refused(where, "", reply)
        scope = asked.get("scope") or f"repository:{where.name}:pull"
        service = asked.get("service", where.host)
        if user is None and where.host.endswith(_ACR) and self._azure is not None:
            return await self._sign_in_acr(where.host, service, scope)
        headers = {"Authorization": _basic(user)} if user else {}
        request = self._client.build_request(
            "GET", realm, params={"service": service, "scope": scope}, headers=headers
        )
        answer = await self._patiently(request)
        body = _decoded(answer, realm) if answer.status_code == 200 else {}
        token = body.get("token") or body.get("access_token")
        if not token:
            raise _refused(where, "", answer)
        return f"Bearer {token}"

    async def _sign_in_acr(self, host: str, service: str, scope: str) -> str:
        """Azure's exchange: an ARM token for a refresh token, that for an access token."""
        arm_token = await self._azure.token(self._arm_endpoint) if self._azure else ""
        refresh = await self._post(
            f"https://{host}/oauth2/exchange",
            {"grant_type": "access_token", "service": service, "access_token": arm_token},
        )
        access = await self._post(
            f"https://{host}/oauth2/token",
            {
                "grant_type": "refresh_token",
                "service": service,
                "scope": scope,
                "refresh_token": str(refresh.get("refresh_token", "")),
            },
        )
        return f"Bearer {access.get('access_token', '')}"

    async def _post(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        reply = await self._patiently(self._client.build_request("POST", url, data=dict(form)))
        if reply.status_code != 200:
            raise UnauthorizedError(
                f"{url} gave no token",
                status=reply.status_code,
                message=reply.text[:200],
                fix="Ask for the role AcrPull on the registry",
            )
        return _decoded(reply, url)


def docker_credential(host: str) -> tuple[str, str] | None:
    """User and password for a registry from docker's configuration; None without."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        config = msgspec.json.decode((folder / "config.json").read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    names: tuple[str, ...] = (host, f"https://{host}", f"https://{host}/v1/", f"https://{host}/v2/")
    if host in _DOCKER_HUB:
        names = ("https://index.docker.io/v1/", *names)
    helper = next((h for n in names if (h := (config.get("credHelpers") or {}).get(n))), None)
    entry = next((e for n in names if (e := (config.get("auths") or {}).get(n)) is not None), None)
    if entry and entry.get("auth"):
        user, _, password = (
            base64.b64decode(entry["auth"]).decode("utf-8", "replace").partition(":")
        )
        return (user, password) if password else None
    store = helper or (config.get("credsStore") if entry is not None else None)
    return _by_helper(str(store), names[0]) if store else None


def _by_helper(helper: str, server: str) -> tuple[str, str] | None:
    """Ask a docker credential helper; None when it has nothing or is not there."""
    program = shutil.which(f"docker-credential-{helper}")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the user's own helper, found in PATH
            [program, "get"],
            input=server.encode(),
            capture_output=True,
            timeout=_HELPER_LIMIT_S,
            check=True,
        )
        found = msgspec.json.decode(done.stdout)
        return str(found["Username"]), str(found["Secret"])
    except (subprocess.SubprocessError, OSError, msgspec.DecodeError, KeyError, TypeError):
        return None


def _basic(user: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(user).encode()).decode()


def _is_platform(entry: Mapping[str, Any]) -> bool:
    return (entry.get("platform") or {}).get("os") != _NO_PLATFORM


def _decoded(reply: httpx.Response, what: str) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(reply.content)
    except msgspec.DecodeError as error:
        raise ApiError(f"the registry's answer for {what} cannot be read") from error
    if not isinstance(body, dict):
        raise ApiError(f"the registry's answer for {what} is no manifest")
    return body


def _refused(where: Reference, what: str, reply: httpx.Response) -> ApiError:
    status = reply.status_code
    code = message = ""
    try:
        first = (msgspec.json.decode(reply.content).get("errors") or [{}])[0]
        code, message = str(first.get("code", "")), str(first.get("message", ""))
    except (msgspec.DecodeError, AttributeError, IndexError):
        message = reply.text[:200]
    fix = f"Sign in to {where.host}: docker login, or az acr login" if status in (401, 403) else ""
    place = f"{where.host}/{where.name}"
    return api_error_type(status)(
        f"{place} has no {where.target}" if status == 404 else f"{place} cannot be read",
        status=status,
        service_code=code,
        message=message or what,
        fix=fix,
    )
