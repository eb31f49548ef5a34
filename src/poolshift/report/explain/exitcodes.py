"""How the start script of a node ended: its exit code, by name or by number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.report.explain.builds import dated
from poolshift.report.explain.document import Explanation
from poolshift.report.explain.errors import Hit, explain_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.catalog.model.errors import ServiceError
    from poolshift.report.explain.text import Text

PREFIX = "WINDOWS_CSE_ERROR_"
_NUMBER = re.compile(
    r"(?:(?P<bar>exit ?code[\"']?\s?[:=]\s?[\"']?\|)"
    r"|\bexit(?:ed)?(?: with)? ?(?:status|code)?[\"']?\s?[:=]?\s?[\"']?|\bCSE )"
    r"(?P<number>\d{1,3})\b",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"vmssCSE|Custom ?Script|VM ?Extension|\bCSE\b|CustomDataSetupScript|WINDOWS_CSE|node.start",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:windows |cse )?(?:exit ?(?:code|status)|cse)\W{0,4}\d{1,3}\W?", re.IGNORECASE
)
_LINUX = re.compile(r"script exit status", re.IGNORECASE)
_NEAR = 400
MOST_NUMBERS = 40


class Ended(msgspec.Struct, frozen=True):
    """An exit code at one place; `windows` and `linux` tell whose it may be."""

    number: int
    position: int
    windows: bool
    linux: bool


def exit_codes_in(text: Text, catalog: Catalog) -> list[Explanation]:
    """An answer for each start script that a text says has failed."""
    answers: dict[str, Explanation] = {}
    for ended in _ended(text, catalog):
        for answer in _explained(ended, text, catalog):
            answers.setdefault(answer.id, answer)
    return list(answers.values())


def _ended(text: Text, catalog: Catalog) -> Iterator[Ended]:
    numbers = {name: n for n, name in catalog.errors.windows_cse_exit_codes.codes.items()}
    names = sorted(w for w in text.words if w.startswith(PREFIX))
    for name in names:
        if name in numbers:
            yield Ended(numbers[name], text.flat.find(name), windows=True, linux=False)
    if any(name in numbers for name in names):
        return
    if not any("exit" in w or w == "cse" for w in text.lower_words):
        return
    for tried, found in enumerate(_NUMBER.finditer(text.flat)):
        if tried >= MOST_NUMBERS:
            return
        barred = found["bar"] is not None
        if barred or _of_a_script(found, text):
            yield Ended(int(found["number"]), found.start(), windows=True, linux=not barred)


def _of_a_script(found: re.Match[str], text: Text) -> bool:
    """Whether a number is the end of a start script: its line says so, or it is all there is."""
    if _ALONE.fullmatch(text.flat.strip()):
        return True
    start = text.starts[text.line_at(found.start())]
    end = text.flat.find("\n", found.end())
    line = text.flat[max(start, found.start() - _NEAR) : found.end() + _NEAR if end < 0 else end]
    return _SCRIPT.search(line) is not None


def _explained(ended: Ended, text: Text, catalog: Catalog) -> Iterator[Explanation]:
    """A number may mean one step on Windows nodes and another one on Linux nodes."""
    of_linux = [
        r
        for r in catalog.errors.errors
        if ended.linux and ended.number in _numbers(r) and not r.code.startswith(PREFIX)
    ]
    for record in of_linux:
        yield explain_record([Hit(record, ended.position, {}, 1)], text, catalog)
    table = catalog.errors.windows_cse_exit_codes
    # The words of Linux nodes, as far as the number is one of theirs.
    said_by_linux = (
        bool(of_linux)
        and _LINUX.search(text.flat, max(0, ended.position - 30), ended.position + 30) is not None
    )
    if ended.windows and ended.number in table.codes and not said_by_linux:
        yield _of_windows(ended, text, catalog)


def _numbers(record: ServiceError) -> tuple[int, ...]:
    if record.exit_code is None:
        return ()
    return record.exit_code if isinstance(record.exit_code, tuple) else (record.exit_code,)


def _of_windows(ended: Ended, text: Text, catalog: Catalog) -> Explanation:
    table = catalog.errors.windows_cse_exit_codes
    name = table.codes[ended.number]
    own = catalog.error(name)
    helps = [table.group_help[g] for g, numbers in table.groups.items() if ended.number in numbers]
    step = name.removeprefix(PREFIX).replace("_", " ").lower()
    causes = [own.cause] if own else [h.cause for h in helps]
    remedies = [own.remedy] if own else [h.remedy for h in helps]
    commands = [c for h in helps for c in h.commands]
    return Explanation(
        id=f"{name} ({ended.number})",
        what=f"the start script of a Windows node ended with {ended.number}, {name}: its step "
        f'"{step}" failed, and the node did not join the cluster',
        why="; ".join(causes) or "the name of the step is all that is known of the cause",
        fix=". ".join((*remedies, table.where)),
        sources=dated(own.source if own else table.source, catalog.errors.read_on),
        kind="exit-code",
        commands=tuple(dict.fromkeys((*commands, *table.commands))),
        values={"exit_code": str(ended.number)},
        line=text.line_at(ended.position) + 1 if len(text.lines) > 1 else 0,
    )
