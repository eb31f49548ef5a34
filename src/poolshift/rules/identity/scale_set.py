"""PSI301: identities that were put on the pool's scale set by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class ScaleSetIdentities(Rule):
    """User-assigned identities on the old pool's scale set are not on the new one's.

    What it finds:
        A pool to move whose scale set carries user-assigned identities beyond the cluster's own
        kubelet identity.

    Why it matters:
        A new pool gets a new scale set with the kubelet identity alone. Pods that ask for another
        one get "The requested identity has not been assigned to this resource".

    How it is decided:
        By the identities of the scale sets in the node resource group, less the kubelet's.

    What to do:
        Assign them to the new scale set before the first pod moves; poolshift does so in the
        identity step and looks again after every pool call.

    Example:
        pool/wspool's scale set has id-vault, which the shop reads its secrets with.
    """

    id = "PSI301"
    name = "scale-set-identities"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/kubelet-identity-cluster-wide",
        "constraints/constraints/node-rg-manual-changes",
    )
    pains = ("C6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the scale set of each pool to move."""
        reason = context.snapshot.unknown_reason("scale-sets")
        kubelet = context.snapshot.cluster.kubelet_identity.lower()
        by_pool = {s.pool: s for s in context.snapshot.scale_sets}
        for pool, _ in context.moving_windows:
            scale_set = by_pool.get(pool.name)
            if scale_set is None:
                why = reason or "the snapshot has no scale set of this pool"
                yield self.not_checked(f"pool/{pool.name}", why)
                continue
            extra = [i for i in scale_set.identities if i.lower() != kubelet]
            if not extra:
                continue
            names = ", ".join(identity.rsplit("/", 1)[-1] for identity in extra)
            group = context.snapshot.cluster.node_resource_group
            yield self.finding(
                f"pool/{pool.name}",
                what=f"its scale set carries identities that a new pool does not get: {names}",
                why="pods that use them fail on the new nodes until they are assigned there",
                fix="poolshift assigns them in the identity step; by hand: az vmss identity "
                f"assign -g {quote(group)} -n NEW_SCALE_SET --identities "
                + " ".join(quote(identity) for identity in extra),
                evidence=tuple(
                    Evidence(f"scale_sets/{scale_set.name}/identities", i) for i in extra
                ),
            )
