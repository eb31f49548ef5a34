"""PSK362: webhooks that nobody answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FAIL = "Fail"
_EXTERNAL = "ExternalName"


class WebhookWithoutEndpoint(Rule):
    """A webhook must be asked about every pod, and nobody answers.

    What it finds:
        Webhooks with failurePolicy Fail on pods or workloads whose Service has no ready endpoint.

    Why it matters:
        The API server refuses every pod, or every change of a workload, that the webhook covers:
        no pod comes up on the new nodes.

    How it is decided:
        By the configurations and the endpoints of their Services. Selectors of namespaces and
        objects, which may narrow a webhook down, are not read.

    What to do:
        Bring its pods up, or remove the configuration of what is no longer installed.

    Example:
        A mutating webhook that an uninstalled chart has left behind.
    """

    id = "PSK362"
    name = "webhook-without-endpoint"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/webhook-in-the-way",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look behind the Service of each webhook that must be asked."""
        yield from self.unread(
            context, "validatingwebhookconfigurations", "mutatingwebhookconfigurations"
        )
        asked = [
            w
            for w in context.snapshot.webhooks
            if w.failure_policy == _FAIL and w.service and (w.pods or w.workloads)
        ]
        if asked and context.snapshot.unknown_reason("endpointslices"):
            yield from self.unread(context, "endpointslices")
            return
        elsewhere = {s.target for s in context.snapshot.services if s.type == _EXTERNAL}
        for webhook in asked:
            if webhook.service in elsewhere:
                continue
            behind = context.index.endpoints.get(webhook.service)
            if behind is not None and behind.ready:
                continue
            kind, configuration, _ = webhook.target.split("/", 2)
            yield self.finding(
                webhook.target,
                what="every new pod it covers is refused: nobody answers this webhook"
                if webhook.pods
                else "every change of a workload it covers is refused: nobody answers this webhook",
                why=context.catalog.constraint("webhook-in-the-way").statement,
                fix="Bring its pods up, or, if it is left over, remove it: "
                f"kubectl delete {quote(kind.lower())} {quote(configuration)}",
                evidence=(
                    Evidence(f"{webhook.target}/failurePolicy", webhook.failure_policy),
                    Evidence(
                        f"{webhook.service}/endpoints",
                        f"{behind.ready if behind else 0} ready of {behind.total if behind else 0}",
                    ),
                ),
            )
