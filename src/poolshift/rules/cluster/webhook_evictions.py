"""PSK364: webhooks on evictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class WebhookOnEvictions(Rule):
    """A webhook has a say about evictions.

    What it finds:
        Webhooks that are asked about pods/eviction.

    Why it matters:
        Operators that move pods themselves refuse an eviction and do the move later. A drain that
        takes the first refusal as its end fails, although the pod will go.

    How it is decided:
        By the rules of the configurations.

    What to do:
        Let a drain try again until its time is over, as poolshift does, and see that the operator
        behind the webhook runs.

    Example:
        A drain cleaner that refuses evictions of broker pods and moves them itself.
    """

    id = "PSK364"
    name = "webhook-on-evictions"
    severity = Severity.INFO
    sources = ("constraints/constraints/webhook-in-the-way",)
    pains = ("M3",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for webhooks on evictions when pools move."""
        if not context.moving:
            return
        for webhook in context.snapshot.webhooks:
            if not webhook.evictions:
                continue
            behind = context.index.endpoints.get(webhook.service)
            yield self.finding(
                webhook.target,
                what="it may refuse evictions",
                why="a refusal may mean that an operator moves the pod itself, later",
                fix="Try evictions again until the pod has gone, as poolshift apply does; see that "
                "what answers runs",
                evidence=(
                    Evidence(f"{webhook.target}/failurePolicy", webhook.failure_policy),
                    Evidence("endpoints ready", str(behind.ready) if behind else "not known"),
                ),
            )
