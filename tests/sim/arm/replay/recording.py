"""The recorded exchanges of real clients with the real service: where they are, row by row."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

WIRE = Path(__file__).parents[5] / "shared" / "wire" / "recorded"
ABSENT = f"the recorded exchanges are not at {WIRE}"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
Row = dict[str, Any]


def there() -> bool:
    return (WIRE / "index.tsv").exists()


def names() -> list[str]:
    return sorted(file.stem for file in (WIRE / "scenarios").glob("*.jsonl")) if there() else []


@cache
def rows(name: str) -> tuple[Row, ...]:
    text = (WIRE / "scenarios" / f"{name}.jsonl").read_text("utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


@cache
def errors() -> tuple[Row, ...]:
    """The distinct error bodies of all recordings."""
    text = (WIRE / "errors.jsonl").read_text("utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def error(code: str) -> Row:
    """The error with a code that was seen most."""
    found = [row for row in errors() if _code(row) == code]
    return max(found, key=lambda row: int(row.get("seen", 1)))


def _code(row: Row) -> str:
    body = bodies(row) or {}
    inner = body.get("error", body)
    return str(inner.get("code")) if isinstance(inner, dict) else ""


def bodies(row: Row) -> Any:
    """The answer as JSON; None where there was none or it was no JSON."""
    found = row.get("resp")
    return found if isinstance(found, dict) else None


def state_of(body: Any) -> str:
    """The provisioning state of a resource; empty for anything else."""
    properties = body.get("properties") if isinstance(body, dict) else None
    return str(properties.get("provisioningState", "")) if isinstance(properties, dict) else ""
