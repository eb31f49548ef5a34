"""The HTTP face: what kubectl and client libraries talk to."""

from __future__ import annotations

import gzip
import itertools
import uuid
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from poolshift.core.errors import ApiError
from poolshift.sim.images import digest_of
from poolshift.sim.kube import discovery, errors, paths
from poolshift.sim.kube.bodies import read_body
from poolshift.sim.kube.openapi import documents
from poolshift.sim.kube.queries import Query
from poolshift.sim.kube.requests import Answer, perform, verb_of
from poolshift.sim.kube.watches import events
from poolshift.sim.trace import actor

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from poolshift.sim.kube.world import KubeWorld

# The API server compresses only answers above this size.
COMPRESSED_FROM = 128 * 1024
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


def kube_app(world: KubeWorld, gate: Gate, *, token: str = "") -> Starlette:
    """The API server of a world.

    Args:
        world: the cluster.
        gate: holds requests to its time.
        token: the bearer token that requests must carry; empty takes everyone.
    """
    face = _Face(world, gate, token)
    return Starlette(routes=[Route("/{path:path}", face.answer, methods=_METHODS)])


class _Face:
    """Answers requests."""

    def __init__(self, world: KubeWorld, gate: Gate, token: str) -> None:
        self._world = world
        self._gate = gate
        self._token = token
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
        if path in ("/healthz", "/readyz", "/livez"):
            return PlainTextResponse("ok")
        if path == "/version":
            return _json(request, discovery.version(self._world.version))
        self._authenticate(request)
        if (found := _described(request)) is not None:
            return found
        return await self._resource(request, paths.parse(path))

    def _authenticate(self, request: Request) -> None:
        """401 for a wrong token, 403 for none."""
        if not self._token:
            return
        given = request.headers.get("authorization", "")
        if not given:
            raise _anonymous(request)
        if given != f"Bearer {self._token}":
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


def _anonymous(request: Request) -> ApiError:
    """403 for one who did not say who it is."""
    path = request.url.path
    try:
        target = paths.parse(path)
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


def _described(request: Request) -> Response | None:
    """Discovery and OpenAPI; None for any other path."""
    path = request.url.path.rstrip("/")
    accept = request.headers.get("accept", "")
    if path in ("/api", "/apis"):
        return _groups(request, accept, core=path == "/api")
    if path == "/openapi/v3":
        return Response(msgspec.json.encode(documents.index()), media_type="text/plain")
    if path.startswith("/openapi/v3/"):
        return _openapi(request, path.removeprefix("/openapi/v3/"))
    if path == "/openapi/v2":
        return _swagger(request)
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) == 2:
        return _found(request, discovery.resources("", parts[1]))
    if parts[0] == "apis" and len(parts) == 2:
        return _found(request, discovery.group(parts[1]))
    if parts[0] == "apis" and len(parts) == 3:
        return _found(request, discovery.resources(parts[1], parts[2]))
    return None


def _found(request: Request, document: dict[str, Any] | None) -> Response:
    if document is None:
        return PlainTextResponse("404 page not found\n", 404)
    return _json(request, document)


def _swagger(request: Request) -> Response:
    content = documents.swagger_text()
    tag = f'"{digest_of(content.decode()).removeprefix("sha256:").upper()}"'
    headers = {"Etag": tag, "Vary": "Accept"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def _openapi(request: Request, path: str) -> Response:
    """A document with its hash as ETag; asked for by its hash, it may be kept for good."""
    document = documents.document(path)
    if document is None:
        return PlainTextResponse("404 page not found\n", 404)
    found = documents.hash_of(path)
    headers = {"Etag": f'"{found}"', "Vary": "Accept"}
    asked = request.query_params.get("hash", "")
    if asked and asked != found:
        # A client with an older index is sent on to the document that there is now.
        target = f"{request.url.path}?hash={found}"
        return Response(status_code=301, headers={"Location": target})
    if asked:
        headers["Cache-Control"] = "public, immutable"
    if request.headers.get("if-none-match") == headers["Etag"]:
        return Response(status_code=304, headers=headers)
    return _json(request, document, headers=headers)


def _groups(request: Request, accept: str, *, core: bool) -> Response:
    """The groups: aggregated when asked for, with an ETag, else the plain lists."""
    for form in ("v2", "v2beta1"):
        if "as=APIGroupDiscoveryList" in accept and f"v={form};" in accept.replace(",", ";"):
            media = f"application/json;g=apidiscovery.k8s.io;v={form};as=APIGroupDiscoveryList"
            body = msgspec.json.encode(discovery.aggregated(core=core, form=form))
            tag = f'"{digest_of(body.decode()).removeprefix("sha256:").upper()}"'
            headers = {"Etag": tag, "Vary": "Accept", "Cache-Control": "public"}
            if request.headers.get("if-none-match") == tag:
                return Response(status_code=304, headers=headers)
            return Response(body, media_type=media, headers=headers)
    host = request.headers.get("host", "")
    return _json(request, discovery.core_versions(host) if core else discovery.groups())


def _json(
    request: Request,
    body: object,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """A JSON answer: pretty for curl, compressed when large and wanted."""
    content = msgspec.json.encode(body)
    if request.headers.get("user-agent", "").startswith("curl"):
        content = msgspec.json.format(content, indent=2)
    headers = dict(headers or {})
    accepted = request.headers.get("accept-encoding", "")
    if len(content) > COMPRESSED_FROM and "gzip" in accepted:
        content = gzip.compress(content, compresslevel=1)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(content, status, headers, media_type="application/json")


def _answered(request: Request, answer: Answer) -> Response:
    response = _json(request, answer.body, answer.status)
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
