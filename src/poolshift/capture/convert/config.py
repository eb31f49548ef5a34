"""The three ConfigMaps that are read, each reduced to what a rule needs; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from poolshift.core.snapshot import ConfigFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMESPACE = "kube-system"
DNS = "coredns-custom"
EXPANDER = "cluster-autoscaler-priority-expander"
STATUS = "cluster-autoscaler-status"

_SERVER = re.compile(r"^([^\s{}#][^{}\n]*)\{", re.M)
_PORT = re.compile(r":\d+$")


def config(found: Mapping[str, Mapping[str, str]]) -> ConfigFacts:
    """The reductions of what was found, by ConfigMap name."""
    health, pools = _status(found.get(STATUS, {}).get("status", ""))
    return ConfigFacts(
        dns_zones=tuple(sorted(set(_zones(found.get(DNS, {}))))),
        expander=_priorities(found.get(EXPANDER, {}).get("priorities", "")),
        autoscaler=health,
        autoscaler_pools=pools,
    )


def _zones(data: Mapping[str, str]) -> Iterator[str]:
    """The zones of server blocks; overrides go into the default block and have none."""
    for key, text in data.items():
        if not key.endswith(".server"):
            continue
        for match in _SERVER.finditer(text):
            for zone in re.split(r"[\s,]+", match[1].strip()):
                name = _PORT.sub("", zone.partition("://")[2] or zone).rstrip(".").lower()
                if name:
                    yield name


def _loaded(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _priorities(text: str) -> dict[str, tuple[str, ...]]:
    found = _loaded(text)
    if not isinstance(found, dict):
        return {}
    return {
        str(priority): tuple(str(p) for p in patterns)
        for priority, patterns in found.items()
        if isinstance(patterns, list)
    }


def _status(text: str) -> tuple[str, dict[str, str]]:
    """Overall health, and by node group; the older form of the status is plain text."""
    found = _loaded(text)
    if not isinstance(found, dict) or not isinstance(found.get("clusterWide"), dict):
        health = re.search(r"^Cluster-wide:\s+Health:\s+(\w+)", text, re.M)
        groups = re.findall(r"^\s+Name:\s+(\S+)\s+Health:\s+(\w+)", text, re.M)
        return (health[1] if health else ""), dict(groups)
    listed = found.get("nodeGroups")
    pools = {
        str(g.get("name")): _health(g)
        for g in (listed if isinstance(listed, list) else ())
        if isinstance(g, dict)
    }
    return _health(found["clusterWide"]), pools


def _health(part: Mapping[str, Any]) -> str:
    health = part.get("health")
    return str(health.get("status") or "") if isinstance(health, dict) else ""
