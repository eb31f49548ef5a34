"""API versions of Kubernetes that go, and a control plane that does not go on while one is used."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.versions import minor
from poolshift.sim.kube.metrics import Requested

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.scenarioparts import ApiUse

# The first minor that does not serve them (Kubernetes' deprecated API migration guide).
GONE_IN: dict[str, str] = {
    "batch/v1beta1": "1.25",
    "discovery.k8s.io/v1beta1": "1.25",
    "events.k8s.io/v1beta1": "1.25",
    "autoscaling/v2beta1": "1.25",
    "policy/v1beta1": "1.25",
    "node.k8s.io/v1beta1": "1.25",
    "flowcontrol.apiserver.k8s.io/v1beta1": "1.26",
    "autoscaling/v2beta2": "1.26",
    "storage.k8s.io/v1beta1": "1.27",
    "flowcontrol.apiserver.k8s.io/v1beta2": "1.29",
    "flowcontrol.apiserver.k8s.io/v1beta3": "1.32",
}
# What was used longer ago counts no more, and upgrades to older minors are not looked at.
_WINDOW_S = 12 * 3600.0
_SINCE = (1, 26)
SUBCODE = "UpgradeBlockedOnDeprecatedAPIUsage"


def check(world: ArmWorld, target: str, settings: Mapping[str, Any], *, sent: bool) -> None:
    """Refuse a new minor that does not serve what was used within twelve hours.

    What clients use of versions that this API server never had is known from the scenario alone.

    Args:
        world: where.
        target: version of the control plane to be.
        settings: the cluster's `upgradeSettings`; an override that has not ended lets it pass.
        sent: whether they came with the upgrade itself.
    """
    if minor(target) <= minor(world.cluster.version) or minor(target) < _SINCE:
        return
    used = list(uses(world, target))
    if not used or overridden(world, settings, sent=sent):
        return
    raise ArmProblem(400, "ValidationError", _sentence(world, used), subcode=SUBCODE)


def uses(world: ArmWorld, target: str) -> Iterator[ApiUse]:
    """What was used lately and the target does not serve."""
    for use in world.scenario.service.deprecated_apis:
        last = world.clock.t if use.last_s is None else use.last_s
        gone = GONE_IN.get(use.api)
        serves_not = gone is not None and minor(gone) <= minor(target)
        if serves_not and world.clock.t - _WINDOW_S <= last <= world.clock.t:
            yield use


def requested_apis(used: Iterable[ApiUse]) -> Iterator[Requested]:
    """What the API server's metrics say of them; they count from its start on, with no window."""
    for use in used:
        group, _, version = use.api.rpartition("/")
        yield Requested(group, version, use.resource, GONE_IN.get(use.api, ""))


def overridden(world: ArmWorld, settings: Mapping[str, Any], *, sent: bool) -> bool:
    """Whether a person decided to go on regardless, now or until a day that has not come."""
    override = settings.get("overrideSettings") or {}
    if not override.get("forceUpgrade"):
        return False
    until = override.get("until")
    if not until:
        # Without a day the service lets three pass from the call on; one that was stored has none.
        return sent
    try:
        end = dt.datetime.fromisoformat(str(until).replace("Z", "+00:00"))
    except ValueError:
        raise ArmProblem(
            400,
            "InvalidParameter",
            f"The value of parameter upgradeSettings.overrideSettings.until is invalid: {until}.",
            target="upgradeSettings.overrideSettings.until",
        ) from None
    if end.tzinfo is None:
        end = end.replace(tzinfo=dt.UTC)
    return world.clock.moment() < end


def _sentence(world: ArmWorld, used: list[ApiUse]) -> str:
    found = []
    for use in used:
        last = world.clock.t if use.last_s is None else use.last_s
        seen = world.clock.start + dt.timedelta(seconds=last)
        group, _, version = use.api.partition("/")
        found.append(
            f"\t* usage has been detected on API {group}.{use.resource}.{version}, and was "
            f"recently seen at: {seen:%Y-%m-%d %H:%M:%S} +0000 UTC, which will be removed in "
            f"{GONE_IN[use.api]}"
        )
    count = f"{len(used)} error{'s' if len(used) > 1 else ''} occurred:"
    return (
        "Control Plane upgrade is blocked due to recent usage of a Kubernetes API deprecated in "
        "the specified version. Please refer to "
        "https://kubernetes.io/docs/reference/using-api/deprecation-guide to migrate the usage. To "
        "bypass this error, set forceUpgrade in upgradeSettings.overrideSettings. Bypassing this "
        "error without migrating usage will result in the deprecated Kubernetes API calls failing. "
        f"Usage details: {count}\n" + "\n".join(found) + "\n\n"
    )
