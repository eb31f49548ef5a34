"""The catalog's errors in a text: which stand in it, whose they are, and what each means."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from poolshift.catalog.model.errors import ServiceError
from poolshift.report.explain.builds import dated, fit_note
from poolshift.report.explain.context import Context, image_build
from poolshift.report.explain.document import Explanation
from poolshift.report.explain.patterns import Pattern, Scanner
from poolshift.report.explain.values import command, message, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.catalog import Catalog
    from poolshift.report.explain.text import Text

WRAPPER = "by-inner"
"""How an error is retried that only wraps another one."""

_WORD = re.compile(r"\w{6,}")
_AS_CODE = r"(?:\b(?i:error ?code|subcode|code|reason|error)[\"']?\s?[:=(]\s?[\"'(]?|\()"
_SEEN = 200
MOST_OTHERS = 5
CODE = 1
"""How specific a code without its message is."""
_BESIDE = 30
RETRIES = {
    "never": "Trying again without a change does not help.",
    "once": "One more try may help.",
    "after-wait": "It may pass by itself: wait, and try again.",
    "after-fix": "Try again when that is done.",
    "after-reread": "Read the state anew, and try again.",
}


class Hit(msgspec.Struct, frozen=True):
    """An error at one place of a text; `weight` tells how specific the look was that found it."""

    record: ServiceError
    position: int
    values: dict[str, str]
    weight: int


class Known(msgspec.Struct, frozen=True):
    """The catalog's errors made ready for the search."""

    scanner: Scanner
    records: dict[str, ServiceError]
    codes: dict[str, tuple[ServiceError, ...]]
    spelled: dict[str, tuple[ServiceError, ...]]


@cache
def known_errors(catalog: Catalog) -> Known:
    """Patterns and codes of the catalog's errors."""
    patterns: list[Pattern] = []
    records: dict[str, ServiceError] = {}
    codes: dict[str, list[ServiceError]] = {}
    spelled: dict[str, list[ServiceError]] = {}
    for record in catalog.errors.errors:
        for source in record.patterns:
            patterns.append(Pattern(source))
            records[source] = record
        for code in (record.code, *record.aliases):
            spelled.setdefault(code.lower(), []).append(record)
            if _WORD.fullmatch(code) and not code.startswith("0x"):
                codes.setdefault(code, []).append(record)
    return Known(
        Scanner(patterns),
        records,
        {c: tuple(r) for c, r in codes.items()},
        {c: tuple(r) for c, r in spelled.items()},
    )


def errors_in(text: Text, catalog: Catalog, more: Iterable[Hit] = ()) -> list[Explanation]:
    """An answer for each cause that stands in a text, the most specific first.

    `more` are places that others have found.
    """
    known = known_errors(catalog)
    context = Context(text, catalog)
    hits = [*_by_pattern(text, known, context), *_by_code(text, known, context), *more]
    grouped: dict[int, list[Hit]] = {}
    for hit in hits:
        grouped.setdefault(id(hit.record), []).append(hit)
    groups = _uncovered(list(grouped.values()))
    groups.sort(key=_rank)
    return [explain_record(g, text, catalog) for g in groups]


def _rank(group: list[Hit]) -> tuple[int, int, int]:
    # A code that stands beside its message makes that the likelier one of two.
    best = max(h.weight for h in group) + _BESIDE * any(h.weight == CODE for h in group)
    return (group[0].record.retry == WRAPPER, -best, min(h.position for h in group))


def _by_pattern(text: Text, known: Known, context: Context) -> Iterator[Hit]:
    for pattern in known.scanner.candidates(text):
        record = known.records[pattern.source]
        for match in pattern.matches(text):
            around = context.around(text.line_at(match.start))
            yield Hit(record, match.start, _joined(around, match.values, context), pattern.weight)


def _joined(around: dict[str, str], said: dict[str, str], context: Context) -> dict[str, str]:
    """The message's own values win over what surrounds it, and tell further ones."""
    values = {**around, **said}
    if said.get("image", "") != around.get("image", ""):
        values.pop("image_build", None)
        values.pop("image_os", None)
        values |= image_build(values.get("image", ""), context.catalog)
    pool = context.pool_of(values.get("node", ""))
    if pool:
        values["pool"] = pool
    return values


def _by_code(text: Text, known: Known, context: Context) -> Iterator[Hit]:
    whole = text.flat.strip().lower()
    spelled = known.spelled.get(whole, ())
    exact = [r for r in spelled if not r.sub] or spelled
    for record in exact:
        yield Hit(record, 0, {}, len(whole) * 10)
    for code in sorted(text.words & known.codes.keys()):
        records = known.codes[code]
        for record in [r for r in records if not r.sub] or records:
            position = _position(code, record, text)
            if position < 0 or record in exact:
                continue
            around = context.around(text.line_at(position))
            yield Hit(record, position, around, CODE)


def _position(code: str, record: ServiceError, text: Text) -> int:
    """Where a code stands as a code; -1 where it doesn't.

    An everyday word counts only behind `code:`, `reason:` and alike, or in parentheses. The code
    of several errors tells none of them apart, so it counts only where there is little else.
    """
    if record.sub and not text.short:
        return -1
    lead = ""
    if record.weak:
        lead = _AS_CODE
    word = rf"(?<![A-Za-z0-9_]){re.escape(code)}(?![A-Za-z0-9_])"
    found = re.search(lead + word, text.flat)
    if found is None and record.weak:
        # A message may begin with its code, as `UpgradeFailed: Drain node ...` does.
        found = re.search(rf"^{re.escape(code)}(?=\s?:)|(?<=error: ){re.escape(code)}:", text.flat)
    return found.start() if found else -1


def _uncovered(groups: list[list[Hit]]) -> list[list[Hit]]:
    """Without the symptoms of a cause that is there as well, of the same pod or of no named one.

    Of two that cover each other the more specific one stays.
    """
    left = []
    for group in groups:
        causes = [
            other
            for other in groups
            if other is not group
            and _covers(other, group)
            and not (_covers(group, other) and _rank(group) < _rank(other))
        ]
        pods = {h.values.get("pod", "") for cause in causes for h in cause}
        rest = [h for h in group if not pods or _elsewhere(h.values.get("pod", ""), pods)]
        if rest:
            left.append(rest)
    return left


def _elsewhere(pod: str, pods: set[str]) -> bool:
    """Whether a symptom is of a pod for which no cause is told."""
    return bool(pod) and "" not in pods and pod not in pods


def _covers(group: list[Hit], other: list[Hit]) -> bool:
    """Whether one error is the cause of what the other tells.

    One that was known by its words says more than others that were known by the same code alone.
    """
    record, symptom = group[0].record, other[0].record
    if symptom.code in record.covers and not symptom.sub:
        return True
    worded = bool(record.sub) and not _only_code(group)
    return worded and symptom.code == record.code and (not symptom.sub or _only_code(other))


def _only_code(group: list[Hit]) -> bool:
    return all(h.weight <= CODE for h in group)


def explain_record(hits: list[Hit], text: Text, catalog: Catalog) -> Explanation:
    """The answer for one error, from all the places where it stands."""
    record = hits[0].record
    best = max(hits, key=lambda h: (len(h.values), -h.position))
    values = best.values
    said = sentence(record.what, values) or message(record.message, values)
    note = fit_note(values, catalog) if record.kind == "pod" else ""
    return Explanation(
        id=f"{record.code}: {record.sub}" if record.sub else record.code,
        what=". ".join(p for p in (said, _whom(said, record, values), _others(best, hits)) if p),
        why="; ".join(p for p in (sentence((record.cause,), values) or record.cause, note) if p),
        fix=_sentences(
            sentence((record.remedy,), values) or record.remedy, RETRIES.get(record.retry, "")
        ),
        sources=dated(record.source, record.read_on or catalog.errors.read_on),
        commands=tuple(command(c, values) for c in record.commands),
        values=values,
        seen=_excerpt(text, best.position),
        line=text.line_at(best.position) + 1 if len(text.lines) > 1 else 0,
        count=len({text.line_at(h.position) for h in hits}),
        related=(*record.rules, *record.pains),
    )


def _sentences(*parts: str) -> str:
    return " ".join(p if p.endswith(".") else f"{p}." for p in parts if p)


def _whom(said: str, record: ServiceError, values: dict[str, str]) -> str:
    """Whom it concerns, as far as the sentence doesn't say it and the text does."""
    if record.kind != "pod":
        return ""
    names = []
    if "pod" in values and values["pod"] not in said:
        space = f"{values['namespace']}/" if "namespace" in values else ""
        names.append(f"pod {space}{values['pod']}")
    if "image" in values and values["image"] not in said:
        names.append(f"image {values['image']}")
    elif "images" in values:
        names.append(f"one of the images {values['images']}")
    if "node" in values and values["node"] not in said:
        names.append(f"node {values['node']}")
    return f"It concerns {', '.join(names)}" if names else ""


def _others(best: Hit, hits: Iterable[Hit]) -> str:
    """Other pods of which the text says the same."""
    own = best.values.get("pod", "")
    pods = {h.values["pod"] for h in hits if "pod" in h.values} - {own}
    names = sorted(pods)
    if not own or not names:
        return ""
    more = f" and {len(names) - MOST_OTHERS} more" if len(names) > MOST_OTHERS else ""
    return f"The same of {', '.join(names[:MOST_OTHERS])}{more}"


def _excerpt(text: Text, position: int) -> str:
    """The words around a place in its line, so that a reader finds it."""
    index = text.line_at(position)
    line = " ".join(text.lines[index].split())
    begin = max(0, position - text.starts[index] - _SEEN // 4)
    # From the beginning of a word on.
    begin = line.find(" ", begin) + 1 if begin else 0
    return line[begin : begin + _SEEN].strip()
