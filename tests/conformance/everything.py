"""A cluster on which every kind of step of a plan has something to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from tests.cli.served import own_scenario
from tests.rig import budget, deployment

from poolshift.sim.scenario import load_scenario

FITS_BOTH = "myacr.azurecr.io/catalog:7"
WINDOWS = {
    "labels": {"tier": "front"},
    # az would read a file for such a value: the pool has to be made by az rest.
    "tags": {"owner": "@shop", "cost center": "42"},
    "identities": ["gmsa"],
    "properties": {"enableAutoScaling": True, "minCount": 3, "maxCount": 6},
}
CHANNELS = {"upgradeChannel": "patch", "nodeOSUpgradeChannel": "NodeImage"}
CART = "myacr.azurecr.io/cart:42"
OPTIONS = ("--guard", "strict", "--keep-blue", "10m", "--image", f"{CART}={CART}-ltsc2022")


def everything(folder: Path) -> Path:
    """The scenario's file, in a folder of its own."""
    plain = yaml.safe_load((load_scenario("reference").folder / "scenario.yaml").read_text())
    pools = [p | WINDOWS if p["name"] == "wspool" else p for p in plain["pools"]]
    manifests = [*plain["manifests"], {"file": "manifests/more.yaml"}]
    path = own_scenario(
        folder,
        pools=pools,
        manifests=manifests,
        cluster={**plain["cluster"], "channels": CHANNELS},
    )
    (folder / "manifests/more.yaml").write_text(yaml.safe_dump_all(objects()))
    return path


def objects() -> list[dict[str, Any]]:
    """Workloads that are drained, with and without room to miss a pod, and budgets over all."""
    template = deployment("queue", FITS_BOTH)["spec"]
    stateful = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "queue", "namespace": "default"},
        "spec": {**template, "replicas": 2, "serviceName": "queue"},
    }
    loose = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2, "maxSurge": 0}}
    web = budget("web", "web", maxUnavailable=1)
    web["spec"]["selector"] = {
        "matchExpressions": [
            {"key": "app", "operator": "In", "values": ["web", "other"]},
            {"key": "app", "operator": "NotIn", "values": ["queue"]},
            {"key": "app", "operator": "Exists"},
            {"key": "retired", "operator": "DoesNotExist"},
        ]
    }
    one = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
    return [
        deployment("web", CART, strategy=one),
        deployment("tight", FITS_BOTH),
        deployment("loose", FITS_BOTH, strategy=loose),
        stateful,
        budget("tight", "tight", maxUnavailable=1),
        budget("queue", "queue", minAvailable=1),
        budget("loose", "loose", maxUnavailable=2),
        web,
    ]
