"""What comes nearest to a text that nothing explains: by its words, and by its letters."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from poolshift.catalog.model.errors import ServiceError
from poolshift.report.explain.errors import Hit, explain_record
from poolshift.report.explain.rules import explain_rule
from poolshift.report.explain.text import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.report.explain.document import Explanation
    from poolshift.report.explain.text import Text
    from poolshift.rules.interface import Rule

MOST = 4
MOST_WORDS = 60
"""Words of a text whose letters are compared with all codes: what bounds a long text."""

_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_CODE_LIKE = re.compile(r"[A-Za-z]\w{5,79}")
_COMMON = frozenset(
    word
    for line in (
        "the and for not with from was are has have that this its into than more does did been",
        "error failed failure code pod node cannot could one all any but",
    )
    for word in line.split()
)
_CUTOFF = 0.78
_OVERLAP = 0.34


def nearest(text: Text, catalog: Catalog, rules: Iterable[Rule]) -> list[Explanation]:
    """The nearest errors and rules, best first; empty where nothing comes near."""
    scores: dict[str, float] = {}
    by_id: dict[str, ServiceError | Rule] = {}
    words = _parts(text.flat[:4000])
    for key, name, spoken, thing in _things(catalog, rules):
        by_id[key] = thing
        scores[key] = max(_overlap(words, _parts(name)), _overlap(words, _parts(spoken)))
    for key, score in _by_letters(text, by_id).items():
        scores[key] = max(scores[key], score)
    good = sorted((k for k, s in scores.items() if s >= _OVERLAP), key=lambda k: (-scores[k], k))
    return [_explained(by_id[k], catalog) for k in good[:MOST]]


def _things(
    catalog: Catalog, rules: Iterable[Rule]
) -> Iterable[tuple[str, str, str, ServiceError | Rule]]:
    for e in catalog.errors.errors:
        yield f"{e.code}+{e.sub}", e.code, " ".join((e.message, *e.patterns)), e
    for rule in rules:
        yield rule.id, rule.name, (type(rule).__doc__ or "").split("\n")[0], rule


def _by_letters(text: Text, by_id: dict[str, ServiceError | Rule]) -> dict[str, float]:
    """Codes that are spelled nearly like a word of the text, or like all of it."""
    names = {key.partition("+")[0].lower(): key for key in by_id}
    words = [w for w in text.flat[:20000].split() if _CODE_LIKE.fullmatch(w.strip("\"'().,:;"))]
    tried = list(dict.fromkeys([text.flat[:80], *words]))[:MOST_WORDS]
    found: dict[str, float] = {}
    for word in tried:
        low = word.strip("\"'().,:;").lower()
        for name in difflib.get_close_matches(low, names, n=2, cutoff=_CUTOFF):
            ratio = difflib.SequenceMatcher(None, low, name).ratio()
            found[names[name]] = max(found.get(names[name], 0.0), ratio + 1)
    return found


def _parts(text: str) -> frozenset[str]:
    """The words of a text, those of a name in humps apart."""
    parts = (p.lower() for p in _HUMPS.findall(text))
    return frozenset(p for p in parts if len(p) > 2 and p not in _COMMON)


def _overlap(words: frozenset[str], of: frozenset[str]) -> float:
    """Which share of a thing's words the text has, and the other way round; two at least."""
    common = len(words & of)
    if not common or common < min(2, len(of)):
        return 0.0
    return 2 * common / (len(of) + min(len(words), 2 * len(of)))


def _explained(thing: ServiceError | Rule, catalog: Catalog) -> Explanation:
    if isinstance(thing, ServiceError):
        return explain_record([Hit(thing, 0, {}, 0)], prepare(""), catalog)
    return explain_rule(thing, catalog)
