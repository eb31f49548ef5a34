"""Where the control plane must go for a move; shared by the rules on versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from poolshift.rules.interface import Context


def first_minor_needed(context: Context) -> str | None:
    """The highest first minor of the targets; None when none of them names one."""
    skus = (context.catalog.sku(target) for target in context.targets)
    named = [sku.k8s_min for sku in skus if sku is not None and sku.k8s_min is not None]
    return max(named, key=minor, default=None)
