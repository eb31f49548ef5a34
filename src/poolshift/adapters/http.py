"""What all adapters share of HTTP: the client, its bounds, and what to say when nobody answers."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

import httpx

from poolshift import __version__
from poolshift.core.errors import InvariantError, UnreachableError, UsageError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import httpcore

    from poolshift.core.clock import Clock

CONNECT_S = 10.0
READ_S = 60.0
# A request is repeated so often, on answers and failures that are known to pass.
RETRIES = 4
RETRY_STATUSES = frozenset({429, 502, 503, 504})
# Waits between the repeats where the service names none, and the longest that it may name.
BACK_OFF_S = (0.5, 1.0, 2.0, 4.0)
LONGEST_WAIT_S = 120.0
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"

# httpcore looks for this module at every lock that it makes, a few times a request. Where it is not
# installed each look searches the whole path; marked as absent, the answer is there at once.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


def user_agent(run_id: str = "") -> str:
    """Who we say we are; the run's id lets a service's log be read by run."""
    product = f"poolshift/{__version__}"
    return f"{product} run/{run_id}" if run_id else product


def trusted() -> ssl.SSLContext:
    """Whom we trust: SSL_CERT_FILE or SSL_CERT_DIR, and REQUESTS_CA_BUNDLE, by which `az` goes.

    Raises:
        UsageError: a bundle cannot be read.
    """
    bundle = os.environ.get("REQUESTS_CA_BUNDLE", "")
    try:
        context = httpx.create_ssl_context()
        if bundle:
            folder = os.path.isdir(bundle)
            context.load_verify_locations(**{"capath" if folder else "cafile": bundle})
    except OSError as error:
        named = bundle or os.environ.get("SSL_CERT_FILE", "")
        raise UsageError(
            f"the certificate bundle {named} cannot be read",
            why=str(error),
            fix="Correct SSL_CERT_FILE and REQUESTS_CA_BUNDLE",
            code="PSE345",
        ) from error
    return context


def new_client(
    *,
    agent: str,
    verify: ssl.SSLContext | bool = True,
    base_url: str = "",
    proxy: str | None = None,
    headers: Mapping[str, str] | None = None,
    direct: bool = False,
) -> httpx.AsyncClient:
    """A client that honours HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE, unless it goes direct."""
    return httpx.AsyncClient(
        base_url=base_url,
        verify=verify,
        proxy=proxy,
        trust_env=not direct,
        headers={"User-Agent": agent, **(headers or {})},
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
        limits=httpx.Limits(max_connections=20, max_keepalive_connections=10),
        follow_redirects=False,
        event_hooks={"request": [_close_when_given_up]},
    )


async def _close_when_given_up(request: httpx.Request) -> None:
    """Have the request's connection closed when it is given up during the TLS handshake.

    httpcore closes a connection whose handshake fails, yet leaves one open whose handshake is
    cancelled: then nobody holds it, and the process ends with a socket that was never closed.
    """
    opened: list[httpcore.AsyncNetworkStream] = []

    async def follow(event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(".connect_tcp.complete"):
            opened.append(info["return_value"])
        elif event.endswith(".start_tls.complete"):
            opened.clear()
        elif event.endswith(".start_tls.failed"):
            while opened:
                await opened.pop().aclose()

    request.extensions["trace"] = follow


async def send_patiently(
    client: httpx.AsyncClient, clock: Clock, request: httpx.Request, *, repeatable: bool
) -> httpx.Response:
    """Send; repeat what is known to pass, at most RETRIES times.

    A request that may have been acted on (`repeatable` false) is repeated only when it was
    throttled or never left.

    Raises:
        httpx.TransportError: no answer, the repeats included.
    """
    for attempt in range(RETRIES + 1):
        last = attempt == RETRIES
        try:
            response = await client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            # A certificate that is not trusted now is not trusted in a second.
            if last or _UNTRUSTED in str(error):
                raise
        except httpx.TransportError:
            if last or not repeatable:
                raise
        else:
            again = response.status_code == 429 or (
                repeatable and response.status_code in RETRY_STATUSES
            )
            if last or not again:
                return response
            await clock.sleep(wait_asked(response.headers, attempt))
            continue
        await clock.sleep(BACK_OFF_S[attempt])
    raise InvariantError("the last attempt of a request returns or raises")


def wait_asked(headers: Mapping[str, str], attempt: int) -> float:
    """Seconds to wait before a repeat: what the service asks for, within reason, else our own."""
    try:
        asked = float(headers.get("retry-after", ""))
    except ValueError:
        return BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)]
    return min(max(asked, 0.0), LONGEST_WAIT_S)


def unreachable(what: str, error: Exception, *, likely: str, fix: str) -> UnreachableError:
    """The error for a service that does not answer, with the likely cause."""
    text = str(error) or type(error).__name__
    if _UNTRUSTED in text:
        likely = "its certificate is signed by an authority that is not trusted here"
        fix = "Set SSL_CERT_FILE to a bundle with that authority (a proxy's own one, for example)"
    return UnreachableError(
        f"{what} does not answer", why=f"{text}; {likely}", fix=fix, retry_after_s=BACK_OFF_S[-1]
    )
