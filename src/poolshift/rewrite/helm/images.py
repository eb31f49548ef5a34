"""The images that values give by their parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import line_of, pairs, replace_scalar
from poolshift.rewrite.yamltree import Scalar
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.tags import family_of, names_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Mapping


@dataclass(frozen=True, slots=True)
class Parts:
    """An image: registry and repository as text, and where what may change stands.

    Either `whole` holds the reference, or `tag` the tag alone; `at` is where the image is told.
    """

    registry: str
    repository: str
    at: Scalar
    tag: Scalar | None = None
    digest: str = ""
    whole: Scalar | None = None

    def changing(self) -> list[Scalar]:
        """What an edit may touch."""
        return [n for n in (self.tag, self.whole) if n is not None]

    @property
    def ref(self) -> str:
        """The reference that the parts make."""
        if self.whole is not None:
            return str(self.whole.value)
        name = (
            f"{self.registry.rstrip('/')}/{self.repository}" if self.registry else self.repository
        )
        tag = f":{self.tag.value}" if self.tag is not None and self.tag.value else ""
        return f"{name}{tag}" + (f"@{self.digest}" if self.digest else "")


def image_parts(node: Mapping, registry: str) -> Iterator[Parts]:
    """The images that a mapping gives.

    Args:
        node: the mapping.
        registry: what the chart puts in the place of every image's registry, empty without.
    """
    scalars: dict[str, Scalar] = {}
    for key, value in pairs(node):
        if isinstance(value, Scalar):
            scalars.setdefault(key.value, value)
    for prefix in ("", "image"):
        repository = _of(scalars, prefix, "repository") or _named(scalars, prefix)
        if repository is not None and repository.value:
            own = _of(scalars, prefix, "registry")
            digest = _of(scalars, prefix, "digest")
            yield Parts(
                registry=registry or (str(own.value) if own is not None else ""),
                repository=str(repository.value),
                at=repository,
                tag=_of(scalars, prefix, "tag") or _of(scalars, "image", "tag"),
                digest=str(digest.value) if digest is not None else "",
            )
    for name, value in scalars.items():
        if not name.lower().endswith("image") or not _is_ref(str(value.value)):
            continue
        tag = scalars.get(f"{name}Tag") or (scalars.get("tag") if name == "image" else None)
        has_tag = parse_ref(str(value.value)).tag or parse_ref(str(value.value)).digest
        if tag is not None and not has_tag:
            yield Parts(registry="", repository=str(value.value), at=value, tag=tag)
        else:
            yield Parts(registry="", repository="", at=value, whole=value)


def _named(scalars: dict[str, Scalar], prefix: str) -> Scalar | None:
    """A name that is a repository: one with a path, beside a tag."""
    name = scalars.get("name")
    has_path = name is not None and "/" in name.value and _is_ref(name.value)
    return name if has_path and not prefix and "tag" in scalars else None


def _of(scalars: dict[str, Scalar], prefix: str, name: str) -> Scalar | None:
    return scalars.get(f"{prefix}{name.capitalize()}" if prefix else name)


def _is_ref(text: str) -> bool:
    """Whether a text has the shape of a reference: no blanks, no template, no variable."""
    return bool(text) and not any(c in text for c in " \t\n{}$") and ("/" in text or ":" in text)


def rewrite_image(
    parts: Parts, collector: Collector, *, windows: bool, host_process: bool, daemon: bool
) -> None:
    """Decide about an image that is a Windows one, by its name or by the nodes it goes to.

    That of a DaemonSet stays: its pods run on the old nodes, too.
    """
    parsed = parse_ref(parts.ref)
    catalog = collector.settings.catalog
    known = names_windows(parsed, catalog) or parts.ref in collector.settings.images
    if not known and not windows:
        return
    at = parts.whole or (parts.tag if parts.tag is not None and parts.tag.value else parts.at)
    line = line_of(at, collector)
    if host_process:
        collector.note(f"line {line}: a host-process image is tied to no Windows version")
        return
    if (
        parts.whole is None
        and not parsed.tag
        and not parsed.digest
        and (family_of(parsed, catalog) is None)
    ):
        collector.note(f"line {line}: the tag of {parts.ref} is filled in by the chart")
        return
    decision = collector.decide(parts.ref)
    if daemon and decision.action is Action.EDIT:
        if not decision.optional:
            reason = f"a DaemonSet runs on the old nodes, too, which need {parts.ref} as it is"
            hint = f"add a second one with {decision.ref} for the new nodes, and pin both"
            collector.need(line, "daemon-build", reason, hint)
        return
    if not collector.settle(decision, line):
        return
    new = parse_ref(decision.ref)
    if decision.action == Action.EDIT and parts.whole is not None:
        replace_scalar(parts.whole, decision.ref, collector)
    elif parts.tag is not None and parts.tag.value and new.name == parsed.name and not new.digest:
        replace_scalar(parts.tag, new.tag, collector)
    else:
        collector.need(line, "other-image", f"{parts.ref} becomes another image", f"{decision.ref}")
