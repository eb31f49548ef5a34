"""PSC407: as many pools as a cluster takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "pools-per-cluster"


class PoolCount(Rule):
    """The cluster has no room for the new pools.

    What it finds:
        Clusters whose pools, with a new one for each Windows pool to move, are more than the
        service takes.

    Why it matters:
        The service refuses a pool past the limit.

    How it is decided:
        By maxAgentPools of the cluster where the service says it, else by the catalog's limit.

    What to do:
        Move fewer pools at a time, or remove pools that are not used.

    Example:
        98 pools, of which five are to move at once.
    """

    id = "PSC407"
    name = "pools-per-cluster"
    severity = Severity.RECOMMENDED
    sources = (f"limits/limits/{_LIMIT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the pools and the new ones."""
        told = context.snapshot.cluster.max_pools
        most = told if told is not None else context.catalog.limit_number(_LIMIT, "max")
        now, more = len(context.snapshot.pools), len(context.moving_windows)
        if not more or now + more <= most:
            return
        yield self.finding(
            "cluster",
            severity=Severity.RECOMMENDED if now < most else Severity.REQUIRED,
            what=f"it takes {most} pools and has {now}; the move adds {more} at once",
            why="the service refuses a pool past the limit",
            fix="Move one pool after another: "
            f"poolshift plan --to {context.to or 'SKU'} --pool NAME "
            "--out plan.yaml"
            if now < most
            else "Remove a pool that is not used: az aks nodepool list -o table "
            f"-g {quote(context.group)} --cluster-name {quote(context.snapshot.cluster.name)}",
            evidence=(
                Evidence("pools", str(now)),
                Evidence("cluster/max_pools", str(told) if told is not None else "not said"),
            ),
            blocks=now >= most,
        )
