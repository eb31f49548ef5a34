"""Images whose name a Dockerfile does not tell: what is missing, and where to give it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.dockerfile.expansion import UNKNOWN
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.tags import family_of, is_reference, is_windows_base, successor

if TYPE_CHECKING:
    from poolshift.rewrite.dockerfile.expansion import Value
    from poolshift.rewrite.dockerfile.reading import Recipe
    from poolshift.rewrite.findings import Collector

_PLACEHOLDER = re.compile(r"\{\{|\{%|<%|\$\(|#\{|@\w+@|<[\w .-]+>|%\w+%|\{\w+\}|\[\[")


def is_known(value: Value) -> bool:
    """Whether a value is a reference and nothing of it is missing."""
    return not (value.open or value.broken) and is_reference(value.text)


def ask_for_arguments(line: int, value: Value, recipe: Recipe, collector: Collector) -> None:
    """Leave an image to a person that the file's ARGs do not tell."""
    names = tuple(dict.fromkeys(value.open or value.empty))
    collector.need(
        line,
        "open-argument",
        f"the image comes from {', '.join(names)}, which {_why(names, value, recipe)}",
        _where(names, value, collector),
    )


def _why(names: tuple[str, ...], value: Value, recipe: Recipe) -> str:
    if not value.open:
        return "is empty here"
    for name in names:
        twin = next((a for a in recipe.environment if a.lower() == name.lower() and a != name), "")
        if twin:
            return f"has no default here; ARG {twin} is written otherwise, which counts on Linux"
        if name in recipe.local and name not in recipe.environment:
            return "has no default here: an ARG within a stage does not reach FROM"
    return "has no default here"


def _where(names: tuple[str, ...], value: Value, collector: Collector) -> str:
    """Where the image is told, with the very tag where a Windows base lacks nothing else."""
    settings = collector.settings
    ref = parse_ref(value.text)
    family = family_of(ref, settings.catalog)
    target = settings.catalog.image_os(settings.to)
    tag = family.tags.get(target, "") if family is not None and target else ""
    alone = len(names) == 1 and ref.tag in (UNKNOWN, "")
    if tag and family is not None and alone and is_windows_base(family, settings.catalog):
        return f"change it where the build argument is set: --build-arg {names[0]}={tag}"
    return "change it where the build argument is set"


def ask_for_name(line: int, text: str, collector: Collector, *, words: bool) -> None:
    """Leave a text to a person that stands where an image is named and is no reference.

    `words` tells that it is not the name itself but further words that are wrong.
    """
    shown = text.replace(UNKNOWN, "...")
    if _PLACEHOLDER.search(f"{text}\n{collector.source.lines[line - 1]}"):
        collector.need(
            line, "template", "a template stands where an image is named", "change the template"
        )
        return
    if not words:
        why, hint = f"{shown} is no reference to an image", "correct it, and run again"
        collector.need(line, "no-reference", why, hint)
        return
    hint = "correct it, and run again"
    if is_reference(text):
        found = successor(text, collector.settings.to, collector.settings.catalog)
        if found.action == Action.NONE_NEEDED:
            return
        hint = f"correct it; the image would be {found.ref or found.suggestion}"
    collector.need(
        line,
        "malformed-from",
        "FROM takes an image, or an image AS a name, and nothing more: no builder reads this",
        hint,
    )
