"""PSK302: an OS SKU that the network mode does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.addresses import Mode, mode_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FIELDS = {Mode.POD_SUBNET: "pod_subnet", Mode.OVERLAY: "azure_cni_overlay"}
_FACTS = {Mode.POD_SUBNET: "pod-subnet-no-2019", Mode.OVERLAY: "overlay-windows-skus"}


class OsNetworkMode(Rule):
    """A Windows pool, or what it moves to, is not listed for the cluster's network mode.

    What it finds:
        Windows pools with a pod subnet or in an overlay whose OS SKU, or whose target, the
        catalog does not list for that mode.

    Why it matters:
        A new pool of such an OS SKU is refused; an old one is a leftover that no new one can
        replace.

    How it is decided:
        By the network mode of the pool and what the catalog says of the OS SKU's networking.

    What to do:
        Move to an OS SKU that the mode takes.

    Example:
        A Windows2019 pool in an overlay cluster.
    """

    id = "PSK302"
    name = "os-not-in-network-mode"
    severity = Severity.INFO
    sources = tuple(f"constraints/constraints/{fact}" for fact in _FACTS.values())

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the Windows pools and at their targets."""
        for pool in context.snapshot.pools:
            mode = mode_of(context.snapshot.cluster.network, pool)
            if pool.os_type != "Windows" or mode not in _FIELDS:
                continue
            target = context.target_of(pool)
            for os_sku in (pool.os_sku, target):
                sku = context.catalog.sku(os_sku) if os_sku else None
                taken = (sku.networking or {}).get(_FIELDS[mode]) if sku else True
                if sku is None or taken is True or taken is None:
                    continue
                wanted = os_sku == target
                fact = context.catalog.constraint(_FACTS[mode])
                yield self.finding(
                    f"pool/{pool.name}",
                    severity=Severity.REQUIRED if wanted else Severity.INFO,
                    what=f"{sku.id} is not listed for the network mode {mode.value}",
                    why=f"{fact.statement}: no new pool of it can be counted on",
                    fix="Move to another OS SKU: "
                    "poolshift plan --to SKU --out plan.yaml; known are those of: "
                    "poolshift catalog list",
                    evidence=(
                        Evidence(f"pools/{pool.name}/osSKU", pool.os_sku),
                        Evidence("network mode", mode.value),
                    ),
                    blocks=wanted and taken is False,
                )
