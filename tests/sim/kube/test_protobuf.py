"""Protobuf bodies: what kubectl sends is read, anything else is refused rather than guessed."""

from __future__ import annotations

from typing import Any

import pytest

from poolshift.core.errors import ApiError
from poolshift.sim.kube import protobuf
from poolshift.sim.kube.messages import MAP, MESSAGES, OBJECTS, SKIPPED


def varint(value: int) -> bytes:
    out = b""
    value &= (1 << 64) - 1
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def body(version: str, kind: str, raw: bytes) -> bytes:
    meta = field(1, version) + field(2, kind)
    return b"k8s\0" + field(1, meta) + field(2, raw) + field(3, "") + field(4, "")


def meta(name: str) -> bytes:
    return field(1, field(1, name) + field(2, "") + field(7, 0) + field(8, b""))


DEPLOYMENT = field(
    2,
    field(1, 0)
    + field(2, field(1, field(1, "app") + field(2, "d")))
    + field(3, field(2, field(2, field(1, "c") + field(2, "i") + field(6, field(3, 80)))))
    + field(5, 0),
) + field(3, b"\x08\x00")


TARGET = field(1, "Deployment") + field(2, "web")
MEMORY = field(1, "Resource") + field(
    4,
    field(1, "memory") + field(2, field(1, "AverageValue") + field(3, field(1, "1Gi"))),
)


@pytest.mark.parametrize(
    ("version", "kind", "raw", "expected"),
    [
        pytest.param(
            "v1",
            "ConfigMap",
            meta("x")
            + field(2, field(1, "a") + field(2, "b"))
            + field(3, field(1, "n") + b"\x12\x01\xff"),
            {"metadata": {"name": "x"}, "data": {"a": "b"}, "binaryData": {"n": "/w=="}},
            id="maps",
        ),
        pytest.param(
            "policy/v1",
            "PodDisruptionBudget",
            meta("p") + field(2, field(1, field(1, 1) + field(2, 0) + field(3, "50%"))),
            {"metadata": {"name": "p"}, "spec": {"minAvailable": "50%"}},
            id="percentage",
        ),
        pytest.param(
            "policy/v1",
            "PodDisruptionBudget",
            meta("p") + field(2, field(3, field(1, 0) + field(2, 0) + field(3, ""))),
            {"metadata": {"name": "p"}, "spec": {"maxUnavailable": 0}},
            id="zero",
        ),
        pytest.param(
            "apps/v1",
            "Deployment",
            meta("d") + DEPLOYMENT,
            {
                "metadata": {"name": "d"},
                "spec": {
                    "replicas": 0,
                    "selector": {"matchLabels": {"app": "d"}},
                    "template": {
                        "spec": {
                            "containers": [
                                {"name": "c", "image": "i", "ports": [{"containerPort": 80}]}
                            ]
                        }
                    },
                },
            },
            id="a-pointers-zero-stays",
        ),
        pytest.param(
            "autoscaling/v1",
            "HorizontalPodAutoscaler",
            meta("h")
            + field(2, field(1, TARGET) + field(2, 2) + field(3, 5) + field(4, 70))
            + field(3, field(3, 0)),
            {
                "metadata": {"name": "h"},
                "spec": {
                    "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                    "minReplicas": 2,
                    "maxReplicas": 5,
                    "targetCPUUtilizationPercentage": 70,
                },
            },
            id="first-version",
        ),
        pytest.param(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            meta("h") + field(2, field(1, TARGET) + field(3, 5) + field(4, MEMORY)),
            {
                "metadata": {"name": "h"},
                "spec": {
                    "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                    "maxReplicas": 5,
                    "metrics": [
                        {
                            "type": "Resource",
                            "resource": {
                                "name": "memory",
                                "target": {"type": "AverageValue", "averageValue": "1Gi"},
                            },
                        }
                    ],
                },
            },
            id="second-version",
        ),
        pytest.param(
            "authorization.k8s.io/v1",
            "SelfSubjectAccessReview",
            field(2, field(1, field(2, "create") + field(5, "pods") + field(6, "eviction"))),
            {
                "spec": {
                    "resourceAttributes": {
                        "verb": "create",
                        "resource": "pods",
                        "subresource": "eviction",
                    }
                }
            },
            id="access-review",
        ),
    ],
)
def test_a_body_reads_as_its_object(
    version: str, kind: str, raw: bytes, expected: dict[str, Any]
) -> None:
    read = protobuf.read(body(version, kind, raw))
    assert read == {"apiVersion": version, "kind": kind, **expected}


def test_another_kind_or_field_is_not_read() -> None:
    assert protobuf.read(body("v1", "Node", b"")) is None
    assert protobuf.read(body("v1", "ConfigMap", meta("x") + field(9, "new"))) is None
    assert protobuf.read(b"{}") is None


@pytest.mark.parametrize("raw", [b"\x0a\x7f", b"\x0b", b"\x08\x01", b"\xff"])
def test_noise_is_a_400(raw: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        protobuf.read(body("v1", "ConfigMap", raw))
    assert caught.value.status == 400


def test_a_negative_number_keeps_its_sign() -> None:
    raw = meta("d") + field(2, field(1, -1))
    assert protobuf.read(body("apps/v1", "Deployment", raw)) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"replicas": -1},
    }


def test_every_message_that_is_named_is_there() -> None:
    named = {f.message for table in MESSAGES.values() for f in table.values() if f.message}
    missing = {m for m in named if m != SKIPPED and not m.startswith(MAP)} - set(MESSAGES)
    assert not missing
    assert set(MESSAGES) >= OBJECTS
