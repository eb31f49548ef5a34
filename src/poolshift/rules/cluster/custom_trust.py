"""PSK367: a preview setting that new pools no longer take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "custom-ca-retires"
_FIELD = "enableCustomCATrust"


class CustomTrust(Rule):
    """A Linux pool uses the preview of custom certificates, which has ended.

    What it finds:
        Linux pools with enableCustomCATrust.

    Why it matters:
        A new pool with it is refused, so this pool cannot be made again as it is.

    How it is decided:
        By the pool's properties.

    What to do:
        Put the certificates into the cluster's security profile.

    Example:
        enableCustomCATrust true on pool apps.
    """

    id = "PSK367"
    name = "custom-trust-ended"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the properties of every Linux pool."""
        fact = context.catalog.constraint(_FACT)
        for pool in context.snapshot.pools:
            if pool.os_type == "Windows" or not pool.properties.get(_FIELD):
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="it uses the preview of custom certificates, which has ended",
                why=f"{fact.statement}: {fact.consequence}",
                fix="Give the certificates to the cluster instead: az aks update "
                f"{context.cluster_arguments} --custom-ca-trust-certificates FILE",
                deadline=fact.applies_from,
                evidence=(Evidence(f"pools/{pool.name}/{_FIELD}", "true"),),
            )
