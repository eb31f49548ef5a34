"""The functions of a rendered script: read once, and only those that it uses."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_FUNCTION = re.compile(r"(?:^#[^\n]*\n)+^function ([\w-]+)\b.*?^\}\n", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[A-Z]\w*-[A-Z]\w*")


@cache
def functions() -> dict[str, str]:
    """Every function by name, with the comment before it, in the order of the file."""
    text = (files("poolshift.render.powershell") / "library.ps1").read_text(encoding="utf-8")
    return {m[1]: m[0] for m in _FUNCTION.finditer(text)}


def used_by(text: str) -> tuple[str, ...]:
    """The functions that a script calls, and those that these call, in the order of the file."""
    known = functions()
    found: set[str] = set()
    waiting = [text]
    while waiting:
        called = {w for w in _WORD.findall(waiting.pop()) if w in known} - found
        found |= called
        waiting += [_code(known[name]) for name in called]
    return tuple(name for name in known if name in found)


def _code(function: str) -> str:
    """A function without its comments and its own head, which name functions without a call."""
    lines = [line for line in function.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines[1:])
