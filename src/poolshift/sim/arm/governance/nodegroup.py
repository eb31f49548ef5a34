"""The node resource group under lockdown: a deny assignment keeps everybody but AKS out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.ids import stable_guid
from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.arm.subscription import Subscription

RESTRICTED = "ReadOnly"


def check(azure: Subscription, request: ArmRequest, names: Mapping[str, str], action: str) -> None:
    """Refuse writes to a node resource group whose restriction level is ReadOnly.

    Raises:
        ArmProblem: 403 DenyAssignmentAuthorizationFailed, of the front door.
    """
    if request.method in ("GET", "HEAD"):
        return
    world = azure.by_node_group(names.get("group", ""))
    if world is None:
        return
    profile = world.cluster.properties.get("nodeResourceGroupProfile") or {}
    if profile.get("restrictionLevel") != RESTRICTED:
        return
    home = azure.home
    group = f"/subscriptions/{home.subscription}/resourceGroups/{world.ids.node_group}"
    guid = stable_guid("deny", group).replace("-", "")
    # The code is ARM's; the name of the assignment and the ids are made up.
    raise ArmProblem(
        403,
        "DenyAssignmentAuthorizationFailed",
        f"The client has permission to perform action '{action}' on scope '{request.path}'; "
        "however, the access is denied because of the deny assignment with name 'Deny assignment "
        f"for node resource group {world.ids.node_group}' and Id '{guid}' at scope "
        f"'{group}'.",
        flat=False,
    )
