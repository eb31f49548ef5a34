"""The functions of a rendered script: read once, and only those that it uses."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from poolshift.render.calls import called_by

_FUNCTION = re.compile(r"(?:^#[^\n]*\n)+^function ([\w-]+)\b.*?^\}\n", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[A-Z]\w*-[A-Z]\w*")


@cache
def functions() -> dict[str, str]:
    """Every function by name, with the comment before it, in the order of the file."""
    text = (files("poolshift.render.powershell") / "library.ps1").read_text(encoding="utf-8")
    return {m[1]: m[0] for m in _FUNCTION.finditer(text)}


def used_by(text: str) -> tuple[str, ...]:
    """The functions that a script calls, and those that these call, in the order of the file."""
    return called_by(text, functions(), _WORD, _code)


def _code(function: str) -> str:
    """A function without its comments and its own head, which name functions without a call."""
    lines = [line for line in function.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines[1:])
