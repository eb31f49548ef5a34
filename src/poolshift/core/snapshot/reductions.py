"""The three ConfigMaps that are read by name, each reduced to what a rule needs."""

from __future__ import annotations

import msgspec

from poolshift.core.snapshot.part import Part


class ConfigFacts(Part, frozen=True):
    """What three ConfigMaps of kube-system say.

    Attributes:
        dns_zones: zone names of the server blocks of `coredns-custom`.
        expander: priorities of `cluster-autoscaler-priority-expander` with their patterns.
        autoscaler: overall health of `cluster-autoscaler-status`, empty without it.
        autoscaler_pools: its health by node group name, and why none can be added.
    """

    dns_zones: tuple[str, ...] = ()
    expander: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    autoscaler: str = ""
    autoscaler_pools: dict[str, str] = msgspec.field(default_factory=dict)
