"""Reads the catalog's files into frozen types, each file when it is first asked for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from poolshift.catalog.catalog import Catalog
from poolshift.catalog.files import FILE_TYPES
from poolshift.catalog.model.base import CatalogFile
from poolshift.catalog.records import name_of_plain
from poolshift.core.errors import UsageError, invariant

T = TypeVar("T", bound=CatalogFile)

DATA = Path(__file__).parent / "data"
"""The files that ship with the package."""

_WHERE = re.compile(r" - at `\$\.(?P<section>\w+)(?:\[(?P<index>\d+)\])?")


@cache
def load_catalog() -> Catalog:
    """The catalog that ships with the package; nothing is read before a file is asked for."""
    return Catalog(lambda stem: load_file(DATA / f"{stem}.yaml"))


def load_file(path: Path) -> CatalogFile:
    """One file, by the type that its name stands for.

    Raises:
        UsageError: unreadable, no YAML, an unknown name or schema, an unknown or missing key; it
            names the file, the record and the key.
    """
    kind = FILE_TYPES.get(path.stem)
    if kind is None:
        known = ", ".join(sorted(FILE_TYPES))
        raise _refusal(path, f"no catalog file has this name (known: {known})")
    plain = _read_yaml(path)
    expected = f"poolshift-facts/{path.stem}/1"
    if plain.get("schema") != expected:
        raise _refusal(path, f"its schema is {plain.get('schema')!r}, not {expected!r}")
    return _convert(path, plain, kind)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        plain = yaml.load(text, Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _refusal(path, str(error)) from error
    if not isinstance(plain, dict):
        raise _refusal(path, "it holds no mapping")
    return plain


def _convert(path: Path, plain: dict[str, Any], kind: type[T]) -> T:
    try:
        converted = msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        raise _refusal(path, _with_record(str(error), plain)) from error
    invariant(isinstance(converted, kind), f"{path.name} converts to its own type")
    return converted


def _with_record(message: str, plain: dict[str, Any]) -> str:
    """The decoder's message, which has the key and an index, with the record's name added."""
    found = _WHERE.search(message)
    if found is None or found["index"] is None:
        return message
    record = plain[found["section"]][int(found["index"])]
    name = name_of_plain(record) if isinstance(record, dict) else ""
    return f"{message} (record {found['section']}/{name})"


def _refusal(path: Path, why: str) -> UsageError:
    return UsageError(
        f"the catalog file {path.name} cannot be read",
        why=why,
        fix="Correct the file, then: poolshift catalog check",
        code="PSE300",
    )
