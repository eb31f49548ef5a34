"""PSK305: direct server return on Windows nodes under Calico."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "dsr-floating-ip"
_ENGINE = "calico"


class DirectReturn(Rule):
    """Windows nodes answer clients directly, Linux nodes do not.

    What it finds:
        A cluster with Calico and Windows pools that move.

    Why it matters:
        With Calico, floating IP (direct server return) is on by default on Windows nodes: answers
        take another way than requests, and firewalls that keep state may see only one half.

    How it is decided:
        By networkPolicy of the cluster.

    What to do:
        Test from outside the cluster through every firewall on the way, on the first new node.

    Example:
        networkPolicy calico and a Windows2022 pool behind a firewall.
    """

    id = "PSK305"
    name = "direct-server-return"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the engine when Windows pools move."""
        engine = context.snapshot.cluster.network.network_policy or ""
        if engine.lower() != _ENGINE or not context.moving_windows:
            return
        yield self.finding(
            "cluster",
            what="its Windows nodes answer clients directly (floating IP)",
            why=context.catalog.constraint(_FACT).statement,
            fix="Test connections from outside on the first new node, through every firewall",
            evidence=(Evidence("cluster/network/networkPolicy", engine),),
        )
