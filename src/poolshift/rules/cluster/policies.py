"""PSK353: policies that refuse the copy of a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "resource-locks-policy"
_DENY = ("deny", "denyaction")


class PolicyDenies(Rule):
    """A policy of the subscription would not let the copy of a pool be created.

    What it finds:
        Pools to move whose copy an assigned policy denies or marks.

    Why it matters:
        The service refuses the new pool (RequestDisallowedByPolicy).

    How it is decided:
        By asking Azure Policy about a copy of each pool, without creating it.

    What to do:
        Give the new pool what the policy asks for (tags, size, encryption), or have an exemption
        made for the time of the change.

    Example:
        A policy that denies pools without the tag costCentre.
    """

    id = "PSK353"
    name = "policy-denies-pool"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}", "errors/errors/RequestDisallowedByPolicy")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at what Azure Policy said of each pool to move."""
        moving = {pool.name for pool, _ in context.moving_windows}
        if moving:
            yield from self.unread(context, "policies")
        for policy in context.snapshot.policies:
            if policy.pool not in moving:
                continue
            denies = policy.effect.lower() in _DENY
            name = policy.assignment.rpartition("/")[2]
            yield self.finding(
                f"pool/{policy.pool}",
                severity=Severity.REQUIRED if denies else Severity.INFO,
                what=f"the policy {name} {'denies' if denies else 'marks'} a copy of the pool "
                f"(effect {policy.effect})",
                why=policy.reason or "the copy does not keep to it",
                fix="Give the pool what the policy asks for, or have an exemption made: "
                f"az policy assignment show --name {quote(name)}",
                evidence=(
                    Evidence("policies/assignment", policy.assignment),
                    Evidence("policies/effect", policy.effect),
                ),
                blocks=denies,
            )
