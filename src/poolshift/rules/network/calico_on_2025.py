"""PSK301: Calico on Windows Server 2025."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.network.policies import windows_policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "calico-windows-2025"
_ENGINE = "calico"


class CalicoOn2025(Rule):
    """Calico is not documented for the Windows version that a pool moves to.

    What it finds:
        A cluster with the Calico engine and a Windows pool that moves to a version for which
        Calico is not documented.

    Why it matters:
        The new nodes may not enforce a policy. Some monthly builds of earlier versions also lost
        all outgoing traffic under Calico until the next month.

    How it is decided:
        By networkPolicy and the target; NetworkPolicies that select Windows workloads are counted.
        Whether the engine works on the new build can only be tried.

    What to do:
        Try a pair of pods on one new node, one that a policy lets through and one that it does
        not, before a workload moves; keep the node image that passed.

    Example:
        networkPolicy calico and a move to Windows2025.
    """

    id = "PSK301"
    name = "calico-on-new-windows"
    severity = Severity.RECOMMENDED
    sources = (
        f"constraints/constraints/{_FACT}",
        "os_changes/changes/ws2025-network-policy",
    )
    pains = ("M15",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the engine and at where Windows pools go."""
        engine = context.snapshot.cluster.network.network_policy or ""
        if engine.lower() != _ENGINE:
            return
        fact = context.catalog.constraint(_FACT)
        named = fact.applies_when.split()
        policies, workloads = windows_policies(context)
        for pool, to in context.moving_windows:
            if to not in named:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.RECOMMENDED if policies else Severity.INFO,
                what=f"Calico is not documented for {to}",
                why=f"{policies} NetworkPolicies select {workloads} Windows workloads; "
                f"{fact.consequence}",
                fix="Probe one new node with a pair of pods, one that a policy lets through and "
                "one that it stops; the policies: kubectl get networkpolicies -A",
                evidence=(
                    Evidence("cluster/network/networkPolicy", engine),
                    Evidence(f"catalog/{_FACT}", fact.statement),
                ),
            )
        if context.moving_windows:
            yield from self.unread(context, "networkpolicies")
