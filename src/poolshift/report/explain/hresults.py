"""Windows codes in every form in which they are printed: HRESULT, NTSTATUS, hexadecimal, decimal.

The same code is `0xc0370101`, `C0370101`, `-1070137087` and `3224830209`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from poolshift.report.explain.builds import dated
from poolshift.report.explain.context import Context
from poolshift.report.explain.document import Explanation
from poolshift.report.explain.errors import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.catalog.model.errors import ServiceError
    from poolshift.report.explain.text import Text

_PREFIXED = re.compile(r"0[xX]([0-9a-fA-F]{1,8})")
_BARE = re.compile(r"[cC8][0-9a-fA-F]{7}")
_DECIMAL = re.compile(r"[1-9]\d{8,9}")
_FAILED = re.compile(r"error|fail|hresult|exit|status|exception|hr=|\bhr\b", re.IGNORECASE)
_WIDTH = 2**32
_FAILURE_BIT = 0x8000_0000
_NTSTATUS_ERROR = 0xC000_0000
_NEAR = 80
MOST_UNKNOWN = 3
MOST_TRIED = 40
"""Words that look like codes, and that nothing knows, which are looked for in a text."""

CODE_WEIGHT = 60
"""A Windows code is as telling as a long sentence."""


class Code(msgspec.Struct, frozen=True):
    """A number of a text that is a Windows code: its value, the word, and where that stands."""

    value: int
    word: str
    position: int


@cache
def _records(catalog: Catalog) -> dict[int, ServiceError]:
    return {int(h, 16): r for r in catalog.errors.errors for h in r.hresults}


class Found(msgspec.Struct, frozen=True):
    """What the Windows codes of a text come to.

    `hits` are places of errors of the catalog; `named` explain codes that say what happened but
    not why; `unknown` those of which only the parts can be told.
    """

    hits: tuple[Hit, ...]
    named: tuple[Explanation, ...]
    unknown: tuple[Explanation, ...]


def hresults_in(text: Text, catalog: Catalog) -> Found:
    """The Windows codes of a text."""
    records = _records(catalog)
    names = {int(h, 16): name for h, name in catalog.errors.hresults.names.items()}
    context = Context(text, catalog)
    hits: list[Hit] = []
    named: dict[int, Explanation] = {}
    unknown: dict[int, Explanation] = {}
    for code in codes_in(text, frozenset(records) | frozenset(names)):
        record = records.get(code.value)
        if record is not None:
            around = context.around(text.line_at(code.position))
            hits.append(Hit(record, code.position, around, CODE_WEIGHT))
        elif code.value in names:
            named.setdefault(code.value, _named(code, names[code.value], text, catalog))
        elif len(unknown) < MOST_UNKNOWN:
            unknown.setdefault(code.value, _unknown(code, text, catalog))
    return Found(tuple(hits), tuple(named.values()), tuple(unknown.values()))


def codes_in(text: Text, known: frozenset[int]) -> Iterator[Code]:
    """The numbers of a text that are Windows codes, front to back.

    A number that is not known counts only with 0x, with the bit of failure, and near a word that
    speaks of one: addresses and hashes look alike.
    """
    found = [c for w in text.words if (c := _known_code(w, text, known)) is not None]
    told = {c.word for c in found}
    odd = sorted(w for w in text.words - told if _may_be_unknown(w))
    found += [c for w in odd[:MOST_TRIED] if (c := _unknown_code(w, text)) is not None]
    return iter(sorted(found, key=lambda c: (c.position, c.word)))


def _known_code(word: str, text: Text, known: frozenset[int]) -> Code | None:
    hexadecimal = _PREFIXED.fullmatch(word)
    if hexadecimal or _BARE.fullmatch(word):
        value = int(hexadecimal[1] if hexadecimal else word, 16)
        return Code(value, word, _position(word, text)) if value in known else None
    if _DECIMAL.fullmatch(word):
        values = {int(word) % _WIDTH, -int(word) % _WIDTH} & known
        position = _position(word, text) if values else 0
        minus = text.flat[max(0, position - 1) : position] == "-"
        value = (-int(word) if minus else int(word)) % _WIDTH
        return Code(value, word, position) if value in values else None
    return None


def _may_be_unknown(word: str) -> bool:
    found = _PREFIXED.fullmatch(word)
    return found is not None and len(found[1]) == 8 and int(found[1], 16) >= _FAILURE_BIT


def _unknown_code(word: str, text: Text) -> Code | None:
    position = _position(word, text)
    near = text.flat[max(0, position - _NEAR) : position + _NEAR]
    if text.short or _FAILED.search(near):
        return Code(int(word, 16), word, position)
    return None


def _position(word: str, text: Text) -> int:
    found = re.search(rf"(?<![A-Za-z0-9_]){word}(?![A-Za-z0-9_])", text.flat)
    return found.start() if found else 0


def parts_of(value: int, catalog: Catalog) -> str:
    """Kind, facility and code of a value in plain words."""
    table = catalog.errors.hresults
    nt = value & _NTSTATUS_ERROR == _NTSTATUS_ERROR
    facility = (value >> 16) & (0xFFF if nt else 0x7FF)
    kind = "an NTSTATUS error" if nt else "an HRESULT failure"
    code = value & 0xFFFF
    named = table.facilities.get(facility)
    part = f"facility {facility:#x}" + (f", {named}" if named else ", which is not known")
    return f"{value:#010x} is {kind}: {part}; code {code:#x} ({code})"


def _named(code: Code, name: str, text: Text, catalog: Catalog) -> Explanation:
    table = catalog.errors.hresults
    return Explanation(
        id=f"{code.value:#010x}",
        what=f"{code.value:#010x}: {name}",
        why=f"the code says what happened, not why; {parts_of(code.value, catalog)}",
        fix="Look at what stands around it in the text, and at the events of the pod and the node.",
        sources=dated(table.source, catalog.errors.read_on),
        kind="hresult",
        commands=("kubectl describe pod -n NAMESPACE POD", "kubectl describe node NODE"),
        values={"hresult": f"{code.value:#010x}"},
        line=_line(code, text),
    )


def _unknown(code: Code, text: Text, catalog: Catalog) -> Explanation:
    table = catalog.errors.hresults
    return Explanation(
        id=f"{code.value:#010x}",
        what=f"{code.word}: {parts_of(code.value, catalog)}",
        why="the cause is unknown: no source that poolshift rests on explains this code",
        fix="Look at what stands around it in the text; on Windows certutil prints the system's "
        f"own words: certutil -error {code.value:#010x}",
        sources=dated(table.source, catalog.errors.read_on),
        kind="hresult",
        values={"hresult": f"{code.value:#010x}"},
        line=_line(code, text),
    )


def _line(code: Code, text: Text) -> int:
    return text.line_at(code.position) + 1 if len(text.lines) > 1 else 0
