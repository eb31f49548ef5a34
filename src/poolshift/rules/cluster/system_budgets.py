"""PSK368: budgets of the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_NAMESPACE = "kube-system"


class SystemBudgets(Rule):
    """A budget of the platform allows no eviction now, and its pods are on a pool to move.

    What it finds:
        Budgets of kube-system that allow no disruption, over pods on a pool that moves or is
        changed in place.

    Why it matters:
        CoreDNS, the tunnel, metrics and Calico bring budgets of their own. One that allows
        nothing stops the drain of a node until its time is over.

    How it is decided:
        By the state of the budgets in the snapshot and the pools of their workloads.

    What to do:
        Add nodes to the system pool so that its pods are ready in numbers, or have another system
        pool ready first.

    Example:
        coredns-pdb with one ready pod on the only system node.
    """

    id = "PSK368"
    name = "system-budget-blocks"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/pdb-zero-disruption",)
    pains = ("D4", "B20", "B21")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the budgets of kube-system."""
        yield from self.unread(context, "poddisruptionbudgets")
        moving = {pool.name for pool, _ in context.moving}
        for budget in context.snapshot.budgets:
            if not budget.target.startswith(f"{_NAMESPACE}/") or not budget.expected:
                continue
            found = (context.index.workloads.get(target) for target in budget.workloads)
            pools = {pool for w in found if w is not None for pool in w.pools} & moving
            if budget.allowed or not pools:
                continue
            yield self.finding(
                budget.target,
                what="a budget of the platform allows no eviction now",
                why=f"the drain of a node of {', '.join(sorted(pools))} waits for it: "
                f"{budget.healthy} of {budget.expected} pods are ready, {budget.desired} must be",
                fix="Bring its pods up, on more nodes if needed: kubectl get pods -n "
                f"{_NAMESPACE} -o wide",
                evidence=(
                    Evidence(f"{budget.target}/disruptionsAllowed", str(budget.allowed)),
                    Evidence(
                        f"{budget.target}/currentHealthy", f"{budget.healthy} of {budget.expected}"
                    ),
                ),
            )
