"""Everything that stands before a route's own handler, in the order in which ARM looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.governance import locks, nodegroup, policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.arm.subscription import Subscription


def check(
    azure: Subscription, request: ArmRequest, names: Mapping[str, str], action: str = ""
) -> None:
    """Refuse a call for what stands before the service itself.

    Args:
        azure: the subscription.
        request: the call.
        names: found in its path by its route.
        action: what a role must allow for it.

    Raises:
        ArmProblem: DenyAssignmentAuthorizationFailed, ScopeLocked, RequestDisallowedByPolicy or
            Throttled.
    """
    nodegroup.check(azure, request, names, action)
    locks.check(azure, request, action)
    policies.check(azure, request)
    spec = azure.scenario.governance
    if spec.throttled:
        azure.throttle.check(request, names, reads=spec.throttled_reads)
