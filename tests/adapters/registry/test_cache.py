"""Content by digest on disk: read once, verified always, never in the way."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.adapters.registry.shop import BUILD, Shop, digest_of, image_by, registry

from poolshift.adapters.registry import DiskCache, default_folder
from poolshift.adapters.registry.facts import Config

SECRET = "hunter2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def stocked() -> Shop:
    shop = Shop()
    secret = {"config": {"Env": [f"PASSWORD={SECRET}"]}, "history": [{"created_by": SECRET}]}
    config = {"os": "windows", "architecture": "amd64", "os.version": BUILD, **secret}
    shop.manifest(config, tag="plain")
    shop.index(shop.windows("10.0.17763.1"), shop.windows(listed=False), tag="index")
    return shop


@pytest.mark.parametrize(("tag", "cold"), [("plain", 2), ("index", 4)])
def test_all_but_the_tag_is_read_once_for_ever(folder: Path, tag: str, cold: int) -> None:
    shop = stocked()
    first = image_by(shop.answer, f"r.io/a:{tag}", cache=DiskCache(folder))
    assert len(shop.log) == cold
    shop.log.clear()
    assert image_by(shop.answer, f"r.io/a:{tag}", cache=DiskCache(folder)) == first
    assert shop.log == [f"GET /v2/a/manifests/{tag}"]


def test_a_digest_is_not_asked_for_again_and_a_tag_that_moved_is_seen(folder: Path) -> None:
    shop = stocked()
    old = image_by(shop.answer, "r.io/a:plain", cache=DiskCache(folder))
    shop.tags["plain"] = shop.tags["index"]
    assert len(image_by(shop.answer, "r.io/a:plain", cache=DiskCache(folder)).platforms) == 2
    shop.log.clear()
    pinned = image_by(shop.answer, f"r.io/a@{old.digest}", cache=DiskCache(folder))
    assert pinned.platforms == old.platforms
    assert shop.log == []


def test_docker_hub_is_asked_by_head_which_its_quota_does_not_count(folder: Path) -> None:
    shop = stocked()
    image_by(shop.answer, "a/b:index", cache=DiskCache(folder))
    shop.log.clear()
    assert len(image_by(shop.answer, "a/b:index", cache=DiskCache(folder)).platforms) == 2
    assert shop.log == ["HEAD /v2/a/b/manifests/index"]
    assert shop.requests[-1].url.host == "registry-1.docker.io"


def test_a_hub_that_does_not_know_head_is_read(folder: Path) -> None:
    shop = stocked()

    def no_head(request: httpx.Request) -> httpx.Response:
        return httpx.Response(405) if request.method == "HEAD" else shop.answer(request)

    assert image_by(no_head, "a/b:plain", cache=DiskCache(folder)).platforms


def test_nothing_secret_is_kept(folder: Path) -> None:
    for tag in ("plain", "index"):
        image_by(stocked().answer, f"r.io/a:{tag}", cache=DiskCache(folder))
    entries = list(folder.iterdir())
    assert len(entries) == 6
    assert not [p for p in entries if SECRET in p.read_text()]
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff" * 70, b"0" * 64 + b"{}"])
def test_a_damaged_entry_is_read_anew(folder: Path, damage: bytes) -> None:
    shop = stocked()
    whole = image_by(shop.answer, "r.io/a:index", cache=DiskCache(folder))
    for path in folder.iterdir():
        path.write_bytes(damage)
    shop.log.clear()
    assert image_by(shop.answer, "r.io/a:index", cache=DiskCache(folder)) == whole
    assert len(shop.log) == 4


def test_other_content_than_its_name_says_is_not_believed(folder: Path) -> None:
    cache = DiskCache(folder)
    cache.keep_manifest(digest_of(b"a"), b"b")
    assert cache.manifest(digest_of(b"a")) is None
    assert not list(folder.iterdir())


def test_a_folder_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    shop = stocked()

    async def main() -> str:
        port = registry(shop.answer, cache=DiskCache(blocked / "cache"))
        for _ in range(2):
            assert (await port.image("r.io/a:index")).platforms
        return port.cache_trouble

    assert "cannot be used" in asyncio.run(main())
    assert len(shop.log) == 8


def test_an_entry_that_cannot_be_read_is_done_without(folder: Path) -> None:
    cache = DiskCache(folder)
    cache.keep_manifest(digest_of(b"a"), b"a")
    (path,) = folder.iterdir()
    path.unlink()
    path.mkdir()
    assert cache.manifest(digest_of(b"a")) is None
    assert cache.trouble
    cache.keep_manifest(digest_of(b"b"), b"b")
    assert list(folder.iterdir()) == [path]


def test_a_full_disk_leaves_nothing_half_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    cache = DiskCache(folder)
    cache.keep_manifest(digest_of(b"a"), b"a")
    assert "No space left" in cache.trouble
    assert list(folder.iterdir()) == []


def test_the_entries_that_were_not_used_for_longest_go(folder: Path) -> None:
    cache = DiskCache(folder, most_bytes=1000)
    datas = [bytes([65 + n]) * 100 for n in range(10)]
    for n, data in enumerate(datas):
        cache.keep_manifest(digest_of(data), data)
        path = next(p for p in folder.iterdir() if digest_of(data)[7:] in p.name)
        os.utime(path, (n, n))
    # Reading makes the oldest the newest.
    assert cache.manifest(digest_of(datas[0])) == datas[0]
    cache.keep_manifest(digest_of(b"new"), b"new")
    kept = [n for n, data in enumerate(datas) if cache.manifest(digest_of(data))]
    assert kept == [0, 4, 5, 6, 7, 8, 9]
    assert sum(p.stat().st_size for p in folder.iterdir()) <= 1000


def test_several_writers_may_use_one_folder(folder: Path) -> None:
    """Each with a cache of its own, as processes have; small bounds make them evict as well."""
    datas = [str(n).encode() * 50 for n in range(40)]

    def write(_: int) -> str:
        cache = DiskCache(folder, most_bytes=3000)
        for data in datas:
            cache.keep_manifest(digest_of(data), data)
            found = cache.manifest(digest_of(data))
            assert found in (None, data)
        return cache.trouble

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, range(4))) == [""] * 4
    assert not [p for p in folder.iterdir() if p.name.startswith(".new-")]


def test_configs_survive_the_way_through_the_disk(folder: Path) -> None:
    config = Config(os="windows", os_version=BUILD, base_name="r.io/base:1")
    DiskCache(folder).keep_config(digest_of(b"c"), config)
    assert DiskCache(folder).config(digest_of(b"c")) == config
    assert DiskCache(folder).config(digest_of(b"d")) is None


def test_the_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder().is_relative_to(tmp_path)
