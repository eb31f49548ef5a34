"""PSI308: a cluster that signs in with a service principal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class ServicePrincipal(Rule):
    """The cluster signs in with a service principal, whose secret ends one day.

    What it finds:
        A cluster with a service principal in place of a managed identity, with Windows pools to
        move.

    Why it matters:
        Windows nodes do not take a rotated secret: once the old one has ended, an old pool can
        neither pull from a registry nor scale. A new pool takes the secret that the cluster has
        on the day it is created, so a secret that is about to end spoils green as well.

    How it is decided:
        By the cluster's servicePrincipalProfile. When the secret ends is known to Entra ID only.

    What to do:
        Look when the secret ends. Rotate it before the new pool is created, or change to a
        managed identity first.

    Example:
        A cluster of 2020 made with --service-principal.
    """

    id = "PSI308"
    name = "service-principal"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/sp-rotation-windows",
        "errors/errors/InvalidClientSecret",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at how the cluster signs in."""
        if not context.snapshot.cluster.service_principal or not context.moving_windows:
            return
        pools = ", ".join(pool.name for pool, _ in context.moving_windows)
        yield self.finding(
            "cluster",
            what="it signs in with a service principal, and Windows nodes do not take a rotated "
            "secret",
            why="a new pool takes the secret of the day on which it is created; old nodes keep "
            "theirs",
            fix="Look when the secret ends: az ad app credential list --id "
            f'"$(az aks show {context.cluster_arguments} '
            '--query servicePrincipalProfile.clientId -o tsv)"; '
            "rotate it before the new pool is created, or change to a managed identity: "
            f"az aks update {context.cluster_arguments} --enable-managed-identity",
            evidence=(
                Evidence("cluster/service_principal", "true"),
                Evidence("pools to move", pools),
            ),
        )
