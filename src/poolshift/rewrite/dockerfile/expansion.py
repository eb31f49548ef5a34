"""Words with their quotes taken away and their variables filled in, as the builder does.

Every character keeps its place in the file: that of the literal, or that in the default of the
ARG it comes from. What an expansion cuts or replaces stands nowhere any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from poolshift.rewrite.dockerfile.instructions import Span
from poolshift.rewrite.dockerfile.patterns import replaced, without_prefix, without_suffix

_NAME = re.compile(r"[A-Za-z_]\w*|\d+|[@*#?\-$!0]")
_PLAIN = re.compile(r"[^\"'$\\`}/]+")
_MOST_DEPTH = 32
"""Bound on `${A:-${B:-...}}`; what is nested deeper is broken."""

_MOST_CHARACTERS = 4096
"""Bound on a value, since ARGs that double each other would grow without end."""


class Value(msgspec.Struct, frozen=True):
    """A word with variables filled in.

    `arguments` are the ARGs that had a say in it, `open` the variables that nothing is known of,
    `empty` those that are filled in with nothing. A value is `broken` where its syntax is none.
    """

    spans: tuple[Span, ...] = ()
    arguments: frozenset[str] = frozenset()
    open: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    broken: bool = False

    @property
    def text(self) -> str:
        """The characters."""
        return "".join(span.text for span in self.spans)


UNKNOWN = "\0"
"""What stands in a value for a variable that nothing is known of."""

Environment: TypeAlias = Mapping[str, Value | None]
"""The ARGs before the first FROM: their values as of now, None for those without a default."""


def expand(spans: tuple[Span, ...], environment: Environment, escape: str) -> Value:
    """Fill in the variables of a word and take its quotes away."""
    text = "".join(span.text for span in spans)
    if len(spans) == 1 and _PLAIN.fullmatch(text.replace("/", "")):
        return Value(spans)
    return _Expansion(text, spans, environment, escape).whole()


class _Expansion:
    """One word while it is read."""

    def __init__(
        self, text: str, spans: tuple[Span, ...], environment: Environment, escape: str
    ) -> None:
        self._text = text
        self._spans = spans
        self._environment = environment
        self._escape = escape
        self._at = 0
        self._depth = 0

    def whole(self) -> Value:
        value = self._until("")
        return value if self._at >= len(self._text) else msgspec.structs.replace(value, broken=True)

    def _until(self, stop: str) -> Value:
        """What stands before an unquoted character, or before the end of the word."""
        parts = _Parts()
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == stop:
                return parts.value()
            if char == "$":
                parts.add(self._variable())
            elif char == "'":
                self._single_quoted(parts)
            elif char == '"':
                self._double_quoted(parts)
            elif char == self._escape:
                self._at += 1
                self._literal(parts, 1)
            else:
                found = _PLAIN.match(self._text, self._at)
                self._literal(parts, len(found[0]) if found else 1)
        if stop:
            parts.broken = True
        return parts.value()

    def _literal(self, parts: _Parts, length: int) -> None:
        end = min(self._at + length, len(self._text))
        parts.spans += located(self._spans, self._at, end)
        self._at = end

    def _single_quoted(self, parts: _Parts) -> None:
        end = self._text.find("'", self._at + 1)
        self._at += 1
        if end < 0:
            parts.broken = True
            end = len(self._text)
        self._literal(parts, end - self._at)
        self._at = end + 1

    def _double_quoted(self, parts: _Parts) -> None:
        self._at += 1
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == '"':
                self._at += 1
                return
            if char == "$":
                parts.add(self._variable())
                continue
            following = self._text[self._at + 1 : self._at + 2]
            if char == self._escape and following in ('"', "$", self._escape):
                self._at += 1
            self._literal(parts, 1)
        parts.broken = True

    def _variable(self) -> Value:
        self._at += 1
        if self._text[self._at : self._at + 1] != "{":
            found = _NAME.match(self._text, self._at)
            if found is None:
                return Value(located(self._spans, self._at - 1, self._at))
            self._at = found.end()
            return self._value_of(found[0])
        found = _NAME.match(self._text, self._at + 1)
        if found is None or self._depth >= _MOST_DEPTH:
            self._at = len(self._text)
            return Value(broken=True)
        self._at = found.end()
        self._depth += 1
        value = self._modified(found[0])
        self._depth -= 1
        return value

    def _modified(self, name: str) -> Value:
        """`${name` has been read: what the rest makes of it."""
        operator = self._text[self._at : self._at + 1]
        self._at += 1
        unset_if_empty = operator == ":"
        if unset_if_empty:
            operator = self._text[self._at : self._at + 1]
            self._at += 1
        match operator:
            case "}" if not unset_if_empty:
                return self._value_of(name)
            case "-" | "+" | "?":
                return self._defaulted(name, operator, unset_if_empty=unset_if_empty)
            case "#" | "%" | "/" if not unset_if_empty:
                return self._cut(name, operator)
            case _:
                self._at = len(self._text)
                return Value(broken=True)

    def _defaulted(self, name: str, operator: str, *, unset_if_empty: bool) -> Value:
        word = self._until("}")
        self._at += 1
        if word.broken:
            return word
        value = self._environment.get(name)
        is_set = value is not None and not (unset_if_empty and not value.text and not value.open)
        if operator == "+":
            chosen = word if is_set else Value()
        elif operator == "-":
            chosen = self._value_of(name) if is_set else word
        else:
            chosen = self._value_of(name) if is_set else Value((Span(-1, UNKNOWN),), open=(name,))
        # A build argument from outside takes the same way, so that the name has a say.
        return _with_argument(chosen, name)

    def _cut(self, name: str, operator: str) -> Value:
        """`${name#pattern}` and its like: characters are lost or made."""
        is_all = self._text[self._at : self._at + 1] == operator
        self._at += is_all
        pattern = self._until("/" if operator == "/" else "}")
        self._at += 1
        new = self._until("}") if operator == "/" else Value()
        self._at += operator == "/"
        value = self._value_of(name)
        if pattern.broken or new.broken:
            return Value(broken=True)
        if value.open or pattern.open or new.open:
            return Value(open=(*value.open, *pattern.open, *new.open))
        match operator:
            case "#":
                made = without_prefix(value.text, pattern.text, longest=is_all)
            case "%":
                made = without_suffix(value.text, pattern.text, longest=is_all)
            case _:
                made = replaced(value.text, pattern.text, new.text, everywhere=is_all)
        if made is None:
            return Value(broken=True)
        spans: tuple[Span, ...] = (Span(-1, made),) if made else ()
        if operator != "/":
            start = len(value.text) - len(made) if operator == "#" else 0
            spans = located(value.spans, start, start + len(made))
        empty = () if made else (name,)
        return Value(spans, value.arguments | {name}, empty=empty)

    def _value_of(self, name: str) -> Value:
        value = self._environment.get(name)
        if value is None:
            return Value((Span(-1, UNKNOWN),), open=(name,))
        empty = () if value.text or value.open else (name,)
        nothing = tuple(dict.fromkeys((*value.empty, *empty)))
        return Value(value.spans, value.arguments | {name}, value.open, nothing, value.broken)


class _Parts:
    """The parts of a value so far."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.broken = False
        self._arguments: set[str] = set()
        self._open: dict[str, None] = {}
        self._empty: dict[str, None] = {}

    def add(self, value: Value) -> None:
        self.spans += value.spans
        self.broken |= value.broken
        self._arguments |= value.arguments
        self._open |= dict.fromkeys(value.open)
        self._empty |= dict.fromkeys(value.empty)

    def value(self) -> Value:
        if sum(len(span.text) for span in self.spans) > _MOST_CHARACTERS:
            return Value(broken=True)
        return Value(
            _merged(self.spans),
            frozenset(self._arguments),
            tuple(self._open),
            tuple(self._empty),
            self.broken,
        )


def _with_argument(value: Value, name: str) -> Value:
    return msgspec.structs.replace(value, arguments=value.arguments | {name})


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    """The spans with those joined that follow each other in the file."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        if (
            last is not None
            and last.offset >= 0
            and last.offset + len(last.text) == span.offset
            and last.argument == span.argument
        ):
            found[-1] = Span(last.offset, last.text + span.text, last.argument)
        else:
            found.append(span)
    return tuple(found)


def located(spans: tuple[Span, ...], start: int, end: int) -> tuple[Span, ...]:
    """The part of some spans between two indexes of their joined text."""
    found = []
    at = 0
    for span in spans:
        low, high = max(start - at, 0), min(end - at, len(span.text))
        if low < high:
            offset = span.offset + low if span.offset >= 0 else -1
            found.append(Span(offset, span.text[low:high], span.argument))
        at += len(span.text)
    return tuple(found)
