"""Clusters that act by a service principal: its secret must be good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.rules.days import first_day

if TYPE_CHECKING:
    from poolshift.sim.arm.problems import ArmProblem
    from poolshift.sim.arm.rules.ask import Ask
    from poolshift.sim.arm.state import ArmWorld

MANAGED = "msi"


def secret(ask: Ask) -> None:
    """Nodes are not made with a secret that has expired."""
    if (ask.more > 0 or ask.version_changed or ask.sku_changed) and secret_expired(ask.world):
        raise expired(ask)


def secret_expired(world: ArmWorld) -> bool:
    """Whether the cluster's service principal has no good secret by today."""
    profile = world.cluster.properties.get("servicePrincipalProfile") or {}
    if str(profile.get("clientId") or MANAGED) == MANAGED:
        return False
    until = first_day(world.scenario.service.secret_until)
    return until is not None and world.clock.moment().date() >= until


def expired(ask: Ask) -> ArmProblem:
    """The refusal of an expired secret."""
    return ask.refused(
        "InvalidClientSecret", "AADSTS7000222: The provided client secret keys are expired."
    )
