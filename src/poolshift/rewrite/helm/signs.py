"""What single lines of a template say: selectors, pins, tolerations, images; by text alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY, WINDOWS_BUILD_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEYS = "|".join(re.escape(k) for k in OS_KEYS)
_PINS = "|".join(re.escape(k) for k in (OS_SKU_KEY, WINDOWS_BUILD_KEY))
_SELECTS = re.compile(
    rf"(?<![\w./-])[\"']?(?:{_KEYS})[\"']?\s*:\s*[\"']?windows[\"']?\s*(?:[,}}]|$)"
)
_PIN = re.compile(
    rf"(?<![\w./-])[\"']?(?P<key>{_PINS})[\"']?\s*:\s*"
    r"[\"']?(?P<value>\{\{.*?\}\}|[^\s,{}][^,{}]*?)[\"']?\s*(?:[,}].*)?$"
)
_TERM = re.compile(
    rf"^(?P<lead>\s*(?:-\s*)?)[{{]?\s*[\"']?key[\"']?:\s*[\"']?(?P<key>{_KEYS}|{_PINS})[\"']?"
)
_FIELD = re.compile(r"[\"']?(?P<field>operator|values?)[\"']?\s*:\s*(?P<value>[^{}]*)")
_IMAGE = re.compile(r"^\s*(?:-\s+)?[\"']?image[\"']?\s*:\s*(?P<value>\S.*?)\s*$")
_HOST_PROCESS = re.compile(r"[\"']?hostProcess[\"']?\s*:\s*[\"']?true\b")
_WINDOWS_OPTIONS = re.compile(r"^\s*[\"']?windowsOptions[\"']?\s*:")
_DAEMON_MODE = re.compile(r"^\s*mode\s*:\s*[\"']?daemonset\b", re.IGNORECASE)
_OS_NAME = re.compile(r"^\s*os\s*:\s*\{?\s*(?:name\s*:\s*[\"']?windows\b)?")
_BLOCK = re.compile(r"^\s*(?P<name>nodeSelector|affinity|tolerations)\s*:\s*(?P<rest>.*)$")
_LONGEST_TERM = 8
"""How many lines an expression of an affinity or a toleration may have."""


class Term(msgspec.Struct, frozen=True):
    """An expression on an OS label, in an affinity (`values`) or a toleration (`value`)."""

    line: int
    key: str
    operator: str
    field: str
    values: tuple[str, ...]
    values_line: int


def selects_windows(line: str) -> bool:
    """Whether a line chooses Windows nodes of any version."""
    return _SELECTS.search(line) is not None


def pin_of(line: str) -> tuple[str, str] | None:
    """Label and value, as written, of a line that fixes the Windows version."""
    found = _PIN.search(line)
    return (found["key"], found["value"].strip("\"'")) if found else None


def term_at(lines: Sequence[str], number: int) -> Term | None:
    """The expression whose key stands on a line; None where there is none."""
    head = _TERM.match(lines[number - 1])
    if head is None:
        return None
    operator, field, values_line = "", "", number
    values: list[str] = []
    first = _first_of_term(lines, number) if "-" not in head["lead"] else number
    for at in range(first, min(number + _LONGEST_TERM, len(lines) + 1)):
        line = lines[at - 1]
        if at > number and _ends_term(line, head["lead"]):
            break
        for found in _FIELD.finditer(line):
            if found["field"] == "operator":
                operator = re.split(r"[,\s]", found["value"].strip().strip("\"'"))[0].strip("\"'")
            else:
                field, values_line = found["field"], at
                values += _words(found["value"])
        item = re.match(r"\s*-\s+[\"']?([\w.-]+)[\"']?\s*$", line)
        if item is not None and field == "values":
            values.append(item[1])
    return Term(number, head["key"], operator, field, tuple(values), values_line)


def _first_of_term(lines: Sequence[str], number: int) -> int:
    """The line on which the list item of a key begins that is not its first."""
    for at in range(number - 1, max(number - _LONGEST_TERM, 0), -1):
        if lines[at - 1].lstrip().startswith("- "):
            return at
    return number


def _ends_term(line: str, lead: str) -> bool:
    """Whether a line begins another expression or stands less deep."""
    if not line.strip():
        return False
    if re.match(r"\s*-?\s*[\"']?key[\"']?:", line):
        return True
    deep = len(line) - len(line.lstrip())
    if "-" in lead:
        return deep <= len(lead) - len(lead.lstrip())
    return deep < len(lead)


def _words(text: str) -> list[str]:
    inside = text.strip().strip("[]").split("]")[0]
    return [w.strip(" \"'") for w in inside.split(",") if w.strip(" \"'")]


def image_at(line: str) -> str | None:
    """What an `image:` line gives as its image."""
    found = _IMAGE.match(line)
    if found is None or found["value"] in ("|", ">"):
        return None
    if "{{" not in found["value"] and any(c in found["value"] for c in " {["):
        return None  # the parts of an image, not a reference
    return found["value"].strip("\"'")


def runs_host_process(lines: Sequence[str]) -> bool:
    """Whether some line asks for host-process containers."""
    return any(_HOST_PROCESS.search(line) for line in lines)


def makes_daemons(kind: str, lines: Sequence[str]) -> bool:
    """Whether an object runs a pod on each node."""
    return kind == "DaemonSet" or any(_DAEMON_MODE.match(line) for line in lines)


def windows_sign(lines: Sequence[str], first: int) -> int | None:
    """The line that tells without a selector that pods are for Windows."""
    for number, line in enumerate(lines, start=first):
        if _WINDOWS_OPTIONS.match(line):
            return number
        found = _OS_NAME.match(line)
        if found is None or not re.match(r"^\s*os\s*:", line):
            continue
        follows = lines[number - first + 1] if number - first + 1 < len(lines) else ""
        if "windows" in found[0] or re.match(r"^\s*name\s*:\s*[\"']?windows\b", follows):
            return number
    return None


def blocks_of(lines: Sequence[str], first: int) -> dict[str, tuple[int, int]]:
    """First and last line of each nodeSelector, affinity and tolerations block."""
    found: dict[str, tuple[int, int]] = {}
    for number, line in enumerate(lines, start=first):
        block = _BLOCK.match(line)
        if block is None or block["name"] in found:
            continue
        indent = len(line) - len(line.lstrip())
        end = number
        for inside in lines[number - first + 1 :]:
            deep = len(inside) - len(inside.lstrip())
            is_action = inside.lstrip().startswith("{{")
            is_item = deep == indent and inside.lstrip().startswith("- ")
            if inside.strip() and not is_action and deep <= indent and not is_item:
                break
            end += 1
        found[block["name"]] = (number, end)
    return found
