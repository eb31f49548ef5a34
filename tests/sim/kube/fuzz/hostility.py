"""Requests of clients that are careless, broken or mean, from one seeded source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import yaml
from tests.sim.kube.fuzz import subjects, values

from poolshift.sim.kube.resources import KINDS, Kind

if TYPE_CHECKING:
    import random


class Sent(NamedTuple):
    """A request as bytes and text, nothing of it made well-formed."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    content: bytes

    def __str__(self) -> str:
        shown = self.content[:1500].decode(errors="backslashreplace")
        sign = "?" if self.query else ""
        return f"{self.method} {self.path[:300]}{sign}{self.query[:300]} {self.headers} {shown}"


_WRITING = {
    "json": "application/json",
    "yaml": "application/yaml",
    "protobuf": "application/vnd.kubernetes.protobuf",
}
_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
_JSON = "application/json-patch+json"
_APPLY = "application/apply-patch+yaml"
_SELECTORS = (
    "app=sample",
    "app",
    "!app",
    "a in (b,c)",
    "a in (",
    "a in )",
    "((((",
    "a=b=c",
    ",,,",
    "a notin (b",
    "=",
    "a in (b c)",
    "a>1",
    "a!",
    "é=ü",
    "\x00",
    "a=" + "b" * 3000,
    ",".join(f"k{n}=v" for n in range(400)),
    "metadata.name=web",
    "spec.nodeName=",
    "metadata.name",
    "a\\,b=c",
    "status.phase!=Running",
)
_FIGURES = ("1", "2", "0", "-1", "500", "9" * 30, "abc", "1.5", "٣", "²", " 1", "0x1", "")
_TOKENS = (
    "garbage",
    "",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0Ijoid2ViXHUwMDAwIn0",
    "eyJydiI6e30sInN0YXJ0IjpbXX0",
    "W10",
    "é",
    "=" * 50,
    "A" * 5000,
)
_ACCEPTS = (
    "application/json",
    "*/*",
    "",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json",
    "application/json;as=Nothing",
    "text/html",
    "application/vnd.kubernetes.protobuf",
    ",;=,",
)
_PARAMS = (
    "limit",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
    "labelSelector",
    "fieldSelector",
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "force",
    "gracePeriodSeconds",
    "propagationPolicy",
    "includeObject",
    "container",
    "tailLines",
    "pretty",
    "allowWatchBookmarks",
    "orphanDependents",
)
_WORDS = ("true", "All", "Strict", "Warn", "Exact", "NotOlderThan", "Orphan", "None", "me", "é\n")


class Hostility:
    """The requests of one seed, one after another."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def request(self) -> Sent:
        """The next request."""
        rng = self._rng
        roll = rng.random()
        if roll < 0.06:
            return self._lost()
        kind = rng.choice(KINDS)
        name = rng.choice(("web", "sample", "web", "sample", values.name(rng)))
        if kind.kind == "Node" and rng.random() < 0.5:
            name = "aks-agentpool-18877473-vmss000000"
        if roll < 0.2:
            return self._read(kind, name)
        if roll < 0.3:
            return self._subresource(kind, name)
        if roll < 0.55:
            return self._write("POST", kind, "", name)
        if roll < 0.7:
            return self._write("PUT", kind, name, name)
        if roll < 0.92:
            return self._patch(kind, name, "")
        return self._delete(kind, name)

    def _path(self, kind: Kind, name: str, sub: str = "") -> str:
        root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
        if kind.namespaced and self._rng.random() < 0.97:
            root += f"/namespaces/{self._rng.choice(('default', 'default', 'default', 'nowhere'))}"
        return "/".join(part for part in (root, kind.plural, name, sub) if part)

    def _query(self, share: float = 0.3) -> str:
        rng = self._rng
        said = []
        while rng.random() < share:
            name = rng.choice(_PARAMS)
            said.append(f"{name}={_quoted(rng.choice(self._said(name)))}")
        return "&".join(said)

    def _said(self, name: str) -> tuple[str, ...]:
        match name:
            case "continue":
                return _TOKENS
            case "labelSelector" | "fieldSelector":
                return _SELECTORS
            case "limit" | "resourceVersion" | "timeoutSeconds" | "gracePeriodSeconds":
                return _FIGURES
            case _:
                return _WORDS + _FIGURES

    def _headers(self, media: str = "") -> dict[str, str]:
        rng = self._rng
        found = {"user-agent": "kubectl/v1.33"}
        if rng.random() < 0.5:
            found["accept"] = rng.choice(_ACCEPTS)
        if media:
            odd = rng.random() < 0.03
            found["content-type"] = rng.choice(("text/plain", "", ";", "a/b;c")) if odd else media
        return found

    def _lost(self) -> Sent:
        """A path that leads nowhere."""
        rng = self._rng
        path = rng.choice(
            (
                "/",
                "//",
                "/api",
                "/apis//",
                "/apis/apps/v1/namespaces/default/deployments/../../../../etc/passwd",
                "/api/v1/namespaces/default%2Fkube-system/pods/web",
                "/api/v1/namespaces//pods",
                "/api/v1/namespaces/default/pods//",
                "/api/v1/namespaces/default/pods/web/log/more",
                "/api/v1/namespaces/default/pods/web/exec",
                "/api/v1/nodes/web/proxy/metrics",
                "/api/v1/" + "a/" * 2000,
                "/api/v1/pods/" + "x" * 8000,
                "/api/v1/%00",
                "/api/v1/p%C3%B6ds",
                "/api/v1/pods/web",
                "/apis/nobody.example/v1/things",
                "/apis/apps/v9/deployments",
                "/openapi/v3/apis/../../x",
                "/openapi/v2/more",
                "/version/more",
                "/api/v1/watch/pods",
                "/.well-known/x",
            )
        )
        method = rng.choice(("GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
        return Sent(method, path, self._query(), self._headers(), b"")

    def _read(self, kind: Kind, name: str) -> Sent:
        rng = self._rng
        query = self._query(0.55)
        if rng.random() < 0.15:
            query = "&".join(filter(None, (query, "watch=1")))
        path = self._path(kind, name if rng.random() < 0.4 else "")
        if kind.namespaced and rng.random() < 0.2:
            path = path.replace("/namespaces/default", "")
        return Sent("GET", path, query, self._headers(), b"")

    def _subresource(self, kind: Kind, name: str) -> Sent:
        rng = self._rng
        names = [sub.name for sub in kind.subs] or ["status"]
        sub = rng.choice((*names, "scale", "eviction", "log", "token"))
        method = rng.choice(("GET", "POST", "PUT", "PATCH"))
        if method == "PATCH":
            return self._patch(kind, name, sub)
        body: Any = {"metadata": {"name": name}, "spec": {"replicas": rng.choice((1, 3, -1, "a"))}}
        if sub == "eviction":
            body = {"metadata": {"name": name}, "deleteOptions": {"gracePeriodSeconds": 5}}
        elif sub == "status":
            body = values.grown(rng, kind)
            body["status"] = body.get("status", {})
        if rng.random() < 0.6:
            body = values.twisted(rng, body)
        path = self._path(kind, name, sub)
        content = b"" if method == "GET" else self._encoded(body)
        return Sent(method, path, self._query(), self._headers("application/json"), content)

    def _body(self, kind: Kind, name: str) -> Any:
        rng = self._rng
        body = subjects.body(kind, name)
        match rng.randrange(8):
            case 0:
                return values.grown(rng, kind)
            case 1 | 2 | 3:
                return values.hostile(rng) if rng.random() < 0.1 else body
            case _:
                return values.twisted(rng, body)

    def _write(self, method: str, kind: Kind, at: str, name: str) -> Sent:
        rng = self._rng
        body = self._body(kind, name)
        path = self._path(kind, at)
        roll = rng.random()
        if roll < 0.1:
            content = yaml.safe_dump(_clean(body), allow_unicode=True).encode()
            return Sent(method, path, self._query(), self._headers(_WRITING["yaml"]), content)
        if roll < 0.16:
            garbage = rng.randbytes(rng.choice((0, 5, 60)))
            content = (b"k8s\x00" if rng.random() < 0.8 else b"") + garbage
            headers = self._headers(_WRITING["protobuf"])
            return Sent(method, path, self._query(), headers, content)
        headers = self._headers(_WRITING["json"])
        return Sent(method, path, self._query(), headers, self._encoded(body))

    def _encoded(self, body: Any) -> bytes:
        """JSON, sometimes broken."""
        rng = self._rng
        content = json.dumps(body).encode()
        if rng.random() > 0.08:
            return content
        match rng.randrange(9):
            case 7:
                depth = rng.choice((150, 400, 900, 2500))
                return b'{"metadata":{"name":"web"},"spec":' * depth + b"{}" + b"}" * depth
            case 8:
                return content.replace(b"}", b',"status":' + b"[" * 300 + b"]" * 300 + b"}", 1)
            case 0:
                return content[: len(content) // 2]
            case 1:
                return content.replace(b'"name"', b'"n\xff\xfe"', 1)
            case 2:
                return b"[" * 30_000
            case 3:
                return content.replace(b"1", b"NaN", 1)
            case 4:
                return content[:-1] + b', "spec": {"replicas": 1e400}, "spec": []}'
            case 5:
                return b""
            case _:
                return content + content

    def _patch(self, kind: Kind, name: str, sub: str) -> Sent:
        rng = self._rng
        media = rng.choice((_MERGE, _STRATEGIC, _STRATEGIC, _JSON, _APPLY))
        query = self._query()
        good = subjects.body(kind, name)
        if media == _JSON:
            body: Any = [self._operation(good) for _ in range(rng.choice((0, 1, 1, 3)))]
            if rng.random() < 0.1:
                body = values.hostile(rng)
        else:
            body = self._body(kind, name)
            if media == _STRATEGIC and rng.random() < 0.5:
                body = self._directed(body)
            if media == _APPLY:
                query = "&".join(filter(None, (query, "fieldManager=me")))
        path = self._path(kind, name, sub)
        return Sent("PATCH", path, query, self._headers(media), self._encoded(body))

    def _operation(self, body: Any) -> Any:
        rng = self._rng

        def pointer() -> str:
            parts = rng.choice(values.places(body))
            text = "".join(f"/{str(p).replace('~', '~0').replace('/', '~1')}" for p in parts)
            odd = ("", "/", "nope", "/a/b/c", text + "/-", text + "/0", text + "/-1", text + "/~2")
            return text if rng.random() < 0.7 else rng.choice(odd)

        operation: dict[str, Any] = {
            "op": rng.choice(("add", "remove", "replace", "test", "copy", "move", "odd")),
            "path": pointer(),
            "value": values.hostile(rng),
        }
        if operation["op"] in ("copy", "move"):
            source = pointer()
            operation["from"] = source
            if rng.random() < 0.4:
                operation["path"] = source + "/inner"
        return values.twisted(rng, operation) if rng.random() < 0.15 else operation

    def _directed(self, body: Any) -> Any:
        """A strategic patch with directives in odd places."""
        rng = self._rng
        found = [p for p in values.places(body) if isinstance(p[-1], str)]
        for _ in range(rng.choice((1, 2, 3))):
            if not found:
                return body
            *path, last = rng.choice(found)
            holder = body
            for part in path:
                holder = holder[part] if _has(holder, part) else None
            if not isinstance(holder, dict):
                continue
            directive = rng.choice(
                (
                    "$patch",
                    "$retainKeys",
                    f"$setElementOrder/{last}",
                    f"$deleteFromPrimitiveList/{last}",
                )
            )
            given: tuple[Any, ...] = (
                "replace",
                "delete",
                "merge",
                "odd",
                ["name"],
                [{"name": "c"}],
                [[]],
                5,
                None,
            )
            holder[directive] = rng.choice(given)
        return body

    def _delete(self, kind: Kind, name: str) -> Sent:
        rng = self._rng
        at = "" if rng.random() < 0.1 else name
        options = {
            "gracePeriodSeconds": 1,
            "propagationPolicy": rng.choice(("Background", "Foreground", "Orphan", "Odd")),
            "preconditions": {"uid": "x"} if rng.random() < 0.2 else {},
        }
        body = values.twisted(rng, options) if rng.random() < 0.6 else options
        headers = self._headers("application/json")
        return Sent("DELETE", self._path(kind, at), self._query(), headers, self._encoded(body))


def _has(holder: Any, part: Any) -> bool:
    if isinstance(holder, list):
        return isinstance(part, int) and part < len(holder)
    return isinstance(holder, dict) and part in holder


def _quoted(text: str) -> str:
    return quote(text)


def _clean(value: Any) -> Any:
    """What YAML can write: no lone surrogates, no endless nesting."""
    return json.loads(json.dumps(value)) if len(str(value)) < 20_000 else {}
