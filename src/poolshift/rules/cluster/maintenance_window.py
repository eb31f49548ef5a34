"""PSK342: maintenance windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import MaintenanceFacts
    from poolshift.rules.interface import Context

_LIMIT = "maintenance-window"
_POOL_LIMIT = "auto-upgrade-pool-size"
_CHANNELS = {
    "aksManagedAutoUpgradeSchedule": "upgrade_channel",
    "aksManagedNodeOSUpgradeSchedule": "node_os_upgrade_channel",
}
_OFF = ("", "none")


class MaintenanceWindow(Rule):
    """A maintenance window is too short, or opens while pools move, or is too small for a pool.

    What it finds:
        Windows shorter than advised; windows of a channel that is on, when pools move; and pools
        so large that automatic upgrades pass them by.

    Why it matters:
        Windows are best effort: an upgrade may start in one in the middle of a move, run on past
        its end, or never come for a large pool.

    How it is decided:
        By the maintenance configurations, the channels and the size of the pools. When a run
        would take place is not known.

    What to do:
        Lengthen the window; move between two windows, or with the channels off.

    Example:
        aksManagedNodeOSUpgradeSchedule with a duration of two hours.
    """

    id = "PSK342"
    name = "maintenance-window"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/maintenance-configs",
        f"limits/limits/{_LIMIT}",
        f"limits/limits/{_POOL_LIMIT}",
    )
    pains = ("B32",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every configuration, then at the size of pools."""
        yield from self.unread(context, "maintenance")
        channels = context.snapshot.cluster.auto_upgrade
        least = context.catalog.limit_number(_LIMIT, "min_recommended")
        for found in context.snapshot.maintenance:
            hours = _hours(found)
            if hours is not None and hours < least:
                yield self._short(context, found, hours, least)
            field = _CHANNELS.get(found.name, "")
            channel = str(getattr(channels, field, None) or "") if field else ""
            if channel.lower() not in _OFF and context.moving:
                yield self._opens(context, found, channel)
        most = context.catalog.limit_number(_POOL_LIMIT, "max")
        if (channels.upgrade_channel or "").lower() in _OFF:
            return
        for pool in context.snapshot.pools:
            if pool.count > most:
                yield self.finding(
                    f"pool/{pool.name}",
                    severity=Severity.INFO,
                    what=f"it has more than {most} nodes: automatic upgrades may pass it by",
                    why="an upgrade that is reckoned at more than a day is not started",
                    fix="Upgrade it yourself: az aks nodepool upgrade "
                    f"{context.pool_arguments(pool.name)} --node-image-only",
                    evidence=(Evidence(f"pools/{pool.name}/count", str(pool.count)),),
                )

    def _short(self, context: Context, found: MaintenanceFacts, hours: int, least: int) -> Finding:
        return self.finding(
            "cluster",
            what=f"its maintenance window {found.name} is {hours} hours long; {least} are advised",
            why="what does not fit starts late, runs on past the end, or waits for the next one",
            fix="Lengthen it: az aks maintenanceconfiguration update "
            f"{_arguments(context)} -n {quote(found.name)} --duration {least}",
            evidence=(Evidence(f"maintenance/{found.name}/durationHours", str(hours)),),
        )

    def _opens(self, context: Context, found: MaintenanceFacts, channel: str) -> Finding:
        window = found.properties.get("maintenanceWindow") or {}
        return self.finding(
            "cluster",
            severity=Severity.INFO,
            what=f"upgrades of channel {channel} may start in the window {found.name}",
            why="a move that is under way then shares nodes and locks with them",
            fix="Plan the move between two windows, or with the channels off: "
            f"az aks maintenanceconfiguration show {_arguments(context)} -n {quote(found.name)}",
            evidence=(
                Evidence(f"maintenance/{found.name}/schedule", str(window.get("schedule") or "")),
                Evidence(f"maintenance/{found.name}/startTime", str(window.get("startTime") or "")),
            ),
        )


def _hours(found: MaintenanceFacts) -> int | None:
    window = found.properties.get("maintenanceWindow")
    hours = window.get("durationHours") if isinstance(window, dict) else None
    return hours if isinstance(hours, int) else None


def _arguments(context: Context) -> str:
    name = quote(context.snapshot.cluster.name)
    return f"-g {quote(context.group)} --cluster-name {name}"
