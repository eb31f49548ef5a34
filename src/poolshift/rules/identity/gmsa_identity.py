"""PSI305: the identity that reads a gMSA's secret, and whether nodes have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.identity.gmsa import SPECS, some, users_on
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.arm import ScaleSet
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import CredentialSpecFacts, PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context


class GmsaIdentity(Rule):
    """A credential spec reads its secret as an identity that the new nodes do not have.

    What it finds:
        A GMSACredentialSpec used on a pool to move, whose ObjectId is not the kubelet's identity.
        Required, where the pool's scale set does not have it either; information, where it was
        put on that scale set by hand.

    Why it matters:
        The plug-in on the node asks the vault as this identity. The kubelet's own is one for the
        whole cluster and is on every new node; any other is only where somebody assigned it.
        Without it: "Container Credential Guard failed to fetch gmsa credentials".

    How it is decided:
        The ObjectId of the spec against the object id of the kubelet's identity and those of the
        scale set's identities.

    What to do:
        Let poolshift assign the identity to the new scale set (its identity step does). To be
        rid of it for good: grant the kubelet's identity on the vault and name it in the spec.

    Example:
        Spec tills names the identity retail-gmsa, which only the old scale sets have.
    """

    id = "PSI305"
    name = "gmsa-identity"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/gmsa-prerequisites",
        "constraints/constraints/kubelet-identity-cluster-wide",
        "limits/limits/kubelet-identities-per-cluster",
    )
    pains = ("C8",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the identity of each spec against those of the pool's nodes."""
        specs = {spec.name: spec for spec in context.snapshot.credential_specs}
        sets = {s.pool: s for s in context.snapshot.scale_sets}
        asked = False
        for pool, _ in context.moving_windows:
            for name, workloads in users_on(context, pool.name).items():
                asked = True
                spec = specs.get(name)
                if spec is not None and spec.object_id:
                    yield from self._of(context, sets.get(pool.name), pool, spec, workloads)
        if asked:
            yield from self.unread(context, SPECS)

    def _of(
        self,
        context: Context,
        scale_set: ScaleSet | None,
        pool: PoolFacts,
        spec: CredentialSpecFacts,
        workloads: tuple[WorkloadFacts, ...],
    ) -> Iterator[Finding | NotChecked]:
        cluster, wanted = context.snapshot.cluster, spec.object_id.lower()
        if wanted == cluster.kubelet_object_id.lower():
            return
        on_nodes = _by_object_id(scale_set) if scale_set else None
        if scale_set is None or on_nodes is None:
            reason = context.snapshot.unknown_reason("scale-sets")
            why = reason or "the object ids of its scale set's identities are not known"
            yield self.not_checked(
                f"pool/{pool.name}", f"whether it has the identity of gMSA spec {spec.name}: {why}"
            )
            return
        if on_nodes.get(wanted, "").lower() == cluster.kubelet_identity.lower() != "":
            return
        evidence = (
            Evidence(f"credential_specs/{spec.name}/ObjectId", spec.object_id),
            Evidence("cluster/kubelet_object_id", cluster.kubelet_object_id or "not known"),
            Evidence(f"scale_sets/{scale_set.name}/object_ids", ", ".join(sorted(on_nodes))),
            Evidence("workloads", some(tuple(w.target for w in workloads))),
        )
        if wanted in on_nodes:
            yield self._by_hand(context, pool, on_nodes[wanted], evidence)
        else:
            yield self._absent(pool, spec, evidence)

    def _by_hand(
        self, context: Context, pool: PoolFacts, identity: str, evidence: tuple[Evidence, ...]
    ) -> Finding:
        group = context.snapshot.cluster.node_resource_group
        return self.finding(
            f"pool/{pool.name}",
            severity=Severity.INFO,
            what="pods on it log on by gMSA with an identity that was put on its scale set by hand",
            why="a new pool gets the kubelet's identity alone",
            fix="poolshift assigns it in the identity step; by hand: az vmss identity assign "
            f"-g {quote(group)} -n NEW_SCALE_SET --identities {quote(identity)}",
            evidence=evidence,
        )

    def _absent(
        self, pool: PoolFacts, spec: CredentialSpecFacts, evidence: tuple[Evidence, ...]
    ) -> Finding:
        return self.finding(
            f"pool/{pool.name}",
            what=f"gMSA spec {spec.name} names an identity that its nodes do not have",
            why="the plug-in cannot read the domain user's secret, and the logon fails",
            fix="Name the kubelet's identity in the spec and grant it the vault, or assign the "
            f"named one: kubectl get gmsacredentialspecs {quote(spec.name)} -o yaml",
            evidence=evidence,
        )


def _by_object_id(scale_set: ScaleSet) -> dict[str, str] | None:
    """The scale set's identities by their object ids; None where one of these is not known."""
    known = [i.lower() for i in scale_set.object_ids if i]
    if len(known) != len(scale_set.identities):
        return None
    return dict(zip(known, scale_set.identities, strict=True))
