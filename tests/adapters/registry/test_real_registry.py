"""The port against Debian's docker-registry: an OCI registry that nobody of us wrote."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.adapters.registry.debian import (
    PASSWORD,
    USER,
    RealRegistry,
    needs_registry,
    real_registry,
)
from tests.adapters.registry.shop import DOCKER_INDEX, OCI_INDEX, OCI_MANIFEST, VirtualWall
from tests.adapters.registry.tokens import token_service

from poolshift.adapters.clock import WallClock
from poolshift.adapters.registry import DiskCache, RegistryHttp
from poolshift.core.errors import ApiError, NotFoundError, UnauthorizedError, UnreachableError
from poolshift.core.image import ImageFacts
from poolshift.sim.images import ImageStore, SimPlatform
from poolshift.sim.registry.port import SimRegistry

pytestmark = needs_registry

OLD, NEW = "10.0.17763.3165", "10.0.20348.825"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    with real_registry(tmp_path_factory.mktemp("registry")) as found:
        yield found


def read(
    at: RealRegistry, *refs: str, cache: DiskCache | None = None, log: list[str] | None = None
) -> list[ImageFacts]:
    async def note(request: httpx.Request) -> None:
        if log is not None:
            log.append(f"{request.method} {request.url.path}")

    async def main() -> list[ImageFacts]:
        hooks = {"request": [note]}
        async with httpx.AsyncClient(trust_env=False, verify=False, event_hooks=hooks) as client:
            hosts = frozenset({at.host})
            port = RegistryHttp(client, WallClock(), cache=cache, plain_http=hosts)
            return [await port.image(f"{at.host}/{ref}") for ref in refs]

    return asyncio.run(main())


def windows(at: RealRegistry, name: str, build: str, *, in_index: bool = True) -> SimPlatform:
    layers = (at.layer(name, f"base of {build}"), at.layer(name, f"app on {build}"))
    return SimPlatform("windows", os_version=build, in_index=in_index, layers=layers)


def linux(at: RealRegistry, name: str) -> SimPlatform:
    return SimPlatform("linux", "arm64", layers=(at.layer(name, "linux"),))


@pytest.mark.parametrize("shape", ["single", "two-builds", "hidden", "mixed", "linux"])
def test_it_tells_the_same_as_the_simulators(running: RealRegistry, shape: str) -> None:
    name = f"shapes/{shape}"
    platforms = {
        "single": [windows(running, name, OLD)],
        "two-builds": [windows(running, name, OLD), windows(running, name, NEW)],
        "hidden": [windows(running, name, NEW, in_index=False)],
        "mixed": [linux(running, name), windows(running, name, NEW)],
        "linux": [linux(running, name)],
    }[shape]
    pushed = running.push(name, "1", *platforms, single=shape in ("single", "linux"))
    (found,) = read(running, f"{name}:1")
    assert found == asyncio.run(SimRegistry(ImageStore((pushed,))).image(pushed.ref))
    assert found.platforms[-1].size_bytes > 0


def test_a_second_look_reads_the_tag_alone(running: RealRegistry, tmp_path: Path) -> None:
    platforms = (windows(running, "twice", OLD), windows(running, "twice", NEW, in_index=False))
    running.push("twice", "1", *platforms)
    cold: list[str] = []
    warm: list[str] = []
    first = read(running, "twice:1", cache=DiskCache(tmp_path / "c"), log=cold)
    assert read(running, "twice:1", cache=DiskCache(tmp_path / "c"), log=warm) == first
    assert len(cold) == 4
    assert warm == ["GET /v2/twice/manifests/1"]


def test_a_digest_may_be_named_and_a_tag_beside_it_is_ignored(running: RealRegistry) -> None:
    running.push("pinned", "1", windows(running, "pinned", NEW), single=True)
    (by_tag,) = read(running, "pinned:1")
    (by_digest,) = read(running, f"pinned:gone@{by_tag.digest}")
    assert by_digest.platforms == by_tag.platforms


def test_a_manifest_without_a_media_type_is_told_by_its_header(running: RealRegistry) -> None:
    config = running.push_blob("bare", json.dumps({"os": "linux"}).encode())
    body = {
        "schemaVersion": 2,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config,
            "size": 15,
        },
        "layers": [],
    }
    running.push_manifest("bare", json.dumps(body).encode(), OCI_MANIFEST, "1")
    (found,) = read(running, "bare:1")
    assert (found.media_type, found.platforms[0].os) == (OCI_MANIFEST, "linux")


def test_an_index_within_an_index(running: RealRegistry) -> None:
    builds = [windows(running, "nested", build) for build in (OLD, NEW)]
    running.push("nested", "inner", *builds)
    (inner,) = read(running, "nested:inner")
    with running.client() as client:
        accepted = {"Accept": DOCKER_INDEX}
        size = len(client.get(f"/v2/nested/manifests/{inner.digest}", headers=accepted).content)
    entry = {"mediaType": DOCKER_INDEX, "digest": inner.digest, "size": size}
    body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}
    running.push_manifest("nested", json.dumps(body).encode(), OCI_INDEX, "1")
    (found,) = read(running, "nested:1")
    assert found.platforms == inner.platforms
    assert found.media_type == OCI_INDEX


def test_what_is_not_there_is_not_found(running: RealRegistry) -> None:
    running.push("there", "1", linux(running, "there"), single=True)
    for ref in ("there:2", "nowhere:1", "there@sha256:" + "0" * 64):
        with pytest.raises(NotFoundError, match="UNKNOWN"):
            read(running, ref)


def test_a_file_that_was_changed_on_its_disk_is_refused(running: RealRegistry) -> None:
    running.push("bitrot", "1", linux(running, "bitrot"), single=True)
    (whole,) = read(running, "bitrot:1")
    (path,) = running.storage.rglob(f"{whole.digest.removeprefix('sha256:')}/data")
    path.write_bytes(path.read_bytes().replace(b"schemaVersion", b"schemaversion"))
    with pytest.raises(ApiError):
        read(running, "bitrot:1")


def test_basic_sign_in(tmp_path: Path, docker: Path) -> None:
    with real_registry(tmp_path, guarded=True) as guarded:
        guarded.push("a", "1", linux(guarded, "a"), single=True)
        with pytest.raises(UnauthorizedError, match="docker login 127"):
            read(guarded, "a:1")
        entry = {"username": USER, "password": PASSWORD}
        (docker / "config.json").write_text(json.dumps({"auths": {guarded.host: entry}}))
        log: list[str] = []
        assert len(read(guarded, "a:1", "a:1", log=log)) == 2
        # One refusal, and from then on signed in beforehand.
        assert len(log) == 5
        entry["password"] = "wrong"
        (docker / "config.json").write_text(json.dumps({"auths": {guarded.host: entry}}))
        with pytest.raises(UnauthorizedError):
            read(guarded, "a:1")


def test_tokens_of_a_token_service(tmp_path: Path) -> None:
    with token_service() as service, real_registry(tmp_path, tokens=service) as guarded:
        for name in ("a", "b/c"):
            guarded.push(name, "1", linux(guarded, name), single=True)
        log: list[str] = []
        assert len(read(guarded, "a:1", "a:1", "b/c:1", log=log)) == 3
        assert [scope for scope, _ in service.asked] == [
            "repository:a:pull",
            "repository:b/c:pull",
        ]
        refused = 1
        assert len(log) == refused + 2 + 6


def test_a_token_that_grants_nothing_until_there_is_a_login(tmp_path: Path, docker: Path) -> None:
    with token_service() as service, real_registry(tmp_path, tokens=service) as guarded:
        service.open_to_all = False
        guarded.push("a", "1", linux(guarded, "a"), single=True)
        with pytest.raises(UnauthorizedError, match="docker login 127"):
            read(guarded, "a:1")
        assert len(service.asked) == 1
        entry = {"username": USER, "password": PASSWORD}
        (docker / "config.json").write_text(json.dumps({"auths": {guarded.host: entry}}))
        assert read(guarded, "a:1")


def test_a_registry_that_has_ended_is_told(tmp_path: Path) -> None:
    with real_registry(tmp_path) as ended:
        pass

    async def main() -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            port = RegistryHttp(client, VirtualWall(), plain_http=frozenset({ended.host}))
            await port.image(f"{ended.host}/a:1")

    with pytest.raises(UnreachableError, match="does not answer"):
        asyncio.run(main())
