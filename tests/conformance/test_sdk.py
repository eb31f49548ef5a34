"""The life of a pool by the real azure-mgmt-containerservice, its two halves."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conformance.azure import Client

pytestmark = [pytest.mark.conformance, pytest.mark.slow]
_SCRIPTS = Path(__file__).parent / "sdk"
# A Windows pool of six minutes of the service's time, the import of the SDK not counted.
_WALL_S = 5.0


def test_a_pool_lives_by_the_sdk(sdk: Client) -> None:
    seen = sdk.sdk(_SCRIPTS / "lifecycle.py").value
    assert seen.pop("add_s") <= _WALL_S
    assert seen.pop("latest").startswith("AKSWindows-2022-containerd-")
    assert "sdk1" in seen.pop("listed")
    assert sdk.words["cluster"] in seen.pop("clusters")
    assert seen == {
        "added": "Succeeded",
        "sku": "Windows2022",
        "tag": True,
        "labels": {"tier": "web"},
        "count": 2,
        "image_upgrade": False,
        "machines": 2,
        "deleted": True,
        "wrapped": [404, "ResourceNotFound"],
        "flat": [400, "WindowsAgentPoolNameTooLong", "agentPoolProfile.name"],
    }


def test_a_pool_lives_by_the_asynchronous_sdk(sdk: Client) -> None:
    seen = sdk.sdk(_SCRIPTS / "lifecycle_aio.py").value
    assert "sdk2" in seen.pop("listed")
    assert seen == {
        "added": "Succeeded",
        "reads": 1,
        "count": 2,
        "gone": [404, "ResourceNotFound"],
        "token": True,
    }
