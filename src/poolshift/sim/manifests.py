"""The manifests of a scenario: read, repeated, and as `kubectl apply` leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NUMBER, GROUP = "<n>", "<g>"
_DIGITS = 4


def objects_in(
    path: Path, *, kubectl: bool, times: int = 1, groups: int = 1
) -> Iterator[dict[str, Any]]:
    """The objects of a file, in order.

    Args:
        path: a YAML file of one or more documents.
        kubectl: whether they carry what `kubectl apply` leaves on an object.
        times: how often the file is there: `<n>` in its texts counts from 0001.
        groups: how many groups the copies are dealt out to in turn: `<g>` counts from 1.
    """
    documents = _documents(path)
    fixed = {part for document in documents for part in _fixed(document)}
    for number in range(times):
        for document in documents:
            copy = document
            if times > 1:
                texts = (f"{number + 1:0{_DIGITS}d}", str(number % groups + 1))
                copy = _filled(document, texts, fixed)
            yield _applied(copy) if kubectl else copy


def _documents(path: Path) -> list[dict[str, Any]]:
    try:
        loaded = list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"{path} cannot be read", why=str(error)) from error
    return [document for document in loaded if document]


def _fixed(value: Any) -> set[int]:
    """The identities of all lists and mappings that hold no placeholder."""
    if not isinstance(value, (dict, list)):
        return set()
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    found = {part for inner in parts for part in _fixed(inner)}
    if all(id(inner) in found for inner in parts if isinstance(inner, (dict, list))) and not any(
        isinstance(inner, str) and "<" in inner for inner in parts
    ):
        found.add(id(value))
    return found


def _filled(value: Any, texts: tuple[str, str], fixed: set[int]) -> Any:
    """The value with the placeholders of its texts filled in; the very same without any."""
    if isinstance(value, str):
        number, group = texts
        return value.replace(NUMBER, number).replace(GROUP, group) if "<" in value else value
    if id(value) in fixed:
        return value
    if isinstance(value, dict):
        return {_filled(k, texts, fixed): _filled(v, texts, fixed) for k, v in value.items()}
    return [_filled(v, texts, fixed) for v in value] if isinstance(value, list) else value


def _applied(document: dict[str, Any]) -> dict[str, Any]:
    """The object as `kubectl apply` creates it: with the configuration it was applied from."""
    metadata = dict(document.get("metadata") or {})
    # kubectl writes the namespace in, sorts keys, and leaves its own annotation out.
    metadata.setdefault("namespace", "default")
    annotations = dict(metadata.get("annotations") or {})
    configuration = {**document, "metadata": {**metadata, "annotations": annotations}}
    text = msgspec.json.encode(configuration, order="sorted").decode() + "\n"
    annotations = {**annotations, "kubectl.kubernetes.io/last-applied-configuration": text}
    return {**document, "metadata": {**metadata, "annotations": annotations}}
