"""PSK344: the next minor is not on offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.cluster.way_up import first_minor_needed
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class NextMinorNotOffered(Rule):
    """The way up to the target's Kubernetes minor does not begin with a version on offer.

    What it finds:
        A cluster whose control plane must go up for the target, where the service offers it no
        version of the next minor.

    Why it matters:
        The control plane goes one minor at a time, and only to versions that are offered.

    How it is decided:
        By the versions that the service offers this cluster now.

    What to do:
        Look at what is offered; long-term support may offer more, and skip minors.

    Example:
        1.30 that must go to 1.32, with no 1.31 on offer.
    """

    id = "PSK344"
    name = "next-minor-not-offered"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/no-minor-skip",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for the next minor among the upgrades."""
        version = context.snapshot.cluster.kubernetes_version
        needed = first_minor_needed(context)
        if needed is None or minor(version) >= minor(needed):
            return
        yield from self.unread(context, "upgrades", "kubernetes-versions")
        offered = [v for o in context.snapshot.offers for v in o.upgrades]
        if not context.snapshot.offers or context.snapshot.unknown_reason("upgrades"):
            return
        # An upgrade over several minors is offered only where the service allows it.
        if any(minor(version) < minor(v) for v in offered):
            return
        following = f"{minor(version)[0]}.{minor(version)[1] + 1}"
        yield self.finding(
            "cluster",
            what=f"the control plane must go to {needed}, and no version after {version} is "
            f"offered, not even of {following}",
            why=context.catalog.constraint("no-minor-skip").statement,
            fix="See what is offered and to which support plan: az aks get-upgrades "
            f"{context.cluster_arguments}; az aks get-versions -l "
            f"{quote(context.snapshot.cluster.region)}",
            evidence=(
                Evidence("cluster/kubernetes_version", version),
                Evidence("upgrades", ", ".join(offered) or "none"),
                Evidence("target/k8s_min", needed),
            ),
        )
