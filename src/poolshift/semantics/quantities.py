"""Kubernetes quantities: cpu in millicores, everything else in whole units."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

from poolshift.core.errors import UsageError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def parse(text: str) -> Decimal:
    """A quantity's exact value: `100m`, `1.5Gi`, `2e3`, `12E`."""
    number, factor = _split(text.strip())
    if not _NUMBER.fullmatch(number):
        raise UsageError(f"{text!r} is not a quantity", code="PSE311")
    try:
        return Decimal(number) * factor
    except ArithmeticError as cause:
        raise UsageError(f"{text!r} is too large for a quantity", code="PSE311") from cause


def _split(text: str) -> tuple[str, Decimal]:
    """Number and factor; an exponent (`1e3`, `1E3`) belongs to the number."""
    if text[-2:] in _BINARY:
        return text[:-2], Decimal(1024) ** _BINARY[text[-2:]]
    suffix = text[-1:] if text[-1:].isalpha() else ""
    if suffix not in _DECIMAL:
        raise UsageError(f"{text!r} is not a quantity", code="PSE311")
    return text[: len(text) - len(suffix)], Decimal(10) ** _DECIMAL[suffix]


def millicores(text: str) -> int:
    """A cpu quantity in millicores, rounded up."""
    return _up(parse(text) * 1000)


def units(text: str) -> int:
    """A quantity in whole units (bytes, counts), rounded up."""
    return _up(parse(text))


def amount(resource: str, text: str) -> int:
    """A quantity in the unit that sums of that resource are kept in."""
    return millicores(text) if resource == "cpu" else units(text)


def format_bytes(count: int) -> str:
    """Bytes as Kubernetes writes them: the largest binary suffix that loses nothing."""
    for suffix, power in reversed(_BINARY.items()):
        size = 1024**power
        if count and count % size == 0:
            return f"{count // size}{suffix}"
    return str(count)


def format_millicores(count: int) -> str:
    """Millicores as Kubernetes writes them: whole cores without the suffix."""
    return str(count // 1000) if count % 1000 == 0 else f"{count}m"


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_CEILING))
