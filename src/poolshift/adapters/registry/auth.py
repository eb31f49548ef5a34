"""Signing in to registries: what each asks for, with what we have for it.

A registry says with a 401 what it wants: Basic, or a Bearer token of a token service for one
scope. Tokens are held by registry and repository until shortly before they end, in memory alone.
What a registry wanted once is given beforehand at its next repository.

Registries of Azure exchange an Azure token for a refresh token of their own, and that for the
access token of a scope. Where the exchange is refused, the anonymous way is tried as well: such a
registry may let everybody pull.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from poolshift.adapters.registry.answers import Answer
from poolshift.adapters.registry.challenge import (
    Challenge,
    check_realm,
    for_repository,
    read_challenges,
)
from poolshift.adapters.registry.docker import Login, docker_login
from poolshift.adapters.registry.refusals import ACR, closed, joined, said
from poolshift.core.errors import (
    ApiError,
    PoolshiftError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)

if TYPE_CHECKING:
    from poolshift.adapters.credentials import TokenSource
    from poolshift.adapters.registry.reference import Reference
    from poolshift.core.clock import Clock

# Registries that take no tokens for ARM take those for this audience.
_ACR_AUDIENCE = "https://containerregistry.azure.net"
_CLIENT = "poolshift"
# What a token is good for where its service does not say, by the distribution specification.
_DEFAULT_LIFETIME_S = 60
# A token is renewed by this share of its lifetime before its end, or so many seconds before.
_RENEW_SHARE = 0.2
_RENEW_BEFORE_S = 30.0


class _Held(msgspec.Struct, frozen=True):
    """An Authorization header, and when it must be renewed; None: never."""

    header: str
    challenge: Challenge
    renew_at: datetime | None = None

    def __repr__(self) -> str:
        """Without the secret."""
        return f"_Held({self.challenge!r})"


class _Token(msgspec.Struct, frozen=True):
    """The answer of a token service."""

    token: str = ""
    access_token: str = ""
    refresh_token: str = ""
    expires_in: int | None = None

    def __repr__(self) -> str:
        """Without the secrets."""
        return "_Token()"


Send = Callable[..., Awaitable[Answer]]
"""`(method, url, headers=…, params=…, form=…)`: one request without redirects."""


class SignIn:
    """Authorization headers by registry and repository.

    Args:
        send: sends one request to a token service.
        clock: what the lives of tokens go by.
        azure: Azure tokens, for registries of Azure.
        arm_endpoint: the audience of those tokens.
    """

    def __init__(
        self, send: Send, clock: Clock, *, azure: TokenSource | None, arm_endpoint: str
    ) -> None:
        self._send = send
        self._clock = clock
        self._azure = azure
        self._arm_endpoint = arm_endpoint
        self._held: dict[tuple[str, str], _Held] = {}
        self._wanted: dict[str, Challenge] = {}
        self._logins: dict[str, Login | None] = {}
        self._refreshes: dict[str, str] = {}
        self._no_exchange: dict[str, PoolshiftError] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def header(self, where: Reference) -> str:
        """What to send at first; empty where the registry has not asked for anything yet."""
        held = await self._good(where)
        wanted = self._wanted.get(where.host)
        if held is not None or wanted is None:
            return held.header if held is not None else ""
        async with self._lock(f"{where.host}/{where.name}"):
            held = await self._good(where)
            if held is None:
                held = await self._signed_in(where, for_repository(wanted, where))
            return held.header

    async def answered(self, where: Reference, headers: Sequence[str], refused: str) -> str:
        """What to send after a 401.

        Args:
            where: what was asked for.
            headers: its WWW-Authenticate headers.
            refused: the Authorization header that was refused.

        Raises:
            UnauthorizedError: the registry asks for nothing that we can give.
        """
        async with self._lock(f"{where.host}/{where.name}"):
            held = self._held.get((where.host, where.name))
            if held is not None and held.header != refused:
                return held.header
            challenge = read_challenges(headers)
            if challenge is None:
                raise closed(where, "it asks for a sign-in that is neither Basic nor Bearer")
            if challenge.realm:
                check_realm(where, challenge.realm)
            # Another repository of it will want the same.
            self._wanted[where.host] = challenge
            held = await self._signed_in(where, for_repository(challenge, where))
            return held.header

    async def _good(self, where: Reference) -> _Held | None:
        held = self._held.get((where.host, where.name))
        if held is None or held.renew_at is None or await self._clock.now() < held.renew_at:
            return held
        return None

    async def _signed_in(self, where: Reference, challenge: Challenge) -> _Held:
        login = await self._login(where.host)
        if challenge.realm:
            token = await self._token(where, challenge, login)
            lifetime = token.expires_in or _DEFAULT_LIFETIME_S
            early = min(lifetime * _RENEW_SHARE, _RENEW_BEFORE_S)
            renew_at = await self._clock.now() + timedelta(seconds=lifetime - early)
            header = f"Bearer {token.token or token.access_token}"
            held = _Held(header, challenge, renew_at)
        elif login is None or not login.password:
            raise closed(where, "it asks for a user and a password")
        else:
            held = _Held(login.basic(), challenge)
        self._held[where.host, where.name] = held
        return held

    async def _login(self, host: str) -> Login | None:
        async with self._lock(host):
            if host not in self._logins:
                # A credential helper is a program that may take its time.
                self._logins[host] = await asyncio.to_thread(docker_login, host)
            return self._logins[host]

    async def _token(self, where: Reference, challenge: Challenge, login: Login | None) -> _Token:
        if login is None and where.host.endswith(ACR) and self._azure is not None:
            return await self._acr_token(where, challenge)
        if login is not None and login.identity_token:
            return await self._by_refresh_token(
                where, challenge.realm, challenge, login.identity_token
            )
        headers = {"Authorization": login.basic()} if login is not None else {}
        params = {"service": challenge.service, "scope": challenge.scope}
        answer = await self._send("GET", challenge.realm, headers=headers, params=params)
        why = "its token service refuses the login that docker has for it" if login else ""
        return self._read(where, answer, why)

    async def _by_refresh_token(
        self, where: Reference, url: str, challenge: Challenge, refresh_token: str
    ) -> _Token:
        form = {
            "grant_type": "refresh_token",
            "service": challenge.service,
            "scope": challenge.scope,
            "client_id": _CLIENT,
            "refresh_token": refresh_token,
        }
        answer = await self._send("POST", url, form=form)
        return self._read(where, answer, "its token service refuses the identity token")

    async def _acr_token(self, where: Reference, challenge: Challenge) -> _Token:
        """Azure's exchange: an Azure token for a refresh token, that for an access token."""
        refused = self._no_exchange.get(where.host)
        if refused is None:
            try:
                return await self._exchanged_token(where, challenge)
            except (ThrottledError, UnreachableError):
                raise
            except PoolshiftError as error:
                # The next repository of it need not try the same again.
                refused = self._no_exchange[where.host] = error
        params = {"service": challenge.service, "scope": challenge.scope}
        answer = await self._send("GET", challenge.realm, params=params)
        try:
            return self._read(where, answer, "")
        except ApiError:
            raise closed(where, refused.why or refused.what) from refused

    async def _exchanged_token(self, where: Reference, challenge: Challenge) -> _Token:
        """An access token by the refresh token; a held one that is refused is exchanged anew."""
        url = f"https://{where.host}/oauth2/token"
        held = where.host in self._refreshes
        refresh = await self._acr_refresh_token(where, challenge.service)
        try:
            return await self._by_refresh_token(where, url, challenge, refresh)
        except UnauthorizedError:
            if not held:
                raise
        self._refreshes.pop(where.host, None)
        refresh = await self._acr_refresh_token(where, challenge.service)
        return await self._by_refresh_token(where, url, challenge, refresh)

    async def _acr_refresh_token(self, where: Reference, service: str) -> str:
        """The registry's refresh token, exchanged once; the second audience if the first fails."""
        async with self._lock(f"{where.host}#exchange"):
            if where.host in self._refreshes:
                return self._refreshes[where.host]
            try:
                found = await self._exchanged(where, service, self._arm_endpoint)
            except UnauthorizedError:
                found = await self._exchanged(where, service, _ACR_AUDIENCE)
            self._refreshes[where.host] = found
            return found

    async def _exchanged(self, where: Reference, service: str, audience: str) -> str:
        azure_token = await self._azure.token(audience) if self._azure is not None else ""
        answer = await self._send(
            "POST",
            f"https://{where.host}/oauth2/exchange",
            form={"grant_type": "access_token", "service": service, "access_token": azure_token},
        )
        return self._read(where, answer, "it takes no Azure token of this identity").refresh_token

    def _read(self, where: Reference, answer: Answer, why: str) -> _Token:
        """A token service's answer; UnauthorizedError without a token in it."""
        if answer.status != 200:
            raise closed(where, joined(why or "it gives no token", said(answer)))
        try:
            found = msgspec.json.decode(answer.body, type=_Token)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise closed(where, "its token service's answer cannot be read") from error
        if not (found.token or found.access_token or found.refresh_token):
            raise closed(where, "its token service gave no token")
        return found

    def _lock(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())
