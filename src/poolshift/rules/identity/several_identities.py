"""PSI307: nodes with several identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class SeveralIdentities(Rule):
    """The nodes of a pool have several identities, so a request that names none is ambiguous.

    What it finds:
        A Windows pool to move whose scale set carries more than one user-assigned identity.

    Why it matters:
        An application that asks the node for a token and names no client id gets an error on
        nodes with several identities, and the only one on nodes with one. While the new scale
        set has not all of them, or when an add-on adds one, such a request changes its answer.

    How it is decided:
        By the identities of the scale set. Whether an application names a client id stands in its
        code or its environment, which is not read.

    What to do:
        Let applications name the client id of the identity that they mean. Better, let them use
        workload identity, which does not depend on the node.

    Example:
        pool/pos has the kubelet's identity, retail-gmsa and retail-tills.
    """

    id = "PSI307"
    name = "several-identities"
    severity = Severity.INFO
    sources = (
        "constraints/constraints/kubelet-identity-cluster-wide",
        "errors/errors/Multiple user assigned identities exist",
    )
    pains = ("C7",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the identities of the scale set of each pool to move."""
        if context.moving_windows:
            yield from self.unread(context, "scale-sets")
        sets = {s.pool: s for s in context.snapshot.scale_sets}
        for pool, _ in context.moving_windows:
            found = sets.get(pool.name)
            if found is None or len(found.identities) < 2:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"its nodes have {len(found.identities)} identities: a token request that "
                "names none is ambiguous",
                why="what such a request gets changes with the identities of the node",
                fix="Name the client id in the applications (AZURE_CLIENT_ID for the Azure SDKs), "
                "or use workload identity",
                evidence=tuple(
                    Evidence(f"scale_sets/{found.name}/identities", i) for i in found.identities
                ),
            )
