"""NetworkPolicies that Windows workloads count on; shared by the rules on policy engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.rules.interface import Context


def windows_policies(context: Context) -> tuple[int, int]:
    """How many NetworkPolicies select Windows workloads, and how many workloads they select."""
    if not context.snapshot.network_policies:
        return 0, 0
    selecting = [context.index.policies_on(w) for w in context.windows_workloads]
    return len({target for found in selecting for target in found}), sum(map(bool, selecting))
