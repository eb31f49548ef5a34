"""The ARM face over HTTP: ARM itself, sign-in, the registry, and the local AKS' own controls."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from poolshift.core.clock import format_time
from poolshift.sim.arm.ids import stable_guid
from poolshift.sim.arm.login import Login, metadata
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.request import ArmRequest
from poolshift.sim.arm.service import answer
from poolshift.sim.pace import MAX, Pacer
from poolshift.sim.registry.content import Shelf, served
from poolshift.sim.trace import actor

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from poolshift.sim.world import World

_METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD"]
# From this api-version on the metadata are one object; before, a list of one.
_METADATA_OBJECT_SINCE = "2020"
_IN_ADDRESSES = "/?&=%:"
_ADDRESS_HEADERS = ("Azure-AsyncOperation", "Location")

Endpoint = Callable[[Request], Awaitable[Response]]


class ArmFace:
    """Endpoints of the ARM face."""

    def __init__(self, world: World, pacer: Pacer, login: Login, stop: asyncio.Event) -> None:
        self._world = world
        self._pacer = pacer
        self._login = login
        self._stop = stop
        self._count = itertools.count(1)
        self._shelf = Shelf(world.images)

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/_sim/clock", self._clock),
                Route("/_sim/sleep", self._sleep, methods=["POST"]),
                Route("/_sim/shutdown", self._shutdown, methods=["POST"]),
                Route("/_sim/state", self._state),
                Route("/metadata/endpoints", self._metadata),
                Route("/common/discovery/instance", self._instance),
                Route("/{tenant}/v2.0/.well-known/openid-configuration", self._openid),
                Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
                Route("/msi/token", self._identity_token),
                Route("/metadata/identity/oauth2/token", self._identity_token),
                Route("/v2/", self._registry_root),
                Route("/v2/{name:path}/manifests/{reference}", self._manifest),
                Route("/v2/{name:path}/blobs/{reference}", self._blob),
                Route("/{path:path}", self._arm, methods=_METHODS),
            ]
        )

    async def _arm(self, request: Request) -> Response:
        if not self._login.knows(request.headers.get("authorization", "")):
            return _problem(_unauthorized())
        graph = request.url.path.startswith("/v1.0/")
        if "api-version" not in request.query_params and not graph:
            return _problem(_unversioned())
        try:
            body = await _json(request)
        except ArmProblem as problem:
            return _problem(problem)
        async with self._pacer.request():
            reply = answer(
                self._world.azure,
                ArmRequest(
                    method=request.method,
                    path=request.url.path,
                    query={key.lower(): value for key, value in request.query_params.items()},
                    headers=dict(request.headers),
                    body=body,
                    by=actor(request.headers.get("user-agent", "")),
                ),
            )
        base = _base(request)
        headers = dict(reply.headers)
        for name in _ADDRESS_HEADERS:
            if name in headers:
                # Names in it may be of any script; a header is not.
                headers[name] = base + quote(headers[name], safe=_IN_ADDRESSES)
        headers["x-ms-request-id"] = self._request_id()
        if "Retry-After" in headers:
            agent = request.headers.get("user-agent", "")
            headers["Retry-After"] = self._wait_of(agent, int(headers["Retry-After"]))
        if reply.body is None:
            return Response(status_code=reply.status, headers=headers)
        if isinstance(reply.body, str):
            return Response(reply.body, reply.status, headers=headers, media_type="text/html")
        if isinstance(reply.body, dict) and "nextLink" in reply.body:
            reply.body["nextLink"] = base + reply.body["nextLink"]
        return _json_response(reply.body, reply.status, headers)

    def _wait_of(self, agent: str, seconds: int) -> str:
        """How long a client is told to wait: whole seconds of the clock that it sleeps by.

        Ours sleeps by the world's. Others sleep on the wall, where the same wait is shorter as
        time runs faster; in jumps it needs an event to jump to.
        """
        speed = self._pacer.speed
        if agent.startswith("poolshift/") or speed == 1:
            return str(seconds)
        if speed is not None:
            return str(max(math.ceil(seconds / speed), 1))
        self._world.clock.after(seconds, lambda: None)
        return "1"

    def _request_id(self) -> str:
        """From a count: how often clients ask must not move what the world draws."""
        return stable_guid("request", str(next(self._count)))

    async def _clock(self, request: Request) -> Response:
        self._pacer.advance()
        speed: float | str = MAX if self._pacer.speed is None else self._pacer.speed
        moment = self._world.clock.moment()
        return JSONResponse({"now": moment.isoformat().replace("+00:00", "Z"), "speed": speed})

    async def _sleep(self, request: Request) -> Response:
        """Not a request in flight for the clock: who sleeps asks for time to pass."""
        try:
            body = await _json(request)
            seconds = float(body["seconds"])
        except (ArmProblem, KeyError, TypeError, ValueError):
            return JSONResponse({"error": 'POST {"seconds": n}'}, status_code=400)
        await self._pacer.sleep(seconds)
        return await self._clock(request)

    async def _shutdown(self, request: Request) -> Response:
        self._stop.set()
        return JSONResponse({"state": "stopping"})

    async def _state(self, request: Request) -> Response:
        """What the local AKS is and what it could not answer so far."""
        self._pacer.advance()
        world = self._world
        return JSONResponse(
            {
                "scenario": world.scenario.name,
                "seed": world.seed,
                "now": format_time(world.clock.moment()),
                "events": world.trace.count,
                "operations": [
                    o.body() for ledger in world.azure.operations for o in ledger.running()
                ],
                "unanswered": dict(world.azure.unanswered),
            }
        )

    async def _metadata(self, request: Request) -> Response:
        body = metadata(_base(request), self._world.azure.home.tenant)
        version = request.query_params.get("api-version", "")
        return JSONResponse(body if version >= _METADATA_OBJECT_SINCE else [body])

    async def _instance(self, request: Request) -> Response:
        tenant = self._world.azure.home.tenant
        document = f"{_base(request)}/{tenant}/v2.0/.well-known/openid-configuration"
        return JSONResponse(
            {"tenant_discovery_endpoint": document, "api-version": "1.1", "metadata": []}
        )

    async def _openid(self, request: Request) -> Response:
        return JSONResponse(self._login.openid_configuration(_base(request)))

    async def _token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        scope = next(iter(form.get("scope", form.get("resource", [""]))), "")
        if not form.get("client_id") or not form.get("grant_type"):
            return JSONResponse(
                {
                    "error": "invalid_request",
                    "error_description": "AADSTS900144: client_id and grant_type are needed.",
                },
                status_code=400,
            )
        return JSONResponse(self._login.token(scope.removesuffix("/.default")))

    async def _identity_token(self, request: Request) -> Response:
        resource = request.query_params.get("resource", _base(request))
        return JSONResponse(self._login.managed_identity_token(resource))

    async def _registry_root(self, request: Request) -> Response:
        return JSONResponse({})

    async def _manifest(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        if ":" in reference:
            content = self._shelf.find(reference)
        else:
            image = self._world.images.find(f"{_repository(request)}:{reference}")
            content = served(image).root if image is not None else None
        if content is None:
            return _registry_error("MANIFEST_UNKNOWN", "manifest unknown")
        headers = {"Docker-Content-Digest": content.digest}
        return Response(content.data, media_type=content.media_type, headers=headers)

    async def _blob(self, request: Request) -> Response:
        content = self._shelf.find(request.path_params["reference"])
        if content is None:
            return _registry_error("BLOB_UNKNOWN", "blob unknown to registry")
        headers = {"Docker-Content-Digest": content.digest}
        return Response(content.data, media_type="application/octet-stream", headers=headers)


class WatchEnder:
    """Ends the watches of a face when the local AKS stops: clients see a watch that ran out."""

    def __init__(self, app: ASGIApp, stop: asyncio.Event) -> None:
        self._app = app
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a watch hears of its client's end also when the face stops."""
        if scope["type"] != "http" or b"watch=" not in scope["query_string"]:
            await self._app(scope, receive, send)
            return
        opened = False
        under_way = False

        async def send_noted(message: Message) -> None:
            nonlocal under_way
            if message["type"] == "http.response.start":
                under_way = True
            elif message["type"] == "http.response.body":
                under_way = bool(message.get("more_body"))
            await send(message)

        async def receive_or_stop() -> Message:
            nonlocal opened
            if not opened:
                opened = True
                return await receive()
            asking = asyncio.ensure_future(receive())
            stopping = asyncio.ensure_future(self._stop.wait())
            try:
                await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
                return asking.result() if asking.done() else {"type": "http.disconnect"}
            finally:
                asking.cancel()
                stopping.cancel()

        await self._app(scope, receive_or_stop, send_noted)
        if under_way and self._stop.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _repository(request: Request) -> str:
    """The repository with its registry's host, which a mirror is told by `ns`."""
    host = request.query_params.get("ns", "")
    name = str(request.path_params["name"])
    return f"{host}/{name}" if host else name


async def _json(request: Request) -> Any:
    data = await request.body()
    if not data:
        return None
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ArmProblem(400, "InvalidRequestContent", str(error), flat=False) from error


def _json_response(body: Any, status: int, headers: dict[str, str]) -> Response:
    return Response(
        msgspec.json.encode(body), status, headers=headers, media_type="application/json"
    )


def _problem(problem: ArmProblem) -> Response:
    return _json_response(problem.body(), problem.status, problem.headers())


def _unversioned() -> ArmProblem:
    return ArmProblem(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
        flat=False,
    )


def _unauthorized() -> ArmProblem:
    return ArmProblem(
        401,
        "InvalidAuthenticationToken",
        "The access token is missing, expired or not of this local AKS.",
        flat=False,
    )


def _registry_error(code: str, message: str) -> Response:
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status_code=404)
