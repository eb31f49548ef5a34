"""What the server tells about itself: groups, resources, OpenAPI documents."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import PlainTextResponse, Response

from poolshift.sim.images import digest_of
from poolshift.sim.kube import discovery
from poolshift.sim.kube.openapi import binary, documents

if TYPE_CHECKING:
    from starlette.requests import Request

    from poolshift.sim.kube.served import Served

# The API server compresses only answers above this size.
COMPRESSED_FROM = 128 * 1024


def described(request: Request, served: Served) -> Response | None:
    """Discovery and OpenAPI; None for any other path."""
    path = request.url.path.rstrip("/")
    accept = request.headers.get("accept", "")
    if path in ("/api", "/apis"):
        return _groups(request, served, accept, core=path == "/api")
    if path == "/openapi/v3":
        return Response(msgspec.json.encode(documents.index(served)), media_type="text/plain")
    if path.startswith("/openapi/v3/"):
        return _openapi(request, served, path.removeprefix("/openapi/v3/"))
    if path == "/openapi/v2":
        return _swagger(request, served)
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) == 2:
        return _found(request, discovery.resources(served, "", parts[1]))
    if parts[0] == "apis" and len(parts) == 2:
        return _found(request, discovery.group(served, parts[1]))
    if parts[0] == "apis" and len(parts) == 3:
        return _found(request, discovery.resources(served, parts[1], parts[2]))
    return None


def _found(request: Request, document: dict[str, Any] | None) -> Response:
    if document is None:
        return PlainTextResponse("404 page not found\n", 404)
    return json_response(request, document)


def _swagger(request: Request, served: Served) -> Response:
    content = documents.swagger_text(served)
    tag = f'"{digest_of(content.decode()).removeprefix("sha256:").upper()}"'
    headers = {"Etag": tag, "Vary": "Accept"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if "proto-openapi.spec.v2" in request.headers.get("accept", ""):
        binary_form = documents.swagger_bytes(served)
        return Response(binary_form, headers=headers, media_type=binary.MEDIA)
    return Response(content, headers=headers, media_type="application/json")


def _openapi(request: Request, served: Served, path: str) -> Response:
    """A document with its hash as ETag; asked for by its hash, it may be kept for good."""
    document = documents.document(served, path)
    if document is None:
        return PlainTextResponse("404 page not found\n", 404)
    found = documents.hash_of(served, path)
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
    return json_response(request, document, headers=headers)


def _groups(request: Request, served: Served, accept: str, *, core: bool) -> Response:
    """The groups: aggregated when asked for, with an ETag, else the plain lists."""
    for form in ("v2", "v2beta1"):
        if "as=APIGroupDiscoveryList" in accept and f"v={form};" in accept.replace(",", ";"):
            media = f"application/json;g=apidiscovery.k8s.io;v={form};as=APIGroupDiscoveryList"
            body = msgspec.json.encode(discovery.aggregated(served, core=core, form=form))
            tag = f'"{digest_of(body.decode()).removeprefix("sha256:").upper()}"'
            headers = {"Etag": tag, "Vary": "Accept", "Cache-Control": "public"}
            if request.headers.get("if-none-match") == tag:
                return Response(status_code=304, headers=headers)
            return Response(body, media_type=media, headers=headers)
    host = request.headers.get("host", "")
    return json_response(
        request, discovery.core_versions(host) if core else discovery.groups(served)
    )


def json_response(
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
