"""Steps over Bicep text: strings, comments, brackets; by offsets alone."""

from __future__ import annotations

import re

_DEEPEST = 60
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class BicepError(ValueError):
    """The text is no Bicep; `offset` is where it stops to be."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.offset = offset


def after_blank(text: str, at: int, *, lines: bool = True) -> int:
    """The offset after blanks and comments; `lines` tells whether line ends are blanks, too."""
    blanks = " \t\r\n\ufeff" if lines else " \t\r\ufeff"
    while at < len(text):
        if text[at] in blanks:
            at += 1
        elif text.startswith("/*", at):
            at = _after_comment(text, at)
        elif lines and text.startswith("//", at):
            at = line_end(text, at)
        else:
            break
    return at


def line_end(text: str, at: int) -> int:
    """The offset of the line's LF, or the end of the text."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _after_comment(text: str, at: int) -> int:
    end = text.find("*/", at + 2)
    if end < 0:
        raise BicepError("a comment does not end", at)
    return end + 2


def after_string(text: str, at: int, depth: int = 0) -> int:
    """The offset after a string, what it interpolates included."""
    start = at
    if text.startswith("'''", at):
        end = text.find("'''", at + 3)
        if end < 0:
            raise BicepError("a string does not end", start)
        end += 3
        while text.startswith("'", end):
            end += 1
        return end
    at += 1
    while at < len(text) and text[at] != "\n":
        if text[at] == "\\":
            at += 2
        elif text[at] == "'":
            return at + 1
        elif text.startswith("${", at):
            at = after_expression(text, at + 2, depth=depth + 1, lines=True) + 1
            if at > len(text):
                break
        else:
            at += 1
    raise BicepError("a string does not end on its line", start)


def after_expression(
    text: str, at: int, *, stops: str = "", depth: int = 0, lines: bool = False
) -> int:
    """The offset at which an expression ends: a line end, a comment, a stop or a closing bracket.

    Args:
        text: the whole text.
        at: where it begins.
        stops: characters that end it outside of brackets.
        depth: how deep in strings it stands.
        lines: whether it goes on over line ends, as inside of brackets.
    """
    if depth > _DEEPEST:
        raise BicepError("it is nested too deeply", at)
    open_brackets: list[str] = []
    while at < len(text):
        char = text[at]
        over_lines = lines or bool(open_brackets)
        if not open_brackets and char in stops:
            return at
        if char == "'":
            at = after_string(text, at, depth)
        elif char == "\n" and not over_lines:
            return at
        elif text.startswith("//", at):
            if not over_lines:
                return at
            at = line_end(text, at)
        elif text.startswith("/*", at):
            at = _after_comment(text, at)
        elif char in _CLOSING:
            open_brackets.append(_CLOSING[char])
            if len(open_brackets) > _DEEPEST:
                raise BicepError("it is nested too deeply", at)
            at += 1
        elif char in ")]}":
            if not open_brackets:
                return at
            if open_brackets.pop() != char:
                raise BicepError(f"{char!r} closes nothing", at)
            at += 1
        else:
            at += 1
    if open_brackets:
        raise BicepError(f"{open_brackets[-1]!r} is missing", at)
    return at


def without_comments(text: str) -> str:
    """The text with its comments blanked, as long as before.

    Raises:
        BicepError: a string or a comment does not end.
    """
    parts: list[str] = []
    at = last = 0
    while at < len(text):
        end = at
        if text[at] == "'":
            at = after_string(text, at)
            continue
        if text.startswith("//", at):
            end = line_end(text, at)
        elif text.startswith("/*", at):
            end = _after_comment(text, at)
        if end > at:
            parts += [text[last:at], re.sub(r"[^\r\n]", " ", text[at:end])]
            last = end
        at = max(end, at + 1)
    return "".join([*parts, text[last:]])
