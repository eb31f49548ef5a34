"""What the clients must be able to do for a target, by the facts of a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from poolshift.catalog import Catalog
    from poolshift.catalog.model.os_skus import OsSku, Preview

EXTENSION = "aks-preview"


@dataclass(frozen=True)
class ClientNeeds:
    """What has to be there before the first call.

    Attributes:
        min_az: the first version of az that knows the target, empty when none is recorded.
        extension: the az extension that the target needs on that day, empty without one.
        min_extension: its first version that will do, empty when none is recorded.
        feature: the feature to register on that day, empty without one.
    """

    min_az: str = ""
    extension: str = ""
    min_extension: str = ""
    feature: str = ""


def client_needs(to: str, catalog: Catalog, as_of: date) -> ClientNeeds:
    """The needs of a target: only a preview asks for the extension and a feature."""
    sku = catalog.sku(to)
    if sku is None:
        return ClientNeeds()
    if not is_preview(sku, as_of):
        return ClientNeeds(min_az=_version(sku.min_cli))
    preview = sku.preview
    said = (preview.min_cli_extension if preview else "") or sku.min_cli or ""
    return ClientNeeds(
        min_az=_version(preview.min_cli if preview else ""),
        extension=EXTENSION,
        min_extension=_version(said.removeprefix(EXTENSION).strip()),
        feature=_feature(sku, preview),
    )


def is_preview(sku: OsSku, as_of: date) -> bool:
    """Whether an OS SKU is a preview on a day.

    A preview with an end is one until that day; without an end, until the SKU became available.
    """
    if sku.status == "preview":
        return True
    ended = (sku.preview.to if sku.preview else "") or (sku.ga or "" if sku.preview else "")
    # Dates may stop at the month or the year: text compares as far as it says anything.
    return bool(ended) and as_of.isoformat() < ended


def _feature(sku: OsSku, preview: Preview | None) -> str:
    found = (preview.feature_flag if preview else "") or sku.feature_flag or ""
    return "" if found == "unknown" else found


def _version(said: str | None) -> str:
    """A plain version; words about an extension are none."""
    return said if said and said[0].isdigit() else ""
