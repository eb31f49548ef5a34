"""PSW114: the target is a preview on the day of the assessment."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

REGISTERED = "Registered"


class PreviewTarget(Rule):
    """The target OS is a preview that the subscription must register for.

    What it finds:
        A target that is a preview on the assessment's day. As long as its feature is not
        registered in the subscription, the finding is required.

    Why it matters:
        Until the feature is registered the service refuses the pool. Previews carry no support
        promise, and the CLI needs an extension for them.

    How it is decided:
        By the preview's days in the catalog, and the feature's state as the subscription says.
        After general availability neither feature nor extension is asked for.

    What to do:
        Register the feature, wait until it says Registered, refresh the provider, and install the
        extension; or wait for general availability.

    Example:
        Windows2025 in January 2026: AksWindows2025Preview and aks-preview 18.0.0b5.
    """

    id = "PSW114"
    name = "preview-target"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/feature-registration",)
    pains = ("B12",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each target against its preview's days and the feature's state."""
        for target_id in context.targets:
            sku = context.catalog.sku(target_id)
            if sku is not None and (flag := preview_flag(sku, context.as_of)):
                yield from self._of_target(context, sku, flag)

    def _of_target(self, context: Context, sku: OsSku, flag: str) -> Iterator[Finding | NotChecked]:
        state = context.snapshot.features.get(flag)
        unread = context.snapshot.unknown_reason(f"feature/{flag}")
        if state is None and unread is not None:
            yield self.not_checked("cluster", f"the state of {flag} could not be read: {unread}")
        ready = state == REGISTERED
        extension = sku.preview.min_cli_extension if sku.preview else ""
        name, _, version = extension.partition(" ")
        clients = f"; az extension add --name {name} --upgrade (at least {version})" if name else ""
        yield self.finding(
            "cluster",
            severity=Severity.INFO if ready else self.severity,
            what=f"{sku.id} is a preview"
            + (f", and {flag} is registered" if ready else f", and {flag} is not registered"),
            why="a preview has no support promise"
            + ("" if ready else "; without the feature the service refuses the pool"),
            fix=(
                f"az feature register --namespace Microsoft.ContainerService --name {flag}; when "
                f"az feature show --namespace Microsoft.ContainerService --name {flag} says "
                "Registered: az provider register --namespace Microsoft.ContainerService"
                if not ready
                else "Move a pool that is not critical first"
            )
            + clients,
            evidence=(
                Evidence(f"features/{flag}", state or "not registered"),
                Evidence(f"catalog/{sku.id}/preview", _days(sku)),
            ),
            blocks=not ready and state is not None,
        )


def preview_flag(sku: OsSku, as_of: date) -> str:
    """The feature that an OS SKU asks for on a day; empty when it is no preview then."""
    if sku.preview is None:
        return ""
    general = sku.preview.to or sku.ga
    over = general is not None and as_of >= date.fromisoformat(general)
    return "" if over else sku.preview.feature_flag


def _days(sku: OsSku) -> str:
    if sku.preview is None:
        return ""
    return f"{sku.preview.from_ or '?'} to {sku.preview.to or sku.ga or 'open'}"
