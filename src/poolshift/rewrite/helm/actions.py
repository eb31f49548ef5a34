"""The `{{ }}` of a template: comments blanked, and which values an action takes."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
_ACTION = re.compile(r"\{\{-?(?P<inside>.*?)-?\}\}", re.DOTALL)
_PATH = re.compile(r"(?<![\w\")\]])(?P<root>\$?)(?P<path>(?:\.[A-Za-z_]\w*(?:-\w+)*)+)")
_INDEX = re.compile(r'index\s+\$?\.Values((?:\s+"[^"]+")+)')
_OPENING = re.compile(r"(?:else\s+)?(?P<word>if|with|range|define|block)\b(?P<rest>.*)", re.DOTALL)


def without_comments(text: str) -> str:
    """The text with its comments blanked, as long as before: those of templates and of YAML."""
    text = _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    return "\n".join(_without_hash(line) for line in text.split("\n"))


def _without_hash(line: str) -> str:
    """A line without its YAML comment; a hash inside quotes or braces begins none."""
    quote = ""
    depth = 0
    for at, char in enumerate(line):
        if line.startswith("{{", at):
            depth += 1
        elif line.startswith("}}", at):
            depth -= 1
        elif depth > 0:
            continue
        elif quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and (at == 0 or line[at - 1] in " \t:[{,-("):
            quote = char
        elif char == "#" and (at == 0 or line[at - 1] in " \t"):
            return line[:at] + " " * (len(line) - at)
    return line


def values_by_line(text: str) -> dict[int, tuple[str, ...]]:
    """The paths of values that the actions of each line take, as `.Values.a.b`, by line from 1.

    What stands relative inside of `with` and `range` is told from the root.
    """
    found: dict[int, list[str]] = {}
    scopes: list[str] = []
    line, last = 1, 0
    for action in _ACTION.finditer(text):
        line += text.count("\n", last, action.start())
        last = action.start()
        inside = action["inside"].strip()
        scope = scopes[-1] if scopes else ""
        paths = _paths(inside, scope)
        for path in paths:
            if path not in found.setdefault(line, []):
                found[line].append(path)
        _step(inside, paths, scope, scopes)
    return {number: tuple(paths) for number, paths in found.items()}


def _step(inside: str, paths: list[str], scope: str, scopes: list[str]) -> None:
    """Follow an action into or out of a block."""
    opening = _OPENING.match(inside)
    if inside.startswith("end") and scopes:
        scopes.pop()
    elif opening is not None and not inside.startswith("else"):
        first = paths[0] if paths else ""
        match opening["word"]:
            case "with":
                scopes.append(first)
            case "range":
                scopes.append(f"{first}[]" if first else "")
            case "if":
                scopes.append(scope)
            case _:
                scopes.append("")
    elif inside.startswith("else") and scopes:
        outer = scopes[-2] if len(scopes) > 1 else ""
        is_with = opening is not None and opening["word"] in ("with", "range")
        scopes[-1] = paths[0] if is_with and paths else outer


def _paths(inside: str, scope: str) -> list[str]:
    """The values that an action takes, in order."""
    code = re.sub(r'"(?:[^"\\]|\\.)*"', lambda m: '"' + " " * (len(m[0]) - 2) + '"', inside)
    found = []
    for match in _PATH.finditer(code):
        path = match["path"]
        if path.startswith(".Values."):
            found.append(path)
        elif scope and not match["root"]:
            found.append(scope + path)
    found += [
        ".Values." + ".".join(re.findall(r'"([^"]+)"', match[1]))
        for match in _INDEX.finditer(inside)
    ]
    bare = re.search(r"(?<![\w.\"$)\]])\.(?![\w.])", code)
    if scope and bare is not None and not found:
        found.append(scope)
    return found
