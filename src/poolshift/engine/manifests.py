"""The manifest side of a retarget: what the file says against what was applied last.

The run changes nodeSelector, image and (under a strict guard) a toleration, and nothing else. A
file that would change more than that is refused before anything is touched.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from poolshift.semantics.owners import LAST_APPLIED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


MOVING_PATHS = (
    "spec.template.spec.nodeSelector",
    "spec.template.spec.tolerations",
)


def parse_document(text: str) -> dict[str, Any]:
    """One YAML document as plain values."""
    plain = yaml.load(text, Loader=yaml.CSafeLoader)
    return plain if isinstance(plain, dict) else {}


def last_applied(live: Mapping[str, Any]) -> dict[str, Any] | None:
    """What kubectl applied last, None when the object was made another way."""
    text = (live.get("metadata", {}).get("annotations") or {}).get(LAST_APPLIED)
    if text is None:
        return None
    try:
        plain = json.loads(text)
    except ValueError:
        return None
    return plain if isinstance(plain, dict) else None


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Paths at which two documents differ; list elements with a name are matched by it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            here = f"{path}.{key}" if path else str(key)
            yield from differences(before.get(key), after.get(key), here)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_differences(before, after, path)
    elif before != after and not (_empty(before) and _empty(after)):
        yield path


def _empty(value: Any) -> bool:
    return value is None or value == {} or value == []


def _list_differences(before: list[Any], after: list[Any], path: str) -> Iterator[str]:
    if all(isinstance(i, dict) and "name" in i for i in (*before, *after)):
        old, new = ({i["name"]: i for i in items} for items in (before, after))
        for name in sorted({*old, *new}):
            yield from differences(old.get(name), new.get(name), f"{path}[{name}]")
    elif before != after:
        yield path


def is_moving(path: str) -> bool:
    """Whether a path is one that a retarget may change."""
    if path.startswith(MOVING_PATHS):
        return True
    return path.startswith("spec.template.spec.") and path.endswith("].image")


def other_changes(document: Mapping[str, Any], live: Mapping[str, Any]) -> tuple[str, ...]:
    """What applying the document would change beside what a retarget may change.

    Measured against what was applied last; without that, against the live object as far as the
    document speaks of it.
    """
    before = last_applied(live)
    if before is None:
        before = _restricted(live, document)
    return tuple(p for p in differences(_plain(before), _plain(document)) if not is_moving(p))


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without what kubectl adds by itself: the namespace and an empty annotation map."""
    metadata = {
        k: v
        for k, v in (document.get("metadata") or {}).items()
        if k not in ("namespace", "annotations")
    }
    annotations = {
        k: v
        for k, v in ((document.get("metadata") or {}).get("annotations") or {}).items()
        if k != LAST_APPLIED
    }
    if annotations:
        metadata["annotations"] = annotations
    return {**document, "metadata": metadata}


def _restricted(live: Any, document: Any) -> Any:
    """The live object, cut down to what the document speaks of."""
    if isinstance(live, dict) and isinstance(document, dict):
        return {k: _restricted(live[k], v) for k, v in document.items() if k in live}
    if isinstance(live, list) and isinstance(document, list) and len(live) == len(document):
        return [_restricted(a, b) for a, b in zip(live, document, strict=True)]
    return live


def applied_annotation(
    live: Mapping[str, Any], patch: Mapping[str, Any], manifest: str
) -> dict[str, str] | None:
    """The last-applied annotation that goes with a change of the template.

    With a manifest it is the manifest, as kubectl writes it. Without one (a live patch, or its
    undo) an annotation that is there follows the change, so that the user's next `kubectl apply`
    sees no difference; None when there is none.
    """
    if manifest:
        return {LAST_APPLIED: _kubectl_text(parse_document(manifest), live)}
    before = last_applied(live)
    if before is None:
        return None
    merged = _follow(before, patch.get("spec", {}).get("template", {}).get("spec", {}))
    return {LAST_APPLIED: _text(merged)}


def _kubectl_text(document: dict[str, Any], live: Mapping[str, Any]) -> str:
    metadata = {"annotations": {}, **(document.get("metadata") or {})}
    metadata.setdefault("namespace", live["metadata"]["namespace"])
    return _text({**document, "metadata": metadata})


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n"


def _follow(before: dict[str, Any], pod_patch: Mapping[str, Any]) -> dict[str, Any]:
    after: dict[str, Any] = json.loads(json.dumps(before))
    pod = after.setdefault("spec", {}).setdefault("template", {}).setdefault("spec", {})
    if "nodeSelector" in pod_patch:
        selector = {**(pod.get("nodeSelector") or {}), **(pod_patch["nodeSelector"] or {})}
        pod["nodeSelector"] = {k: v for k, v in selector.items() if v is not None}
    for field in ("containers", "initContainers"):
        new = {c["name"]: c["image"] for c in pod_patch.get(field) or ()}
        for container in pod.get(field) or ():
            container["image"] = new.get(container.get("name"), container.get("image"))
    if "tolerations" in pod_patch:
        pod["tolerations"] = pod_patch["tolerations"] or []
        if not pod["tolerations"]:
            del pod["tolerations"]
    return after
