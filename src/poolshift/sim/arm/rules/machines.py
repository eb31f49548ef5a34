"""Whether there is something to change: running, unlocked, as the service left it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from poolshift.sim.arm.governance.locks import LEVELS, READ_ONLY, locked_text, scope_of
from poolshift.sim.arm.problems import ArmProblem, refusal
from poolshift.sim.arm.rules.ask import SYSTEM_MODES
from poolshift.sim.kube.resources import BUDGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.sim.arm.rules.ask import Ask
    from poolshift.sim.arm.state import ArmWorld, SimPool
    from poolshift.sim.scenarioparts import LockSpec

_SYSTEM_NAMESPACE = "kube-system"
IMAGE_REFERENCE = "Changing property 'imageReference' is not allowed"


def refuse_stopped_cluster(world: ArmWorld) -> None:
    """Refuse any change within a stopped cluster; status and sentence as users report them."""
    if _code(world.cluster.properties) == "Stopped":
        ids = world.ids
        raise ArmProblem(
            400,
            "OperationNotAllowed",
            f"An error has occurred in subscription {ids.subscription}, resourceGroup: {ids.group} "
            "request: Managed Cluster is in stopped state, no operations except for start are "
            "allowed.",
        )


def refuse_stopped_pool(pool: SimPool) -> None:
    """Refuse (409) a change of a pool whose machines are off; the wording was not recorded."""
    if pool.stopped:
        raise ArmProblem(
            409,
            "OperationNotAllowed",
            f"Operation is not allowed: agent pool {pool.name} is stopped. Please start it first.",
        )


def check_stop(pool: SimPool) -> None:
    """Refuse to stop what the service's page on it rules out; its wording was not recorded.

    A system pool runs, and a pool whose last change did not go well is set right first.
    """
    if str(pool.properties["mode"]) in SYSTEM_MODES:
        raise ArmProblem(
            400,
            "OperationNotAllowed",
            f"System agent pool {pool.name} cannot be stopped.",
            target="agentPoolProfile.powerState",
        )
    if not pool.well:
        state = pool.properties["provisioningState"]
        raise ArmProblem(
            409,
            "OperationNotAllowed",
            f"Agent pool {pool.name} is in provisioning state {state}: only one that is Succeeded "
            "can be stopped.",
        )


def cluster_running(ask: Ask) -> None:
    """A stopped cluster takes no pools."""
    refuse_stopped_cluster(ask.world)


def pool_running(ask: Ask) -> None:
    """A stopped pool may be upgraded, says the service's page on it; it is not changed else."""
    cluster_running(ask)
    upgrade = ask.version_changed and ask.more == 0 and not ask.sku_changed
    if ask.pool is not None and _code(ask.props) == "Stopped" and not upgrade:
        refuse_stopped_pool(ask.pool)


def hand_edited(ask: Ask) -> None:
    """A scale set that somebody edited by hand takes no new machines of the service."""
    if ask.name.lower() not in {n.lower() for n in ask.world.scenario.service.hand_edited_pools}:
        return
    if ask.pool is not None and (ask.more > 0 or ask.version_changed or ask.sku_changed):
        raise ask.refused(IMAGE_REFERENCE, f"{IMAGE_REFERENCE}.")


def node_group_deletable(ask: Ask) -> None:
    """A lock on the node resource group keeps the service from deleting a scale set."""
    for lock, scope in _node_group_locks(ask):
        if lock.level in LEVELS:
            raise _locked(ask, "DeleteVMSSAgentPoolFailed", scope, "delete")


def node_group_writable(ask: Ask) -> None:
    """One against all changes keeps it from making or changing one, too."""
    if ask.more == 0 and not ask.version_changed and not ask.sku_changed:
        return
    code = "CreateVMSSAgentPoolFailed" if ask.pool is None else "ReconcileVMSSAgentPoolFailed"
    for lock, scope in _node_group_locks(ask):
        if lock.level == READ_ONLY:
            raise _locked(ask, code, scope, "write")


def _node_group_locks(ask: Ask) -> Iterator[tuple[LockSpec, str]]:
    """The locks on the node resource group, with their scope."""
    azure, end = ask.world.azure, f"/resourcegroups/{ask.world.ids.node_group.lower()}"
    for lock in azure.locks:
        scope = scope_of(azure, lock)
        if scope.lower().endswith(end):
            yield lock, scope


def _locked(ask: Ask, code: str, scope: str, verb: str) -> ArmProblem:
    """The service's own error around the lock's.

    It fails the operation while it runs; the local AKS refuses at once. No body was recorded.
    """
    scale_set = ask.world.ids.scale_set_id(ask.pool.scale_set if ask.pool else f"aks{ask.name}")
    return ask.refused(
        code,
        "VMSSAgentPoolReconciler retry failed: Code='ScopeLocked' Message='"
        f"{locked_text(scale_set, scope, verb)}'",
    )


def check_delete_machines(world: ArmWorld, pool: SimPool, names: tuple[str, ...]) -> None:
    """Refuse machines that a system pool needs: its last one, or any that budgets hold.

    Neither code nor wording is recorded, only that budgets of the cluster's own pods count.
    """
    if str(pool.properties["mode"]) not in SYSTEM_MODES:
        return
    if len(set(names)) >= len(pool.machines):
        raise ArmProblem(400, "InvalidParameter", "A system agent pool keeps one machine at least.")
    held = _held_budgets(world, names)
    if held:
        raise refusal(
            world.catalog,
            "OperationNotAllowed",
            f"Deleting machines of system agent pool {pool.name} would break the budgets "
            f"{', '.join(held)}.",
            sub="last-system-pool",
        )


def _held_budgets(world: ArmWorld, names: tuple[str, ...]) -> list[str]:
    """Budgets of kube-system that allow fewer pods to go than are on the machines."""
    covered: Counter[tuple[str, str]] = Counter()
    for name in names:
        for pod in world.kube.pods_on(name):
            if pod.key[0] == _SYSTEM_NAMESPACE:
                covered.update(world.kube.ctx.budgets.matching(pod))
    held = []
    for (namespace, budget), pods in sorted(covered.items()):
        status = world.kube.store.get(BUDGETS, namespace, budget).get("status") or {}
        if pods > int(status.get("disruptionsAllowed") or 0):
            held.append(f"{namespace}/{budget}")
    return held


def _code(properties: object) -> str:
    power = properties.get("powerState") if isinstance(properties, dict) else None
    return str((power or {}).get("code") or "Running")
