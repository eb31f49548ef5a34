"""What a user decides about the rules: severities, ignores, thresholds, dates of their own."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from poolshift.catalog import Claim
from poolshift.core.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

SOURCE = "pinned in the settings"


_Words = Annotated[str, msgspec.Meta(pattern=r"\S")]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
_Speed = Annotated[float, msgspec.Meta(gt=0)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: a key that is not named here is a mistake of the file."""


class Ignore(_Table, frozen=True):
    """Findings that the user has decided about.

    Attributes:
        rule: id of the rule.
        reason: why; nobody may leave it out.
        target: a target, or a pattern with `*`.
        until: last day on which it holds; null for ever.
    """

    rule: str
    reason: _Words
    target: str = "*"
    until: date | None = None

    def covers(self, rule: str, target: str) -> bool:
        """Whether it is about a finding, whatever the day."""
        return rule == self.rule.upper() and fnmatchcase(target, self.target)


class Pinned(_Table, frozen=True):
    """A date that the user knows better than the catalog (an agreement with the vendor).

    Attributes:
        os: OS SKU or release.
        what: create, patch, upgrade or scale.
        on: the day.
        reason: why.
    """

    os: str
    what: Literal["create", "patch", "upgrade", "scale"]
    on: date
    reason: _Words


class Thresholds(_Table, frozen=True):
    """From when on something counts.

    Attributes:
        soon_days: an end within so many days is recommended to act on, not just told.
        facts_days: facts read longer ago than this are pointed out.
        node_image_weeks: a node image older than this is old.
        windows_services: Services on a cluster with Windows nodes; default: the catalog's limit.
        service_share: share of that limit from which on it is told.
        disk_share: share of a green node's disk that images may fill.
        pull_minutes: a predicted pull longer than this is told.
        pull_mb_s: megabytes (compressed) that a new node pulls and unpacks in a second.
        quota_headroom: vCPUs of a family that should be left after the move.
        address_headroom: addresses of a subnet that should be left during the move.
        grace_minutes: a grace period longer than this is told.
        replicas: a workload with fewer replicas stands still when its pod moves.
    """

    soon_days: _Count = 365
    facts_days: _Count = 90
    node_image_weeks: _Count = 8
    windows_services: _Count | None = None
    service_share: _Share = 0.8
    disk_share: _Share = 0.8
    pull_minutes: _Count = 15
    pull_mb_s: _Speed = 8.0
    quota_headroom: _Count = 0
    address_headroom: _Count = 0
    grace_minutes: _Count = 10
    replicas: _Count = 2


Weight = Literal["required", "recommended", "info", "off"]
"""A severity, or that a rule is left out."""


class Settings(_Table, frozen=True):
    """A settings file.

    Attributes:
        severity: severity by rule id, in place of the rule's own; `off` leaves the rule out.
        ignore: findings that are decided about.
        dates: dates of one's own.
        thresholds: from when on something counts.
    """

    severity: dict[str, Weight] = {}
    ignore: tuple[Ignore, ...] = ()
    dates: tuple[Pinned, ...] = ()
    thresholds: Thresholds = Thresholds()

    @property
    def ends(self) -> dict[tuple[str, str], Claim]:
        """The pinned dates as claims, by OS and what ends."""
        return {(p.os, p.what): _claim(p) for p in self.dates}

    def is_off(self, rule: str) -> bool:
        """Whether the user left a rule out."""
        return self._weight(rule) == "off"

    def severity_of(self, rule: str) -> Severity | None:
        """The severity that the user gives a rule's findings; None without a word."""
        weight = self._weight(rule)
        return None if weight is None or weight == "off" else Severity(weight)

    def _weight(self, rule: str) -> Weight | None:
        for name, weight in self.severity.items():
            if name.upper() == rule:
                return weight
        return None


NO_SETTINGS = Settings()


def _claim(pinned: Pinned) -> Claim:
    return Claim(
        value=pinned.on.isoformat(),
        source=f"{SOURCE}: {pinned.reason}",
        read_on=pinned.on.isoformat(),
        official=True,
    )


def ignored_by(ignores: Iterable[Ignore], rule: str, target: str, as_of: date) -> Ignore | None:
    """The first ignore that covers a finding and has not expired."""
    for ignore in ignores:
        if ignore.covers(rule, target) and (ignore.until is None or as_of <= ignore.until):
            return ignore
    return None
