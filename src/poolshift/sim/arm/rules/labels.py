"""Labels and taints of pools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.sim.arm.rules.ask import MANAGED_SYSTEM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.rules.ask import Ask

_PART = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_KEY = re.compile(rf"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?{_PART}")
_VALUE = re.compile(rf"({_PART})?")
# The client's pattern, but for the value, which Kubernetes lets out.
_TAINT = re.compile(
    r"(?P<key>[a-zA-Z\d][\w\-./]{0,252})(=(?P<value>[a-zA-Z\d]?[\w\-.]{0,62}))?"
    r":(?P<effect>NoSchedule|PreferNoSchedule|NoExecute)"
)
_NAME_TOP = 63
_FIELDS = ("nodeTaints", "nodeInitializationTaints")
# The service writes these itself, and a pool that is read has them.
_OWN = frozenset({"kubernetes.azure.com/scalesetpriority", "kubernetes.azure.com/mode"})
# Recorded word for word.
_RESTRICTED = (
    "Placing custom taints on system pool is not supported(except 'CriticalAddonsOnly' taint or "
    "taint effect is 'PreferNoSchedule'). Please refer to https://aka.ms/aks/system-taints for "
    "detail"
)


def labels(ask: Ask) -> None:
    """Labels of Kubernetes' form, none of them the service's own."""
    there: Mapping[str, object] = ask.before.get("nodeLabels") or {}
    longest = ask.world.catalog.limit_number("label-value-length", "max")
    for key, value in ask.part("nodeLabels").items():
        if key in there and there[key] == value:
            continue
        if _reserved(ask, key):
            raise ask.invalid("nodeLabels", f"the label {key} is reserved for the service")
        name = key.rpartition("/")[2]
        if _KEY.fullmatch(key) is None or len(name) > _NAME_TOP:
            raise ask.invalid("nodeLabels", f"{key} is no key of a label")
        if _VALUE.fullmatch(str(value)) is None or len(str(value)) > longest:
            raise ask.invalid("nodeLabels", f"{value} is no value of the label {key}")


def taints(ask: Ask) -> None:
    """Taints of Kubernetes' form; system pools have none that keep the cluster's own pods away.

    It is recorded that those that only new nodes begin with count as well, under the same target,
    and that an empty text is no taint.
    """
    for field in _FIELDS:
        there = set(ask.before.get(field) or ())
        for taint in ask.props.get(field) or ():
            if taint:
                _check_taint(ask, field, str(taint), new=taint not in there)


def _check_taint(ask: Ask, field: str, taint: str, *, new: bool) -> None:
    found = _TAINT.fullmatch(taint)
    if found is None:
        raise ask.invalid(field, f"{taint} is not of the form key=value:effect")
    if new and _reserved(ask, found["key"]):
        raise ask.invalid(field, f"the taint {found['key']} is reserved for the service")
    if _keeps_out(ask, found["key"], found["effect"]):
        raise ask.refused("SystemPoolHasRestrictedTaint", _RESTRICTED, target="nodeTaints")


def _keeps_out(ask: Ask, key: str, effect: str) -> bool:
    if not ask.system or ask.props["mode"] == MANAGED_SYSTEM:
        return False
    return key != "CriticalAddonsOnly" and effect != "PreferNoSchedule"


def _reserved(ask: Ask, key: str) -> bool:
    """Prefixes are compared whole: `node.kubernetes.io/…` may be set (load balancers go by it)."""
    prefix = key.partition("/")[0] + "/" if "/" in key else ""
    return prefix in ask.world.catalog.os_skus.reserved_label_prefixes and key not in _OWN
