"""An assessment as a person reads it: what is equal together, worst first, by pool.

Pure and shared by all formats that are read by people. Every finding stands once: cluster-wide
ones first, then those of each pool, the pool with the worst finding first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from poolshift.core.finding import Severity
from poolshift.report.assess.places import kind_and_name
from poolshift.report.hostile import flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from poolshift.core.finding import Assessment, Evidence, Finding, ImageReport, Verdict

T = TypeVar("T")

GROUPS_OF_A_RULE = 5
"""So many different findings of a rule are told in full in a section; a sixth says little new."""

NAMES_IN_A_LINE = 3
"""So many names stand in a line before the rest is counted."""

SEVERAL = "Several pools"


@dataclass(frozen=True)
class Group:
    """Findings of one rule that say the same of several targets; the first speaks for all."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding whose words are shown."""
        return self.findings[0]

    @property
    def targets(self) -> tuple[str, ...]:
        """All targets, each once."""
        return _once(f.target for f in self.findings)

    @property
    def pools(self) -> tuple[str, ...]:
        """All pools concerned, each once."""
        return _once(p for f in self.findings for p in f.pools)

    @property
    def deadline(self) -> str | None:
        """The first deadline among them."""
        return min((f.deadline for f in self.findings if f.deadline), default=None)

    @property
    def whys(self) -> tuple[str, ...]:
        """Why, each reason once: figures may differ by target."""
        return _once(f.why for f in self.findings if f.why)

    @property
    def fixes(self) -> tuple[str, ...]:
        """What to do, each way once: commands may differ by the target's name."""
        return _once(f.fix for f in self.findings if f.fix)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything seen, each once."""
        return _once(e for f in self.findings for e in f.evidence)


@dataclass(frozen=True)
class Rest:
    """Findings of one rule beyond those that a section tells in full."""

    groups: tuple[Group, ...]

    @property
    def first(self) -> Finding:
        """One of them, for the rule's id and name."""
        return self.groups[0].first

    @property
    def targets(self) -> tuple[str, ...]:
        """All targets, each once."""
        return _once(t for g in self.groups for t in g.targets)

    @property
    def count(self) -> int:
        """How many findings they are."""
        return sum(len(g.findings) for g in self.groups)


@dataclass(frozen=True)
class Section:
    """The findings of one pool, of several pools at once, or of the whole cluster."""

    title: str
    pools: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def entries(self) -> tuple[Group | Rest, ...]:
        """What is told in full, and after it what is only counted and named, rule by rule."""
        entries: list[Group | Rest] = []
        for found in self._by_rule():
            entries += found[:GROUPS_OF_A_RULE]
            if len(found) > GROUPS_OF_A_RULE:
                entries.append(Rest(found[GROUPS_OF_A_RULE:]))
        return tuple(entries)

    def _by_rule(self) -> list[tuple[Group, ...]]:
        """Groups of the same rule and severity together, in the order of their worst."""
        found: dict[tuple[object, ...], list[Group]] = {}
        for group in self.groups:
            one = group.first
            found.setdefault((one.severity, one.blocks, one.rule), []).append(group)
        return [tuple(groups) for groups in found.values()]


@dataclass(frozen=True)
class Unchecked:
    """Targets that one rule could not judge for one reason."""

    rule: str
    reason: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Verdicts:
    """Images that run, or don't, on the same OS SKUs."""

    verdict: dict[str, Verdict]
    images: tuple[ImageReport, ...]


def live(assessment: Assessment) -> tuple[Finding, ...]:
    """The findings that count."""
    return tuple(f for f in assessment.findings if f.ignored is None)


def ignored(assessment: Assessment) -> tuple[Finding, ...]:
    """The findings that the user wants to hear no more of."""
    return tuple(f for f in assessment.findings if f.ignored is not None)


def blocking(assessment: Assessment) -> int:
    """How many findings stop a plan."""
    return sum(f.blocks for f in live(assessment))


def sections(assessment: Assessment) -> tuple[Section, ...]:
    """Where each finding is told: the cluster first, then in the order of the worst finding."""
    places: dict[str, list[Finding]] = {}
    for finding in live(assessment):
        places.setdefault(_place(finding), []).append(finding)
    ordered = sorted(places, key=lambda place: place != _WHOLE)
    return tuple(_section(place, places[place], assessment) for place in ordered)


_WHOLE, _NOWHERE, _MANY = "cluster", "none", "several"


def _place(finding: Finding) -> str:
    if len(finding.pools) > 1:
        return _MANY
    if finding.pools:
        return f"pool/{finding.pools[0]}"
    return _WHOLE if finding.target == "cluster" else _NOWHERE


def _section(place: str, findings: Sequence[Finding], assessment: Assessment) -> Section:
    pools = _once(p for f in findings for p in f.pools)
    titles = {_WHOLE: "Whole cluster", _NOWHERE: "On no pool", _MANY: SEVERAL}
    title = titles.get(place) or f"Pool {pools[0]}{_os_of(pools[0], assessment)}"
    return Section(title, pools, _groups(findings))


def _os_of(pool: str, assessment: Assessment) -> str:
    skus = (p.os_sku or p.os_type for p in assessment.pools if p.name == pool)
    return next((f" ({sku})" for sku in skus if sku), "")


def _groups(findings: Iterable[Finding]) -> tuple[Group, ...]:
    found: dict[tuple[object, ...], list[Finding]] = {}
    for f in findings:
        found.setdefault((f.rule, f.severity, f.blocks, _without_name(f)), []).append(f)
    return tuple(Group(tuple(same)) for same in found.values())


def _without_name(finding: Finding) -> str:
    """What is said, but for the target's own name: the same of each of a hundred workloads.

    A name within another one, as in an image's reference, belongs to that one.
    """
    _, name = kind_and_name(finding.target)
    return _blanked(_blanked(finding.what, finding.target), name)


_PART_OF_A_NAME = frozenset("_./:@-")


def _blanked(text: str, name: str) -> str:
    """A text without a name where it stands alone; by hand, since each target has another."""
    if not name or name not in text:
        return text
    parts, begin, at = [], 0, text.find(name)
    while at >= 0:
        end = at + len(name)
        after = text[end : end + 1]
        if not _goes_on(text[at - 1 : at]) and (after == "." or not _goes_on(after)):
            parts += [text[begin:at], "\0"]
            begin = end
        at = text.find(name, end)
    return "".join((*parts, text[begin:]))


def _goes_on(letter: str) -> bool:
    """Whether a name may go on over a letter; the empty one is the text's end."""
    return letter.isalnum() or letter in _PART_OF_A_NAME


def unchecked(assessment: Assessment) -> tuple[Unchecked, ...]:
    """What could not be checked, by rule and reason."""
    key = lambda n: (n.rule, n.reason)  # noqa: E731 (one use, one line)
    return tuple(
        Unchecked(rule, reason, _once(n.target for n in same))
        for (rule, reason), same in groupby(sorted(assessment.not_checked, key=key), key=key)
    )


def verdicts(assessment: Assessment) -> tuple[Verdicts, ...]:
    """Images of the same verdicts together.

    Those to be rebuilt come first, unknown ones next; the latest OS SKU, where moves lead, decides.
    """
    found: dict[tuple[tuple[str, Verdict], ...], list[ImageReport]] = {}
    for image in assessment.images:
        found.setdefault(tuple(image.verdict.items()), []).append(image)
    order = ("rebuild", "unknown", "fits-unsupported", "fits")
    ranked = sorted(found, key=lambda key: [order.index(v) for _, v in reversed(key)])
    return tuple(Verdicts(dict(key), tuple(found[key])) for key in ranked)


def by_pool(assessment: Assessment) -> dict[str, tuple[Finding, ...]]:
    """The findings that concern each pool, in their order; a pool without any is there, too."""
    found: dict[str, list[Finding]] = {p.name: [] for p in assessment.pools}
    for finding in live(assessment):
        for pool in finding.pools:
            found.setdefault(pool, []).append(finding)
    return {pool: tuple(findings) for pool, findings in found.items()}


def worst_of(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among findings; None without any."""
    found = {f.severity for f in findings}
    return next((s for s in Severity if s in found), None)


def few(names: Sequence[str], most: int = NAMES_IN_A_LINE) -> str:
    """`a, b, c and 37 more`; one more than the limit is named as well."""
    if len(names) <= most + 1:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def cut(text: str, most: int) -> str:
    """A name on one line of a drawing, which can wrap nothing."""
    shown = flat(text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
