"""PSI311: pods that log on to a domain move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.identity.gmsa import some, users_on
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context


class GmsaMoves(Rule):
    """Pods that log on by gMSA move: the chain up to the domain wants a proof on the new nodes.

    What it finds:
        A Windows pool to move with pods that name a gMSA credential spec.

    Why it matters:
        A logon needs a chain of which a snapshot shows half: the identity on the node, its right
        on the vault, DNS for the domain, and the way to its controllers (Kerberos, LDAP, ADWS)
        from the subnet of the node. A new pool in another subnet needs the same rules and routes.

    How it is decided:
        By the templates of the workloads with pods on the pool. What can be seen of the chain,
        PSI303 to PSI306 look at.

    What to do:
        Run one pod with the spec on a node of the new pool, and let it prove the logon, before
        workloads move.

    Example:
        nltest /sc_verify:retail.example answers with Trust Verification Status = 0.
    """

    id = "PSI311"
    name = "gmsa-moves"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/gmsa-network",
        "constraints/constraints/gmsa-prerequisites",
    )
    pains = ("C8",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for credential specs on each pool to move."""
        for pool, _ in context.moving_windows:
            found = users_on(context, pool.name)
            if found:
                yield self._finding(context, pool, found)

    def _finding(
        self, context: Context, pool: PoolFacts, found: dict[str, tuple[WorkloadFacts, ...]]
    ) -> Finding:
        domains = {s.name: s.domain for s in context.snapshot.credential_specs}
        verify = [
            "nltest " + quote(f"/sc_verify:{domains[name]}") for name in found if domains.get(name)
        ]
        targets = tuple(sorted({w.target for items in found.values() for w in items}))
        return self.finding(
            f"pool/{pool.name}",
            what="pods on it log on by gMSA: try one on the new nodes before they move",
            why="identity, vault, DNS and the way to the domain's controllers must all hold there",
            fix="Run one pod with the spec on a node of the new pool, and in it: "
            + ("; ".join(dict.fromkeys(verify)) or "nltest /sc_verify:DOMAIN"),
            evidence=(
                *(Evidence(f"credential_specs/{n}", domains.get(n) or "not read") for n in found),
                Evidence(f"pools/{pool.name}/subnet", pool.subnet_id or "the service's own"),
                Evidence("workloads", some(targets)),
            ),
        )
