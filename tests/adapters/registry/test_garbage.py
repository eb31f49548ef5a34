"""Registries that answer anything but what was asked for: a clear error, and never more."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest
from tests.adapters.registry.shop import (
    CONFIG_TYPE,
    DOCKER_MANIFEST,
    OCI_INDEX,
    Shop,
    VirtualWall,
    digest_of,
    image_by,
)

from poolshift.adapters.registry import RegistryHttp
from poolshift.core.errors import ApiError, UnreachableError

REF = "r.io/a:1"
DIGEST = digest_of(b"x")
PAGE = b"<html><body>Sign in</body></html>"


def served(body: bytes | Any, kind: str = DOCKER_MANIFEST, **headers: str) -> ApiError:
    """The error that an answer leads to."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=data, headers={"Content-Type": kind, **headers})

    with pytest.raises(ApiError) as caught:
        image_by(handler, REF)
    assert caught.value.line().isprintable()
    return caught.value


def test_a_page_with_200_is_told_as_one() -> None:
    error = served(PAGE, "text/html; charset=utf-8")
    assert "text/html" in error.why
    assert "sign-in" in error.why


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        None,
        {"manifests": "none"},
        {"manifests": [{"digest": 7}]},
        {"manifests": [{"digest": "../../etc/passwd"}]},
        {"manifests": [{"digest": DIGEST, "size": -1}]},
        {"layers": [{"digest": DIGEST, "size": 10**30}]},
        {"layers": [{"digest": DIGEST, "size": 1}] * 1001},
        {"manifests": [], "layers": []},
        {"schemaVersion": 1, "manifests": []},
        {"schemaVersion": 2, "fsLayers": []},
        {"manifests": []},
        {"layers": []},
        b'{"manifests": [',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"",
    ],
    ids=[
        "empty",
        "list",
        "text",
        "null",
        "no-list",
        "number",
        "path",
        "negative",
        "huge",
        "many-layers",
        "both",
        "old-index",
        "new-fs-layers",
        "no-entries",
        "no-config",
        "cut",
        "bytes",
        "deep",
        "nothing",
    ],
)
def test_another_shape_is_an_error_that_says_so(body: Any) -> None:
    error = served(body)
    assert "cannot be read" in error.why
    assert len(error.line()) < 500


def test_a_manifest_larger_than_registries_take_is_not_read_to_its_end() -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while sent < 100:
            sent += 1
            yield b" " * 1_000_000

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=endless())

    with pytest.raises(ApiError, match="larger than 4194304 bytes"):
        image_by(handler, REF)
    assert sent < 10


def test_a_compressed_bomb_is_cut_off() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert "larger than" in served(bomb, **{"Content-Encoding": "gzip"}).why


def test_a_broken_compression_is_told() -> None:
    assert "compression" in served(b"no gzip at all", **{"Content-Encoding": "gzip"}).why


def test_other_bytes_than_the_digest_names_are_refused() -> None:
    shop = Shop()
    told = shop.manifest({"os": "linux"}, tag="1")
    kind, _ = shop.contents[told["digest"]]
    other = shop.contents[shop.manifest({"os": "windows"})["digest"]][1]
    shop.contents[told["digest"]] = (kind, other)
    for ref in (REF, f"r.io/a@{told['digest']}"):
        with pytest.raises(ApiError, match="not the content that"):
            image_by(shop.answer, ref)


def test_another_config_than_the_digest_names_is_refused() -> None:
    shop = Shop()
    shop.manifest({"os": "linux"}, tag="1")
    config = next(d for d, (kind, _) in shop.contents.items() if kind == CONFIG_TYPE)
    shop.contents[config] = (CONFIG_TYPE, b'{"os": "windows"}')
    with pytest.raises(ApiError, match="not the content that"):
        image_by(shop.answer, REF)


def test_an_entry_that_is_not_what_its_index_says_is_refused() -> None:
    shop = Shop()
    nested = shop.index(shop.linux())
    lying = {**nested, "mediaType": DOCKER_MANIFEST}
    shop.index(lying, tag="1", kind=OCI_INDEX)
    with pytest.raises(ApiError, match="lists something else"):
        image_by(shop.answer, REF)


def test_what_states_no_operating_system_is_no_image() -> None:
    shop = Shop()
    shop.manifest({"mediaType": "application/vnd.cncf.helm.config.v1+json"}, tag="1")
    with pytest.raises(ApiError, match="no container image"):
        image_by(shop.answer, REF)


def redirecting(location: str) -> ApiError:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(307, headers={"Location": location} if location else {})

    with pytest.raises(ApiError) as caught:
        image_by(handler, REF)
    return caught.value


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("https://r.io/v2/a/manifests/1", "more than 5 times"),
        ("", "more than 5 times"),
        ("http://elsewhere.io/x", "without TLS"),
        ("file:///etc/passwd", "without TLS"),
        ("https://[nowhere", "no address"),
    ],
    ids=["circle", "empty", "plain", "file", "broken"],
)
def test_redirects_that_lead_nowhere_are_told(location: str, why: str) -> None:
    assert why in redirecting(location).why


@pytest.mark.parametrize(
    "body",
    [b"", PAGE, b'{"errors": []}', b'{"errors": 7}', b'{"errors": [{"code": "\\u001b"}]}'],
    ids=["empty", "page", "none", "number", "escape"],
)
def test_an_error_body_may_be_anything(body: bytes) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(418, content=body)

    with pytest.raises(ApiError) as caught:
        image_by(handler, REF)
    assert caught.value.why
    assert caught.value.line().isprintable()


def over_a_socket(head: str) -> tuple[ApiError, int]:
    """The error that a raw answer on loopback leads to, and how often it was asked for."""
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {head}\r\n\r\n{{".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main() -> ApiError:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, httpx.AsyncClient(trust_env=False, verify=False) as client:
            read = RegistryHttp(client, VirtualWall(), plain_http=frozenset({host}))
            with pytest.raises(ApiError) as caught:
                await read.image(f"{host}/a:1")
        return caught.value

    return asyncio.run(main()), asked


def test_a_redirect_to_a_host_that_cannot_be_one() -> None:
    target = f"http://{'a' * 70}.invalid/"
    error, _ = over_a_socket(f"307 Moved\r\nLocation: {target}\r\nContent-Length: 1")
    assert "does not answer" in error.why


def test_a_body_that_breaks_off_is_read_again_and_then_told() -> None:
    error, asked = over_a_socket("200 OK\r\nContent-Length: 1000")
    assert asked == 5
    assert isinstance(error, UnreachableError)
    assert "does not answer to the end" in error.why
