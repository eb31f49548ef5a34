"""Names from a cluster are hostile input: nothing they hold may steer a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text with control and direction characters made visible."""
    return _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}", text)
