"""The Kubernetes API over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import msgspec

from poolshift.adapters.http import new_client, send_patiently, unreachable
from poolshift.adapters.kube_wire import (
    BOOKMARK,
    FAILURE,
    LINE,
    Failure,
    decoded,
    eviction_result,
    object_decoder,
    page_decoder,
)
from poolshift.adapters.kubeconfig import KubeTarget, tls_context
from poolshift.core.errors import (
    ApiError,
    ExpiredError,
    api_error_type,
)
from poolshift.core.kube import Resource, Wire
from poolshift.core.ports import (
    EvictionOutcome,
    EvictionResult,
    Listing,
    PatchKind,
    Table,
    WatchEvent,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping

    from poolshift.adapters.kube_auth import KubeTokens
    from poolshift.core.clock import Clock

PAGE_SIZE = 500
# How long a watch runs before it is ended and taken up again where it stood, on the wall.
WATCH_S = 300
_WATCH_GRACE_S = 30.0
_MAX_PAGES = 10_000
_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
_LIKELY = (
    "the cluster may be private, this address outside its authorized IP ranges, or the VPN down"
)
_REACH = (
    "Check: az aks show --query apiServerAccessProfile; run from a network that reaches the API "
    "server, or set proxy-url in the kubeconfig"
)

T = TypeVar("T", bound=Wire)


class KubeHttp:
    """KubeApi over HTTP.

    Args:
        target: the server, with its trust and its user.
        tokens: the bearer tokens of that user.
        clock: what retries wait by.
        agent: our User-Agent.
        tls: the TLS context; made from the target when left out.
        direct: whether the environment's proxies are passed by.
    """

    def __init__(
        self,
        target: KubeTarget,
        tokens: KubeTokens,
        clock: Clock,
        *,
        agent: str,
        tls: ssl.SSLContext | None = None,
        direct: bool = False,
    ) -> None:
        self._target = target
        self._tokens = tokens
        self._clock = clock
        self._client = new_client(
            agent=agent,
            verify=tls or tls_context(target),
            base_url=target.server,
            proxy=target.proxy or None,
            direct=direct,
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def version(self) -> str:
        """The server's gitVersion without the v."""
        reply = await self._call("GET", "/version")
        return str(msgspec.json.decode(reply.content)["gitVersion"]).removeprefix("v")

    async def list(
        self, resource: Resource[T], *, namespace: str = "", labels: str = "", fields: str = ""
    ) -> Listing[T]:
        """All objects, page by page; a list that expires on the way is begun anew once."""
        try:
            return await self._list(resource, namespace, labels, fields)
        except ExpiredError:
            return await self._list(resource, namespace, labels, fields)

    async def _list(
        self, resource: Resource[T], namespace: str, labels: str, fields: str
    ) -> Listing[T]:
        params = {"labelSelector": labels} if labels else {}
        params |= {"fieldSelector": fields} if fields else {}
        items: list[T] = []
        version = ""
        async for page, at in self._pages(resource, namespace, params):
            items += page
            version = at
        return Listing(tuple(items), version)

    async def pages(self, resource: Resource[T]) -> AsyncIterator[tuple[T, ...]]:
        """All objects of all namespaces, one page at a time; none is kept."""
        async for page, _ in self._pages(resource, "", {}):
            yield page

    async def _pages(
        self, resource: Resource[T], namespace: str, params: Mapping[str, str]
    ) -> AsyncIterator[tuple[tuple[T, ...], str]]:
        """Each page with the version of the list."""
        asked = {"limit": str(PAGE_SIZE), **params}
        decoder = page_decoder(resource.type)
        for _ in range(_MAX_PAGES):
            reply = await self._call("GET", resource.path(namespace=namespace), params=asked)
            page = decoded(decoder, reply.content, resource.kind)
            yield tuple(page.items or ()), str(page.metadata.get("resourceVersion", ""))
            token = page.metadata.get("continue")
            if not token:
                return
            asked["continue"] = str(token)
        raise ApiError(f"the list of {resource.plural} has more than {_MAX_PAGES} pages")

    async def metrics(self) -> str:
        """The API server's metrics, as text."""
        return (await self._call("GET", "/metrics", headers={"Accept": "text/plain"})).text

    async def watch(
        self, resource: Resource[T], *, resource_version: str, namespace: str = ""
    ) -> AsyncIterator[WatchEvent[T]]:
        """Changes after that version; ends when the server ends it, ExpiredError if too old."""
        params = {
            "watch": "true",
            "resourceVersion": resource_version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_S),
        }
        request = await self._request("GET", resource.path(namespace=namespace), params=params)
        # The server ends the watch; a connection that died without a word is given up after.
        request.extensions["timeout"] = {
            **request.extensions["timeout"],
            "read": WATCH_S + _WATCH_GRACE_S,
        }
        try:
            reply = await self._client.send(request, stream=True)
            try:
                if reply.status_code >= 400:
                    await reply.aread()
                    raise self._error("GET", request.url.path, reply)
                async for line in reply.aiter_lines():
                    if line:
                        yield self._event(resource, line)
            finally:
                await reply.aclose()
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _event(self, resource: Resource[T], line: str) -> WatchEvent[T]:
        found = decoded(LINE, line.encode(), "watch line")
        if found.type == "ERROR":
            failure = decoded(FAILURE, bytes(found.object), "Status")
            raise api_error_type(failure.code)(
                f"the watch of {resource.plural} ended",
                status=failure.code,
                service_code=failure.reason,
                message=failure.message,
            )
        if found.type == "BOOKMARK":
            # A bookmark of a pod carries `containers: null`, which no Pod has.
            meta = decoded(BOOKMARK, bytes(found.object), "bookmark").metadata
            return WatchEvent(found.type, resource.type(), meta.resource_version)
        obj = decoded(object_decoder(resource.type), bytes(found.object), resource.kind)
        return WatchEvent(found.type, obj, obj.metadata.resource_version)

    async def get(self, resource: Resource[T], name: str, namespace: str = "") -> T:
        """One object, decoded."""
        reply = await self._call("GET", resource.path(name, namespace))
        found: T = decoded(object_decoder(resource.type), reply.content, resource.kind)
        return found

    async def read(self, resource: Resource[Any], name: str, namespace: str = "") -> dict[str, Any]:
        """One object, as it stands."""
        return _plain(await self._call("GET", resource.path(name, namespace)))

    async def create(
        self,
        resource: Resource[Any],
        body: Mapping[str, Any],
        namespace: str = "",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Create; ConflictError when the name is taken."""
        path = resource.path(namespace=namespace)
        sent = {"apiVersion": resource.api_version, "kind": resource.kind, **body}
        return _plain(await self._call("POST", path, params=_dry(dry_run), body=sent))

    async def patch(
        self,
        resource: Resource[Any],
        name: str,
        body: Any,
        namespace: str = "",
        *,
        kind: PatchKind = PatchKind.MERGE,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Patch; a metadata.resourceVersion in the body is a precondition."""
        reply = await self._call(
            "PATCH",
            resource.path(name, namespace),
            params={**_dry(dry_run), "fieldManager": "poolshift"},
            body=body,
            content_type=kind.value,
        )
        return _plain(reply)

    async def delete(
        self,
        resource: Resource[Any],
        name: str,
        namespace: str = "",
        *,
        uid: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete in the background; `uid` is a precondition (ConflictError)."""
        body = _delete_options(uid, dry_run=dry_run)
        body["propagationPolicy"] = "Background"
        await self._call("DELETE", resource.path(name, namespace), body=body)

    async def evict(
        self, namespace: str, name: str, *, uid: str, dry_run: bool = False
    ) -> EvictionResult:
        """Ask the Eviction API; what it answers about the pod is a result."""
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": _delete_options(uid, dry_run=dry_run),
        }
        path = f"/api/v1/namespaces/{namespace}/pods/{name}/eviction"
        # A 429 is the budget's answer here, never a throttle to be waited out silently.
        request = await self._request("POST", path, body=body)
        try:
            reply = await self._client.send(request)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if reply.status_code < 400:
            return EvictionResult(EvictionOutcome.EVICTED)
        return eviction_result(self._error("POST", path, reply))

    async def table(self, resource: Resource[Any], namespace: str = "") -> Table:
        """The server's table for a kind."""
        path = resource.path(namespace=namespace)
        reply = await self._call("GET", path, headers={"Accept": _TABLE})
        body = _plain(reply)
        rows = body.get("rows") or ()
        return Table(
            columns=tuple(
                (str(c["name"]), int(c.get("priority", 0))) for c in body["columnDefinitions"]
            ),
            rows=tuple(tuple(row["cells"]) for row in rows),
            names=tuple(str(row["object"]["metadata"]["name"]) for row in rows),
        )

    async def allowed(
        self, verb: str, resource: Resource[Any], namespace: str = "", subresource: str = ""
    ) -> bool:
        """SelfSubjectAccessReview."""
        attributes = {
            "verb": verb,
            "group": resource.group,
            "resource": resource.plural,
            "namespace": namespace,
            "subresource": subresource,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {k: v for k, v in attributes.items() if v}},
        }
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        reply = _plain(await self._call("POST", path, body=body))
        return bool((reply.get("status") or {}).get("allowed"))

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> httpx.Response:
        for second in (False, True):
            request = await self._request(
                method, path, params=params, headers=headers, body=body, content_type=content_type
            )
            try:
                reply = await send_patiently(
                    self._client, self._clock, request, repeatable=method == "GET"
                )
            except httpx.TransportError as error:
                raise self._unreachable(error) from error
            if reply.status_code != 401 or second or not self._tokens.forget():
                break
        if reply.status_code >= 400:
            raise self._error(method, path, reply)
        return reply

    async def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> httpx.Request:
        sent = dict(headers or {})
        token = await self._tokens.token()
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent["Content-Type"] = content_type
        content = msgspec.json.encode(body) if body is not None else None
        # httpx drops a base URL's query and an empty dict would drop the path's own one.
        request = self._client.build_request(
            method, path, params=dict(params) if params else None, headers=sent, content=content
        )
        if self._target.server_name:
            request.extensions["sni_hostname"] = self._target.server_name
        return request

    def _unreachable(self, error: Exception) -> ApiError:
        what = f"the Kubernetes API server {self._target.server}"
        return unreachable(what, error, likely=_LIKELY, fix=_REACH)

    def _error(self, method: str, path: str, reply: httpx.Response) -> ApiError:
        try:
            failure = FAILURE.decode(reply.content)
        except (msgspec.DecodeError, msgspec.ValidationError):
            failure = Failure(message=reply.text[:200])
        status = reply.status_code
        after = reply.headers.get("retry-after", "")
        retry_after_s = float(after) if after.isdigit() else None
        return api_error_type(status)(
            f"{method} {path} was refused with HTTP {status}",
            status=status,
            service_code=failure.reason,
            message=failure.message,
            details=failure.details,
            request_id=reply.headers.get("audit-id", ""),
            fix=_advice(status),
            retry_after_s=retry_after_s,
        )


def _advice(status: int) -> str:
    if status == 401:
        return "Sign in again: az login, or fetch a new kubeconfig: az aks get-credentials"
    if status == 403:
        return "Ask for a role that allows this (Azure Kubernetes Service RBAC Cluster Admin does)"
    return ""


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}


def _delete_options(uid: str, *, dry_run: bool) -> dict[str, Any]:
    options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions"}
    if uid:
        options["preconditions"] = {"uid": uid}
    if dry_run:
        options["dryRun"] = ["All"]
    return options


def _plain(reply: httpx.Response) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(reply.content)
    return decoded
