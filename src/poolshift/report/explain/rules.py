"""Rules and poolshift's own error codes, by id."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from poolshift.core.error_codes import ERROR_CODES
from poolshift.report.explain.document import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.report.explain.text import Text
    from poolshift.rules.interface import Rule

_LINE = re.compile(r"(?P<code>PSE\d{3}) (?P<said>[^\n]{1,600})")
SERVICE_AREA = "2"
"""The codes under which poolshift passes on what a service said."""

_AREAS = {
    "0": "it has no narrower cause",
    "1": "the command line or a file that it names is refused before anything is changed",
    "2": "Azure, the Kubernetes API or a registry answered so, or not at all",
    "3": "a part below the command line refused what it was given",
    "5": "a run stopped after a change and kept its state: a person decides how it goes on",
    "9": "this is a defect of poolshift and not of your cluster",
}
_CURES = {
    "0": "Do what the end of the message says.",
    "1": "Do what the end of the message says; the options: poolshift COMMAND --help",
    "2": "Read the service's own words in the message, and explain those: poolshift explain TEXT",
    "3": "Do what the end of the message says.",
    "5": "See what the run waits for: poolshift runs show latest",
    "9": "Report it with the whole message and the version: poolshift --version",
}


def rules_in(text: Text, rules: Iterable[Rule], catalog: Catalog) -> list[Explanation]:
    """The rules whose ids stand in a text, or whose name is the whole of it."""
    whole = text.flat.strip().lower()
    words = {w.upper() for w in text.words if len(w) == 6} if text.short else text.words
    return [explain_rule(rule, catalog) for rule in rules if rule.id in words or rule.name == whole]


def explain_rule(rule: Rule, catalog: Catalog) -> Explanation:
    """A rule by its page."""
    doc = inspect.getdoc(type(rule)) or ""
    return Explanation(
        id=f"{rule.id} {rule.name}",
        what=doc.split("\n\n")[0].replace("\n", " "),
        why=section(doc, "Why it matters"),
        fix=section(doc, "What to do"),
        sources=tuple(_source(s, catalog) for s in rule.sources),
        kind="rule",
        related=(rule.docs,),
    )


def _source(record_id: str, catalog: Catalog) -> str:
    """A record of the catalog with what it rests on."""
    stem = record_id.partition("/")[0]
    read_on = catalog.file(stem).read_on
    return f"{record_id}, read {read_on}"


def section(doc: str, title: str) -> str:
    """The text of one section of a rule's page, on one line."""
    match = re.search(rf"^{re.escape(title)}:\n((?:(?:[ ]{{4}}.*)?\n?)*)", doc, re.MULTILINE)
    return " ".join(match[1].split()) if match else ""


def own_errors_in(text: Text) -> list[Explanation]:
    """The codes of poolshift's own errors that stand in a text."""
    words = {w.upper() for w in text.words} if text.short else text.words
    return [_own(code, text) for code in sorted(ERROR_CODES) if code in words]


def _own(code: str, text: Text) -> Explanation:
    said = next((m["said"] for m in _LINE.finditer(text.flat) if m["code"] == code), "")
    area = code[3]
    return Explanation(
        id=code,
        what=f"poolshift: {ERROR_CODES[code]}" + (f' ("{said.strip()}")' if said else ""),
        why=_AREAS[area],
        fix=_CURES[area],
        sources=("docs/reference/error-codes.md",),
        kind="own-error",
        values={"code": code},
    )
