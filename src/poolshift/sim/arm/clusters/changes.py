"""Changes of the managed cluster: its settings, its version, and its pools along with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm import releases
from poolshift.sim.arm.clusters.codec import READ_ONLY, sku_of, told
from poolshift.sim.arm.clusters.run import ClusterRun, Stage
from poolshift.sim.arm.fills import CLUSTER_FILLS, POOL_FILLS, without_fills
from poolshift.sim.arm.ids import is_identity, principal_of
from poolshift.sim.arm.pools.changes import PoolChange, allowed_change
from poolshift.sim.arm.pools.running import check_match, refuse_busy_cluster
from poolshift.sim.arm.problems import ArmProblem, no_identity
from poolshift.sim.arm.rules.clusters import check_update
from poolshift.sim.arm.rules.machines import refuse_stopped_cluster
from poolshift.sim.arm.rules.upgrades import check_upgrade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool

_UPDATE_TIMING = "sum-cluster-update"
_UPGRADE_TIMING = "sum-cluster-upgrade"
# Recorded upgrades are of control plane and pools together; the pools take their own time here.
_CONTROL_PLANE_SHARE = 0.5
_UPDATING, _UPGRADING = "Updating", "Upgrading"


def update_cluster(
    world: ArmWorld, sent: Mapping[str, Any], *, if_match: str, by: str
) -> SimOperation:
    """Accept a PUT of the whole cluster.

    Settings take effect with it; a newer Kubernetes version goes to the control plane first; then
    each pool that its body changes is changed, one after another.
    """
    check_match(if_match, str(world.cluster.body["eTag"]))
    refuse_stopped_cluster(world)
    refuse_busy_cluster(world)
    for name in (sent.get("identity") or {}).get("userAssignedIdentities") or ():
        if not is_identity(name):
            raise no_identity(name)
    given = _given(world, sent)
    check_update(world, {**sent, "properties": given})
    version = _version(world, str(given.get("kubernetesVersion") or ""))
    upgrade = version != world.cluster.version
    before = world.cluster.version
    if upgrade:
        check_upgrade(world, version, given)
    # What the pools' rules compare with is the version that the cluster says from now on.
    world.cluster.properties["currentKubernetesVersion"] = version
    try:
        pools = _pool_changes(world, given.get("agentPoolProfiles") or (), before)
    except ArmProblem:
        world.cluster.properties["currentKubernetesVersion"] = before
        raise
    state = _UPGRADING if upgrade or _gmsa_enabled(world, given) else _UPDATING
    _take(world, sent, given, version)
    total_s = world.durations.draw(_UPGRADE_TIMING if upgrade else _UPDATE_TIMING)
    stage = Stage(
        state=state,
        head_s=total_s * _CONTROL_PLANE_SHARE if upgrade else total_s,
        version=version,
        before=before,
        # Recorded: all pools tell of a change of the cluster, but not of one that gMSA begins with.
        pools_tell=upgrade or state == _UPDATING,
    )
    return ClusterRun(world, stage, pools, by=by).start()


def upgrade_whole(world: ArmWorld, version: str, *, by: str) -> SimOperation:
    """Upgrade control plane and pools to a full version, as a PUT of all of them would."""
    profiles = [
        {"name": pool.name, "orchestratorVersion": version} for pool in world.pools.values()
    ]
    sent = {
        "tags": world.cluster.body.get("tags") or {},
        "properties": {"kubernetesVersion": version, "agentPoolProfiles": profiles},
    }
    return update_cluster(world, sent, if_match="", by=by)


def _given(world: ArmWorld, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that were sent, less what a client only wrote back as it had read it."""
    given = {k: v for k, v in (sent.get("properties") or {}).items() if v is not None}
    profiles = given.pop("agentPoolProfiles", None)
    today = world.clock.moment().date()
    given = without_fills(given, world.cluster.properties, CLUSTER_FILLS, today)
    return given | ({"agentPoolProfiles": profiles} if profiles is not None else {})


def _version(world: ArmWorld, asked: str) -> str:
    """The full version asked for; what says nothing new is the one that there is."""
    here = world.cluster.version
    if asked in ("", here, world.cluster.properties["kubernetesVersion"]):
        return here
    if here.startswith(f"{asked}."):
        return here
    return releases.resolved(world.azure, asked) or asked


def _gmsa_enabled(world: ArmWorld, given: Mapping[str, Any]) -> bool:
    wanted = (given.get("windowsProfile") or {}).get("gmsaProfile") or {}
    here = (world.cluster.properties.get("windowsProfile") or {}).get("gmsaProfile") or {}
    return bool(wanted.get("enabled")) and not here.get("enabled")


def _take(world: ArmWorld, sent: Mapping[str, Any], given: Mapping[str, Any], version: str) -> None:
    """Let the cluster say what it shall be."""
    kept = {key: value for key, value in given.items() if key not in READ_ONLY}
    changed = told(world.cluster.properties, kept)
    asked = str(changed.get("kubernetesVersion") or "")
    text = asked if version.startswith(f"{asked}.") or asked == version else version
    body = world.cluster.body
    head = {key: sent[key] for key in ("sku", "identity") if sent.get(key)}
    if "sku" in head:
        head["sku"] = sku_of(world, head["sku"])
    known = (body.get("identity") or {}).get("userAssignedIdentities") or {}
    named = (head.get("identity") or {}).get("userAssignedIdentities")
    if named:
        # Clients name identities with nothing behind them: what the service knows of them stays.
        ids = {key: known.get(key) or principal_of(key) for key in named}
        head["identity"] = {**head["identity"], "userAssignedIdentities": ids}
    world.cluster.body = {
        **body,
        **{key: {**(body.get(key) or {}), **value} for key, value in head.items()},
        "tags": dict(sent.get("tags") or {}),
        "eTag": world.tag(),
        "properties": {
            **world.cluster.properties,
            **changed,
            "kubernetesVersion": text or version,
            "currentKubernetesVersion": version,
        },
    }


def _pool_changes(world: ArmWorld, profiles: Any, before: str) -> list[tuple[SimPool, PoolChange]]:
    """What the profiles of the body make of the pools; pools that they leave out stay."""
    found = []
    for profile in profiles:
        name = str(profile.get("name") or "")
        pool = world.pools.get(name.lower())
        if pool is None:
            raise ArmProblem(
                400,
                "BadRequest",
                "A new agent pool was introduced. Adding agent pools to an existing cluster is "
                "not allowed through managed cluster operations. For agent pool specific change, "
                "please use per agent pool operations: https://aka.ms/agent-pool-rest-api",
                target="agentPoolProfiles",
            )
        today = world.clock.moment().date()
        wanted = without_fills(profile, {"name": name, **pool.properties}, POOL_FILLS, today)
        change = allowed_change(world, pool, {k: v for k, v in wanted.items() if k != "name"})
        found.append((pool, change))
    return found
