"""Rewrites the base images of a Dockerfile, and nothing else of it."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.decide import Decision
from poolshift.rewrite.dockerfile_parse import (
    Instruction,
    Pieces,
    Value,
    escape_of,
    expand,
    instructions,
    plain,
    words,
)
from poolshift.rewrite.splices import Splice, narrow
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.tags import family_of, names_windows

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_WINDOWS_COMMAND = re.compile(
    r"powershell|pwsh\.exe|cmd(\.exe)?[\"']?\s*[,/]|[A-Z]:\\\\?\w|msiexec", re.IGNORECASE
)
"""What only a Windows stage says; a cross build on Linux writes .exe files too."""

_NO_IMAGE = frozenset({"scratch"})


class Use(msgspec.Struct, frozen=True):
    """A place that names an image: a FROM or a COPY --from."""

    line: int
    value: Value
    windows: bool
    decision: Decision | None = None


class _Stage(msgspec.Struct):
    """A stage while it is read: what its FROM says, and whether its commands are Windows'."""

    line: int
    value: Value
    platform: str
    commands_windows: bool = False


class _Parsed(msgspec.Struct):
    stages: list[_Stage]
    copies: list[tuple[int, Value]]
    templates: list[int]
    defaults: dict[str, Pieces | None]


def rewrite_dockerfile(collector: Collector) -> None:
    """Decide about every image that a Dockerfile names and collect the edits."""
    parsed = _parse(collector)
    for line in parsed.templates:
        collector.need(
            line, "template", "a template stands where an image is named", "change the template"
        )
    if parsed.templates:
        return
    uses = _uses(parsed, collector)
    decided = [_with_decision(use, collector) for use in uses]
    kept = _without_shared(decided, collector)
    for use in kept:
        _settle(use, collector)


def _parse(collector: Collector) -> _Parsed:
    parsed = _Parsed([], [], [], {})
    names: set[str] = set()
    for instruction in instructions(collector.source):
        match instruction.keyword:
            case "ARG" | "FROM" if _TEMPLATE.search(instruction.text):
                parsed.templates.append(instruction.line)
            case "ARG" if not parsed.stages:
                _read_arguments(instruction, parsed.defaults)
            case "FROM":
                _read_from(instruction, parsed, names)
            case "COPY" | "ADD":
                _read_copy(instruction, parsed, names)
            case _:
                pass
        if parsed.stages and instruction.keyword in ("RUN", "SHELL", "CMD", "ENTRYPOINT", "COPY"):
            windows = _WINDOWS_COMMAND.search(instruction.text) is not None
            parsed.stages[-1].commands_windows |= windows
    return parsed


def _read_arguments(instruction: Instruction, defaults: dict[str, Pieces | None]) -> None:
    for word in words(instruction):
        text = plain(word)
        name, equals, _ = text.partition("=")
        defaults[name] = word[len(name) + 1 :] if equals else defaults.get(name)


def _read_from(instruction: Instruction, parsed: _Parsed, names: set[str]) -> None:
    platform, rest = "", []
    for word in words(instruction):
        text = plain(word)
        if text.startswith("--"):
            platform = text.removeprefix("--platform=") if "platform=" in text else platform
        else:
            rest.append(word)
    if not rest:
        return
    value = expand(rest[0], parsed.defaults)
    inherits = value.text.lower() in names
    if len(rest) >= 3 and plain(rest[1]).lower() == "as":
        names.add(plain(rest[2]).lower())
    if inherits or value.text.lower() in _NO_IMAGE:
        value = Value(())
    parsed.stages.append(_Stage(instruction.line, value, platform.lower()))


def _read_copy(instruction: Instruction, parsed: _Parsed, names: set[str]) -> None:
    for word in words(instruction):
        text = plain(word)
        if not text.startswith("--from="):
            continue
        pieces = word[len("--from=") :]
        name = plain(pieces).strip("\"'").lower()
        if name and not name.isdigit() and name not in names and "$" not in name:
            parsed.copies.append((instruction.line, expand(pieces, {})))


def _uses(parsed: _Parsed, collector: Collector) -> list[Use]:
    """The images that are named, each with whether it belongs to a Windows build."""
    file_windows = _file_is_windows(parsed, collector)
    uses = [
        Use(s.line, s.value, _stage_is_windows(s, collector, file_windows=file_windows))
        for s in parsed.stages
        if s.value.pieces or s.value.open
    ]
    catalog = collector.settings.catalog
    for line, value in parsed.copies:
        uses.append(Use(line, value, names_windows(parse_ref(value.text), catalog)))
    return uses


def _file_is_windows(parsed: _Parsed, collector: Collector) -> bool:
    """Whether the file as a whole is built on Windows: no stage says Linux, and one is Windows."""
    if any("linux" in s.platform for s in parsed.stages):
        return False
    catalog = collector.settings.catalog
    return escape_of(collector.source) == "`" or any(
        names_windows(parse_ref(s.value.text), catalog) or s.commands_windows for s in parsed.stages
    )


def _stage_is_windows(stage: _Stage, collector: Collector, *, file_windows: bool) -> bool:
    if "linux" in stage.platform:
        return False
    ref = parse_ref(stage.value.text)
    catalog = collector.settings.catalog
    if "windows" in stage.platform or names_windows(ref, catalog):
        return True
    if ref.text in collector.settings.images:
        return True
    if stage.platform.startswith("$"):
        # A stage for the builder's own platform compiles for the others.
        return False
    if stage.commands_windows:
        return True
    # The multi-arch tags of a known family are Linux only, and so wrong in a Windows build.
    return file_windows and (family_of(ref, catalog) is not None or bool(stage.value.open))


def _with_decision(use: Use, collector: Collector) -> Use:
    if not use.windows or use.value.open:
        return use
    return msgspec.structs.replace(use, decision=collector.decide(use.value.text))


def _without_shared(uses: list[Use], collector: Collector) -> list[Use]:
    """Leave to a person what would change an ARG that another image takes differently."""
    by_argument: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        for argument in use.value.arguments:
            by_argument[argument].append(use)
    kept = []
    for use in uses:
        others = [o for a in use.value.arguments for o in by_argument[a] if o is not use]
        splice = _splice(use)
        clash = next((o for o in others if not _agrees(splice, o)), None)
        if splice is not None and clash is not None and _touches_argument(splice, clash):
            collector.need(
                use.line,
                "shared-argument",
                f"an ARG that feeds {use.value.text} also feeds {clash.value.text or 'an image'}, "
                "which does not change with it",
                f"give each its own ARG; here it would be {_new(use)}",
            )
        else:
            kept.append(use)
    return kept


def _agrees(splice: Splice | None, other: Use) -> bool:
    return splice is None or _splice(other) == splice


def _touches_argument(splice: Splice, other: Use) -> bool:
    """Whether a splice changes characters that the other image is made of."""
    return any(splice.start <= p.offset < max(splice.end, splice.start + 1)
               for p in other.value.pieces)  # fmt: skip


def _new(use: Use) -> str:
    return use.decision.ref if use.decision is not None else ""


def _splice(use: Use) -> Splice | None:
    """The edit of a use in the file; None without one, or where it is spread over several words."""
    if use.decision is None or use.decision.action != Action.EDIT:
        return None
    old = use.value.text
    start, end, new = narrow(old, use.decision.ref)
    pieces = use.value.pieces[start:end]
    if not pieces:
        # A pure insertion goes before the character that follows it, or after the last one.
        at = use.value.pieces[start].offset if start < len(old) else use.value.pieces[-1].offset + 1
        return Splice(at, at, new)
    first, last = pieces[0].offset, pieces[-1].offset + 1
    return Splice(first, last, new) if last - first == len(pieces) else None


def _settle(use: Use, collector: Collector) -> None:
    if use.value.open and use.windows:
        names = ", ".join(use.value.open)
        collector.need(
            use.line,
            "open-argument",
            f"the image comes from {names}, which has no default here",
            "change it where the build argument is set",
        )
        return
    if use.decision is None or not collector.settle(use.decision, use.line):
        return
    splice = _splice(use)
    if splice is None:
        collector.need(
            use.line,
            "split-reference",
            f"{use.value.text} is put together from several words",
            _new(use),
        )
        return
    if use.value.arguments:
        names = ", ".join(sorted(use.value.arguments))
        collector.note(f"line {use.line}: the default of ARG {names} feeds it; a build argument "
                       "given outside the file wins over the default")  # fmt: skip
    collector.splices.append(splice)
