"""explain: a rule, an error code, an HRESULT or an error text → cause and cure."""

from __future__ import annotations

import difflib
import inspect
import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.catalog import Catalog, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.rules.interface import Rule


class Explanation(msgspec.Struct, frozen=True):
    """One answer: what happened, why, what to do, where that is said."""

    id: str
    what: str
    why: str
    fix: str
    sources: tuple[str, ...]


class ExplainDocument(msgspec.Struct, frozen=True):
    """All answers to a text; `known` is false when they are only the nearest."""

    text: str
    known: bool
    answers: tuple[Explanation, ...]
    schema: str = "poolshift.explain/1"


def explain(text: str, catalog: Catalog, rules: Iterable[Rule]) -> ExplainDocument:
    """Everything that is known about a text; else the nearest, and that it is unknown."""
    wanted = text.strip()
    found = [_rule(r) for r in rules if r.id.lower() == wanted.lower() or r.name == wanted.lower()]
    found += _errors(wanted, catalog)
    found += _exit_codes(wanted, catalog)
    if found:
        return ExplainDocument(text=text, known=True, answers=tuple(_unique(found)))
    return ExplainDocument(text=text, known=False, answers=tuple(_nearest(wanted, catalog, rules)))


def _unique(found: list[Explanation]) -> list[Explanation]:
    return list({(e.id, e.what): e for e in found}.values())


def _rule(rule: Rule) -> Explanation:
    doc = inspect.getdoc(type(rule)) or ""
    return Explanation(
        id=f"{rule.id} {rule.name}",
        what=doc.split("\n\n")[0].replace("\n", " "),
        why=section(doc, "Why it matters"),
        fix=section(doc, "What to do"),
        sources=rule.sources,
    )


def section(doc: str, title: str) -> str:
    """The text of one section of a rule's page, on one line."""
    match = re.search(rf"^{re.escape(title)}:\n((?:(?:[ ]{{4}}.*)?\n?)*)", doc, re.MULTILINE)
    return " ".join(match[1].split()) if match else ""


def _errors(wanted: str, catalog: Catalog) -> list[Explanation]:
    lower = wanted.lower()
    answers = []
    for e in catalog.errors.errors:
        names = [e.code, *e.aliases]
        if any(n.lower() in lower for n in names) or _message_in(e.message, lower):
            answers.append(
                Explanation(
                    id=e.code,
                    what=e.message,
                    why=e.cause,
                    fix=e.remedy,
                    sources=tuple(sources_of(e.source)),
                )
            )
    return answers


def _message_in(message: str, text: str) -> bool:
    """Whether a text holds a message whose angle brackets stand for anything."""
    parts = [p.strip().lower() for p in re.split(r"<[^>]*>|\.\.\.|;| / ", message)]
    telling = [p for p in parts if len(p) >= 18]
    return any(p in text for p in telling)


def _exit_codes(wanted: str, catalog: Catalog) -> list[Explanation]:
    match = re.search(r"ExitCode:\s*\|?(\d+)\|?|WINDOWS_CSE_ERROR_\w+", wanted)
    if match is None:
        return []
    codes = catalog.errors.windows_cse_exit_codes
    answers = []
    for number, name in codes.codes.items():
        code = str(number)
        if code == match[1] or name == match[0]:
            answers.append(
                Explanation(
                    id=f"{name} ({code})",
                    what=f"a Windows node's start script ended with {code}, {name}",
                    why="the step of that name failed on the node",
                    fix="Read C:\\AzureData\\CustomDataSetupScript.log on the node, or delete the "
                    "node and let the pool make another",
                    sources=tuple(sources_of(codes.source)),
                )
            )
    return answers


def _nearest(wanted: str, catalog: Catalog, rules: Iterable[Rule]) -> list[Explanation]:
    names = {e.code: e for e in catalog.errors.errors}
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4)
    found = [
        Explanation(
            names[n].code,
            names[n].message,
            names[n].cause,
            names[n].remedy,
            tuple(sources_of(names[n].source)),
        )
        for n in close
    ]
    by_id = {r.id: r for r in rules}
    return found + [_rule(by_id[i]) for i in difflib.get_close_matches(wanted, by_id, n=2)]
