"""Kubernetes versions that the region offers, by the calendar of the catalog and the world's clock.

The catalog dates minors, not their patches. Those that are dated somewhere fit this rule: a minor's
newest patch is one less than the months since its release upstream, and the region offers the
newest three. Versions that the scenario itself names are offered besides. Before the calendar
begins, the region offers the minors around the scenario's own.
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.arm.versions import minor, numbers

if TYPE_CHECKING:
    from poolshift.catalog.model.kubernetes_versions import KubernetesVersion
    from poolshift.sim.arm.subscription import Subscription

OFFICIAL = "KubernetesOfficial"
LONG_TERM = "AKSLongTermSupport"
_PATCHES = 3
_BEFORE_CALENDAR = (-1, 0, 1, 2)


class Release(msgspec.Struct, frozen=True):
    """A minor on offer.

    Attributes:
        minor: `1.35`.
        patches: `1.35.7`, … in ascending order; at least one.
        plans: support plans that may run it.
        preview: not generally available yet.
    """

    minor: str
    patches: tuple[str, ...]
    plans: tuple[str, ...] = (OFFICIAL,)
    preview: bool = False


def offered(azure: Subscription) -> tuple[Release, ...]:
    """What the region offers now, in ascending order."""
    if azure.scenario.kubernetes_versions:
        return _listed(azure)
    today = azure.clock.moment().date()
    found = []
    for record in azure.catalog.kubernetes_versions.kubernetes_versions:
        release = _of_record(record, today, _named(azure, record.version))
        if release is not None:
            found.append(release)
    if not found:
        own = minor(azure.scenario.cluster.kubernetes_version)
        around = [f"{own[0]}.{own[1] + step}" for step in _BEFORE_CALENDAR if own[1] + step >= 0]
        found = [Release(text, _named(azure, text) or (f"{text}.0",)) for text in around]
    return tuple(sorted(found, key=lambda release: numbers(release.minor)))


def _listed(azure: Subscription) -> tuple[Release, ...]:
    """What the scenario says that the region offers."""
    found: dict[str, list[str]] = {}
    for version in sorted({*azure.scenario.kubernetes_versions}, key=numbers):
        found.setdefault(".".join(version.split(".")[:2]), []).append(version)
    plans = (OFFICIAL, LONG_TERM)
    return tuple(Release(text, tuple(patches), plans) for text, patches in found.items())


def default(azure: Subscription) -> str:
    """The minor of a cluster that names none: the newest but one that is generally available."""
    if azure.scenario.default_version:
        return azure.scenario.default_version
    ready = [r for r in offered(azure) if not r.preview and OFFICIAL in r.plans]
    return ready[-2 if len(ready) > 1 else -1].minor if ready else offered(azure)[-1].minor


def resolved(azure: Subscription, version: str) -> str:
    """A full version as it is when it is on offer; a minor becomes its newest patch; else empty."""
    for release in offered(azure):
        if version == release.minor:
            return release.patches[-1]
        if version in release.patches:
            return version
    return ""


def upgrades(azure: Subscription, version: str) -> tuple[tuple[str, bool], ...]:
    """Versions that one may go to from a full version, each with whether it is a preview.

    They are the later patches of its minor and every patch of the next one.
    """
    here = minor(version)
    found = []
    for release in offered(azure):
        step = minor(release.minor)[1] - here[1]
        if step not in (0, 1):
            continue
        later = (p for p in release.patches if numbers(p) > numbers(version))
        found += [(patch, release.preview) for patch in later]
    return tuple(found)


def _of_record(record: KubernetesVersion, today: dt.date, named: tuple[str, ...]) -> Release | None:
    ga, end = _first_day(record.aks_ga), _last_day(record.end_of_life)
    long_end = _last_day(record.lts_end)
    start = _first_day(record.aks_preview) or ga
    if start is None or today < start:
        return None
    plans = []
    if end is None or today <= end:
        plans.append(OFFICIAL)
    if long_end is not None and today <= long_end and ga is not None and today >= ga:
        plans.append(LONG_TERM)
    if not plans:
        return None
    upstream = _first_day(record.upstream_release) or start
    months = max((today.year - upstream.year) * 12 + today.month - upstream.month, 0)
    last = max(months - 1, 0)
    newest = [f"{record.version}.{n}" for n in range(max(last - _PATCHES + 1, 0), last + 1)]
    patches = tuple(sorted({*newest, *named}, key=numbers))
    return Release(record.version, patches, tuple(plans), ga is None or today < ga)


def _named(azure: Subscription, text: str) -> tuple[str, ...]:
    """Full versions of a minor that clusters and pools of the world run."""
    running = {azure.scenario.cluster.kubernetes_version}
    for world in azure.clusters():
        running.add(world.cluster.version)
        running |= {str(p.properties["currentOrchestratorVersion"]) for p in world.pools.values()}
    return tuple(sorted((v for v in running if minor(v) == minor(text)), key=numbers))


def _first_day(text: str | None) -> dt.date | None:
    """The day that a date or the first one that a month means."""
    if not text:
        return None
    parts = [int(part) for part in text.split("-")]
    return dt.date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)


def _last_day(text: str | None) -> dt.date | None:
    """The day that a date or the last one that a month means."""
    if not text:
        return None
    parts = [int(part) for part in text.split("-")]
    last = calendar.monthrange(parts[0], parts[1])[1]
    return dt.date(parts[0], parts[1], parts[2] if len(parts) > 2 else last)
