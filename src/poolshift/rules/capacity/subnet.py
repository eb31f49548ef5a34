"""PSC403: subnets too small for blue and green."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.capacity.subnets import Ask, asks, left_in
from poolshift.rules.interface import Rule, in_batches, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import SubnetFacts
    from poolshift.rules.interface import Context


class SubnetTooSmall(Rule):
    """The subnet does not hold blue and green at the same time.

    What it finds:
        Subnets whose free addresses do not suffice for the new nodes of the pools to move, and
        for their pods where these take addresses of a subnet.

    Why it matters:
        The service refuses the pool, or a node in the middle of the move (SubnetIsFull,
        InsufficientSubnetSize).

    How it is decided:
        New nodes times what each takes: one address, or one and maxPods more where pods share the
        nodes' subnet; whole blocks in a subnet of pods. A Windows pool needs as many new nodes as
        it has, a Linux pool its surge. Free is the size less what Azure keeps, what is in use and
        thresholds.address_headroom; where the service does not tell the use, it is reckoned from
        the pools, which leaves out what others use.

    What to do:
        Move in smaller batches, or give the new pool another subnet of the same network.

    Example:
        20 nodes with 50 pods each need 1,020 addresses; the /21 has 900 left.
    """

    id = "PSC403"
    name = "subnet-too-small"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/subnet-ip-exhaustion",
        "limits/limits/subnet-ip-need",
        "limits/limits/subnet-reserved-addresses",
        "limits/limits/pod-subnet-block",
        "constraints/constraints/surge-quota",
        "errors/errors/InsufficientSubnetSize",
    )
    pains = ("B16",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold what the pools to move need against each subnet."""
        for subnet, found in asks(context).items():
            if isinstance(subnet, str):
                pools = ", ".join(sorted({a.pool for a in found}))
                yield self.not_checked("cluster", f"the subnet of {pools}: {subnet}")
                continue
            left, reckoned = left_in(subnet, context)
            for ask in found:
                if ask.needed > left:
                    yield self._short(subnet, ask, left, reckoned=reckoned)
            together = sum(a.needed for a in found)
            if len(found) > 1 and together > left and all(a.needed <= left for a in found):
                yield self._together(context, subnet, found, left)

    def _short(self, subnet: SubnetFacts, ask: Ask, left: int, *, reckoned: bool) -> Finding:
        fits = max(left, 0) // ask.each
        name = subnet.id.rpartition("/")[2]
        return self.finding(
            f"pool/{ask.pool}",
            severity=Severity.RECOMMENDED if fits else Severity.REQUIRED,
            what=f"{ask.nodes} new nodes need {ask.needed} addresses of subnet {name}; "
            f"{max(left, 0)} are free, enough for {fits} nodes",
            why="the service refuses nodes that get no address (SubnetIsFull)",
            fix="Give the new pool another subnet of the same network"
            + (f", or {in_batches(fits)}" if fits else ""),
            evidence=(
                Evidence(f"subnets/{name}/prefixes", ", ".join(subnet.prefixes)),
                Evidence(
                    f"subnets/{name}/used",
                    f"{subnet.used}" if not reckoned else "reckoned from the pools",
                ),
                Evidence("sum", f"{ask.nodes} nodes x {ask.each} addresses ({ask.mode})"),
            ),
            blocks=not fits and not reckoned and not ask.surge,
        )

    def _together(
        self, context: Context, subnet: SubnetFacts, found: list[Ask], left: int
    ) -> Finding:
        name = subnet.id.rpartition("/")[2]
        return self.finding(
            "cluster",
            what=f"the pools to move need {sum(a.needed for a in found)} addresses of subnet "
            f"{name} together; {left} are free",
            why="one after another they fit, at once they do not",
            fix="Move one pool after another: poolshift plan --to "
            f"{context.to or 'SKU'} --pool {quote(found[0].pool)} --out plan.yaml",
            evidence=tuple(
                Evidence(f"pools/{a.pool}", f"{a.nodes} nodes x {a.each} addresses") for a in found
            ),
        )
