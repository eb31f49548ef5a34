"""Small rules over every file of the repository: no leftovers, no strays, nothing too large."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LARGEST_BYTES = 1_000_000
LONGEST_MODULE = 600
LONGEST_FUNCTION = 80
LONG_FUNCTIONS: dict[str, int] = {}

# Written in pieces, so that this file does not find itself.
LEFTOVERS = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"))
INDEXES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "proxy." + "golang.org")
BANNED = {
    "a leftover": rf"\b({LEFTOVERS})\b",
    "a path of somebody's machine": r"(?<![\w.}/])/(?:wo" + r"rk|ro" + r"ot|home/\w+)/\w",
    "a host of a package index": "|".join(re.escape(host) for host in INDEXES),
    "an ignore without its code": r"#\s*type:\s*ig" + r"nore(?!\[)",
    "a noqa without its code": r"#\s*no" + r"qa(?!:\s?[A-Z])",
    "talk about how the work was done": r"(?i)\b(?:this|next|last|previous) ses" + r"sion\b",
    "a number of an issue": r"(?i)\bissue\s+#" + r"\d",
    "a conflict marker": r"^(?:<{7}|>{7}) ",
}


@cache
def files() -> tuple[Path, ...]:
    """What git tracks or would track."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout: what belongs to the repository is not known")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(p for p in found if p.is_file())


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Name and text of every file that is text; CR is kept."""
    found = []
    for path in files():
        data = path.read_bytes()
        if b"\0" not in data:
            found.append((path.relative_to(ROOT).as_posix(), data.decode()))
    return tuple(found)


def hits(pattern: str, *, within: str = "") -> list[str]:
    regex = re.compile(pattern, re.MULTILINE)
    return [
        f"{name}:{text.count(chr(10), 0, m.start()) + 1}: {m[0].strip()}"
        for name, text in texts()
        if name.startswith(within)
        for m in regex.finditer(text)
    ]


@pytest.mark.parametrize("what", BANNED)
def test_no_file_holds(what: str) -> None:
    assert hits(BANNED[what]) == []


def test_lines_end_in_lf_alone_and_without_blanks() -> None:
    assert hits(r"[ \t]+$") == []
    assert [name for name, text in texts() if "\r" in text] == []


def test_every_file_ends_with_one_line_end() -> None:
    wrong = [n for n, t in texts() if t and (not t.endswith("\n") or t.endswith("\n\n"))]
    assert wrong == []


def test_no_file_is_large() -> None:
    assert [str(p) for p in files() if p.stat().st_size > LARGEST_BYTES] == []


def modules() -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in texts() if name.endswith(".py"))


def test_no_module_is_long() -> None:
    long = {name: text.count("\n") for name, text in modules()}
    assert {n: lines for n, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_no_function_is_long() -> None:
    found = {}
    for name, text in modules():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                key = f"{name}:{node.name}"
                if lines > LONG_FUNCTIONS.get(key, LONGEST_FUNCTION):
                    found[key] = lines
    assert found == {}


def calls(text: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))


def test_only_the_command_line_prints() -> None:
    printing = [
        f"{name}:{call.lineno}"
        for name, text in modules()
        if name.startswith("src/") and not name.startswith("src/poolshift/cli/")
        for call in calls(text)
        if isinstance(call.func, ast.Name) and call.func.id == "print"
    ]
    assert printing == []


def test_no_assert_in_the_source() -> None:
    asserting = [
        f"{name}:{node.lineno}"
        for name, text in modules()
        if name.startswith("src/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assert)
    ]
    assert asserting == []


def test_every_locked_package_has_a_hash_and_no_address() -> None:
    locks = [(n, t) for n, t in texts() if re.fullmatch(r"requirements/\w+\.txt", n)]
    assert locks
    for name, text in locks:
        assert "://" not in text, name
        pinned = [
            block
            for block in re.split(r"\n(?=[^\s#])", text.replace("\\\n", " "))
            if re.match(r"[A-Za-z0-9]", block)
        ]
        assert pinned
        assert [b for b in pinned if "==" not in b or "--hash=sha256:" not in b] == [], name


def test_no_second_lock_lies_beside_the_requirements() -> None:
    names = {p.name for p in files()}
    assert not names & {"uv.lock", "poetry.lock", "Pipfile.lock"}
