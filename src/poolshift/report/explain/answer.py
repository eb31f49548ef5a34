"""explain: a rule, an error code, a Windows code or any pasted text → cause and cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.report.explain import builds, errors, exitcodes, hresults, nearest, rules
from poolshift.report.explain.document import SHOWN_TEXT, ExplainDocument, Explanation
from poolshift.report.explain.text import Text, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.rules.interface import Rule

MOST_ANSWERS = 12
_START_FAILED = "VMExtensionProvisioningError"


def explain(raw: str, catalog: Catalog, known_rules: Iterable[Rule]) -> ExplainDocument:
    """Everything that is known about a text; else the nearest, and that it is unknown."""
    text = prepare(raw)
    all_rules = tuple(known_rules)
    codes = hresults.hresults_in(text, catalog)
    found = _found(text, codes, catalog, all_rules)
    answers = [*found, *codes.unknown]
    known = bool(found)
    if not known:
        answers += nearest.nearest(text, catalog, all_rules)
    return ExplainDocument(
        text=text.flat[:SHOWN_TEXT],
        known=known,
        answers=tuple(answers[:MOST_ANSWERS]),
        more=max(0, len(answers) - MOST_ANSWERS),
        truncated=text.truncated,
    )


def _found(
    text: Text, codes: hresults.Found, catalog: Catalog, all_rules: tuple[Rule, ...]
) -> list[Explanation]:
    """What explains the text, the most specific first, each thing once."""
    ended = exitcodes.exit_codes_in(text, catalog)
    known = errors.errors_in(text, catalog, codes.hits)
    if ended:
        # The exit code says more than that there was one.
        told = {e.id.split(" ")[0] for e in ended}
        known = [e for e in known if e.id != _START_FAILED and e.id not in told]
    own = rules.own_errors_in(text)
    if ended or known or codes.named:
        # What a service said is explained: that poolshift passed it on adds nothing.
        own = [a for a in own if a.id[3] != rules.SERVICE_AREA]
    answers = [*rules.rules_in(text, all_rules, catalog), *ended, *known, *codes.named, *own]
    if not answers:
        return builds.explained(text, catalog)
    return _with_builds(list({a.id: a for a in answers}.values()), text, catalog)


def _with_builds(answers: list[Explanation], text: Text, catalog: Catalog) -> list[Explanation]:
    """The first answer about a pod says, too, what the builds of the text are."""
    notes = builds.notes(text, catalog)
    for at, answer in enumerate(answers):
        new = [n for n in notes if n.split(" ")[0] not in answer.why]
        if new and answer.kind == "error":
            why = "; ".join((answer.why, *new))
            return [*answers[:at], msgspec.structs.replace(answer, why=why), *answers[at + 1 :]]
    return answers
