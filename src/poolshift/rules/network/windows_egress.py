"""PSK316: Windows nodes behind an egress of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACTS = {
    "userDefinedRouting": "egress-for-windows-packages",
    "none": "default-outbound-retired",
}


class WindowsEgress(Rule):
    """New Windows nodes fetch their parts through a firewall or route of one's own.

    What it finds:
        A move of Windows pools on a cluster whose outboundType is userDefinedRouting or none.

    Why it matters:
        A Windows node fetches packages and images while it starts. What a firewall lets through
        for the old version may not hold what the new one asks for: the node never joins.

    How it is decided:
        By outboundType. What the firewall lets through cannot be read.

    What to do:
        Allow the documented names for Windows, and start one node of the target first.

    Example:
        outboundType userDefinedRouting with a firewall in the hub.
    """

    id = "PSK316"
    name = "egress-for-windows"
    severity = Severity.INFO
    sources = tuple(f"constraints/constraints/{fact}" for fact in _FACTS.values())

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at outboundType when Windows pools move."""
        outbound = context.snapshot.cluster.network.outbound_type or ""
        if outbound not in _FACTS or not context.moving_windows:
            return
        fact = context.catalog.constraint(_FACTS[outbound])
        yield self.finding(
            "cluster",
            what=f"new Windows nodes start through an egress of your own (outboundType {outbound})",
            why=f"{fact.statement}: {fact.consequence}",
            fix=f"{fact.remedy[0].upper()}{fact.remedy[1:]}; try one node of the target first: "
            f"az aks nodepool add {context.pool_arguments('NAME')} --os-type Windows --os-sku "
            f"{context.targets[0] if context.targets else 'SKU'} --node-count 1",
            evidence=(Evidence("cluster/network/outboundType", outbound),),
        )
