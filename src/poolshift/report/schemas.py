"""The JSON Schema of every document, made from the types that write it."""

from __future__ import annotations

import importlib
from typing import Any

import msgspec

DOCUMENTS: dict[str, tuple[str, str]] = {
    "assess": ("poolshift.core.finding", "Assessment"),
    "plan": ("poolshift.core.plan", "Plan"),
    "rewrite": ("poolshift.report.rewrite", "RewriteDocument"),
    "run": ("poolshift.report.documents", "RunDocument"),
    "runs": ("poolshift.report.documents", "RunsDocument"),
    "snapshot": ("poolshift.core.snapshot", "Snapshot"),
    "explain": ("poolshift.report.explain", "ExplainDocument"),
    "catalog": ("poolshift.report.catalog", "CatalogDocument"),
}
"""Document name → where its type is."""


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a document; KeyError for an unknown name."""
    module, attribute = DOCUMENTS[name]
    kind = getattr(importlib.import_module(module), attribute)
    schema = msgspec.json.schema(kind)
    reference = schema.pop("$ref").rsplit("/", 1)[-1]
    definitions = schema.pop("$defs")
    top = definitions.pop(reference)
    top["properties"]["schema"] = {"const": f"poolshift.{name}/1"}
    top["required"] = ["schema", *(k for k in top.get("required", ()) if k != "schema")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"poolshift.{name}/1",
        **top,
        "$defs": definitions,
    }
