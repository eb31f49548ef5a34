"""What a Dockerfile says of images: its stages, what it copies from elsewhere, its ARGs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.dockerfile.expansion import UNKNOWN, Value, expand
from poolshift.rewrite.dockerfile.instructions import Span, escape_of, instructions
from poolshift.rewrite.dockerfile.words import split_blanks, split_flags, split_quoted

if TYPE_CHECKING:
    from poolshift.rewrite.dockerfile.instructions import Instruction
    from poolshift.rewrite.splices import Text

_FROM_LINE = re.compile(r"FROM\s+\S", re.IGNORECASE)
_MOST_DIGITS = 6
"""Bound on the number of a stage; longer ones are names."""

_NO_IMAGE = frozenset({"scratch"})
_SAYS_NOTHING = frozenset({"", "LABEL", "EXPOSE", "MAINTAINER", "STOPSIGNAL", "FROM"})
"""What tells nothing of the platform of a stage."""


class Stage(msgspec.Struct):
    """A stage: its FROM, and what follows of it.

    `value` is the image, without spans where the stage stands on another one or on nothing:
    `parent` is the number of that other stage. `platform` is what `--platform` says, with the
    name of a variable that is not known in it. `is_malformed` tells that FROM has other words
    than an image, or an image AS a name. `commands` are its other instructions.
    """

    line: int
    word: str
    value: Value
    platform: str
    name: str = ""
    parent: int | None = None
    is_malformed: bool = False
    is_choice: bool = False
    commands: list[tuple[str, str]] = msgspec.field(default_factory=list)


class Mention(msgspec.Struct, frozen=True):
    """An image that a stage takes files from: `COPY --from` or `RUN --mount=from`."""

    line: int
    stage: int
    value: Value
    keyword: str
    rest: str


class Recipe(msgspec.Struct):
    """A Dockerfile as far as images go.

    `environment` are the ARGs before the first FROM, `argument_lines` where each was set last.
    `inherited` are the ARGs without a value in stages, by line: they take the value from there.
    `local` are all ARGs of stages. `swallowed` are the lines that look like a FROM but belong to
    the instruction above, which goes on. `names` are the stages by name, the last of each.
    """

    escape: str
    stages: list[Stage] = msgspec.field(default_factory=list)
    mentions: list[Mention] = msgspec.field(default_factory=list)
    environment: dict[str, Value | None] = msgspec.field(default_factory=dict)
    argument_lines: dict[str, int] = msgspec.field(default_factory=dict)
    inherited: list[tuple[int, str]] = msgspec.field(default_factory=list)
    local: set[str] = msgspec.field(default_factory=set)
    swallowed: list[int] = msgspec.field(default_factory=list)
    names: dict[str, int] = msgspec.field(default_factory=dict)

    def stage_named(self, name: str) -> int | None:
        """The number of the last stage of a name, or of a number; None for no such stage."""
        if name.isdecimal() and len(name) < _MOST_DIGITS:
            return int(name) if int(name) < len(self.stages) else None
        return self.names.get(name.lower())

    def root_of(self, number: int) -> Stage:
        """The stage at the bottom of another one, or the nearest that names a platform."""
        stage = self.stages[number]
        while stage.parent is not None and not stage.platform:
            stage = self.stages[stage.parent]
        return stage

    def images_from(self) -> list[Mention]:
        """The mentions that name an image and no stage of the file."""
        return [m for m in self.mentions if self.stage_named(m.value.text) is None]


def read_recipe(source: Text) -> Recipe:
    """Read a Dockerfile; what is no Dockerfile has no stages."""
    recipe = Recipe(escape_of(source))
    for instruction in instructions(source):
        if instruction.keyword == "FROM":
            _read_from(instruction, recipe)
        elif instruction.keyword == "ARG" and not recipe.stages:
            _read_arguments(instruction, recipe)
        elif recipe.stages:
            _read_command(instruction, recipe)
        if len(instruction.spans) > 1 and instruction.keyword != "FROM":
            recipe.swallowed += [
                source.line_of(span.offset)
                for span in instruction.spans[1:]
                if _FROM_LINE.match(span.text)
            ]
    return recipe


def _read_arguments(instruction: Instruction, recipe: Recipe) -> None:
    for word in split_quoted(instruction, recipe.escape):
        name, equals, _ = instruction.text[word.start : word.end].partition("=")
        if not equals:
            recipe.environment.setdefault(name, None)
            continue
        spans = instruction.located(word.start + len(name) + 1, word.end)
        value = expand(spans, recipe.environment, recipe.escape)
        owned = tuple(s if s.argument else Span(s.offset, s.text, name) for s in value.spans)
        recipe.environment[name] = msgspec.structs.replace(value, spans=owned)
        recipe.argument_lines[name] = instruction.line


def _read_from(instruction: Instruction, recipe: Recipe) -> None:
    flags, at = split_flags(instruction)
    words = split_blanks(instruction, at)
    if not words:
        return
    platform = ""
    for flag in flags:
        if flag.name == "platform":
            spans = instruction.located(flag.value.start, flag.value.end)
            platform = _named(expand(spans, recipe.environment, recipe.escape))
    texts = [instruction.text[word.start : word.end] for word in words]
    spans = instruction.located(words[0].start, words[0].end)
    value = expand(spans, recipe.environment, recipe.escape)
    stage = Stage(instruction.line, texts[0], value, platform.lower())
    stage.is_malformed = len(texts) not in (1, 3) or (len(texts) == 3 and texts[1].lower() != "as")
    text = value.text.lower()
    parent = None if text.isdecimal() else recipe.stage_named(text)
    if parent is not None or text in _NO_IMAGE:
        stage.parent, stage.value = parent, Value(arguments=value.arguments)
    elif value.open:
        stage.is_choice = _chooses_stage(text, recipe)
    if len(texts) >= 3 and texts[1].lower() == "as":
        stage.name = texts[2].lower()
        recipe.names[stage.name] = len(recipe.stages)
    recipe.stages.append(stage)


def _named(value: Value) -> str:
    """The text of a value, with the names of what is not known."""
    text = value.text
    for name in value.open:
        text = text.replace(UNKNOWN, f"${name}", 1)
    return text


def _chooses_stage(text: str, recipe: Recipe) -> bool:
    """Whether a name with unknown parts is that of a stage above, whatever they are."""
    if not text.strip(UNKNOWN):
        return False
    expression = ".*".join(re.escape(part) for part in text.split(UNKNOWN))
    return any(re.fullmatch(expression, name) for name in recipe.names)


def _read_command(instruction: Instruction, recipe: Recipe) -> None:
    keyword, text = instruction.keyword, instruction.text
    if keyword in _SAYS_NOTHING:
        return
    rest = text[instruction.body :]
    if keyword == "ARG":
        _read_local(instruction, recipe)
    elif keyword == "COPY" and "--from" in text:
        flags, at = split_flags(instruction)
        rest = text[at:]
        for flag in flags:
            if flag.name == "from":
                _mention(instruction, flag.value.start, flag.value.end, rest, recipe)
    elif keyword == "RUN" and "--mount" in text:
        flags, at = split_flags(instruction)
        rest = text[at:]
        for flag in flags:
            if flag.name == "mount":
                _read_mount(instruction, flag.value.start, flag.value.end, recipe)
    recipe.stages[-1].commands.append((keyword, rest))


def _read_local(instruction: Instruction, recipe: Recipe) -> None:
    for word in split_quoted(instruction, recipe.escape):
        name, equals, _ = instruction.text[word.start : word.end].partition("=")
        recipe.local.add(name)
        if not equals:
            recipe.inherited.append((instruction.line, name))


def _read_mount(instruction: Instruction, start: int, end: int, recipe: Recipe) -> None:
    for found in re.finditer(r"(?:^|,)[\"']?from=([^,\"']*)", instruction.text[start:end]):
        low, high = found.span(1)
        _mention(instruction, start + low, start + high, "", recipe)


def _mention(instruction: Instruction, start: int, end: int, rest: str, recipe: Recipe) -> None:
    # Variables are not filled in here: the builder refuses them.
    value = expand(instruction.located(start, end), {}, recipe.escape)
    if value.text or value.open:
        number = len(recipe.stages) - 1
        found = Mention(instruction.line, number, value, instruction.keyword, rest)
        recipe.mentions.append(found)
