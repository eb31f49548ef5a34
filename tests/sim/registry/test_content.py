from __future__ import annotations

import msgspec
import pytest

from poolshift.sim.images import ImageStore, Layer, SimImage, SimPlatform
from poolshift.sim.registry.content import by_digest, root_digest, tagged

WINDOWS = SimPlatform(
    os="windows", os_version="10.0.20348.1", in_index=False, layers=(Layer("sha256:l", 7),)
)
LINUX = SimPlatform(os="linux")


@pytest.mark.parametrize("single", [True, False], ids=["manifest", "index"])
def test_every_digest_that_is_named_can_be_fetched(*, single: bool) -> None:
    image = SimImage("r.io/a:1", (WINDOWS,) if single else (WINDOWS, LINUX), single=single)
    store = ImageStore((image,))
    root = tagged(image)
    assert by_digest(store, root_digest(image)) == root
    body = msgspec.json.decode(root.data)
    for entry in body.get("manifests", [{"digest": root.digest}]):
        manifest = by_digest(store, entry["digest"])
        assert manifest
        config = by_digest(store, msgspec.json.decode(manifest.data)["config"]["digest"])
        assert config


def test_an_index_can_lose_the_version_that_the_config_still_has() -> None:
    image = SimImage("r.io/a:1", (WINDOWS,))
    store = ImageStore((image,))
    entry = msgspec.json.decode(tagged(image).data)["manifests"][0]
    assert "os.version" not in entry["platform"]
    manifest = by_digest(store, entry["digest"])
    assert manifest
    config = by_digest(store, msgspec.json.decode(manifest.data)["config"]["digest"])
    assert config
    assert msgspec.json.decode(config.data)["os.version"] == "10.0.20348.1"


def test_an_unknown_digest_is_nothing() -> None:
    assert by_digest(ImageStore(), "sha256:none") is None
