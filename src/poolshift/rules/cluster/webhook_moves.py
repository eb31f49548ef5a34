"""PSK363: webhooks that move themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FAIL = "Fail"


class WebhookMoves(Rule):
    """A webhook that must be asked runs on the nodes that are emptied, and nowhere else.

    What it finds:
        Webhooks with failurePolicy Fail on pods or workloads, all of whose pods are on Windows
        pools to move; and those with one ready pod that is on such a pool.

    Why it matters:
        While its pods move, nobody answers: no pod can be created, its own replacement maybe not
        either. That is a knot that does not untie itself.

    How it is decided:
        By the nodes of the endpoints of its Service.

    What to do:
        Run it with several pods, outside of the pools that move, or leave its own namespace out
        of its rules.

    Example:
        A webhook with one pod on the Windows pool to move.
    """

    id = "PSK363"
    name = "webhook-on-moving-pool"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/webhook-in-the-way",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the nodes behind each webhook that must be asked."""
        moving = {pool.name for pool, _ in context.moving_windows}
        for webhook in context.snapshot.webhooks:
            if webhook.failure_policy != _FAIL or not (webhook.pods or webhook.workloads):
                continue
            behind = context.index.endpoints.get(webhook.service)
            if behind is None or not behind.ready or not behind.nodes:
                continue
            found = [context.index.nodes.get(name) for name in behind.nodes]
            pools = {node.pool if node is not None else "" for node in found}
            if not pools <= moving:
                continue
            yield self.finding(
                webhook.target,
                what="all pods that answer this webhook are on pools to move",
                why="while they move, what it covers cannot be created",
                fix="Run more of its pods, on nodes that stay, before the move: "
                f"{webhook.service} selects them",
                evidence=(
                    Evidence(f"{webhook.service}/endpoints/ready", str(behind.ready)),
                    Evidence("pools", ", ".join(sorted(pools))),
                ),
            )
