"""PSK313: Windows pools without outbound NAT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "windows-outbound-nat"


class OutboundNat(Rule):
    """A Windows pool was created with outbound NAT switched off.

    What it finds:
        Windows pools to move whose windowsProfile says disableOutboundNat.

    Why it matters:
        It can be set at creation alone. A new pool made without it translates the addresses of
        its pods again: peers that know pods by their own addresses no longer do.

    How it is decided:
        By windowsProfile.disableOutboundNat of the pool.

    What to do:
        Name the switch when the new pool is created; poolshift's plan copies it.

    Example:
        windowsProfile.disableOutboundNat true on pool wspool.
    """

    id = "PSK313"
    name = "outbound-nat-off"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)
    pains = ("C12",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the Windows pools to move."""
        fact = context.catalog.constraint(_FACT)
        for pool, to in context.moving_windows:
            profile = pool.properties.get("windowsProfile") or {}
            if not profile.get("disableOutboundNat"):
                continue
            by_hand = pool.owner != "none"
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.RECOMMENDED if by_hand else Severity.INFO,
                what="outbound NAT is off, which only the creation of a pool can set",
                why=fact.consequence,
                fix=f"Create the new pool of {to} with --disable-windows-outbound-nat"
                + (f", in what {pool.owner} applies" if by_hand else "; poolshift plan copies it"),
                evidence=(
                    Evidence(f"pools/{pool.name}/windowsProfile/disableOutboundNat", "true"),
                    Evidence(
                        "cluster/network/outboundType",
                        context.snapshot.cluster.network.outbound_type or "unknown",
                    ),
                ),
            )
