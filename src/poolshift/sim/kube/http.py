"""The HTTP face: what kubectl and client libraries talk to."""

from __future__ import annotations

import itertools
import uuid
from typing import TYPE_CHECKING, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from poolshift.core.errors import ApiError
from poolshift.sim.images import digest_of
from poolshift.sim.kube import discovery, errors, health, metrics, paths
from poolshift.sim.kube.bodies import read_body
from poolshift.sim.kube.descriptions import described, json_response
from poolshift.sim.kube.queries import Query
from poolshift.sim.kube.requests import Answer, perform, verb_of
from poolshift.sim.kube.watches import events
from poolshift.sim.trace import actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from poolshift.sim.kube.served import Served
    from poolshift.sim.kube.world import KubeWorld

UNAUTHORIZED, FORBIDDEN = 401, 403
ANONYMOUS = "system:anonymous"
# The flow that requests are counted to; a cluster's own objects, the same on every answer.
FLOW_SCHEMA = str(uuid.uuid5(uuid.NAMESPACE_DNS, "flowschema.simulated"))
PRIORITY_LEVEL = str(uuid.uuid5(uuid.NAMESPACE_DNS, "prioritylevel.simulated"))
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_NOT_ACCEPTABLE = (
    "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
    "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
    "application/vnd.kubernetes.protobuf;stream=watch"
)


class Gate(Protocol):
    """Holds requests to the virtual time of the world."""

    def request(self) -> AbstractAsyncContextManager[None]:
        """Around an ordinary request; entering advances the world to now."""
        ...

    async def wait_change(self, timeout_s: float) -> None:
        """Return when the world has run events, or when so much wall time has passed."""
        ...


def kube_app(
    world: KubeWorld, gate: Gate, *, admits: Callable[[str], bool] | None = None
) -> Starlette:
    """The API server of a world.

    Args:
        world: the cluster.
        gate: holds requests to its time.
        admits: whether an Authorization header is good; None takes everyone, without one too.
    """
    face = _Face(world, gate, admits)
    return Starlette(routes=[Route("/{path:path}", face.answer, methods=_METHODS)])


class _Face:
    """Answers requests."""

    def __init__(self, world: KubeWorld, gate: Gate, admits: Callable[[str], bool] | None) -> None:
        self._world = world
        self._gate = gate
        self._admits = admits
        self._count = itertools.count(1)

    async def answer(self, request: Request) -> Response:
        """Any request."""
        try:
            response = await self._route(request)
        except ApiError as error:
            response = _failure(error)
        except paths.UnknownGroup:
            response = PlainTextResponse("404 page not found\n", 404)
        except paths.UnknownResource:
            response = _failure(errors.no_resource())
        self._dress(request, response)
        return response

    def _dress(self, request: Request, response: Response) -> None:
        """The headers that every answer carries."""
        headers = response.headers
        headers.setdefault("Cache-Control", "no-cache, private")
        headers["Audit-Id"] = self._audit_id()
        counted = not request.url.path.endswith("/log")
        if response.status_code != UNAUTHORIZED and counted:
            headers["X-Kubernetes-Pf-Flowschema-Uid"] = FLOW_SCHEMA
            headers["X-Kubernetes-Pf-Prioritylevel-Uid"] = PRIORITY_LEVEL
        if isinstance(response, PlainTextResponse) or response.status_code == FORBIDDEN:
            headers["X-Content-Type-Options"] = "nosniff"

    def _audit_id(self) -> str:
        digest = digest_of(f"request {next(self._count)}").removeprefix("sha256:")
        return str(uuid.UUID(digest[:32], version=4))

    async def _route(self, request: Request) -> Response:
        path = request.url.path
        if not self._world.answers:
            return PlainTextResponse("the cluster is stopped\n", 503)
        if (healthy := _health(request)) is not None:
            return healthy
        if path == "/version":
            return json_response(request, discovery.version(self._world.version))
        self._authenticate(request)
        if path == "/metrics":
            return PlainTextResponse(metrics.text(self._world.requested))
        served = self._world.served
        if (found := described(request, served)) is not None:
            return found
        return await self._resource(request, paths.parse(path, served))

    def _authenticate(self, request: Request) -> None:
        """401 for a wrong token, 403 for none."""
        if self._admits is None:
            return
        given = request.headers.get("authorization", "")
        if not given:
            raise _anonymous(request, self._world.served)
        if not self._admits(given):
            raise errors.failure(401, "Unauthorized", "Unauthorized")

    async def _resource(self, request: Request, target: paths.Target) -> Response:
        _check_accept(request)
        query = Query(
            params=dict(request.query_params),
            accept=request.headers.get("accept", ""),
            by=actor(request.headers.get("user-agent", "")),
            agent=request.headers.get("user-agent", ""),
            form=request.headers.get("content-type", "").partition(";")[0].strip(),
        )
        if request.method == "GET" and query.watching and not target.sub:
            return await self._watch(target, query)
        body = None if request.method == "GET" else await read_body(request, target.kind.kind)
        async with self._gate.request():
            result = perform(self._world, request.method, target, query, body)
        return _answered(request, result)

    async def _watch(self, target: paths.Target, query: Query) -> Response:
        async with self._gate.request():
            stream = events(self._world, self._gate, target, query)
        return StreamingResponse(stream, media_type="application/json")


def _health(request: Request) -> Response | None:
    """The answer to who asks how the server is; None for any other path."""
    query = request.query_params
    said = health.told(
        request.url.path.removeprefix("/"),
        verbose="verbose" in query,
        excluded=query.getlist("exclude"),
    )
    return None if said is None else PlainTextResponse(said)


def _anonymous(request: Request, served: Served) -> ApiError:
    """403 for one who did not say who it is."""
    path = request.url.path
    try:
        target = paths.parse(path, served)
    except (paths.UnknownGroup, paths.UnknownResource):
        verb = request.method.lower()
        message = f'forbidden: User "{ANONYMOUS}" cannot {verb} path "{path}"'
        return errors.failure(403, "Forbidden", message, {})
    verb = verb_of(request.method, target)
    return errors.forbidden(ANONYMOUS, verb, target.kind, target.name, target.namespace, target.sub)


def _check_accept(request: Request) -> None:
    accept = request.headers.get("accept", "*/*")
    if not any(part in accept for part in ("json", "*/*", "application/*")):
        raise errors.failure(406, "NotAcceptable", _NOT_ACCEPTABLE, {})


def _answered(request: Request, answer: Answer) -> Response:
    response = json_response(request, answer.body, answer.status)
    for warning in answer.warnings:
        if not warning.isprintable():
            # A header cannot hold it, and the server leaves such a warning out.
            continue
        text = warning.encode().decode("latin-1")
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        response.headers.append("Warning", f'299 - "{text}"')
    return response


def _failure(error: ApiError) -> Response:
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(int(error.retry_after_s))
    body = msgspec.json.encode(errors.body_of(error))
    return Response(body, error.status, headers, media_type="application/json")
