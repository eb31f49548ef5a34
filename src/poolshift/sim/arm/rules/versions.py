"""Kubernetes versions of pools: offered by the region, no newer than the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.rules.days import first_day, last_day
from poolshift.sim.arm.versions import minor, numbers

if TYPE_CHECKING:
    from datetime import date

    from poolshift.catalog.model.kubernetes_versions import KubernetesVersion
    from poolshift.sim.arm.rules.ask import Ask
    from poolshift.sim.arm.state import ArmWorld

# A pool may be this many minors older than its control plane, below 1.28 one less.
_SKEW = 3
_SKEW_BEFORE = 2
_SKEW_GREW = (1, 28)
LONG_TERM = "AKSLongTermSupport"


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
    if ask.pool is not None and not ask.version_changed:
        return
    patches = offered(ask.world).get(_minor_text(ask.version), ())
    if ask.version.count(".") == 1:
        if not patches:
            # The code is on Microsoft's list of codes; wording not seen.
            raise ask.refused("UnsupportedAliasMinorVersion", v=ask.version)
        return
    if patches is not ANY and ask.version not in patches:
        raise ask.refused("AgentPoolK8sVersionNotSupported", v=ask.version)


def not_back(ask: Ask) -> None:
    """A pool goes back by its recently used versions alone.

    Which of them it takes is the upgrade's own rule; here it is only that a minor goes up.
    """
    if ask.version_changed and not ask.props.get("nodeImageVersion"):
        here, there = str(ask.before["orchestratorVersion"]), ask.version
        if minor(there) < minor(here):
            raise ask.refused("OperationNotAllowed", upgrade_path(here, there, ()), sub="upgrade-path")


def upgrade_path(here: str, there: str, available: tuple[str, ...]) -> str:
    """The sentence of a refused upgrade."""
    return (
        f"Upgrading Kubernetes version {here} to {there} is not allowed. Available upgrades: "
        f"[{' '.join(available)}]."
    )


# Of a minor that the catalog has no record of nobody can say which patches were offered.
ANY: tuple[str, ...] = ("*",)


def offered(world: ArmWorld) -> dict[str, tuple[str, ...]]:
    """The patches that the region offers the cluster, by minor, oldest first.

    Those of the scenario when it names some. Else by the catalog's calendar and the clock: the
    minors in support (in long-term support for a cluster that is enrolled), each with the patches
    that release notes named by then, and the cluster's own version whatever its age, so that a
    scenario of an old cluster need not say it.
    """
    if world.scenario.service.kubernetes_versions:
        found: dict[str, tuple[str, ...]] = {}
        for version in sorted(world.scenario.service.kubernetes_versions, key=numbers):
            found[_minor_text(version)] = (*found.get(_minor_text(version), ()), version)
        return found
    today = world.clock.moment().date()
    long_term = world.cluster.properties.get("supportPlan") == LONG_TERM
    own = world.cluster.version
    records = world.catalog.kubernetes_versions.kubernetes_versions
    by_minor = {
        r.version: _patches(r, today)
        for r in records
        if _in_support(records, r, today, long_term=long_term)
    }
    listed = by_minor.get(_minor_text(own), ())
    by_minor[_minor_text(own)] = tuple(sorted({*listed, own}, key=numbers))
    known = {r.version for r in records}
    oldest = min(map(minor, known))
    if minor(own) < oldest:
        # The catalog's calendar begins later: the neighbours' patches are nobody's knowledge.
        for step in range(-_SKEW, 2):
            near = f"{minor(own)[0]}.{minor(own)[1] + step}"
            if near not in known:
                by_minor[near] = ANY
    return by_minor


def latest_patch(world: ArmWorld, version: str) -> str:
    """The version that a minor stands for; a full version stands for itself."""
    if version.count(".") != 1:
        return version
    patches = [p for p in offered(world).get(version, ()) if p != "*"]
    if version == _minor_text(world.cluster.version):
        # A pool is no newer than its control plane.
        patches = [p for p in patches if numbers(p) <= numbers(world.cluster.version)]
    return patches[-1] if patches else f"{version}.0"


def in_community_support(world: ArmWorld, version: str) -> bool:
    """Whether a minor has its community support by today; True without a record."""
    record = world.catalog.kubernetes_version(_minor_text(version))
    ends = last_day(record.end_of_life) if record is not None else None
    return ends is None or world.clock.moment().date() <= ends


def _patches(record: KubernetesVersion, today: date) -> tuple[str, ...]:
    seen = {v for day, v in record.patches_seen.items() if (d := first_day(day)) and d <= today}
    return tuple(sorted({f"{record.version}.0", *seen}, key=numbers))


def _in_support(
    records: tuple[KubernetesVersion, ...],
    record: KubernetesVersion,
    today: date,
    *,
    long_term: bool,
) -> bool:
    begin = first_day(record.aks_ga)
    if begin is None or today < begin:
        return False
    ends = last_day(record.end_of_life)
    if ends is None or today <= ends:
        return True
    if long_term:
        lts = last_day(record.lts_end)
        return lts is not None and today <= lts
    # Platform support: pools can still be made until a later minor is generally available.
    later = record.platform_support_until.removesuffix(" GA")
    next_ga = next((first_day(r.aks_ga) for r in records if r.version == later), None)
    return bool(later) and (next_ga is None or today < next_ga)


def _minor_text(version: str) -> str:
    return ".".join(str(n) for n in minor(version))
