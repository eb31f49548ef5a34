"""PSW131: the target needs a client of some version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class ClientVersion(Rule):
    """Clients older than the target do not know it.

    What it finds:
        A target for which the catalog names a first version of the Azure CLI or of the API.

    Why it matters:
        An older client refuses the OS SKU before it asks the service, and code that pins an older
        API version cannot name it. poolshift itself asks by an API version that knows it.

    How it is decided:
        By the catalog. Which clients your people and pipelines have is in no snapshot.

    What to do:
        Look at the versions where pools are made: on desks, in pipelines, in providers' locks.

    Example:
        Windows2025 needs azure-cli 2.87.0.
    """

    id = "PSW131"
    name = "client-version-needed"
    severity = Severity.INFO
    sources = ("os_skus/os_skus/Windows2025",)
    pains = ("B12",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at what each target asks of clients."""
        for target_id in context.targets:
            sku = context.catalog.sku(target_id)
            if sku is None or not (sku.min_cli or sku.first_stable_api_version):
                continue
            asked = [f"azure-cli {sku.min_cli}"] if sku.min_cli else []
            if sku.first_stable_api_version:
                asked.append(f"API version {sku.first_stable_api_version}")
            yield self.finding(
                "cluster",
                what=f"{sku.id} needs {' and '.join(asked)} or later",
                why="an older client refuses the OS SKU before it asks the service",
                fix="Look where pools are made: az version; in Terraform and Bicep, the versions "
                "of the provider and the API",
                evidence=tuple(Evidence(f"catalog/{sku.id}", text) for text in asked),
            )
