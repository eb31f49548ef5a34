"""PSK354: a node resource group that nobody may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "node-rg-lockdown"
_READ_ONLY = "ReadOnly"


class NodeGroupLockdown(Rule):
    """Identities must be put on a scale set, and the node resource group forbids it.

    What it finds:
        Pools to move with identities of their own on the scale set, in a cluster whose node
        resource group is locked down.

    Why it matters:
        The new scale set cannot get these identities: the deny assignment refuses it to an
        owner, too. Pods that use them fail on the new nodes.

    How it is decided:
        By restrictionLevel of the cluster and the identities of each scale set.

    What to do:
        Move these workloads to workload identity first, or open the group for the time of the
        change, where policy allows it.

    Example:
        restrictionLevel ReadOnly and id-vault on the scale set of pool wspool.
    """

    id = "PSK354"
    name = "node-group-locked-down"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}",)
    pains = ("C6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the scale sets of pools to move when the group is locked down."""
        cluster = context.snapshot.cluster
        if cluster.restriction_level != _READ_ONLY:
            return
        moving = {pool.name for pool, _ in context.moving_windows}
        kubelet = cluster.kubelet_identity.lower()
        for scale_set in context.snapshot.scale_sets:
            extra = [i for i in scale_set.identities if i.lower() != kubelet]
            if scale_set.pool not in moving or not extra:
                continue
            yield self.finding(
                f"pool/{scale_set.pool}",
                what="a new scale set cannot get its identities: the node resource group is "
                "locked down",
                why=context.catalog.constraint(_FACT).consequence,
                fix="Use workload identity, or open the group for the time of the change: "
                f"az aks update {context.cluster_arguments} --nrg-lockdown-restriction-level "
                "Unrestricted, and ReadOnly again afterwards",
                evidence=(
                    Evidence("cluster/restriction_level", cluster.restriction_level),
                    *(Evidence(f"scale_sets/{scale_set.name}/identities", i) for i in extra),
                ),
            )
