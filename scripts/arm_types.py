"""Write the field types of AKS' request bodies anew, from a folder with its OpenAPI documents.

    python scripts/arm_types.py FOLDER

FOLDER holds `sdk-derived-*.json` (structure of the newest stable api-version), `swagger-*/` (an
older one, for fields that went) and, beside it, `../recorded/scenarios` (fields of previews). The
result is the package data of the simulator's schema of bodies.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "src/poolshift/sim/arm/schema/types.json"
ROOTS = ("AgentPool", "ManagedCluster", "MaintenanceConfiguration", "Snapshot", "TagsObject")
DELETE_MACHINES = "AgentPoolDeleteMachinesParameter"
_SCALARS = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "datetime.date": "string",
    "datetime.datetime": "string",
    "bytes": "string",
    "Any": "any",
}
# Fields of previews, in no document of a stable version: their types as recordings show them.
_BLUE_GREEN = "AgentPoolBlueGreenUpgradeSettings"
PREVIEW: dict[str, dict[str, str]] = {
    _BLUE_GREEN: {
        "drainBatchSize": "string",
        "drainTimeoutInMinutes": "integer",
        "batchSoakDurationInMinutes": "integer",
        "finalSoakDurationInMinutes": "integer",
    },
    "AgentPoolManagedClusterAgentPoolProfileProperties": {
        "upgradeStrategy": "string",
        "upgradeSettingsBlueGreen": _BLUE_GREEN,
    },
    "ManagedClusterAgentPoolProfile": {
        "upgradeStrategy": "string",
        "upgradeSettingsBlueGreen": _BLUE_GREEN,
    },
    "ManagedClusterProperties": {"creationData": "CreationData"},
}


def main() -> None:
    """Read, merge, write."""
    folder = Path(sys.argv[1])
    derived = json.loads(next(folder.glob("sdk-derived-*.json")).read_text(encoding="utf-8"))
    models: dict[str, dict[str, str]] = {}
    for root in (*ROOTS, DELETE_MACHINES):
        _collect(derived, root, models)
    for name, fields in PREVIEW.items():
        models.setdefault(name, {}).update(fields)
    swagger = json.loads(next(folder.glob("swagger-*/*managedClusters.json")).read_text("utf-8"))
    _add_older(swagger["definitions"], models)
    _add_recorded(folder.parent / "recorded/scenarios", models)
    ordered = {name: dict(sorted(models[name].items())) for name in sorted(models)}
    OUT.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    print(f"{OUT}: {len(ordered)} types")


def _collect(derived: dict[str, Any], name: str, models: dict[str, dict[str, str]]) -> None:
    if name in models or name not in derived["models"]:
        return
    fields: dict[str, str] = {}
    models[name] = fields
    for base in derived["models"][name]["bases"]:
        _collect(derived, base, models)
        fields.update(models.get(base, {}))
    for field, described in derived["models"][name]["fields"].items():
        fields[field] = _type(derived, described["type"], models)


def _type(derived: dict[str, Any], text: str, models: dict[str, dict[str, str]]) -> str:
    text = re.sub(r"^Optional\[(.*)\]$", r"\1", text)
    text = re.sub(r"Union\[str, \w+\]", "str", text)
    if found := re.fullmatch(r"list\[(.*)\]", text):
        return f"[{_type(derived, found[1], models)}]"
    if found := re.fullmatch(r"dict\[str, (.*)\]", text):
        return f"{{{_type(derived, found[1], models)}}}"
    if text in _SCALARS:
        return _SCALARS[text]
    _collect(derived, text, models)
    return text if text in models else "any"


def _add_older(definitions: dict[str, Any], models: dict[str, dict[str, str]]) -> None:
    """Fields that an older version had: of any type, as the newest one does not say."""
    for name, definition in definitions.items():
        if name in models:
            for part in (definition, *definition.get("allOf", ())):
                for field in part.get("properties", {}):
                    models[name].setdefault(field, "any")


def _add_recorded(folder: Path, models: dict[str, dict[str, str]]) -> None:
    """Fields that real clients sent or real services answered, in previews too."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            root = _root(row["op"])
            for body in (row.get("req"), row.get("resp")):
                if root and isinstance(body, dict) and "properties" in body:
                    _see(root, body, models)


def _root(op: str) -> str:
    low = op.lower()
    for end, root in (
        ("/agentpools/{}", "AgentPool"),
        ("/managedclusters/{}", "ManagedCluster"),
        ("/maintenanceconfigurations/{}", "MaintenanceConfiguration"),
        ("/snapshots/{}", "Snapshot"),
    ):
        if low.endswith(end):
            return root
    return ""


def _see(name: str, value: Any, models: dict[str, dict[str, str]]) -> None:
    if not isinstance(value, dict):
        return
    for field, inner in value.items():
        type_ = models[name].setdefault(field, "any")
        if type_ in models:
            _see(type_, inner, models)
        elif type_[:1] == "[" and type_[1:-1] in models and isinstance(inner, list):
            for one in inner:
                _see(type_[1:-1], one, models)


if __name__ == "__main__":
    main()
