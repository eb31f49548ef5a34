"""Steps over HCL text: strings with templates, heredocs, comments, brackets; by offsets alone."""

from __future__ import annotations

import re

_DEEPEST = 60
"""Bound on brackets and templates inside each other."""

_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t]*\r?\n")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class HclError(ValueError):
    """The text is no HCL; `offset` is where it stops to be."""

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
            at = _after_block_comment(text, at)
        elif lines and (text[at] == "#" or text.startswith("//", at)):
            at = line_end(text, at)
        else:
            break
    return at


def line_end(text: str, at: int) -> int:
    """The offset of the line's LF, or the end of the text."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _after_block_comment(text: str, at: int) -> int:
    end = text.find("*/", at + 2)
    if end < 0:
        raise HclError("a comment does not end", at)
    return end + 2


def after_string(text: str, at: int, depth: int = 0) -> int:
    """The offset after a quoted string, templates inside it included."""
    start = at
    at += 1
    while at < len(text) and text[at] != "\n":
        char = text[at]
        if char == "\\":
            at += 2
        elif char == '"':
            return at + 1
        elif text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            at = _after_template(text, at + 2, depth + 1)
        else:
            at += 1
    raise HclError("a string does not end on its line", start)


def _after_template(text: str, at: int, depth: int) -> int:
    """The offset after the `}` of a template whose inside begins here."""
    end = after_expression(text, at, stops="}", depth=depth, lines=True)
    if end >= len(text):
        raise HclError("a template does not end", at)
    return end + 1


def _after_heredoc(text: str, at: int) -> int | None:
    """The offset of the line end after a heredoc's last line; None where none begins."""
    found = _HEREDOC.match(text, at)
    if found is None:
        return None
    last = re.compile(rf"^[ \t]*{re.escape(found[2])}[ \t]*\r?$", re.MULTILINE)
    end = last.search(text, found.end())
    if end is None:
        raise HclError("a heredoc does not end", at)
    return end.end()


def after_expression(
    text: str, at: int, *, stops: str = "", depth: int = 0, lines: bool = False
) -> int:
    """The offset at which an expression ends: a line end, a comment, a stop or a closing bracket.

    Args:
        text: the whole text.
        at: where it begins.
        stops: characters that end it outside of brackets.
        depth: how deep in templates it stands.
        lines: whether it goes on over line ends, as inside of brackets.
    """
    if depth > _DEEPEST:
        raise HclError("it is nested too deeply", at)
    open_brackets: list[str] = []
    while at < len(text):
        char = text[at]
        over_lines = lines or bool(open_brackets)
        if not open_brackets and char in stops:
            return at
        if char == '"':
            at = after_string(text, at, depth)
        elif char == "\n" and not over_lines:
            return at
        elif char == "#" or text.startswith("//", at):
            if not over_lines:
                return at
            at = line_end(text, at)
        elif text.startswith("/*", at):
            at = _after_block_comment(text, at)
        elif char == "<" and (after := _after_heredoc(text, at)) is not None:
            at = after
        elif char in _CLOSING:
            open_brackets.append(_CLOSING[char])
            if len(open_brackets) > _DEEPEST:
                raise HclError("it is nested too deeply", at)
            at += 1
        elif char in ")]}":
            if not open_brackets:
                return at
            if open_brackets.pop() != char:
                raise HclError(f"{char!r} closes nothing", at)
            at += 1
        else:
            at += 1
    if open_brackets:
        raise HclError(f"{open_brackets[-1]!r} is missing", at)
    return at


def without_comments(text: str) -> str:
    """The text with its comments blanked, as long as before.

    Raises:
        HclError: a string, a comment or a heredoc does not end.
    """
    parts: list[str] = []
    at = last = 0
    while at < len(text):
        end = at
        if text[at] == '"':
            at = after_string(text, at)
            continue
        if text[at] == "<":
            at = _after_heredoc(text, at) or at + 1
            continue
        if text[at] == "#" or text.startswith("//", at):
            end = line_end(text, at)
        elif text.startswith("/*", at):
            end = _after_block_comment(text, at)
        if end > at:
            parts += [text[last:at], re.sub(r"[^\r\n]", " ", text[at:end])]
            last = end
        at = max(end, at + 1)
    return "".join([*parts, text[last:]])
