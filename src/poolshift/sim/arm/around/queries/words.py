"""Words of a query, and expressions over one row: paths, values, comparisons."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Term = Callable[[Row], Any]

_WORD = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<name>!?[A-Za-z_$][\w$-]*~?)
      | (?P<sign>==|!=|=~|!~|<=|>=|[|()\[\],.=<>*])
    )""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"//[^\n]*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "=~": lambda a, b: _lower(a) == _lower(b),
    "!~": lambda a, b: _lower(a) != _lower(b),
    "<": lambda a, b: _number(a) < _number(b),
    ">": lambda a, b: _number(a) > _number(b),
    "<=": lambda a, b: _number(a) <= _number(b),
    ">=": lambda a, b: _number(a) >= _number(b),
    "contains": lambda a, b: _lower(b) in _lower(a),
    "!contains": lambda a, b: _lower(b) not in _lower(a),
    "has": lambda a, b: re.search(rf"\b{re.escape(_lower(b))}\b", _lower(a)) is not None,
    "startswith": lambda a, b: _lower(a).startswith(_lower(b)),
    "endswith": lambda a, b: _lower(a).endswith(_lower(b)),
}
_ONE_OF: dict[str, tuple[bool, bool]] = {
    # Whether it must be in the list, and whether case counts.
    "in": (True, True),
    "in~": (True, False),
    "!in": (False, True),
    "!in~": (False, False),
}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "tostring": lambda v: v if isinstance(v, str) else "" if v is None else str(v),
    "tolower": lambda v: _lower(v),
    "toupper": lambda v: str(v or "").upper(),
    "toint": lambda v: int(_number(v)),
    "isempty": lambda v: v in (None, "", [], {}),
    "isnotempty": lambda v: v not in (None, "", [], {}),
    "isnull": lambda v: v is None,
    "isnotnull": lambda v: v is not None,
    "array_length": lambda v: len(v) if isinstance(v, list) else None,
    "not": lambda v: not v,
}


class QueryError(Exception):
    """A query that is wrong, or that asks for more than is understood here."""


def words(text: str) -> list[str]:
    """The words of a query; comments go."""
    found: list[str] = []
    text, place = _COMMENT.sub("", text), 0
    while text[place:].strip():
        match = _WORD.match(text, place)
        if match is None:
            raise QueryError(f"'{text[place:].strip():.20}' cannot be read")
        found.append(match[0].strip())
        place = match.end()
    return found


class Reader:
    """Reads words one after the other, as expressions over a row."""

    def __init__(self, found: list[str]) -> None:
        self._words = found
        self._place = 0

    def peek(self) -> str:
        """The next word in lower case; empty at the end."""
        return self._words[self._place].lower() if self._place < len(self._words) else ""

    def take(self) -> str:
        """The next word as written."""
        if self._place >= len(self._words):
            raise QueryError("the query ends too early")
        self._place += 1
        return self._words[self._place - 1]

    def skip(self, *wanted: str) -> bool:
        """Take the next word when it is one of these."""
        if self.peek() in wanted:
            self._place += 1
            return True
        return False

    def expect(self, wanted: str) -> None:
        """Take a word that must be there."""
        if not self.skip(wanted):
            raise QueryError(f"'{wanted}' is missing before '{self.peek()}'")

    def condition(self) -> Term:
        """`a or b`, which binds weakest."""
        parts = [self._all()]
        while self.skip("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _all(self) -> Term:
        parts = [self._comparison()]
        while self.skip("and"):
            parts.append(self._comparison())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _comparison(self) -> Term:
        left = self.term()
        sign = self.peek()
        if sign in _COMPARE:
            self.take()
            right, compare = self.term(), _COMPARE[sign]
            return lambda row: compare(left(row), right(row))
        if sign in _ONE_OF:
            self.take()
            wanted, exact = _ONE_OF[sign]
            values = self._list()
            return lambda row: _among(left(row), [v(row) for v in values], exact) == wanted
        return left

    def _list(self) -> list[Term]:
        self.expect("(")
        found = [self.term()]
        while self.skip(","):
            found.append(self.term())
        self.expect(")")
        return found

    def term(self) -> Term:
        """A value, a path, a function of one, or a condition in parentheses."""
        if self.skip("("):
            inner = self.condition()
            self.expect(")")
            return inner
        word = self.take()
        if word[0] in "'\"":
            return _always(word[1:-1])
        if re.fullmatch(r"-?\d+(\.\d+)?", word):
            return _always(float(word) if "." in word else int(word))
        if word.lower() in ("true", "false"):
            return _always(word.lower() == "true")
        if self.peek() == "(" and word.lower() in _FUNCTIONS:
            self.take()
            function, inner = _FUNCTIONS[word.lower()], self.condition()
            self.expect(")")
            return lambda row: function(inner(row))
        return self._path(word)

    def _path(self, first: str) -> Term:
        if not re.fullmatch(r"[A-Za-z_$][\w$-]*", first):
            raise QueryError(f"'{first}' is not understood")
        if self.peek() == "(":
            raise QueryError(f"the function {first} is not understood")
        steps: list[str | int] = [first]
        while self.peek() in (".", "["):
            if self.take() == ".":
                steps.append(self.take())
                continue
            inner = self.take()
            steps.append(inner[1:-1] if inner[0] in "'\"" else _index(inner))
            self.expect("]")
        return lambda row: _walk(row, steps)


def _index(text: str) -> int:
    if not text.isdigit():
        raise QueryError(f"'{text}' is no place in a list")
    return int(text)


def _always(value: Any) -> Term:
    return lambda row: value


def _walk(row: Row, steps: list[str | int]) -> Any:
    value: Any = row
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _among(value: Any, values: list[Any], exact: bool) -> bool:
    return value in values if exact else _lower(value) in {_lower(v) for v in values}


def _lower(value: Any) -> str:
    return str("" if value is None else value).lower()


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
