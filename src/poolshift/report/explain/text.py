"""A pasted text made ready: decoded, without what steers a terminal, cut into lines and words."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from itertools import accumulate

import msgspec

LONGEST = 5_000_000
"""Characters of a text that are looked at, from its end; what is before is left out, and that is
said."""

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|[@-Z\\-_])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WORD = re.compile(r"[A-Za-z0-9_]+")
_JSON = re.compile(r'\\"|[{,]\s*"[\w.-]+"\s*:')
_UNICODE_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])")
_QUOTES = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "}
_UTF16_SHARE = 0.3


def decode(data: bytes) -> str:
    """Bytes of any kind as text: UTF-8 or UTF-16 as they look, and never an error."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, errors="replace")
    head = data[:4096]
    if head and head.count(0) > _UTF16_SHARE * len(head):
        # Windows PowerShell writes UTF-16 without a mark, too.
        little = head[1::2].count(0) >= head[::2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")


class Text(msgspec.Struct, frozen=True):
    """A text in the forms in which it is searched.

    `lines` are as they were pasted, without escapes and line ends. `flat` is all of it with one
    blank where several were and without empty lines; `low` the same in lower case and of the same
    length, with blanks for line ends, so that a message that was wrapped is found in it. `starts`
    are the positions in `flat` at which the lines begin. `words` are its different words.
    """

    lines: tuple[str, ...]
    flat: str
    low: str
    starts: tuple[int, ...]
    words: frozenset[str]
    truncated: bool

    @property
    def lower_words(self) -> frozenset[str]:
        """The words in lower case."""
        return frozenset(w.lower() for w in self.words)

    def line_at(self, position: int) -> int:
        """The index of the line that holds a position of `flat`."""
        return max(0, bisect_right(self.starts, position) - 1)

    @property
    def short(self) -> bool:
        """Whether it is a name or a short message, not a log."""
        return len(self.flat) <= _SHORT


_SHORT = 120


def prepare(raw: str) -> Text:
    """Any text in its searchable forms."""
    text = _plain(raw[-LONGEST:])
    lines = tuple(text.split("\n"))
    collapsed = [" ".join(line.split()) for line in lines]
    # A line without words begins where the next one does.
    starts = accumulate((len(line) + 1 if line else 0 for line in collapsed), initial=0)
    flat = "\n".join(line for line in collapsed if line)
    return Text(
        lines=lines,
        flat=flat,
        low=flat.lower().replace("\n", " "),
        starts=tuple(starts)[: len(lines)],
        words=frozenset(_WORD.findall(flat)),
        truncated=len(raw) > LONGEST,
    )


def _plain(text: str) -> str:
    """One kind of line end and of quote; no escapes; JSON's own escapes resolved."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        for odd, plain in _QUOTES.items():
            text = text.replace(odd, plain)
        # Its lower case has two characters, and positions must stay the same in both forms.
        text = text.replace("\u0130", "I")
    if "\\" in text and _JSON.search(text):
        text = text.replace('\\"', '"').replace("\\n", "\n").replace("\\t", " ")
        text = _UNICODE_ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)
    return _CONTROL.sub(" ", text)
