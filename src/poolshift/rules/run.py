"""Runs the rules over a snapshot: the whole answer of assess."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import UsageError
from poolshift.core.finding import (
    Assessment,
    ClusterReport,
    Finding,
    Ignored,
    ImageReport,
    NotChecked,
    PoolReport,
    Severity,
    Summary,
)
from poolshift.rules.interface import Context, Rule
from poolshift.rules.registry import RULES
from poolshift.rules.settings import NO_SETTINGS, ignored_by
from poolshift.semantics.images import builds_of, verdict
from poolshift.semantics.support import deadlines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import PoolFacts, Snapshot
    from poolshift.rules.settings import Settings

CRASH = "PSX901"
"""Id of the finding that stands for a rule which failed."""

UNREADABLE = "PSX902"
"""Id under which stands what could not be read."""

_ORDER = {Severity.REQUIRED: 0, Severity.RECOMMENDED: 1, Severity.INFO: 2}


def assess(
    snapshot: Snapshot,
    catalog: Catalog,
    *,
    as_of: date,
    to: str | None = None,
    rules: Sequence[Rule] = RULES,
    settings: Settings = NO_SETTINGS,
) -> Assessment:
    """Everything that the rules say of a cluster, worst first.

    Args:
        snapshot: the cluster.
        catalog: the facts.
        as_of: today; facts read later count all the same.
        to: an OS SKU to move to; None asks about each pool's own successor.
        rules: other rules than the registry's, in tests.
        settings: what the user decided.

    Raises:
        UsageError: `to` is no OS SKU of the catalog, or the settings name what is not there.
    """
    if settings.dates:
        catalog = catalog.with_ends(settings.ends)
    _check_rules(settings, rules)
    context = Context(snapshot, catalog, as_of, _known(to, catalog), settings)
    findings, unchecked = _run(rules, context)
    findings = [_decided(f, context) for f in findings]
    count = Counter(f.severity for f in findings if f.ignored is None)
    return Assessment(
        as_of=as_of.isoformat(),
        cluster=_cluster_report(snapshot),
        pools=tuple(_pool_report(pool, catalog) for pool in snapshot.pools),
        findings=tuple(_with_pools(f, context) for f in sorted(findings, key=_finding_key)),
        not_checked=tuple(sorted(unchecked, key=lambda n: (n.rule, n.target, n.reason))),
        images=_image_reports(context),
        summary=Summary(
            required=count[Severity.REQUIRED],
            recommended=count[Severity.RECOMMENDED],
            info=count[Severity.INFO],
            ignored=sum(f.ignored is not None for f in findings),
        ),
    )


def _known(to: str | None, catalog: Catalog) -> str | None:
    if to is None:
        return None
    sku = catalog.sku(to)
    if sku is None:
        names = ", ".join(s.id for s in catalog.os_skus.os_skus)
        raise UsageError(
            f"{to} is no OS SKU that the catalog knows",
            why=f"known are {names}",
            fix="Name one of them: --to SKU",
            code="PSE150",
        )
    return sku.id


def _run(rules: Sequence[Rule], context: Context) -> tuple[list[Finding], list[NotChecked]]:
    findings: list[Finding] = []
    unchecked: list[NotChecked] = []
    heard = False
    for rule in rules:
        if not rule.applies(context.as_of) or context.settings.is_off(rule.id):
            continue
        said, failure = _said_by(rule, context)
        findings += [x for x in said if isinstance(x, Finding)]
        unchecked += [x for x in said if isinstance(x, NotChecked)]
        if failure is not None:
            findings.append(failure)
        if rule.id == UNREADABLE:
            heard = True
    if heard:
        unchecked += _untold(context, findings, unchecked)
    return findings, unchecked


def _untold(
    context: Context, findings: Sequence[Finding], unchecked: Sequence[NotChecked]
) -> Iterator[NotChecked]:
    """What could not be read and no rule has spoken of: never passed over in silence."""
    said = "\n".join(
        [n.reason for n in unchecked] + [e.value for f in findings for e in f.evidence]
    )
    for part in context.snapshot.unknown:
        if part.reason not in said:
            reason = f"{part.what} could not be read: {part.reason}"
            yield NotChecked(UNREADABLE, "cluster", reason)


def _said_by(rule: Rule, context: Context) -> tuple[list[Finding | NotChecked], Finding | None]:
    """What a rule says; one that fails says what it said so far, and the failure is a finding."""
    said: list[Finding | NotChecked] = []
    try:
        said.extend(rule.check(context))
    except Exception as error:  # One rule must not hide what the others find.
        return said, _crash(rule, error)
    return said, None


def _crash(rule: Rule, error: Exception) -> Finding:
    return Finding(
        rule=CRASH,
        name="rule-failed",
        severity=Severity.RECOMMENDED,
        target="cluster",
        what=f"rule {rule.id} ({rule.name}) failed: what it looks for was not checked to the end",
        why=f"{type(error).__name__}: {error}",
        fix="This is a defect of poolshift; please report it with this text",
        docs=f"docs/rules/{CRASH}.md",
    )


def _finding_key(finding: Finding) -> tuple[int, bool, str, str, str, str]:
    return (
        _ORDER[finding.severity],
        not finding.blocks,
        finding.deadline or "9999",
        finding.rule,
        finding.target,
        finding.what,
    )


def _check_rules(settings: Settings, rules: Sequence[Rule]) -> None:
    """Refuse settings for rules that are not there: they would hold for nothing in silence."""
    known = {rule.id for rule in rules} | {CRASH}
    named = [*settings.severity, *(i.rule for i in settings.ignore)]
    wrong = sorted({name for name in named if name.upper() not in known})
    if wrong:
        raise UsageError(
            f"the settings name {', '.join(wrong)}, which is no rule",
            fix="See the rules with: poolshift explain PSW101, or docs/rules",
            code="PSE123",
        )


def _decided(finding: Finding, context: Context) -> Finding:
    """A finding with the severity that the user gives it, and their decision to ignore it."""
    settings = context.settings
    severity = settings.severity_of(finding.rule)
    ignore = ignored_by(settings.ignore, finding.rule, finding.target, context.as_of)
    until = ignore.until.isoformat() if ignore and ignore.until else None
    return msgspec.structs.replace(
        finding,
        severity=severity or finding.severity,
        ignored=Ignored(ignore.reason, until) if ignore else None,
    )


def _with_pools(finding: Finding, context: Context) -> Finding:
    return msgspec.structs.replace(finding, pools=pools_of(finding.target, context))


def pools_of(target: str, context: Context) -> tuple[str, ...]:
    """The pools that a target of a finding is, is in or runs on; empty for the cluster."""
    kind, _, name = target.partition("/")
    index = context.index
    if kind == "pool":
        return (name,)
    if kind == "node":
        node = index.nodes.get(name)
        return (node.pool,) if node else ()
    if kind == "image":
        workloads = index.users_of_image.get(name, ())
    else:
        found = index.workloads.get(target)
        workloads = (found,) if found else ()
    return tuple(sorted({pool for w in workloads for pool in w.pools if pool}))


def _cluster_report(snapshot: Snapshot) -> ClusterReport:
    cluster = snapshot.cluster
    return ClusterReport(cluster.id, cluster.name, cluster.region, cluster.kubernetes_version)


def _pool_report(pool: PoolFacts, catalog: Catalog) -> PoolReport:
    return PoolReport(
        name=pool.name,
        os_type=pool.os_type,
        os_sku=pool.os_sku,
        build=pool.build,
        count=pool.count,
        vm_size=pool.vm_size,
        vm_generation=pool.vm_generation,
        node_image_version=pool.node_image_version,
        deadlines=deadlines(pool, catalog),
        mode=pool.mode,
        kubernetes_version=pool.kubernetes_version,
        owner=pool.owner,
    )


def _image_reports(context: Context) -> tuple[ImageReport, ...]:
    """The images of Windows workloads, with the verdict for every Windows OS SKU."""
    skus = context.catalog.windows_skus()
    reports = []
    for ref, used_by in sorted(context.windows_images.items()):
        facts = context.index.images.get(ref)
        windows = [p for p in facts.platforms if p.os == "windows"] if facts else []
        reports.append(
            ImageReport(
                ref=ref,
                builds=builds_of(facts) if facts else (),
                size_bytes=max((p.size_bytes for p in windows), default=0),
                used_by=used_by,
                verdict={sku: verdict(facts, sku, context.catalog) for sku in skus},
            )
        )
    return tuple(reports)
