"""Steps that call ARM about pools: create green, lift its guard, delete blue; and their undos."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from poolshift.core.clock import format_time, parse_time
from poolshift.core.marks import EXCLUDE_LABEL, EXCLUDED_AT, GUARD_KEY, POOL_RUN_TAG
from poolshift.core.plan import Guard
from poolshift.engine.steps import marks
from poolshift.engine.steps.interface import Act, Done, Fail, Result, StepContext, Wait

if TYPE_CHECKING:
    from poolshift.core.arm import Pool
    from poolshift.core.kube import Node

POOL_POLL_S = 15.0


def _made_by(pool: Pool, run: str) -> bool:
    return (pool.properties.tags or {}).get(POOL_RUN_TAG) == run


def _unsettled(ctx: StepContext, pool: Pool, what: str) -> Result | None:
    """Wait or fail while a pool is not in Succeeded; None when it is."""
    state = pool.properties.provisioning_state
    if state == "Succeeded":
        return None
    if state in ("Failed", "Canceled"):
        error = ((pool.raw.get("properties") or {}).get("status") or {}).get("provisioningError")
        said = f": {error.get('code')} {error.get('message')}" if isinstance(error, dict) else ""
        return Fail(
            why=f"the pool {pool.name} is {state}{said}",
            fix=f"Mend it (az aks nodepool update), then: poolshift runs resume {ctx.run}",
        )
    return Wait(
        what=f"pool {pool.name}", why=f"{what}: the service says {state}", again_s=POOL_POLL_S
    )


def create_green(ctx: StepContext) -> Result:
    """Ask for the pool once (If-None-Match: *), then wait until the service is done."""
    planned = ctx.pool
    pool = ctx.view.pools.get(planned.green)
    if pool is None:
        if planned.owner != "none" and not ctx.state.options.take_ownership:
            return Wait(
                what=f"pool {planned.green}",
                why=f"{planned.owner} owns the pools of this cluster and must create it",
                unblock=f"create {planned.green} with {planned.owner}, or resume with "
                "--take-ownership in a new apply",
                again_s=60.0,
            )
        body = _as_large_as_blue(ctx, with_tag(planned.body, ctx.run))
        return Act(
            (
                ctx.action(
                    "create-pool",
                    f"pool/{planned.green}",
                    pool=planned.green,
                    body=body,
                    headers=dict(planned.headers),
                ),
            ),
            why=f"{planned.green} does not exist yet",
            again_s=POOL_POLL_S,
        )
    if planned.owner == "none" and not _made_by(pool, ctx.run):
        return Fail(
            why=f"a pool {planned.green} exists that this run did not create",
            fix="Plan again with --green "
            f"{planned.blue}=NAME, a name that is free, or delete that pool if it is yours",
        )
    return _unsettled(ctx, pool, "being created") or Done(f"{planned.green} exists")


def _as_large_as_blue(ctx: StepContext, body: dict[str, Any]) -> dict[str, Any]:
    """Green is as large as blue is now: an autoscaler may have added nodes since the plan."""
    blue = ctx.view.pools.get(ctx.pool.blue)
    count = max(ctx.pool.count, blue.properties.count if blue else 0)
    return {**body, "properties": {**body["properties"], "count": count}}


def green_count(ctx: StepContext) -> int:
    """How many nodes green has by the service's word; the planned count while it is not there."""
    green = ctx.view.pools.get(ctx.pool.green)
    return green.properties.count if green else ctx.pool.count


def with_tag(body: dict[str, Any], run: str) -> dict[str, Any]:
    """A pool body that carries the run's mark."""
    properties = dict(body.get("properties", {}))
    properties["tags"] = {**(properties.get("tags") or {}), POOL_RUN_TAG: run}
    return {**body, "properties": properties}


def lift_guard(ctx: StepContext) -> Result:
    """Take the guard taint off green by one pool call."""
    planned = ctx.pool
    pool = ctx.view.pools.get(planned.green)
    if pool is None:
        return Fail(why=f"the pool {planned.green} is gone")
    taints = list(pool.properties.node_taints or ())
    if planned.guard is Guard.NONE or not any(t.startswith(f"{GUARD_KEY}=") for t in taints):
        return _unsettled(ctx, pool, "lifting the guard") or Done("no guard on green")
    unsettled = _unsettled(ctx, pool, "busy")
    if unsettled is not None:
        return unsettled
    kept = [t for t in taints if not t.startswith(f"{GUARD_KEY}=")]
    why = "nothing is left that must not land on green"
    return _update(ctx, pool, {"nodeTaints": kept}, planned.headers, why)


def restore_autoscaler(ctx: StepContext) -> Result:
    """Switch green's autoscaler on with blue's own limits, where blue had one."""
    for planned in ctx.plan.pools:
        pool = ctx.view.pools.get(planned.green)
        if not planned.autoscaler or pool is None:
            continue
        unsettled = _unsettled(ctx, pool, "its autoscaler is being set")
        if unsettled is not None:
            return unsettled
        if not pool.properties.enable_auto_scaling:
            limits = {
                "enableAutoScaling": True,
                "minCount": planned.autoscaler["min"],
                "maxCount": planned.autoscaler["max"],
            }
            return _update(ctx, pool, limits, planned.headers, "blue had an autoscaler")
    return Done()


def _update(
    ctx: StepContext,
    pool: Pool,
    properties: dict[str, Any],
    headers: dict[str, str],
    why: str,
) -> Act:
    """A PUT of the whole pool as it was read, with some properties changed."""
    body = {**pool.raw, "properties": {**pool.raw["properties"], **properties}}
    action = ctx.action(
        "update-pool",
        f"pool/{pool.name}",
        pool=pool.name,
        body=body,
        if_match=pool.properties.e_tag,
        headers=dict(headers),
    )
    return Act((action,), why=why, again_s=POOL_POLL_S)


def leave_load_balancers(ctx: StepContext) -> Result:
    """Label blue's nodes out of the load balancers, then wait the stated drain time."""
    return leave(ctx, ctx.view.nodes_of(ctx.pool.blue))


def leave(ctx: StepContext, nodes: tuple[Node, ...]) -> Result:
    """Take nodes out of the load balancers and let their connections end."""
    actions = marks.exclude(ctx, nodes)
    if actions:
        return Act(actions, why="their traffic must end before they go", again_s=1.0)
    rest = seconds_until_drained(ctx, nodes)
    if rest > 0:
        return Wait(
            what="load balancers",
            why=f"connections to the old nodes drain for another {rest:.0f} s",
            again_s=min(rest, 30.0),
        )
    return Done(f"{len(nodes)} nodes take no traffic from load balancers")


def seconds_until_drained(ctx: StepContext, nodes: tuple[Node, ...]) -> float:
    """Seconds that the last excluded node still needs; 0 when all have had their time."""
    drain_s = float(ctx.step.parameters.get("drain_s", 60))
    rest = 0.0
    for node in nodes:
        since = node.metadata.annotations.get(EXCLUDED_AT)
        if since is None:
            # Somebody else's exclusion carries no time: count from the step's own start.
            rest = max(rest, drain_s - ctx.running_s())
        else:
            rest = max(rest, drain_s - (ctx.now - parse_time(since)).total_seconds())
    return rest


def rejoin_load_balancers(ctx: StepContext) -> Result:
    """Undo: take this run's exclusions off blue."""
    actions = marks.include(ctx, ctx.view.nodes_of(ctx.pool.blue))
    return Act(actions, again_s=1.0) if actions else Done()


def delete_blue(ctx: StepContext) -> Result:
    """Delete blue, but only empty, out of the load balancers and drained."""
    pool = ctx.view.pools.get(ctx.pool.blue)
    if pool is None:
        left = ctx.view.nodes_of(ctx.pool.blue)
        if left:
            return Wait(what=f"node {left[0].metadata.name}", why="its pool is gone, it is not")
        return Done(f"{ctx.pool.blue} is gone")
    if pool.properties.provisioning_state == "Deleting":
        return Wait(what=f"pool {pool.name}", why="being deleted", again_s=POOL_POLL_S)
    rest_s = float(ctx.step.parameters.get("keep_s", 0)) - ctx.running_s()
    if rest_s > 0:
        until = format_time(ctx.now + timedelta(seconds=rest_s))
        return Wait(
            what=f"pool {pool.name}",
            why=f"kept until {until} by --keep-blue",
            unblock=f"it goes on by itself; to take it back: poolshift runs rollback {ctx.run}",
            again_s=min(rest_s, 60.0),
        )
    return _delete_when_empty(ctx, pool)


def _delete_when_empty(ctx: StepContext, pool: Pool) -> Result:
    nodes = ctx.view.nodes_of(pool.name)
    for node in nodes:
        pods = ctx.view.moving_pods(node.metadata.name)
        if pods:
            return Fail(
                why=f"pod {pods[0].metadata.namespace}/{pods[0].metadata.name} "
                f"is still on {node.metadata.name}",
                fix=f"Move it, then: poolshift runs resume {ctx.run}",
            )
        if EXCLUDE_LABEL not in node.metadata.labels:
            return Fail(
                why=f"node {node.metadata.name} still takes load balancer traffic",
                fix=f"Put its label {EXCLUDE_LABEL} back, then: poolshift runs resume {ctx.run}",
            )
    rest = seconds_until_drained(ctx, nodes)
    if rest > 0:
        return Wait(what="load balancers", why="connections drain", again_s=min(rest, 30.0))
    unsettled = _unsettled(ctx, pool, "busy")
    if isinstance(unsettled, Wait) or (unsettled is not None and ctx.data.get("asked_at")):
        # A pool that was Failed before may be deleted; one that failed at it needs a person.
        return unsettled
    if ctx.pool.owner != "none" and not ctx.state.options.take_ownership:
        return Wait(
            what=f"pool {pool.name}",
            why=f"it is empty, and {ctx.pool.owner} owns it and must delete it",
            unblock=f"take {pool.name} out of the {ctx.pool.owner} code and apply that",
            again_s=60.0,
        )
    return Act(
        (
            ctx.action(
                "delete-pool", f"pool/{pool.name}", pool=pool.name, if_match=pool.properties.e_tag
            ),
        ),
        why="it is empty, out of the load balancers and drained",
        again_s=POOL_POLL_S,
        data={**ctx.data, "asked_at": ctx.stamp()},
    )


def no_way_back(ctx: StepContext) -> Result:
    """Undo of a deletion: there is none once it has begun."""
    pool = ctx.view.pools.get(ctx.pool.blue)
    if pool is not None and pool.properties.provisioning_state != "Deleting":
        return Done()
    return Fail(
        why=f"the pool {ctx.pool.blue} is being deleted or gone; that has no way back",
        fix=f"Let the run finish: poolshift runs resume {ctx.run}",
    )


def delete_green(ctx: StepContext) -> Result:
    """Undo of creating green: with the same care as for blue."""
    pool = ctx.view.pools.get(ctx.pool.green)
    nodes = ctx.view.nodes_of(ctx.pool.green)
    if pool is None:
        return Wait(what="nodes of green", why="going") if nodes else Done()
    if not _made_by(pool, ctx.run):
        opened = marks.uncordon(ctx, nodes)
        if opened:
            return Act(opened, why=f"{pool.name} is not this run's and stays", again_s=1.0)
        return Done(f"{pool.name} is not this run's and stays")
    if pool.properties.provisioning_state == "Deleting":
        return Wait(what=f"pool {pool.name}", why="being deleted", again_s=POOL_POLL_S)
    if pool.properties.provisioning_state == "Creating":
        return Wait(what=f"pool {pool.name}", why="still being created", again_s=POOL_POLL_S)
    left = leave(ctx, nodes)
    return left if not isinstance(left, Done) else _delete_when_empty(ctx, pool)
