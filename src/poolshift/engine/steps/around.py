"""Steps around the move: hold and restore, identity, pre-pull."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.marks import RUN_LABEL
from poolshift.core.plan import Move, PlanPool, PlanWorkload
from poolshift.engine.steps import marks
from poolshift.engine.steps.abort import delete_helper, delete_helpers, own_workload_marks
from poolshift.engine.steps.drain import spare
from poolshift.engine.steps.interface import Act, Done, Fail, Result, StepContext, Wait
from poolshift.engine.steps.pools import green_count, restore_autoscaler
from poolshift.semantics.prepull import prepull_daemon_set, prepull_name

if TYPE_CHECKING:
    from poolshift.core.journal import ActionRecord
    from poolshift.core.kube import Node


def _autoscaled_nodes(ctx: StepContext) -> tuple[Node, ...]:
    pools = {
        name
        for p in ctx.plan.pools
        for name in (p.blue, p.green)
        if name in ctx.view.pools and ctx.view.pools[name].properties.enable_auto_scaling
    }
    return tuple(n for name in sorted(pools) for n in ctx.view.nodes_of(name))


def _channels(ctx: StepContext) -> tuple[str | None, str | None]:
    profile = ctx.view.cluster.properties.auto_upgrade_profile
    return (
        (None, None)
        if profile is None
        else (
            profile.upgrade_channel,
            profile.node_os_upgrade_channel,
        )
    )


def hold(ctx: StepContext) -> Result:
    """Hold scale-down on autoscaled pools, and the auto-upgrade channels of the cluster."""
    actions = marks.hold_nodes(ctx, _autoscaled_nodes(ctx))
    if actions:
        return Act(actions, why="the autoscaler must not remove nodes during the move")
    return _set_channels(ctx, "none", "None") if ctx.step.parameters.get("channels") else Done()


def restore(ctx: StepContext) -> Result:
    """Take the run's last marks off and put back what was held."""
    unmarks = (*own_workload_marks(ctx), *spare(ctx, ctx.view.pods))
    if unmarks:
        return Act(unmarks, again_s=1.0)
    scaler = restore_autoscaler(ctx)
    if not isinstance(scaler, Done):
        return scaler
    for pool in ctx.plan.pools:
        # Read again: a pool call writes the scale set anew.
        granted = assign(ctx, pool) if pool.identities else Done()
        if not isinstance(granted, Done):
            return granted
    return release(ctx)


def release(ctx: StepContext) -> Result:
    """Put back what was held, as the restore record says."""
    actions = marks.release_nodes(ctx, tuple(ctx.view.nodes.values()))
    if actions:
        return Act(actions)
    if not ctx.step.parameters.get("channels"):
        return Done()
    kept = ctx.state.restore
    return _set_channels(ctx, kept.upgrade_channel or "none", kept.node_os_channel or "None")


def _set_channels(ctx: StepContext, cluster: str, node_os: str) -> Result:
    now = _channels(ctx)
    if (now[0] or "none", now[1] or "None") == (cluster, node_os):
        return Done()
    if ctx.view.cluster.properties.provisioning_state not in ("Succeeded", ""):
        return Wait(what="cluster", why=ctx.view.cluster.properties.provisioning_state)
    raw = ctx.view.cluster.raw
    profile = {
        **(raw["properties"].get("autoUpgradeProfile") or {}),
        "upgradeChannel": cluster,
        "nodeOSUpgradeChannel": node_os,
    }
    body = {**raw, "properties": {**raw["properties"], "autoUpgradeProfile": profile}}
    action = ctx.action("update-cluster", "cluster", body=body, if_match=str(raw.get("eTag", "")))
    return Act((action,), why=f"channels {cluster} and {node_os}", again_s=15.0)


def identity(ctx: StepContext) -> Result:
    """Give green's scale set the identities that blue's has."""
    return assign(ctx, ctx.pool)


def assign(ctx: StepContext, pool: PlanPool) -> Result:
    """Put blue's identities on green where they are missing."""
    wanted = pool.identities
    scale_set = ctx.view.scale_sets.get(pool.green)
    if scale_set is None:
        return Wait(what=f"scale set of {pool.green}", why="it is not there yet")
    have = {i.lower() for i in scale_set.identities}
    missing = tuple(i for i in wanted if i.lower() not in have)
    if not missing:
        return Done(f"{len(wanted)} identities are on {scale_set.name}")
    action = ctx.action(
        "assign-identities",
        f"scale-set/{scale_set.name}",
        scale_set=scale_set.id,
        identities=list(missing),
    )
    return Act((action,), why="pods on green need them", again_s=15.0)


def pre_pull(ctx: StepContext) -> Result:
    """Run every new image once on every green node, then take the helper away.

    It runs before any workload is touched, so an image that cannot be pulled or does not fit the
    build stops the run while nothing has moved.
    """
    groups = _by_namespace(ctx)
    if ctx.data.get("pulled"):
        here = [t for t in ctx.view.helpers if t in _targets(ctx, groups)]
        actions = tuple(delete_helper(ctx, t) for t in here)
        return Act(actions, again_s=2.0) if actions else Done("images are on all green nodes")
    missing = {ns: ws for ns, ws in groups.items() if _target(ctx, ns) not in ctx.view.helpers}
    if missing:
        return Act(
            tuple(_create_helper(ctx, ns, ws) for ns, ws in missing.items()),
            why="first pulls take minutes; they should not be part of the move",
        )
    for target in _targets(ctx, groups):
        status = ctx.view.helpers[target].status
        count = green_count(ctx)
        if status.number_ready < count:
            return Wait(
                what=f"images on {ctx.pool.green}",
                why=helper_trouble(ctx, target)
                or f"{status.number_ready} of {count} nodes have them",
                unblock=f"kubectl describe pods -l {RUN_LABEL}={ctx.run} -A",
            )
    return Wait(what="images", why="pulled", data={"pulled": True}, again_s=0.0)


def helper_trouble(ctx: StepContext, target: str) -> str:
    """Why a helper's pods do not start, in the kubelet's own words."""
    for pod in ctx.view.pods_of.get(target, ()):
        for status in pod.status.container_statuses:
            waiting = status.state.waiting
            if waiting is not None and waiting.reason not in ("", "ContainerCreating"):
                return f"{pod.metadata.name}: {waiting.reason}: {waiting.message}"
    return ""


def undo_pre_pull(ctx: StepContext) -> Result:
    """Take helpers away."""
    actions = delete_helpers(ctx)
    return Act(actions, again_s=2.0) if actions else Done()


def _by_namespace(ctx: StepContext) -> dict[str, list[PlanWorkload]]:
    groups: dict[str, list[PlanWorkload]] = {}
    for w in ctx.plan.workloads:
        if w.pool == ctx.pool.blue and w.move in (Move.RETARGET, Move.WAIT_FOR_OWNER) and w.images:
            groups.setdefault(w.target.split("/")[0], []).append(w)
    return groups


def _target(ctx: StepContext, namespace: str) -> str:
    return f"{namespace}/DaemonSet/{prepull_name(ctx.run)}"


def _targets(ctx: StepContext, groups: dict[str, list[PlanWorkload]]) -> tuple[str, ...]:
    return tuple(_target(ctx, ns) for ns in groups)


def _create_helper(ctx: StepContext, namespace: str, workloads: list[PlanWorkload]) -> ActionRecord:
    images = dict.fromkeys(change.new for w in workloads for change in w.images)
    secrets = dict.fromkeys(
        ref.name
        for w in workloads
        if w.target in ctx.view.workloads
        for ref in ctx.view.workloads[w.target].spec.template.spec.image_pull_secrets
    )
    name = prepull_name(ctx.run)
    body = prepull_daemon_set(ctx.run, namespace, ctx.pool.green, images, secrets)
    target = f"{namespace}/DaemonSet/{name}"
    return ctx.action("create-helper", target, namespace=namespace, body=body)


def undo_identity(ctx: StepContext) -> Result:
    """Identities go with green's scale set."""
    return Done()


def preflight(ctx: StepContext) -> Result:
    """Send every write of the plan with dryRun=All, once; a problem stops the run here."""
    answered = next((o for o in ctx.outcomes if o.verb == "preflight" and o.outcome), None)
    if answered is None:
        return Act((ctx.action("preflight", "cluster"),), again_s=0.0)
    if answered.outcome == "done":
        return Done(answered.detail)
    if answered.outcome != "unanswered-check":
        return Fail(why=answered.detail, fix=f"Mend it, then: poolshift runs resume {ctx.run}")
    if any(a.gate == ctx.step.kind for a in ctx.state.approvals):
        return Done(f"a person answers for this: {answered.detail}")
    return Fail(
        why=answered.detail,
        fix=f"Mend it, then: poolshift runs resume {ctx.run}; or answer for it: poolshift runs "
        f"resume {ctx.run} --approve {ctx.step.kind}",
    )
