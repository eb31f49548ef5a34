"""PSI303: pods with gMSA in a cluster whose gMSA profile is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.identity.gmsa import is_enabled, some, users
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class GmsaNotEnabled(Rule):
    """Templates name a gMSA credential spec, and the cluster's gMSA profile is off.

    What it finds:
        A cluster with pods that name a gMSACredentialSpec, without gMSA in its Windows profile.

    Why it matters:
        The profile brings what gMSA needs: the webhook that puts the credential spec into pods,
        and the plug-in that reads the vault on each new Windows node. Nodes of a new pool come
        without the plug-in, and pods there cannot log on to the domain.

    How it is decided:
        By windowsProfile.gmsaProfile of the cluster. Who installed webhook and plug-in by hand
        may do without; then check how new nodes get the plug-in.

    What to do:
        Enable gMSA on the cluster before the new pool is created. A DNS server and the root
        domain are given at the same time, where the network's own DNS does not know the domain.

    Example:
        tills/Deployment/till-gateway names spec tills, and windowsProfile has no gmsaProfile.
    """

    id = "PSI303"
    name = "gmsa-not-enabled"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/gmsa-prerequisites",
        "constraints/constraints/gmsa-supported-now",
    )
    pains = ("C8",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the templates against the cluster's Windows profile."""
        named = users(context)
        if not named or is_enabled(context):
            return
        targets = tuple(sorted({t for found in named.values() for t in found}))
        windows = context.snapshot.cluster.windows
        profile = windows.gmsa_profile if windows else None
        yield self.finding(
            "cluster",
            what="pods name a gMSA credential spec, and gMSA is not enabled on the cluster",
            why="nodes of a new pool come without the plug-in that reads the domain user's secret",
            fix=f"Enable it before the new pool: az aks update {context.cluster_arguments} "
            "--enable-windows-gmsa",
            evidence=(
                Evidence(
                    "cluster/windowsProfile/gmsaProfile/enabled",
                    "no profile" if profile is None else str(profile.enabled),
                ),
                Evidence("specs", ", ".join(named)),
                Evidence("workloads", some(targets)),
            ),
        )
