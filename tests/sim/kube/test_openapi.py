"""OpenAPI documents, and what becomes of fields that a type lacks."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.kube.faces import client
from tests.sim.kube.worlds import deployment, make_world, reference_world

from poolshift.sim.kube.openapi import binary, documents
from poolshift.sim.kube.openapi.types import types
from poolshift.sim.kube.openapi.unknown import known_part
from poolshift.sim.kube.protobuf import fields
from poolshift.sim.kube.resources import DEPLOYMENTS, PODS, SERVED, by_kind
from poolshift.sim.kube.served import served
from poolshift.sim.kube.versions import conversion

if TYPE_CHECKING:
    import httpx

    from poolshift.sim.kube.world import KubeWorld

CONFIG = "/api/v1/namespaces/default/configmaps"
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}


def ask(world: KubeWorld, method: str, path: str, **how: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client(world) as http:
            return await http.request(method, path, **how)

    return asyncio.run(run())


def config(**more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, **more}


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(v) for v in value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_every_document_holds_what_it_refers_to() -> None:
    for path in documents.index(served())["paths"]:
        document = documents.document(served(), path)
        assert document is not None
        schemas = document["components"]["schemas"]
        assert {r.rpartition("/")[2] for r in references(document)} <= set(schemas)
    swagger = documents.swagger(served(), "unversioned")
    assert {r.rpartition("/")[2] for r in references(swagger)} <= set(swagger["definitions"])


def parts(content: bytes) -> dict[int, list[bytes]]:
    """The fields of a message that hold bytes."""
    found: dict[int, list[bytes]] = {}
    for number, value in fields(content):
        if isinstance(value, bytes):
            found.setdefault(number, []).append(value)
    return found


def named(content: bytes) -> tuple[str, dict[int, list[bytes]]]:
    """A pair of a map."""
    pair = parts(content)
    return pair[1][0].decode(), parts(pair[2][0])


def test_version_2_says_the_same_as_protobuf() -> None:
    headers = {"Accept": "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"}
    answer = ask(make_world(), "GET", "/openapi/v2", headers=headers)
    assert answer.headers["content-type"] == binary.MEDIA
    plain = ask(make_world(), "GET", "/openapi/v2")
    assert plain.headers["etag"] == answer.headers["etag"]
    stated, document = plain.json(), parts(answer.content)
    assert document[1] == [b"2.0"]
    paths = dict(named(p) for p in parts(document[8][0])[2])
    assert list(paths) == list(stated["paths"])
    definitions = dict(named(d) for d in parts(document[9][0])[1])
    assert list(definitions) == list(stated["definitions"])
    for name, found in definitions.items():
        wanted = stated["definitions"][name]
        properties = dict(named(p) for p in parts(found[25][0])[1]) if 25 in found else {}
        assert list(properties) == list(wanted.get("properties", {}))
        for field, schema in properties.items():
            said = wanted["properties"][field]
            assert schema.get(1, [b""])[0].decode() == said.get("$ref", "")
            assert ("items" in said, "additionalProperties" in said) == (23 in schema, 21 in schema)
    extensions = {
        parts(e)[1][0]: parts(parts(e)[2][0])[2][0]
        for e in definitions["io.k8s.api.apps.v1.Deployment"][31]
    }
    kind = json.loads(extensions[b"x-kubernetes-group-version-kind"])
    assert kind == [{"group": "apps", "kind": "Deployment", "version": "v1"}]


def test_a_document_has_every_operation_on_its_kinds() -> None:
    document = documents.document(served(), "apis/policy/v1")
    assert document is not None
    one = "/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"
    found = {path: sorted(item) for path, item in document["paths"].items()}
    assert found == {
        "/apis/policy/v1/": ["get"],
        one: ["delete", "get", "post"],
        f"{one}/{{name}}": ["delete", "get", "patch", "put"],
        f"{one}/{{name}}/status": ["get", "patch", "put"],
        "/apis/policy/v1/poddisruptionbudgets": ["get"],
        "/apis/policy/v1/watch/poddisruptionbudgets": ["get"],
        "/apis/policy/v1/watch/namespaces/{namespace}/poddisruptionbudgets": ["get"],
        "/apis/policy/v1/watch/namespaces/{namespace}/poddisruptionbudgets/{name}": ["get"],
    }
    actions = {m: o["x-kubernetes-action"] for m, o in document["paths"][one].items()}
    assert actions == {"get": "list", "post": "post", "delete": "deletecollection"}


def test_an_operation_names_the_kind_of_its_subresource() -> None:
    document = documents.document(served(), "api/v1")
    assert document is not None
    path = "/api/v1/namespaces/{namespace}/pods/{name}/eviction"
    assert document["paths"][path]["post"]["x-kubernetes-group-version-kind"] == {
        "group": "policy",
        "kind": "Eviction",
        "version": "v1",
    }


def test_the_index_names_what_lies_above_the_versions() -> None:
    paths = ask(make_world(), "GET", "/openapi/v3").json()["paths"]
    assert {"api", "apis", "version", "apis/apps", "apis/apps/v1"} <= set(paths)
    found = ask(make_world(), "GET", paths["apis/apps"]["serverRelativeURL"]).json()
    assert list(found["paths"]) == ["/apis/apps/"]


def test_every_fields_type_is_known() -> None:
    plain = {"text", "int", "long", "bool", "amount", "int-or-text", "time", "bytes"}
    plain |= {"object", "any"}
    unknown = {
        f"{t.name}.{name}: {f.inner}"
        for t in types().values()
        for name, f in t.fields.items()
        if f.inner not in plain and f.inner not in types()
    }
    assert unknown == set()
    assert all(f.description.endswith(".") for t in types().values() for f in t.fields.values())


def test_a_list_says_how_it_merges() -> None:
    document = documents.document(served(), "api/v1")
    assert document is not None
    containers = document["components"]["schemas"]["io.k8s.api.types.PodSpec"]["properties"]
    assert containers["containers"]["x-kubernetes-patch-merge-key"] == "name"
    assert "x-kubernetes-patch-strategy" not in containers["tolerations"]


def test_a_document_by_its_hash_may_be_kept_and_an_old_hash_leads_to_the_new() -> None:
    world = make_world()
    url = ask(world, "GET", "/openapi/v3").json()["paths"]["api/v1"]["serverRelativeURL"]
    found = ask(world, "GET", url)
    assert found.headers["cache-control"] == "public, immutable"
    again = ask(world, "GET", url, headers={"If-None-Match": found.headers["etag"]})
    assert again.status_code == 304
    moved = ask(world, "GET", "/openapi/v3/api/v1?hash=OLD")
    assert (moved.status_code, moved.headers["location"]) == (301, url)


def test_strict_refuses_and_warn_says_and_neither_stores() -> None:
    world = make_world()
    refused = ask(world, "POST", f"{CONFIG}?fieldValidation=Strict", json=config(dta={}))
    assert (refused.status_code, refused.json()["message"]) == (
        400,
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: '
        'unknown field "dta"',
    )
    warned = ask(world, "POST", CONFIG, json=config(dta={}))
    assert warned.headers["warning"] == '299 - "unknown field \\"dta\\""'
    assert "dta" not in warned.json()
    quiet = ask(world, "PUT", f"{CONFIG}/x?fieldValidation=Ignore", json=config(dta={}))
    assert (quiet.status_code, "warning" in quiet.headers) == (200, False)
    odd = ask(world, "POST", f"{CONFIG}?fieldValidation=Odd", json=config())
    assert odd.status_code == 422


def test_a_strict_patch_names_the_place() -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "sample", "imag": "x"}]}}}}
    path = "/apis/apps/v1/namespaces/default/deployments/sample"
    world = reference_world()
    answer = ask(world, "PATCH", f"{path}?fieldValidation=Strict", json=patch, headers=STRATEGIC)
    assert answer.status_code == 422
    place = 'strict decoding error: unknown field "spec.template.spec.containers[0].imag"'
    assert place in answer.json()["message"]


def test_applying_an_unknown_field_is_the_servers_500() -> None:
    headers = {"Content-Type": "application/apply-patch+yaml"}
    path = f"{CONFIG}/x?fieldManager=m"
    answer = ask(make_world(), "PATCH", path, json=config(dta={}), headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (
        500,
        "failed to create typed patch object (default/x; v1, Kind=ConfigMap): "
        ".dta: field not declared in schema",
    )


@pytest.mark.parametrize("kind", SERVED, ids=lambda k: f"{k.api_version}/{k.plural}")
def test_what_the_simulator_itself_writes_is_known(kind: Any) -> None:
    world = reference_world(1, deployment())
    for obj in world.store.all(kind):
        assert known_part(kind, conversion.seen(kind, obj))[1] == []


def test_directives_of_a_patch_are_no_unknown_fields() -> None:
    patch = {"spec": {"$setElementOrder/containers": [], "containers": [{"$patch": "delete"}]}}
    assert known_part(PODS, patch) == (patch, [])
    assert known_part(DEPLOYMENTS, {"spec": {"$retainKeys": []}})[1] == []
    custom = by_kind("keda.sh/v1alpha1", "ScaledObject")
    assert custom is not None
    assert known_part(custom, {"spec": {"anything": 1}})[1] == []
