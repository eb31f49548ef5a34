"""The recorded exchanges: where they are, and what they were made on."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

WIRE = Path(__file__).parents[5] / "shared" / "wire" / "kube"
ABSENT = f"the recorded exchanges are not at {WIRE}"
_APPLIED = "fieldManager=kubectl&fieldValidation=Strict&force=false"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def there() -> bool:
    return (WIRE / "raw.json").exists() and (WIRE / "kubectl.json").exists()


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((WIRE / name).read_text("utf-8"))
    return found


def scenarios() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = _read("raw.json")["scenarios"] if there() else {}
    return found


def sessions() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = _read("kubectl.json")["sessions"] if there() else {}
    return found


@cache
def manifests() -> dict[str, dict[str, Any]]:
    """What was on the cluster at the start, by kind, as `kubectl apply` leaves it."""
    found: dict[str, dict[str, Any]] = {}
    for exchange in sessions()["apply_ssa"]["exchanges"]:
        if exchange["path"].endswith(_APPLIED):
            obj = json.loads(exchange["req"]["text"])
            found[obj["kind"]] = obj
    found["Deployment"] = _last_applied("deployment_get")
    for obj in found.values():
        meta = obj["metadata"]
        stated = {**obj, "metadata": {"annotations": {}, **meta}}
        text = json.dumps(stated, sort_keys=True, separators=(",", ":"))
        meta["annotations"] = {_LAST_APPLIED: text + "\n"}
    return found


def _last_applied(scenario: str) -> dict[str, Any]:
    stored = scenarios()[scenario][0]["resp"]
    found: dict[str, Any] = json.loads(stored["metadata"]["annotations"][_LAST_APPLIED])
    return found
