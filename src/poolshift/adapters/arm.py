"""ARM over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from poolshift.adapters.http import send_patiently, unreachable
from poolshift.core.arm_client import ArmClient, ArmReply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.adapters.credentials import TokenSource
    from poolshift.core.clock import Clock

# Repeating one of these changes nothing more than sending it once: PUT names the whole resource.
_REPEATABLE = frozenset({"GET", "PUT", "DELETE", "HEAD"})


class ArmHttp:
    """Carries ARM requests: token, retries, decoding.

    Args:
        client: the HTTP client.
        endpoint: the resource manager of the cloud (`https://management.azure.com`).
        tokens: gives tokens for it.
        clock: what retries wait by.
    """

    def __init__(
        self, client: httpx.AsyncClient, endpoint: str, tokens: TokenSource, clock: Clock
    ) -> None:
        self._client = client
        self._endpoint = endpoint.rstrip("/")
        self._tokens = tokens
        self._clock = clock

    async def send(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> ArmReply:
        """Send to a path or to an address that the service gave."""
        reply = await self._once(method, target, params, headers, body)
        if reply.status_code == 401 and self._tokens.forget():
            # The token was refused before its time (revoked, or a clock is wrong): one new try.
            reply = await self._once(method, target, params, headers, body)
        names = {key.lower(): value for key, value in reply.headers.items()}
        return ArmReply(reply.status_code, names, _decoded(reply))

    async def _once(
        self,
        method: str,
        target: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: Any,
    ) -> httpx.Response:
        url = self._endpoint + target if target.startswith("/") else target
        sent = {**(headers or {})}
        if url.startswith(f"{self._endpoint}/"):
            # A token goes to the resource manager alone, whatever address an answer names.
            token = await self._tokens.token(self._endpoint)
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        request = self._client.build_request(
            method,
            url,
            params=dict(params) if params else None,
            headers=sent,
            content=msgspec.json.encode(body) if body is not None else None,
        )
        try:
            return await send_patiently(
                self._client, self._clock, request, repeatable=method in _REPEATABLE
            )
        except httpx.TransportError as error:
            raise unreachable(
                f"Azure Resource Manager at {self._endpoint}",
                error,
                likely="no network, a proxy that is not set, or a wrong cloud",
                fix="Check HTTPS_PROXY and --cloud, then try again",
            ) from error


def arm_api(
    client: httpx.AsyncClient,
    *,
    endpoint: str,
    tokens: TokenSource,
    clock: Clock,
    heed_polling_hint: bool = True,
) -> ArmClient:
    """ArmApi over HTTP."""
    transport = ArmHttp(client, endpoint, tokens, clock)
    return ArmClient(transport, heed_polling_hint=heed_polling_hint)


def _decoded(reply: httpx.Response) -> Any:
    """The JSON of an answer; None for an empty one and for the HTML of a gateway."""
    if not reply.content:
        return None
    try:
        return msgspec.json.decode(reply.content)
    except msgspec.DecodeError:
        return None
