"""How a pool is upgraded: surge, drain, soak."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poolshift.sim.arm.rules.ask import Ask

_SHARE = re.compile(r"(\d+)(%?)")
_BEHAVIOURS = ("Schedule", "Cordon")
_SETTINGS = "upgradeSettings"
_BLUE_GREEN = "upgradeSettingsBlueGreen"


def rolling(ask: Ask) -> None:
    """Surge, unavailable nodes, times and what becomes of a node that cannot be drained."""
    settings = ask.part(_SETTINGS)
    surge = _share(ask, f"{_SETTINGS}.maxSurge", settings.get("maxSurge"))
    missing = _share(ask, f"{_SETTINGS}.maxUnavailable", settings.get("maxUnavailable"))
    if surge == 0 and missing == 0:
        raise ask.invalid(_SETTINGS, "maxSurge and maxUnavailable cannot both be 0")
    if missing and ask.system:
        raise ask.invalid(f"{_SETTINGS}.maxUnavailable", "a system agent pool cannot have it")
    minutes(ask, f"{_SETTINGS}.drainTimeoutInMinutes", settings, "drain-timeout")
    minutes(ask, f"{_SETTINGS}.nodeSoakDurationInMinutes", settings, "node-soak")
    behaviour = settings.get("undrainableNodeBehavior")
    if behaviour and behaviour not in _BEHAVIOURS:
        raise ask.invalid(
            f"{_SETTINGS}.undrainableNodeBehavior",
            f"{behaviour} is none of {', '.join(_BEHAVIOURS)}",
        )
    if settings.get("maxBlockedNodes") is not None:
        _share(ask, f"{_SETTINGS}.maxBlockedNodes", settings["maxBlockedNodes"])


def blue_green(ask: Ask) -> None:
    """Batches and soaks of the service's own blue-green upgrade."""
    settings = ask.part(_BLUE_GREEN)
    if _share(ask, f"{_BLUE_GREEN}.drainBatchSize", settings.get("drainBatchSize")) == 0:
        raise ask.invalid(f"{_BLUE_GREEN}.drainBatchSize", "it is greater than 0")
    ranges = ask.world.catalog.limit("native-blue-green").current
    for name in ("batchSoakDurationInMinutes", "finalSoakDurationInMinutes"):
        limit = ranges[name] if isinstance(ranges, dict) else {}
        if isinstance(limit, dict):
            _within(ask, f"{_BLUE_GREEN}.{name}", settings.get(name), limit["min"], limit["max"])
    drain = ask.world.catalog.limit_number("drain-timeout", "max")
    # One minute at least, other than in a rolling upgrade.
    name = "drainTimeoutInMinutes"
    _within(ask, f"{_BLUE_GREEN}.{name}", settings.get(name), 1, drain)


def minutes(ask: Ask, path: str, settings: Any, limit_id: str) -> None:
    """A number of minutes within a limit of the catalog; null leaves it to the service."""
    catalog = ask.world.catalog
    first, last = catalog.limit_number(limit_id, "min"), catalog.limit_number(limit_id, "max")
    _within(ask, path, settings.get(path.rpartition(".")[2]), first, last)


def _within(ask: Ask, path: str, value: Any, first: int, last: int) -> None:
    # 0 is how clients say "as you like", and what the service answers where nothing was set.
    if value in (None, 0):
        return
    if not isinstance(value, int) or not first <= value <= last:
        raise ask.invalid(path, f"{value} is not between {first} and {last}")


def _share(ask: Ask, path: str, value: Any) -> int | None:
    """The number of `5` or `33%`; None where the service chooses."""
    if value in (None, ""):
        return None
    found = _SHARE.fullmatch(str(value))
    if found is None or (found[2] and int(found[1]) > 100):
        raise ask.invalid(path, f"{value} is neither a count nor a percentage up to 100%")
    return int(found[1])
