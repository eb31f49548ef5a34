"""PSK300: Azure network policy manager on Windows nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.network.policies import windows_policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "npm-windows-ended"
_ENGINE = "azure"


class NpmOnWindows(Rule):
    """Network policies on Windows nodes are enforced by an engine that has ended there.

    What it finds:
        A cluster with Windows pools whose network policy engine is Azure's policy manager.

    Why it matters:
        The engine is no longer served on Windows. Policies stay in the API and read as if they
        held, and nothing says when a node stops enforcing them.

    How it is decided:
        By networkPolicy of the cluster; NetworkPolicies that select Windows workloads are counted.

    What to do:
        Replace what the policies guard on Windows by network security groups, or by an engine
        that is documented for the target. Changing the engine reimages every pool: a step of its
        own, before or after the move.

    Example:
        networkPolicy azure on a cluster with a Windows2022 pool.
    """

    id = "PSK300"
    name = "npm-on-windows"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}", "limits/limits/npm-scale")
    pains = ("B29",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the engine when there are Windows pools."""
        engine = context.snapshot.cluster.network.network_policy or ""
        windows = [p.name for p in context.snapshot.pools if p.os_type == "Windows"]
        if engine.lower() != _ENGINE or not windows:
            return
        fact = context.catalog.constraint(_FACT)
        policies, workloads = windows_policies(context)
        ended = context.as_of.isoformat() >= fact.applies_from
        yield self.finding(
            "cluster",
            severity=Severity.REQUIRED if policies or ended else Severity.RECOMMENDED,
            what="Azure's network policy manager "
            + ("is no longer served" if ended else "ends")
            + " on Windows nodes",
            why=f"{policies} NetworkPolicies select {workloads} Windows workloads; on Windows "
            "nodes they are unsupported and may fail in silence",
            fix=f"{fact.remedy[0].upper()}{fact.remedy[1:]}; see what is there: "
            "kubectl get networkpolicies -A",
            deadline=fact.applies_from,
            evidence=(
                Evidence("cluster/network/networkPolicy", engine),
                Evidence("pools", ", ".join(windows)),
            ),
        )
        yield from self.unread(context, "networkpolicies")
