"""PSK347: a version that new pools cannot have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "pool-create-version-supported"


class VersionNotOffered(Rule):
    """The cluster runs a patch that the region no longer offers to new pools.

    What it finds:
        A cluster with Windows pools to move whose Kubernetes patch is not among those that the
        region offers.

    Why it matters:
        The new pool is created at the control plane's version. A patch that is withdrawn is
        refused (AgentPoolK8sVersionNotSupported), even if the cluster runs it.

    How it is decided:
        By the full versions that the region offers.

    What to do:
        Upgrade the control plane to a patch on offer first.

    Example:
        1.33.2, where 1.33.6 to 1.33.8 are offered.
    """

    id = "PSK347"
    name = "version-not-offered"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for the control plane's version among the patches."""
        version, offers = context.snapshot.cluster.kubernetes_version, context.snapshot.offers
        if not context.moving_windows:
            return
        if not offers:
            yield from self.unread(context, "kubernetes-versions")
            return
        if any(version in o.patches for o in offers):
            return
        fact = context.catalog.constraint(_FACT)
        same = [v for o in offers if minor(o.minor) == minor(version) for v in o.patches]
        yield self.finding(
            "cluster",
            what=f"new pools cannot be created at {version}: the region does not offer it",
            why=f"{fact.statement} ({fact.error_code})",
            fix="Upgrade the control plane to a patch on offer: az aks upgrade "
            f"{context.cluster_arguments} --control-plane-only --kubernetes-version "
            f"{quote(same[-1])} --yes"
            if same
            else "No patch of this minor is offered; see what is: az aks get-versions -l "
            f"{quote(context.snapshot.cluster.region)}",
            evidence=(
                Evidence("cluster/kubernetes_version", version),
                Evidence("offers", ", ".join(same) or ", ".join(o.minor for o in offers)),
            ),
        )
