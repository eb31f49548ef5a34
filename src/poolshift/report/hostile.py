r"""Names from a cluster are hostile input: nothing they hold may steer a terminal or a build.

Builds read their own output. GitHub's runner obeys a line that starts with `::name::` (blanks
before it don't matter) and `##[name]` anywhere in a line; the agent of Azure Pipelines obeys
`##vso[name]` anywhere. A name that holds one of them would set variables of the build, so the
first character of such a mark is shown as its code: `#\x23vso[`.
"""

from __future__ import annotations

import re

from rich.markup import escape

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NO_TEXT = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_MARKS = re.compile(r"##(?=(?:vso)?\[)|::(?=[A-Za-z][\w-]*(?:\s.*?)?::)", re.DOTALL | re.IGNORECASE)
"""A command may begin in one line and end in another: whoever wraps the text joins them."""


def clean(text: str) -> str:
    """The text with control and direction characters and commands to builds made visible."""
    text = _CONTROL.sub(_shown, text)
    text = _NO_TEXT.sub(_shown, text)
    return _MARKS.sub(lambda m: f"{m[0][0]}\\x{ord(m[0][0]):02x}", text)


def _shown(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"


def flat(text: str) -> str:
    """The clean text on one line."""
    return " ".join(clean(text).split())


def safe(text: str) -> str:
    """Text for rich: no control characters, no markup."""
    return escape(clean(text))


def defused(document: bytes) -> bytes:
    """A JSON document of the same meaning that holds no command to a build.

    JSON keeps names as they are; a build that prints it must not obey them. Only strings can hold
    the mark, and there the escape stands for the same character.
    """
    return re.sub(rb"(?i)##(?=(?:vso)?\[)", rb"\\u0023#", document)
