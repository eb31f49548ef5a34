"""The settings of the autoscaler: `autoScalerProfile` of the cluster, with AKS's defaults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPAN = re.compile(r"(\d+)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Profile(msgspec.Struct, frozen=True):
    """Settings, with the defaults that AKS documents for each."""

    expander: str = "random"
    scan_s: float = 10.0
    unneeded_s: float = 600.0
    after_add_s: float = 600.0
    after_delete_s: float = 10.0
    after_failure_s: float = 180.0
    utilisation: float = 0.5
    ignore_daemons: bool = False
    keep_local_storage: bool = True
    keep_system_pods: bool = True
    most_empty: int = 10
    new_pod_s: float = 0.0


def read_profile(sent: Mapping[str, Any] | None) -> Profile:
    """A profile as ARM has it: every value is text."""
    given = {key: str(value) for key, value in (sent or {}).items() if value not in (None, "")}
    usual = Profile()

    def span(name: str, default: float) -> float:
        parts = _SPAN.findall(given.get(name, ""))
        return sum(int(n) * _UNITS[unit] for n, unit in parts) if parts else default

    def flag(name: str, default: bool) -> bool:
        return given.get(name, str(default)).lower() == "true"

    scan_s = span("scan-interval", usual.scan_s)
    return Profile(
        expander=given.get("expander", usual.expander),
        scan_s=scan_s,
        unneeded_s=span("scale-down-unneeded-time", usual.unneeded_s),
        after_add_s=span("scale-down-delay-after-add", usual.after_add_s),
        after_delete_s=span("scale-down-delay-after-delete", scan_s),
        after_failure_s=span("scale-down-delay-after-failure", usual.after_failure_s),
        utilisation=float(given.get("scale-down-utilization-threshold", usual.utilisation)),
        ignore_daemons=flag("ignore-daemonsets-utilization", usual.ignore_daemons),
        keep_local_storage=flag("skip-nodes-with-local-storage", usual.keep_local_storage),
        keep_system_pods=flag("skip-nodes-with-system-pods", usual.keep_system_pods),
        most_empty=int(given.get("max-empty-bulk-delete", usual.most_empty)),
        new_pod_s=span("new-pod-scale-up-delay", usual.new_pod_s),
    )
