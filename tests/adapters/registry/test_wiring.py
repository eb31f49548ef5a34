"""What a connection to Azure gives its registry: a cache of the user's own, and the bounds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from tests.adapters.registry.shop import Shop

from poolshift.adapters import connect
from poolshift.adapters.clock import WallClock
from poolshift.adapters.cloud import PUBLIC
from poolshift.adapters.credentials import StaticTokens
from poolshift.adapters.registry import Limits
from poolshift.core.errors import UsageError


def test_it_keeps_what_it_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shop = Shop()
    shop.manifest({"os": "linux"}, tag="1")

    async def read() -> None:
        limits = Limits()
        async with httpx.AsyncClient(transport=httpx.MockTransport(shop.answer)) as client:
            port = connect._registry(client, WallClock(), StaticTokens("x"), PUBLIC, limits)
            await port.image("r.io/a:1")

    asyncio.run(read())
    asyncio.run(read())
    assert len(shop.log) == 3
    assert list((tmp_path / "poolshift" / "registry").iterdir())


def test_bounds_that_cannot_be_read_are_told_before_anything_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POOLSHIFT_REGISTRY_PATIENCE", "long")
    with pytest.raises(UsageError, match="whole seconds"):
        asyncio.run(connect.open_azure(cluster_id="x"))
