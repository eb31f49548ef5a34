"""Which functions of a library a script calls, so that it takes along only those."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping


def called_by(
    text: str, known: Mapping[str, str], word: re.Pattern[str], code: Callable[[str], str]
) -> tuple[str, ...]:
    """The functions that a script calls, and those that these call, in the order of the library.

    Args:
        text: the script.
        known: the library: every function by name.
        word: what may be a name.
        code: a function without what names others and does not call them.
    """
    found: set[str] = set()
    waiting = [text]
    while waiting:
        called = {w for w in word.findall(waiting.pop()) if w in known} - found
        found |= called
        waiting += [code(known[name]) for name in called]
    return tuple(name for name in known if name in found)
