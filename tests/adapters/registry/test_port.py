"""What is read of an image, and what is made of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from tests.adapters.registry.shop import (
    BUILD,
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    FOREIGN_TYPE,
    OCI_INDEX,
    OCI_MANIFEST,
    Shop,
    digest_of,
    image_by,
    layer_digest,
)

from poolshift.core.errors import ApiError, InvalidError, NotFoundError
from poolshift.core.image import SCHEMA_1_TYPES, ImageLayer

CONFIG = {"os": "windows", "architecture": "amd64", "os.version": BUILD}
REF = "r.io/a:1"


def test_a_single_manifest_is_told_by_its_config() -> None:
    shop = Shop()
    told = shop.manifest({**CONFIG, "created": "2026-01-02T03:04:05.6Z"}, tag="1")
    image = image_by(shop.answer, REF)
    (platform,) = image.platforms
    assert (image.digest, platform.digest) == (told["digest"], told["digest"])
    assert (platform.os_version, platform.size_bytes) == (BUILD, 15)
    assert platform.layers == (
        ImageLayer(layer_digest("base"), 10),
        ImageLayer(layer_digest("app"), 5),
    )
    assert platform.created == "2026-01-02T03:04:05.6Z"
    assert not platform.hidden
    assert image.media_type == platform.media_type == DOCKER_MANIFEST
    assert len(shop.log) == 2


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_INDEX])
def test_an_index_costs_one_read_and_one_for_each_windows_build(kind: str) -> None:
    shop = Shop()
    one, two = shop.windows("10.0.17763.1"), shop.windows("10.0.20348.1", layers={"x": 3})
    shop.index(one, two, shop.linux(), tag="1", kind=kind)
    image = image_by(shop.answer, REF)
    assert [
        (p.os, p.os_version, p.architecture, p.hidden, p.size_bytes) for p in image.platforms
    ] == [
        ("windows", "10.0.17763.1", "amd64", False, 15),
        ("windows", "10.0.20348.1", "amd64", False, 3),
        ("linux", "", "arm64", False, 0),
    ]
    assert image.media_type == kind
    assert shop.log[0] == "GET /v2/a/manifests/1"
    expected = {f"GET /v2/a/manifests/{d['digest']}" for d in (one, two)}
    assert set(shop.log[1:]) == expected
    assert len(shop.log) == 3


def test_linux_manifests_are_read_where_somebody_wants_them() -> None:
    shop = Shop()
    shop.index(shop.windows(), shop.linux(), tag="1")
    found = image_by(shop.answer, REF, manifests_of=frozenset({"linux"})).platforms
    assert [p.size_bytes for p in found] == [0, 9]
    assert len(shop.log) == 2


def test_a_build_that_the_index_hides_comes_from_the_config() -> None:
    shop = Shop()
    shop.index(shop.windows(listed=False), tag="1")
    (platform,) = image_by(shop.answer, REF).platforms
    assert (platform.os_version, platform.hidden) == (BUILD, True)
    assert [line.split("/")[3] for line in shop.log] == ["manifests", "manifests", "blobs"]


def test_an_entry_without_a_platform_is_told_by_its_config() -> None:
    shop = Shop()
    shop.index(shop.manifest({"os": "linux", "architecture": "arm64"}), tag="1")
    (platform,) = image_by(shop.answer, REF).platforms
    assert (platform.os, platform.architecture, platform.hidden) == ("linux", "arm64", False)


def test_attestations_and_artifacts_are_no_platforms() -> None:
    shop = Shop()
    unknown = {**shop.windows(), "platform": {"os": "unknown", "architecture": "unknown"}}
    noted = {**shop.windows(), "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    signature = {
        **shop.windows(),
        "artifactType": "application/vnd.dev.cosign.artifact.sig.v1+json",
    }
    shop.index(shop.linux(), unknown, noted, signature, tag="1")
    assert [p.os for p in image_by(shop.answer, REF).platforms] == ["linux"]
    shop.index(unknown, tag="1")
    with pytest.raises(ApiError, match="lists no platform"):
        image_by(shop.answer, REF)


def test_an_index_within_an_index_is_followed() -> None:
    shop = Shop()
    shop.index(shop.linux(), shop.index(shop.windows()), tag="1")
    assert [p.os for p in image_by(shop.answer, REF).platforms] == ["linux", "windows"]


def test_nesting_has_an_end() -> None:
    shop = Shop()
    nested = shop.index(shop.linux())
    for _ in range(3):
        nested = shop.index(nested)
    shop.index(nested, tag="1")
    with pytest.raises(ApiError, match="again and again"):
        image_by(shop.answer, REF)


def test_an_index_of_very_many_platforms_is_refused() -> None:
    shop = Shop()
    shop.index(*[shop.linux()] * 65, tag="1")
    with pytest.raises(ApiError, match="more than 64"):
        image_by(shop.answer, REF)


def test_foreign_layers_count() -> None:
    shop = Shop()
    shop.manifest(CONFIG, tag="1", layer_type=FOREIGN_TYPE, layers={"rtm": 2_000_000_000})
    assert image_by(shop.answer, REF).platforms[0].size_bytes == 2_000_000_000


def test_the_stated_base_comes_from_annotations_and_labels_alone() -> None:
    shop = Shop()
    name, digest = "mcr.microsoft.com/windows/nanoserver:ltsc2022", digest_of(b"base")
    notes = {
        "org.opencontainers.image.base.name": name,
        "org.opencontainers.image.base.digest": digest,
        "com.example.password": "hunter2",
    }
    shop.manifest({**CONFIG, "config": {"Labels": notes, "Env": ["A=hunter2"]}}, tag="labels")
    shop.manifest(CONFIG, tag="notes", annotations=notes, media_type=OCI_MANIFEST)
    for tag in ("labels", "notes"):
        image = image_by(shop.answer, f"r.io/a:{tag}")
        assert (image.platforms[0].base_name, image.platforms[0].base_digest) == (name, digest)
        assert "hunter2" not in repr(image)


def test_hostile_texts_of_a_config_are_left_out() -> None:
    shop = Shop()
    labels = {"org.opencontainers.image.base.name": "\x1b[31m<script>"}
    config = {**CONFIG, "os.version": "\x1b[2J", "created": "<b>", "config": {"Labels": labels}}
    shop.manifest(config, tag="1")
    (platform,) = image_by(shop.answer, REF).platforms
    assert (platform.os_version, platform.created, platform.base_name) == ("", "", "")


def signed(body: dict[str, Any]) -> tuple[bytes, str]:
    """A schema 1 manifest with its signature block, and the digest of what is signed."""
    payload = json.dumps(body, indent=3).encode()
    cut = payload.rindex(b"\n}")

    def packed(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    protected = {"formatLength": cut, "formatTail": packed(payload[cut:])}
    signature = {"protected": packed(json.dumps(protected).encode()), "signature": "x"}
    block = b',\n   "signatures": ' + json.dumps([signature]).encode() + b"\n}"
    return payload[:cut] + block, digest_of(payload)


@pytest.mark.parametrize("pinned", [False, True], ids=["tag", "digest"])
def test_a_schema_1_manifest_is_told_as_such(*, pinned: bool) -> None:
    newest = {"os": "windows", "architecture": "amd64", "config": {"Env": ["A=hunter2"]}}
    data, digest = signed(
        {
            "schemaVersion": 1,
            "name": "a",
            "tag": "1",
            "architecture": "amd64",
            "fsLayers": [{"blobSum": layer_digest(n)} for n in ("app", "base")],
            "history": [{"v1Compatibility": json.dumps(newest)}, {"v1Compatibility": "{}"}],
        }
    )
    shop = Shop()
    shop.tags["1"], shop.contents[digest] = digest, (SCHEMA_1_TYPES[0], data)
    image = image_by(shop.answer, f"r.io/a@{digest}" if pinned else REF)
    (platform,) = image.platforms
    assert (image.media_type, image.digest) == (SCHEMA_1_TYPES[0], digest)
    assert (platform.os, platform.size_bytes, platform.os_version) == ("windows", 0, "")
    assert [layer.digest for layer in platform.layers] == [
        layer_digest("base"),
        layer_digest("app"),
    ]
    assert "hunter2" not in repr(image)


def test_a_schema_1_manifest_without_an_os_tells_that_it_is_one() -> None:
    data, digest = signed({"schemaVersion": 1, "fsLayers": [], "history": []})
    shop = Shop()
    shop.tags["1"], shop.contents[digest] = digest, (SCHEMA_1_TYPES[0], data)
    image = image_by(shop.answer, REF)
    assert (image.media_type, image.platforms) == (SCHEMA_1_TYPES[0], ())


def test_a_tag_without_a_stated_digest_gets_the_one_of_its_bytes() -> None:
    shop = Shop()
    told = shop.manifest(CONFIG, tag="1")

    def silent(request: httpx.Request) -> httpx.Response:
        answer = shop.answer(request)
        answer.headers.pop("Docker-Content-Digest", None)
        return answer

    assert image_by(silent, REF).digest == told["digest"]


def test_a_missing_tag_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="MANIFEST_UNKNOWN"):
        image_by(Shop().answer, REF)


def test_an_index_whose_platform_is_missing_is_half_an_image_and_no_missing_tag() -> None:
    shop = Shop()
    entry = shop.windows()
    shop.index(entry, tag="1")
    del shop.contents[entry["digest"]]
    with pytest.raises(ApiError, match="index lists sha256") as caught:
        image_by(shop.answer, REF)
    assert not isinstance(caught.value, NotFoundError)


@pytest.mark.parametrize("ref", ["localhost:5000/a:1", "127.0.0.1/a:1"])
def test_the_nodes_own_registry_is_not_looked_for_here(ref: str) -> None:
    shop = Shop()
    with pytest.raises(InvalidError, match="the node itself"):
        image_by(shop.answer, ref)
    assert not shop.log
