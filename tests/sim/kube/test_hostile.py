"""What hostile requests once broke, one case each, and what the server says instead."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.sim.kube.faces import StandingGate
from tests.sim.kube.fuzz import subjects
from tests.sim.kube.fuzz.hostility import Sent
from tests.sim.kube.fuzz.oracle import Answer, check_world
from tests.sim.kube.fuzz.running import ask

from poolshift.sim.kube.http import kube_app
from poolshift.sim.kube.world import KubeWorld

POD = "/api/v1/namespaces/default/pods/web"
PODS = "/api/v1/namespaces/default/pods"
MAPS = "/api/v1/namespaces/default/configmaps"
WEB = "/apis/apps/v1/namespaces/default/deployments/web"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def request(
    world: KubeWorld,
    method: str,
    target: str,
    body: Any = b"",
    media: str = "application/json",
    accept: str = "*/*",
) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    path, _, query = target.partition("?")
    headers = {"content-type": media, "user-agent": "kubectl/v1", "accept": accept}
    sent = Sent(method, path, query, headers, content)
    return asyncio.run(ask(kube_app(world, StandingGate()), sent))


def alone(*sent: Any, **more: Any) -> Answer:
    """The answer to a request in a world of its own, which is looked over afterwards."""
    world = subjects.stage(1)
    answer = request(world, *sent, **more)
    check_world(world)
    return answer


DEEP = b'{"metadata":' * 3000 + b"{}" + b"}" * 3000
BOMB = b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(
    b"%c: &%c [%b]\n" % (n, n, b",".join(b"*%c" % (n - 1) for _ in range(9)))
    for n in range(ord("b"), ord("j"))
)
MERGED = b"a0: &a0 {x: 1}\n" + b"".join(
    b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 60)
)
REFUSED: dict[str, tuple[tuple[Any, ...], int, str]] = {
    "deep": (("POST", MAPS, DEEP), 400, "exceeded max depth"),
    "bomb": (("POST", MAPS, BOMB, "application/yaml"), 400, "excessive aliasing"),
    "merged": (("POST", MAPS, MERGED, "application/yaml"), 400, "excessive aliasing"),
    "brackets": (("PATCH", f"{WEB}?fieldManager=a", b"[" * 2_000_000, APPLY), 400, "max depth"),
    "dashes": (("PATCH", f"{WEB}?fieldManager=a", b"- " * 9000, APPLY), 400, "max depth"),
    "large": (("POST", MAPS, b" " * (3 << 20) + b"{}"), 413, "Request entity too large"),
    "encoding": (("POST", MAPS, b'{"a":"\xff\xfe"}'), 400, "json parse error"),
    "yaml": (("POST", MAPS, b"? [a]\n: {b: !!python/x }", "application/yaml"), 400, "yaml"),
    "digits": (("GET", f"{PODS}?limit=%C2%B2"), 400, "invalid syntax"),
    "range": (("GET", f"{PODS}?limit={'9' * 30}"), 400, "value out of range"),
    "version": (("GET", f"{PODS}?resourceVersion=%C2%B2"), 400, "resourceVersion"),
    "continue": (("GET", f"{PODS}?continue=eyJydiI6e30sInN0YXJ0IjpbXX0"), 400, "continue token"),
    "all": (("DELETE", "/api/v1/configmaps"), 405, "does not allow this method"),
    "options": (("DELETE", POD, []), 400, "must be of type DeleteOptions"),
    "grace": (("DELETE", POD, {"gracePeriodSeconds": [1]}), 400, "cannot unmarshal array"),
    "preconditions": (("DELETE", POD, {"preconditions": 5}), 400, "cannot unmarshal number"),
    "propagation": (
        ("DELETE", POD, {"propagationPolicy": "Odd"}),
        422,
        'propagationPolicy: Unsupported value: "Odd"',
    ),
    "evicted": (
        ("POST", f"{POD}/eviction", {"metadata": {"name": "web"}, "deleteOptions": [1]}),
        400,
        "Eviction",
    ),
    "eviction": (("POST", f"{POD}/eviction", {"metadata": []}), 400, "name in URL"),
    "scale": (("PUT", f"{WEB}/scale", {"spec": {"replicas": "3"}}), 400, "of type int32"),
    "scaled": (("PUT", f"{WEB}/scale", {"spec": 5}), 400, "ScaleSpec"),
    "form": (("PATCH", f"{WEB}/scale", {"spec": {}}, APPLY), 415, "Unsupported Media Type"),
    "review": (("POST", ACCESS, {"spec": 5}), 400, "SelfSubjectAccessReviewSpec"),
    "reviewed": (
        ("POST", ACCESS, {"spec": {"resourceAttributes": {"verb": {}}}}),
        400,
        "ResourceAttributes.spec.resourceAttributes.verb of type string",
    ),
    "applied": (
        (
            "PATCH",
            f"{WEB}?fieldManager=a",
            {"apiVersion": "apps/v1", "kind": "D", "metadata": [1]},
            APPLY,
        ),
        400,
        "metadata is not an object",
    ),
    "directive": (("PATCH", WEB, {"$patch": "odd"}, STRATEGIC), 400, "Unknown patch type"),
    "retain": (("PATCH", WEB, {"spec": {"$retainKeys": 5}}, STRATEGIC), 400, "retainKeys"),
    "order": (
        ("PATCH", WEB, {"spec": {"$setElementOrder/a": {}}}, STRATEGIC),
        400,
        "setElementOrder",
    ),
    "primitive": (
        ("PATCH", WEB, {"metadata": {"$deleteFromPrimitiveList/finalizers": 1.5}}, STRATEGIC),
        400,
        "primitive list",
    ),
    "element": (
        (
            "PATCH",
            WEB,
            {"spec": {"template": {"spec": {"containers": [{"name": {}}]}}}},
            STRATEGIC,
        ),
        400,
        "Container.spec.template.spec.containers.name of type string",
    ),
    "pointer": (
        ("PATCH", WEB, [{"op": "remove", "path": 5}], JSON_PATCH),
        422,
        "the server rejected our request",
    ),
    "inside": (
        ("PATCH", WEB, [{"op": "remove", "path": "/kind/a"}], JSON_PATCH),
        422,
        "the server rejected our request",
    ),
    "key": (("PATCH", POD, {"metadata": {"labels": {"a b": "c"}}}, MERGE), 422, "name part must"),
    "exponent": (
        ("POST", PODS, {"spec": {"overhead": {"cpu": "1e999999999"}}}),
        400,
        "quantities must match",
    ),
    "owner": (
        ("PATCH", POD, {"metadata": {"ownerReferences": [{"kind": "A"}]}}, MERGE),
        422,
        "metadata.ownerReferences[0].uid: Required value",
    ),
    "status": (
        ("PATCH", f"{WEB}/status", {"status": {"conditions": [{}]}}, MERGE),
        422,
        "status.conditions[0].type: Required value",
    ),
    "kept": (
        (
            "POST",
            "/api/v1/persistentvolumes",
            {"metadata": {"name": "a"}, "spec": {"claimRef": {"name": "b"}}},
        ),
        422,
        "spec.claimRef.namespace: Required value",
    ),
    "protobuf": (
        ("POST", PODS, b"k8s\0" + b"\xff" * 60, "application/vnd.kubernetes.protobuf"),
        400,
        "protobuf body",
    ),
}


@pytest.fixture(scope="module")
def world() -> KubeWorld:
    return subjects.stage(1)


@pytest.mark.parametrize(("request_", "status", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_a_hostile_request_is_refused_and_changes_nothing(
    world: KubeWorld, request_: tuple[Any, ...], status: int, said: str
) -> None:
    version = world.store.rv
    answer = request(world, *request_)
    body = json.loads(answer.content)
    assert (answer.status, body["code"]) == (status, status)
    assert said in body["message"]
    assert world.store.rv == version


def test_a_node_that_says_nothing_of_itself_is_listed() -> None:
    body = {"metadata": {"name": "bare"}}
    answer = alone(
        "POST", "/api/v1/nodes", body, accept="application/json;as=Table;v=v1;g=meta.k8s.io"
    )
    assert answer.status == 201
    assert json.loads(answer.content)["rows"][0]["cells"][1:3] == ["Unknown", "<none>"]


def test_a_template_by_itself_is_listed() -> None:
    body = {"metadata": {"name": "a"}, "template": {"spec": {"containers": []}}}
    assert alone("POST", "/api/v1/namespaces/default/podtemplates", body).status == 201


def test_a_warning_that_no_header_can_hold_is_left_out() -> None:
    body = {"metadata": {"name": "a"}, "\ufeff": 1, "naïve": 2}
    answer = alone("POST", MAPS, body)
    assert answer.status == 201
    assert "na" in answer.headers["warning"]


def test_a_grace_beyond_all_time_is_shortened() -> None:
    pod = "/api/v1/namespaces/default/pods/web"
    answer = alone("DELETE", pod, {"gracePeriodSeconds": 2**62})
    assert answer.status == 200
    assert json.loads(answer.content)["metadata"]["deletionTimestamp"].startswith("21")


def test_steps_that_no_field_set_has_are_not_kept() -> None:
    entry = {
        "manager": "m",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"k:{": {}, "v:]": {}, "odd": {}}},
    }
    body = {"metadata": {"managedFields": [entry]}}
    assert alone("PATCH", POD, body, MERGE).status == 200


def test_a_node_in_a_namespace_loses_it() -> None:
    body = {"metadata": {"name": "odd", "namespace": "default"}}
    answer = alone("POST", "/api/v1/nodes", body)
    assert answer.status == 201
    assert "namespace" not in json.loads(answer.content)["metadata"]


def test_a_controller_whose_writes_are_refused_tries_again_and_the_world_goes_on() -> None:
    world = subjects.stage(1)
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    # Its revision's name, longer by the hash, is over the limit.
    body = {
        "metadata": {"name": "x" * 250},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    daemons = "/apis/apps/v1/namespaces/default/daemonsets"
    assert request(world, "POST", daemons, body).status == 201
    world.clock.run_until(world.clock.t + 60)
    assert request(world, "DELETE", f"{daemons}/{'x' * 250}").status == 200
    world.clock.run_until(world.clock.t + 3600)
