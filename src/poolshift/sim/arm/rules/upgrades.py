"""Upgrades of a cluster: which version, in which order, and what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm import releases
from poolshift.sim.arm.problems import refusal
from poolshift.sim.arm.rules import deprecated, os_skus
from poolshift.sim.arm.rules.ask import Ask
from poolshift.sim.arm.rules.principal import expired, secret_expired
from poolshift.sim.arm.rules.versions import (
    compatible,
    in_community_support,
    is_version,
    minor_text,
    upgrade_path,
)
from poolshift.sim.arm.versions import minor, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from poolshift.sim.arm.problems import ArmProblem
    from poolshift.sim.arm.state import ArmWorld


def check_upgrade(world: ArmWorld, version: str, sent: Mapping[str, Any]) -> bool:
    """Refuse an upgrade of the control plane, alone or with all its pools.

    Args:
        world: the cluster.
        version: full version that the control plane shall have.
        sent: properties of the PUT: `agentPoolProfiles`, `upgradeSettings`, `autoUpgradeProfile`.

    Returns:
        whether every pool goes along; False moves the control plane alone.
    """
    if not is_version(version):
        raise not_supported(world, version)
    whole = goes_along(world, version, sent.get("agentPoolProfiles") or ())
    _check_target(world, version)
    _check_path(world, version, whole=whole)
    _check_channel(world, sent, whole=whole)
    for pool in world.pools.values():
        here = str(pool.properties["orchestratorVersion"])
        ask = Ask(world, pool.name, pool.properties, {}, pool)
        if whole:
            problem = os_skus.version_problem(ask, version)
            if problem is not None:
                raise problem
            if secret_expired(world):
                raise expired(ask)
        elif not compatible(here, version):
            raise ask.refused("NodePoolMcVersionIncompatible", a=here, b=version)
    given = sent.get("upgradeSettings")
    settings = given or world.cluster.properties.get("upgradeSettings") or {}
    deprecated.check(world, version, settings, sent=bool(given))
    return whole


def goes_along(world: ArmWorld, version: str, profiles: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a PUT takes every pool to the control plane's new version.

    All pools name a version or none does. Those that do stay as they are, or go where the control
    plane goes.
    """
    named = {
        str(profile.get("name")).lower(): str(profile.get("orchestratorVersion") or "")
        for profile in profiles
    }
    if not any(named.values()):
        return False
    here = {name: pool.properties for name, pool in world.pools.items()}
    whole = all(text in (version, minor_text(version)) for text in named.values())
    kept = all(
        name in here
        and text
        in (here[name]["orchestratorVersion"], here[name].get("currentOrchestratorVersion"))
        for name, text in named.items()
    )
    if set(named) != set(here) or not all(named.values()) or not (whole or kept):
        raise _not_all(world)
    return whole


def _check_target(world: ArmWorld, version: str) -> None:
    """A version that is on offer, within the support plan that the cluster has."""
    plan = str(world.cluster.properties.get("supportPlan") or releases.OFFICIAL)
    release = next(
        (r for r in releases.offered(world.azure) if r.minor == minor_text(version)), None
    )
    removed = world.scenario.service.removed_versions
    gone = version in removed or minor_text(version) in removed
    known = release is not None and version in release.patches and not gone
    if known and release is not None and plan in release.plans:
        return
    if numbers(version) < numbers(world.cluster.version):
        raise _path_refused(world, version)
    raise not_supported(world, version)


def not_supported(world: ArmWorld, version: str) -> ArmProblem:
    """The refusal of a version that the region does not offer; the sentence's end is recorded."""
    return refusal(
        world.catalog,
        "K8sVersionNotSupported",
        f"Managed cluster {world.ids.cluster} is on version {version} which is not supported in "
        "this region. Please use [az aks get-versions] command to get the supported version list "
        "in this region. For more information, please check https://aka.ms/supported-version-list",
    )


def _check_path(world: ArmWorld, version: str, *, whole: bool) -> None:
    """One minor at a time, never down; out of an unsupported one with all pools to the oldest."""
    here, there = minor(world.cluster.version), minor(version)
    if numbers(version) < numbers(world.cluster.version) or there[0] != here[0]:
        raise _path_refused(world, version)
    step = there[1] - here[1]
    if step == 0:
        return
    plan = str(world.cluster.properties.get("supportPlan") or releases.OFFICIAL)
    if plan == releases.LONG_TERM:
        # Enrolled clusters may skip to a higher minor that long-term support offers.
        return
    if not in_community_support(world, world.cluster.version):
        oldest = next(
            (
                r
                for r in releases.offered(world.azure)
                if releases.OFFICIAL in r.plans and not r.preview and minor(r.minor) > here
            ),
            None,
        )
        if oldest is not None and there == minor(oldest.minor):
            if not whole:
                raise not_supported(world, world.cluster.version)
            return
    if step > 1:
        raise _path_refused(world, version)


def _check_channel(world: ArmWorld, sent: Mapping[str, Any], *, whole: bool) -> None:
    """With an auto-upgrade channel the control plane does not go alone."""
    profile = sent.get("autoUpgradeProfile")
    if profile is None:
        profile = world.cluster.properties.get("autoUpgradeProfile")
    channel = str((profile or {}).get("upgradeChannel") or "none")
    # `node-image` moves no Kubernetes version.
    if not whole and channel not in ("none", "node-image"):
        raise _not_all(world)


def _path_refused(world: ArmWorld, version: str) -> ArmProblem:
    here = world.cluster.version
    offered = tuple(text for text, _ in releases.upgrades(world.azure, here))
    return refusal(
        world.catalog,
        "OperationNotAllowed",
        upgrade_path(here, version, offered),
        sub="upgrade-path",
    )


def _not_all(world: ArmWorld) -> ArmProblem:
    return refusal(world.catalog, "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged")
