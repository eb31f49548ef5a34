"""One thing of a registry, read over HTTP: signed in, within bounds, along redirects, verified."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import httpx

from poolshift.adapters.registry.answers import Answer
from poolshift.adapters.registry.auth import SignIn
from poolshift.adapters.registry.cache import verifies
from poolshift.adapters.registry.facts import garbage
from poolshift.adapters.registry.reference import is_digest
from poolshift.adapters.registry.refusals import closed, joined, service_error
from poolshift.core.errors import ApiError, InvalidError, api_error_type
from poolshift.core.image import INDEX_TYPES, MANIFEST_TYPES, SCHEMA_1_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from poolshift.adapters.credentials import TokenSource
    from poolshift.adapters.registry.limits import Hosts
    from poolshift.adapters.registry.reference import Reference
    from poolshift.core.clock import Clock

MOST_MANIFEST_BYTES = 4 * 1024 * 1024
"""What registries themselves take at most."""

_MOST_CONFIG_BYTES = 8 * 1024 * 1024
_MOST_TOKEN_BYTES = 256 * 1024
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONNECT_S = 10.0
_SILENCE_S = 20.0
# A whole answer; who sends a byte now and then is cut off by it.
_ANSWER_S = 60.0
_DIGEST_HEADER = "docker-content-digest"
_ACCEPT = ", ".join((*INDEX_TYPES, *MANIFEST_TYPES, SCHEMA_1_TYPES[0]))


class Reader:
    """Reads manifests and blobs.

    Args:
        client: the HTTP client.
        clock: what waits and the lives of tokens go by.
        hosts: bounds and waits by host.
        azure: Azure tokens, for registries of Azure.
        arm_endpoint: the audience of those tokens.
        mirror: base URL that answers for every registry when it is told the host by `ns`.
        plain_http: registries that are spoken to without TLS.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        hosts: Hosts,
        *,
        azure: TokenSource | None = None,
        arm_endpoint: str = "",
        mirror: str | None = None,
        plain_http: frozenset[str] = frozenset(),
    ) -> None:
        self._client = client
        self._hosts = hosts
        self._mirror = mirror.rstrip("/") if mirror else ""
        self._plain_http = plain_http
        self._sign_in = SignIn(
            self._to_token_service, clock, azure=azure, arm_endpoint=arm_endpoint
        )

    async def digest_of_tag(self, where: Reference) -> str:
        """The digest of a tag by HEAD, which no quota counts; empty where that is not told."""
        answer = await self._asked("HEAD", where, f"manifests/{where.target}", MOST_MANIFEST_BYTES)
        found = answer.headers.get(_DIGEST_HEADER, "")
        return found if answer.status == 200 and is_digest(found) else ""

    async def manifest(self, where: Reference) -> Answer:
        """The manifest or index of a reference; not verified yet, since schema 1 needs decoding.

        Raises:
            NotFoundError: there is no such tag or digest.
            ApiError: it cannot be read.
        """
        return await self._get(where, f"manifests/{where.target}", MOST_MANIFEST_BYTES)

    async def config(self, where: Reference, digest: str) -> bytes:
        """A config blob, verified."""
        answer = await self._get(where, f"blobs/{digest}", _MOST_CONFIG_BYTES)
        if not verifies(digest, answer.body):
            raise other_bytes(where, digest)
        return answer.body

    async def _get(self, where: Reference, what: str, most: int) -> Answer:
        answer = await self._asked("GET", where, what, most)
        if answer.status >= 300:
            raise _refused(where, answer)
        return answer

    async def _asked(self, method: str, where: Reference, what: str, most: int) -> Answer:
        """One answer, with a sign-in where the registry wants one."""
        url, params = self._address(where, what), {"ns": where.host} if self._mirror else None
        counted = method == "GET" and what.startswith("manifests/")
        sent = await self._sign_in.header(where)

        async def ask(authorization: str) -> Answer:
            return await self._followed(method, url, params, authorization, most, counted=counted)

        answer = await ask(sent)
        if answer.status == 401:
            challenges = answer.headers.get_list("www-authenticate")
            if not challenges:
                raise _refused(where, answer)
            answer = await ask(await self._sign_in.answered(where, challenges, sent))
        return answer

    def _address(self, where: Reference, what: str) -> str:
        if self._mirror:
            return f"{self._mirror}/v2/{where.name}/{what}"
        plain = where.host in self._plain_http
        if where.loopback and not plain:
            raise InvalidError(
                f"{where.host} is the node's own address",
                why=f"{where.host} means the node itself and cannot be asked from here",
                fix="Push the image to a registry that can be reached",
            )
        return f"{'http' if plain else 'https'}://{where.service}/v2/{where.name}/{what}"

    async def _followed(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        authorization: str,
        most: int,
        *,
        counted: bool,
    ) -> Answer:
        """One answer along redirects; what signs us in never goes to another host."""
        at = str(httpx.URL(url, params=dict(params))) if params else url
        for _ in range(_MOST_REDIRECTS + 1):
            same = _origin(at) == _origin(url)
            headers = {"Accept": _ACCEPT}
            if authorization and same:
                headers["Authorization"] = authorization
            answer = await self._sent(method, at, headers, most, counted=counted and same)
            if answer.status not in _REDIRECTS:
                return answer
            at = _redirected(at, answer.headers.get("location", ""))
        raise garbage(url, f"it redirects more than {_MOST_REDIRECTS} times")

    async def _to_token_service(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        try:
            at = str(httpx.URL(url).copy_merge_params(dict(params or {})))
        except httpx.InvalidURL as error:
            raise garbage("a sign-in", "its token service has no address") from error
        return await self._sent(
            method, at, dict(headers or {}), _MOST_TOKEN_BYTES, counted=False, form=form
        )

    async def _sent(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        most: int,
        *,
        counted: bool,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        request = self._client.build_request(
            method,
            url,
            headers=dict(headers),
            data=dict(form) if form is not None else None,
            timeout=httpx.Timeout(_SILENCE_S, connect=_CONNECT_S),
        )

        async def once(heard: Callable[[], None]) -> Answer:
            return await self._read_answer(request, most, heard)

        return await self._hosts.of(request.url.netloc.decode("ascii")).send(once, counted=counted)

    async def _read_answer(
        self, request: httpx.Request, most: int, heard: Callable[[], None]
    ) -> Answer:
        """The whole answer; TransportError when it breaks off, ApiError when it is too large."""
        path = request.url.path
        try:
            async with asyncio.timeout(_ANSWER_S):
                response = await self._client.send(request, stream=True)
                heard()
                try:
                    body = bytearray()
                    async for chunk in response.aiter_bytes():
                        body += chunk
                        if len(body) > most:
                            raise garbage(path, f"it is larger than {most} bytes")
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise httpx.ReadTimeout("the answer takes too long", request=request) from error
        except httpx.DecodingError as error:
            raise garbage(path, "its compression is broken") from error
        except (UnicodeError, OverflowError) as error:
            # What the look-up of names says of a host or port that cannot be one.
            raise garbage(path, "it leads to what is no address") from error
        return Answer(response.status_code, response.headers, bytes(body))


def other_bytes(where: Reference, digest: str) -> ApiError:
    """The error for content that is not what its digest names."""
    return garbage(
        f"{where.host}/{where.name}", f"it is not the content that {digest} names; do not use it"
    )


def told_digest(answer: Answer) -> str:
    """The digest that a registry states of its answer; empty without."""
    found = answer.headers.get(_DIGEST_HEADER, "")
    return found if is_digest(found) else ""


def _redirected(at: str, location: str) -> str:
    """Where a redirect leads; ApiError when that is no address, or one without TLS."""
    try:
        to = str(httpx.URL(urljoin(at, location)))
    except (httpx.InvalidURL, ValueError) as error:
        raise garbage(at, "it redirects to what is no address") from error
    scheme = urlsplit(to).scheme
    if scheme != "https" and scheme != urlsplit(at).scheme:
        raise garbage(at, "it redirects to an address without TLS")
    return to


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = httpx.URL(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.host, parts.port or default


def _refused(where: Reference, answer: Answer) -> ApiError:
    status = answer.status
    code, message = service_error(answer.body)
    if status in (401, 403):
        said = joined(code, message) or f"status {status}"
        error = closed(where, f"it refuses {where.target} ({said})", status)
        if status == 401:
            return error
        return api_error_type(status)(error.what, status=status, why=error.why)
    place = f"{where.host}/{where.name}"
    return api_error_type(status)(
        f"{place} has no {where.target}" if status == 404 else f"{place} cannot be read",
        status=status,
        service_code=code,
        message=message,
        why="" if code or message else f"{where.host} answers {status}",
    )
