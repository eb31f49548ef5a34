"""The service's look at the budgets before an upgrade: those that nothing can ever satisfy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.clock import parse_time
from poolshift.sim.arm.problems import refusal
from poolshift.sim.kube.resources import BUDGETS

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld


def check_budgets(world: ArmWorld) -> None:
    """Refuse an upgrade (400) while a budget of the cluster can never let a pod go.

    It looks at the whole cluster, not at what runs on the pool, and the override of the
    cluster's upgrade settings lifts it as long as it holds.
    """
    if _forced(world):
        return
    held = unsatisfiable(world)
    if held:
        count = f"{len(held)} error{'s' if len(held) > 1 else ''} occurred:"
        lines = "".join(f" * {line}, cannot proceed with put operation" for line in held)
        raise refusal(world.catalog, "UnsatisfiablePDB", count + lines)


def unsatisfiable(world: ArmWorld) -> list[str]:
    """The budgets that want as many pods as there are, each with the service's words for it."""
    found = []
    for budget in world.kube.store.all(BUDGETS):
        spec, status = budget.get("spec") or {}, budget.get("status") or {}
        expected = int(status.get("expectedPods") or 0)
        if not expected or int(status.get("desiredHealthy") or 0) < expected:
            continue
        meta = budget["metadata"]
        # The words for maxUnavailable were not recorded.
        wants = f"minAvailable {spec.get('minAvailable')} >= expected pods {expected}"
        if spec.get("maxUnavailable") is not None:
            wants = f"maxUnavailable {spec['maxUnavailable']} of expected pods {expected}"
        found.append(f"PDB {meta.get('namespace', 'default')}/{meta['name']} has {wants}")
    return found


def _forced(world: ArmWorld) -> bool:
    """Whether somebody asked that upgrades be forced, until a day that has not come."""
    settings: dict[str, Any] = world.cluster.properties.get("upgradeSettings") or {}
    override = settings.get("overrideSettings") or {}
    until = override.get("until")
    if not override.get("forceUpgrade") or not until:
        return False
    try:
        end = parse_time(str(until))
    except ValueError:
        return False
    return world.clock.moment() < end
