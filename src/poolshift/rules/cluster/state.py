"""PSK207: a cluster or pool that is not ready to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class NotSucceeded(Rule):
    """The cluster or a pool is stopped, failed, or being changed by somebody else.

    What it finds:
        A cluster or pool whose provisioning state is not Succeeded, or whose power state is not
        Running.

    Why it matters:
        The service refuses to change what is stopped or changing (OperationNotAllowed), and what
        failed must be reconciled before the next change.

    How it is decided:
        By provisioningState and powerState of the cluster and of each pool. Pools that do not
        move are reported and do not keep a plan from being carried out.

    What to do:
        Start it, wait for the running operation, or reconcile it with an empty update.

    Example:
        pool/wspool is in Failed after an upgrade that ran into a budget.
    """

    id = "PSK207"
    name = "not-succeeded"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/failed-state",
        "constraints/constraints/stopped-cluster",
        "constraints/constraints/concurrent-operations",
        "limits/limits/operations-per-cluster",
    )
    pains = ("F1", "D7")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the cluster, then at each pool."""
        cluster = context.snapshot.cluster
        where = context.cluster_arguments
        yield from self._of(
            "cluster",
            (cluster.provisioning_state, cluster.power_state),
            start=f"az aks start {where}",
            repair=f"az aks update {where}",
            blocks=True,
        )
        moving = {pool.name for pool, _ in context.moving}
        for pool in context.snapshot.pools:
            where = context.pool_arguments(pool.name)
            yield from self._of(
                f"pool/{pool.name}",
                (pool.provisioning_state, pool.power_state),
                start=f"az aks nodepool start {where}",
                repair=f"az aks nodepool update {where}",
                blocks=pool.name in moving,
            )

    def _of(
        self, target: str, states: tuple[str, str], *, start: str, repair: str, blocks: bool
    ) -> Iterator[Finding | NotChecked]:
        provisioning, power = states
        evidence = (
            Evidence("provisioningState", provisioning or "unknown"),
            Evidence("powerState", power or "unknown"),
        )
        if not provisioning:
            yield self.not_checked(target, "its provisioning state is not known")
        if power and power != "Running":
            yield self.finding(
                target,
                what=f"it is {power}",
                why="what is stopped cannot be changed (OperationNotAllowed)",
                fix=f"Start it: {start}",
                evidence=evidence,
                blocks=blocks,
            )
        elif provisioning not in ("", "Succeeded"):
            failed = provisioning in ("Failed", "Canceled")
            yield self.finding(
                target,
                what=f"its provisioning state is {provisioning}",
                why="the service takes the next change only when this one is settled",
                fix=f"Reconcile it: {repair}" if failed else "Wait until the operation has ended",
                evidence=evidence,
                blocks=blocks,
            )
