from __future__ import annotations

import hashlib

import msgspec
import pytest

from poolshift.sim.images import ImageStore, Layer, SimImage, SimPlatform
from poolshift.sim.registry.content import Shelf, as_platforms, served

WINDOWS = SimPlatform(
    os="windows", os_version="10.0.20348.1", in_index=False, layers=(Layer("sha256:l", 7),)
)
LINUX = SimPlatform(os="linux", layers=(Layer("sha256:m", 9),))


@pytest.mark.parametrize("single", [True, False], ids=["manifest", "index"])
def test_every_digest_that_is_named_can_be_fetched_and_verified(*, single: bool) -> None:
    image = SimImage("r.io/a:1", (WINDOWS,) if single else (WINDOWS, LINUX), single=single)
    shelf = Shelf(ImageStore((image,)))
    root = served(image).root
    assert shelf.find(root.digest) == root
    body = msgspec.json.decode(root.data)
    for entry in body.get("manifests", [{"digest": root.digest}]):
        manifest = shelf.find(entry["digest"])
        assert manifest
        config = shelf.find(msgspec.json.decode(manifest.data)["config"]["digest"])
        assert config
        for content in (root, manifest, config):
            assert content.digest == f"sha256:{hashlib.sha256(content.data).hexdigest()}"


def test_an_index_can_lose_the_version_that_the_config_still_has() -> None:
    image = SimImage("r.io/a:1", (WINDOWS,))
    found = served(image)
    entry = msgspec.json.decode(found.root.data)["manifests"][0]
    assert "os.version" not in entry["platform"]
    assert msgspec.json.decode(found.configs[0].data)["os.version"] == "10.0.20348.1"


def test_a_push_changes_what_the_shelf_holds() -> None:
    store = ImageStore((SimImage("r.io/a:1", (LINUX,)),))
    shelf = Shelf(store)
    old = served(SimImage("r.io/a:1", (LINUX,))).root
    assert shelf.find(old.digest)
    store.add(SimImage("r.io/a:1", (WINDOWS,)))
    assert shelf.find(old.digest) is None
    assert shelf.find(served(SimImage("r.io/a:1", (WINDOWS,))).root.digest)


def test_an_unknown_digest_is_nothing() -> None:
    assert Shelf(ImageStore()).find("sha256:none") is None


def test_sizes_of_an_index_are_those_of_its_windows_manifests() -> None:
    windows, linux = as_platforms(SimImage("r.io/a:1", (WINDOWS, LINUX)))
    assert (windows.size_bytes, linux.size_bytes) == (7, 0)
    assert (len(windows.layers), linux.layers) == (1, ())
    (alone,) = as_platforms(SimImage("r.io/a:1", (LINUX,), single=True))
    assert alone.size_bytes == 9
