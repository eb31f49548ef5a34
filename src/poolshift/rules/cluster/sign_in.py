"""PSK361: a cluster without accounts of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "kubelogin-needed"


class SignIn(Rule):
    """Only Entra identities reach the API server.

    What it finds:
        A cluster with pools to move whose local accounts are off.

    Why it matters:
        The user's kubeconfig calls kubelogin, and rights in Azure alone do not reach Kubernetes:
        a move from a pipeline stops at its first Kubernetes step.

    How it is decided:
        By disableLocalAccounts.

    What to do:
        Have kubelogin on the path where the move runs, and check the rights before.

    Example:
        disableLocalAccounts true, and a pipeline without kubelogin.
    """

    id = "PSK361"
    name = "kubelogin-needed"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the accounts when pools move."""
        if context.snapshot.cluster.local_accounts or not context.moving:
            return
        yield self.finding(
            "cluster",
            what="it has no local accounts: whoever moves pools signs in with Entra ID",
            why=context.catalog.constraint(_FACT).statement,
            fix="Have kubelogin where the move runs, and try: "
            "kubelogin convert-kubeconfig -l azurecli && kubectl auth can-i list nodes",
            evidence=(Evidence("cluster/local_accounts", "false"),),
        )
