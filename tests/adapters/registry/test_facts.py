"""Documents of any shape: facts, or one clear error."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.registry.shop import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    digest_of,
    image_by,
)

from poolshift.adapters.registry.facts import media_type_of, read_config, read_document
from poolshift.core.errors import ApiError
from poolshift.core.image import ImageFacts

DIGEST = digest_of(b"x")
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**70),
    st.text(max_size=20),
    st.sampled_from([DIGEST, OCI_INDEX, DOCKER_MANIFEST, "windows", "10.0.20348.1", "\x1b[2J"]),
)
KEYS = st.sampled_from(
    [
        "schemaVersion",
        "mediaType",
        "manifests",
        "config",
        "layers",
        "digest",
        "size",
        "platform",
        "os",
        "os.version",
        "architecture",
        "annotations",
        "fsLayers",
        "blobSum",
        "history",
        "v1Compatibility",
        "signatures",
        "created",
        "Labels",
        "org.opencontainers.image.base.name",
    ]
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS)
def test_any_document_gives_printable_facts_or_a_clear_error(document: Any) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=document)

    found: ImageFacts | ApiError
    try:
        found = image_by(handler, "r.io/a:1")
    except ApiError as error:
        found = error
    told = found.line() if isinstance(found, ApiError) else repr(found)
    assert told.isprintable()
    assert "\\x1b" not in told


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS)
def test_any_config_is_reduced_or_refused(document: Any) -> None:
    try:
        found = read_config(json.dumps(document).encode(), "r.io/a")
    except ApiError:
        return
    texts = (found.os, found.architecture, found.os_version, found.created, found.base_name)
    assert all(t.isascii() and t.isprintable() for t in texts)


@pytest.mark.parametrize(
    ("body", "header", "expected"),
    [
        ({"mediaType": OCI_INDEX, "manifests": []}, "", OCI_INDEX),
        ({"manifests": []}, f"{DOCKER_INDEX}; charset=utf-8", DOCKER_INDEX),
        ({"manifests": []}, "text/plain", OCI_INDEX),
        ({"mediaType": OCI_INDEX, "layers": []}, OCI_INDEX, OCI_MANIFEST),
        ({"mediaType": "\x1b", "layers": []}, DOCKER_MANIFEST, DOCKER_MANIFEST),
    ],
    ids=["body", "header", "neither", "wrong", "hostile"],
)
def test_the_media_type_fits_the_document(body: Any, header: str, expected: str) -> None:
    document = read_document(json.dumps(body).encode(), "r.io/a", header)
    assert media_type_of(document, header) == expected
