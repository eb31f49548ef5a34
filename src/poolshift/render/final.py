"""Green as it is once the move is over: without guard, with blue's autoscaler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.marks import GUARD_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.core.plan import PlanPool


def final_properties(pool: PlanPool, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of green after the last step."""
    taints = [t for t in properties.get("nodeTaints") or [] if not _is_guard(str(t))]
    found = {**properties, "nodeTaints": taints} if "nodeTaints" in properties else {**properties}
    if pool.autoscaler:
        found |= {
            "enableAutoScaling": True,
            "minCount": pool.autoscaler["min"],
            "maxCount": pool.autoscaler["max"],
        }
    return found


def _is_guard(taint: str) -> bool:
    return taint.startswith(f"{GUARD_KEY}=")
