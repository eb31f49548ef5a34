"""Kubernetes versions of pools: offered by the region, no newer than the control plane."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.sim.arm import releases
from poolshift.sim.arm.rules.days import first_day, last_day
from poolshift.sim.arm.versions import minor, numbers

if TYPE_CHECKING:
    from poolshift.sim.arm.rules.ask import Ask
    from poolshift.sim.arm.state import ArmWorld

# A pool may be this many minors older than its control plane, below 1.28 one less.
_SKEW = 3
_SKEW_BEFORE = 2
_SKEW_GREW = (1, 28)


# A full version or a minor; `int` would take digits of other scripts too.
_FORM = re.compile(r"[0-9]{1,3}\.[0-9]{1,4}(\.[0-9]{1,6})?")


def form(ask: Ask) -> None:
    """A version that is none is no version of this region."""
    if not is_version(ask.version):
        raise ask.refused("AgentPoolK8sVersionNotSupported", v=ask.version)


def is_version(text: str) -> bool:
    """Whether a text can be a version (or a minor) at all."""
    return _FORM.fullmatch(text) is not None


def skew(ask: Ask) -> None:
    """A pool is no newer than its control plane, and not much older."""
    if ask.pool is not None and not ask.version_changed:
        return
    control_plane = ask.world.cluster.version
    if not compatible(ask.version, control_plane):
        raise ask.refused("NodePoolMcVersionIncompatible", a=ask.version, b=control_plane)


def compatible(version: str, control_plane: str) -> bool:
    """Whether a pool of a version (or minor) may be below a control plane."""
    here, there = minor(version), minor(control_plane)
    allowed = _SKEW if there >= _SKEW_GREW else _SKEW_BEFORE
    newer = numbers(version) > numbers(control_plane)[: len(numbers(version))]
    return not newer and there[0] == here[0] and there[1] - here[1] <= allowed


def supported(ask: Ask) -> None:
    """Refuse a version that the region does not offer (any more)."""
    if (ask.pool is not None and not ask.version_changed) or _is_rollback(ask):
        return
    if available(ask.world, ask.version):
        return
    if ask.version.count(".") == 1:
        # The code is on Microsoft's list of codes; its wording was not seen.
        raise ask.refused("UnsupportedAliasMinorVersion", v=ask.version)
    raise ask.refused("AgentPoolK8sVersionNotSupported", v=ask.version)


def available(world: ArmWorld, version: str) -> bool:
    """Whether a pool can be made at a version (or minor) in this cluster.

    The cluster's own version is, whatever its age, until the scenario says that it is removed:
    the service keeps no promise there, and old clusters would otherwise be without a way.
    """
    removed = world.scenario.service.removed_versions
    if version in removed or minor_text(version) in removed:
        return False
    own = world.cluster.version
    if version in (own, minor_text(own)):
        return True
    release = next(
        (r for r in releases.offered(world.azure) if r.minor == minor_text(version)), None
    )
    if release is None or (version != release.minor and version not in release.patches):
        return False
    plan = str(world.cluster.properties.get("supportPlan") or releases.OFFICIAL)
    return plan in release.plans or releases.OFFICIAL in release.plans or _platform(world, version)


def upward(ask: Ask) -> None:
    """A pool's Kubernetes goes up; back it goes with the node image that it had before alone."""
    if not ask.version_changed or _is_rollback(ask):
        return
    here = str(ask.before["currentOrchestratorVersion"])
    if numbers(ask.version) < numbers(here)[: len(numbers(ask.version))]:
        raise ask.refused(
            "OperationNotAllowed",
            upgrade_path(here, ask.version, available_upgrades(ask.world, here)),
            sub="upgrade-path",
        )


def available_upgrades(world: ArmWorld, version: str) -> tuple[str, ...]:
    """Where a pool of a version may go: up to its control plane's."""
    top = numbers(world.cluster.version)
    found = [text for text, _ in releases.upgrades(world.azure, version) if numbers(text) <= top]
    return tuple(found)


def upgrade_path(here: str, there: str, upgrades: tuple[str, ...]) -> str:
    """The sentence of an upgrade that is not offered."""
    return (
        f"Upgrading Kubernetes version {here} to {there} is not allowed. Available upgrades: "
        f"[{' '.join(upgrades)}]."
    )


def in_community_support(world: ArmWorld, version: str) -> bool:
    """Whether a minor has its community support by today; True without a record."""
    record = world.catalog.kubernetes_version(minor_text(version))
    ends = last_day(record.end_of_life) if record is not None else None
    return ends is None or world.clock.moment().date() <= ends


def _platform(world: ArmWorld, version: str) -> bool:
    """Platform support: pools can still be made until a later minor is generally available."""
    record = world.catalog.kubernetes_version(minor_text(version))
    later = record.platform_support_until.removesuffix(" GA") if record is not None else ""
    next_record = world.catalog.kubernetes_version(later) if later else None
    next_ga = first_day(next_record.aks_ga) if next_record is not None else None
    return bool(later) and (next_ga is None or world.clock.moment().date() < next_ga)


def _is_rollback(ask: Ask) -> bool:
    """Going back to what a pool ran before names version and node image of then.

    A change of a pool keeps its image's name only when the client sends another one.
    """
    image = ask.props.get("nodeImageVersion")
    if ask.pool is None or not image:
        return False
    # One image may have served two versions: what the pool ran last is a way back by itself.
    last = [(u.make.version, u.make.image.version) for u in ask.pool.used[:1]]
    return image != ask.before.get("nodeImageVersion") or (ask.version, image) in last


def minor_text(version: str) -> str:
    """`1.35.2` → `1.35`."""
    return ".".join(str(n) for n in minor(version))
