"""PSI302: another pool that would take the moved pods and lacks their identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.identities import lacking, own_identities, place_of
from poolshift.semantics.pins import OS_SKU_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context
    from poolshift.semantics.identities import Place


class IdentityElsewhere(Rule):
    """Another pool with the target's OS SKU takes the moved pods, and lacks their identities.

    What it finds:
        A pool that is there already, whose nodes would take pods of a pool to move, and whose
        scale set lacks a user-assigned identity that the pool to move has.

    Why it matters:
        A template that selects the new OS SKU lets its pods land on every pool of that SKU. On one
        without the identity a gMSA cannot log on, and others get "The requested identity has not
        been assigned to this resource".

    How it is decided:
        By the identities of both scale sets, and by selector, affinity and tolerations of the
        templates against labels and taints of the pool. A workload that is ready on that pool
        already needs nothing there. Which pod needs which identity stands in no template, so all
        others of the pool count.

    What to do:
        Nothing: poolshift lets the templates of these workloads name the new pool. Without that
        name: assign the identity to the other pool's scale set before the move.

    Example:
        ws19's scale set has id-gmsa, and the pool web22 runs Windows2022 without it.
    """

    id = "PSI302"
    name = "identity-missing-elsewhere"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/node-rg-manual-changes",)
    pains = ("C6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look from each pool to move at every other pool."""
        reason = context.snapshot.unknown_reason("scale-sets")
        for pool, to in context.moving_windows:
            if reason is not None:
                yield self.not_checked(f"pool/{pool.name}", reason)
                continue
            for other in context.snapshot.pools:
                if other.name == pool.name:
                    continue
                place = place_of(other, context.snapshot)
                found = self._of(context, pool, to, place)
                if found is not None:
                    yield found

    def _of(self, context: Context, pool: PoolFacts, to: str, place: Place) -> Finding | None:
        snapshot = context.snapshot
        targets = [
            w.target
            for w in context.workloads_on(pool)
            if w.kind in ("Deployment", "StatefulSet")
            and lacking(w, pool, {OS_SKU_KEY: to}, (place,), snapshot)
        ]
        if not targets:
            return None
        missing = [
            i for i in own_identities(pool.name, snapshot) if i.lower() not in place.identities
        ]
        names = ", ".join(i.rsplit("/", 1)[-1] for i in missing)
        group = snapshot.cluster.node_resource_group
        return self.finding(
            f"pool/{place.pool}",
            what=f"it would take {len(targets)} workloads of {pool.name} and lacks {names}",
            why="pods that need the identity fail there; which ones do stands in no template",
            fix=f"poolshift lets their templates name the new pool; to do without that: az vmss "
            f"identity assign -g {quote(group)} -n SCALE_SET_OF_{place.pool.upper()} --identities "
            + " ".join(quote(i) for i in missing),
            evidence=(
                *(Evidence(f"pool/{pool.name}/identities", i) for i in missing),
                Evidence("workloads", ", ".join(targets[:10])),
            ),
        )
