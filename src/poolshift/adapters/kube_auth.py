"""Signing in to a Kubernetes API server: static tokens, files, plugins, Azure tokens."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.adapters.credentials import RENEW_BEFORE_S, TokenSource
from poolshift.core.clock import Clock, parse_time
from poolshift.core.errors import UnauthorizedError, UsageError

if TYPE_CHECKING:
    from poolshift.adapters.kubeconfig import ExecPlugin, KubeTarget

# The Entra ID application of AKS' own API server: what its tokens are made for.
AKS_SERVER_ID = "6dae42f8-4368-4678-94ff-3960e28e3630"
_PLUGIN_LIMIT_S = 60.0
_API_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
# A token file is written anew by others; it is read again after so long at the latest.
_FILE_LIFE_S = 60.0


class PluginCredential(msgspec.Struct, frozen=True):
    """What a plugin printed; `expires_on` is None when it holds as long as we do."""

    token: str = ""
    certificate: bytes = b""
    key: bytes = b""
    expires_on: float | None = None


class KubeTokens:
    """The bearer token for a target: empty when it signs in by certificate.

    Args:
        target: the target.
        wall: the wall clock; credentials end by it.
        azure: Azure tokens, which replace a kubelogin plugin.
    """

    def __init__(self, target: KubeTarget, wall: Clock, azure: TokenSource | None = None) -> None:
        self._target = target
        self._wall = wall
        self._azure = azure
        self._held: PluginCredential | None = None

    async def token(self) -> str:
        """A token that is good now."""
        user = self._target.user
        if user.token:
            return user.token
        plugin = user.plugin
        if plugin is not None and plugin.is_kubelogin and self._azure is not None:
            server_id = plugin.argument("--server-id") or AKS_SERVER_ID
            return await self._azure.token(server_id)
        if user.token_file or plugin is not None:
            return (await self._current()).token
        return ""

    async def certificate(self) -> tuple[bytes, bytes]:
        """The client certificate and key that a plugin gives; empty without."""
        plugin = self._target.user.plugin
        if plugin is None or (plugin.is_kubelogin and self._azure is not None):
            return b"", b""
        held = await self._current()
        return held.certificate, held.key

    def forget(self) -> bool:
        """Drop what is cached, because the server refused it; False when there was nothing."""
        had, self._held = self._held is not None, None
        if self._azure is not None and self._target.user.plugin is not None:
            return self._azure.forget() or had
        return had

    async def _current(self) -> PluginCredential:
        now = (await self._wall.now()).timestamp()
        held = self._held
        if held is None or (held.expires_on is not None and held.expires_on - now < 0):
            held = await self._fetch(now)
            self._held = held
        return held

    async def _fetch(self, now: float) -> PluginCredential:
        user = self._target.user
        if user.plugin is not None:
            return await run_plugin(user.plugin, self._target)
        try:
            text = Path(user.token_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UsageError(
                f"{user.token_file} cannot be read", why=str(error), code="PSE343"
            ) from error
        return PluginCredential(token=text, expires_on=now + _FILE_LIFE_S)


async def run_plugin(plugin: ExecPlugin, target: KubeTarget) -> PluginCredential:
    """Run a credential plugin; it is never given a terminal to ask on."""
    program = shutil.which(plugin.command)
    if plugin.api_version not in _API_VERSIONS:
        raise UsageError(
            f"the credential plugin speaks {plugin.api_version!r}, not {_API_VERSIONS[0]}",
            code="PSE343",
        )
    if program is None:
        raise UsageError(
            f"the credential plugin {plugin.command} of the kubeconfig is not installed",
            fix=plugin.install_hint or f"Install {plugin.command}",
            code="PSE343",
        )
    process = await asyncio.create_subprocess_exec(
        program,
        *plugin.args,
        env={**os.environ, **dict(plugin.env), "KUBERNETES_EXEC_INFO": _exec_info(plugin, target)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), _PLUGIN_LIMIT_S)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise UnauthorizedError(
            f"the credential plugin {plugin.command} gave no credential",
            why=f"it took over {_PLUGIN_LIMIT_S:g} s; it may wait for somebody to answer",
        ) from error
    if process.returncode != 0:
        last = (err.decode("utf-8", "replace").strip().splitlines() or ["no message"])[-1]
        raise UnauthorizedError(
            f"the credential plugin {plugin.command} gave no credential",
            message=last,
            fix="Sign in with it by hand, or run az login",
        )
    return _credential(plugin, out)


def _exec_info(plugin: ExecPlugin, target: KubeTarget) -> str:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.wants_cluster:
        spec["cluster"] = {"server": target.server}
    info = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}
    return msgspec.json.encode(info).decode()


def _credential(plugin: ExecPlugin, out: bytes) -> PluginCredential:
    try:
        status = msgspec.json.decode(out)["status"]
        ends = status.get("expirationTimestamp")
        return PluginCredential(
            token=str(status.get("token") or ""),
            certificate=str(status.get("clientCertificateData") or "").encode(),
            key=str(status.get("clientKeyData") or "").encode(),
            # Renewed early, but never so early that a short-lived one is renewed at each call.
            expires_on=parse_time(ends).timestamp() - RENEW_BEFORE_S / 10 if ends else None,
        )
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnauthorizedError(
            f"the credential plugin {plugin.command} gave an answer that cannot be read",
            why=str(error),
        ) from error
