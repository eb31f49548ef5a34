"""Routes by which a client finds out before: locks, and what policies would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.answers import listing
from poolshift.sim.arm.governance import locks, policies
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

_SUB = "/subscriptions/{sub}"
_GROUP = f"{_SUB}/resourceGroups/{{group}}"
_CLUSTER = f"{_GROUP}/providers/Microsoft.ContainerService/managedClusters/{{cluster}}"
_LOCKS = "/providers/Microsoft.Authorization/locks"
_RESTRICTIONS = "/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"


def _list(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    scope = _scope(request.path, _LOCKS)
    found = list(locks.locks_below(azure, scope))
    # A list at a scope shows those that it inherits as well.
    found += [lock for lock in locks.locks_over(azure, scope) if lock not in found]
    return listing([locks.body_of(azure, lock) for lock in found])


def _restrictions(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    asked = request.body if isinstance(request.body, dict) else {}
    return ArmAnswer(200, policies.restrictions(azure, _scope(request.path, _RESTRICTIONS), asked))


def _scope(path: str, end: str) -> str:
    return path[: path.lower().rindex(end.lower())]


_READ = "Microsoft.Authorization/locks/read"
_CHECK = "Microsoft.PolicyInsights/checkPolicyRestrictions/read"

ROUTES: tuple[Route, ...] = (
    *(route("GET", f"{scope}{_LOCKS}", _READ, _list) for scope in (_SUB, _GROUP, _CLUSTER)),
    *(route("POST", f"{s}{_RESTRICTIONS}", _CHECK, _restrictions) for s in (_SUB, _GROUP)),
)
