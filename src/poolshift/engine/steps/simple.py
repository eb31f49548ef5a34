"""Steps that only look: features, control plane, verify, soak, prove, final check."""

from __future__ import annotations

from poolshift.core.kube import is_finished, is_ready
from poolshift.core.plan import Move
from poolshift.engine.steps.abort import own_helpers
from poolshift.engine.steps.around import assign
from poolshift.engine.steps.interface import Done, Fail, Result, StepContext, Wait
from poolshift.engine.steps.pools import green_count
from poolshift.engine.view import View, pool_of
from poolshift.semantics.fit import incoming, static_reasons
from poolshift.semantics.rollout import replicas_of


def features(ctx: StepContext) -> Result:
    """Wait until the features that the target asks for are registered."""
    asked = ctx.step.parameters.get("features", [])
    missing = [f for f in asked if ctx.view.features.get(f) != "Registered"]
    if not missing:
        return Done()
    return Wait(
        what=f"feature {missing[0]}",
        why="it is not registered on the subscription",
        unblock=(
            "az feature register --namespace Microsoft.ContainerService --name "
            f"{missing[0]} && az provider register --namespace Microsoft.ContainerService"
        ),
        again_s=60.0,
    )


def control_plane(ctx: StepContext) -> Result:
    """Wait until the control plane is at the version that the target needs."""
    wanted = str(ctx.step.parameters.get("version", ""))
    current = ctx.view.cluster.properties.current_kubernetes_version
    if not wanted or current == wanted:
        return Done()
    return Wait(
        what=f"control plane {wanted}",
        why=f"it is at {current}",
        unblock=f"az aks upgrade --control-plane-only --kubernetes-version {wanted}",
        again_s=60.0,
    )


def health_problem(ctx: StepContext) -> str:
    """Why the moved workloads are not all well on green; empty when they are."""
    blues = {p.blue for p in ctx.plan.pools}
    for planned in ctx.plan.workloads:
        if planned.move is Move.STAY:
            continue
        found = ctx.view.workloads.get(planned.target)
        if found is None:
            continue
        wanted = replicas_of(found)
        ready = ctx.view.ready_of(planned.target)
        if ready < wanted:
            return f"{planned.target} has {ready} of {wanted} pods ready"
        left = [
            p.metadata.name
            for p in ctx.view.pods_of.get(planned.target, ())
            if ctx.view.pool_name_of_pod(p) in blues and not is_finished(p)
        ]
        if left:
            return f"{planned.target} still has {left[0]} on blue"
    return ""


def verify(ctx: StepContext) -> Result:
    """Every moved workload is as ready as it wants to be, and on green."""
    # Lifting a guard is a pool call, and such a call writes the scale set anew.
    granted = assign(ctx, ctx.pool) if ctx.pool.identities else Done()
    if not isinstance(granted, Done):
        return granted
    problem = health_problem(ctx)
    if not problem:
        return Done("all moved workloads are ready on green")
    return Wait(what="moved workloads", why=problem, unblock="kubectl describe the pods named")


def soak(ctx: StepContext) -> Result:
    """Stand still for the stated time; the time counts only while everything is well."""
    wanted_s = float(ctx.step.parameters.get("soak_s", 0))
    problem = health_problem(ctx)
    if problem:
        # The clock starts anew: a soak that was not quiet proves nothing.
        return Wait(what="soak", why=problem, unblock="it starts anew when all are ready", data={})
    since = ctx.seconds_since("quiet_since")
    if since is None:
        if wanted_s <= 0:
            return Done()
        return Wait(
            what="soak",
            why=f"{wanted_s:.0f} s of quiet on green",
            data={"quiet_since": ctx.stamp()},
            again_s=_soak_poll_s(wanted_s),
        )
    if since >= wanted_s:
        return Done(f"{since:.0f} s without a fault")
    return Wait(
        what="soak",
        why=f"{wanted_s:.0f} s of quiet on green",
        again_s=min(wanted_s - since, _soak_poll_s(wanted_s)),
    )


def _soak_poll_s(wanted_s: float) -> float:
    """Twelve looks a soak, but not more often than every half minute nor less than every five."""
    return min(max(wanted_s / 12, 30.0), 300.0, max(wanted_s, 1.0))


def names_of_pool(view: View, pool: str) -> tuple[str, ...]:
    """Workloads whose template selects a pool by name."""
    return tuple(
        target
        for target, w in view.workloads.items()
        if any(
            k in ("agentpool", "kubernetes.azure.com/agentpool") and v == pool
            for k, v in w.spec.template.spec.node_selector.items()
        )
    )


def prove(ctx: StepContext) -> Result:
    """Nothing names blue any more."""
    named = names_of_pool(ctx.view, ctx.pool.blue)
    if named:
        return Fail(
            why=f"{named[0]} still selects the pool {ctx.pool.blue} by name",
            fix="Change its nodeSelector, then: poolshift runs resume " + ctx.run,
        )
    return Done("no template names blue")


def final_check(ctx: StepContext) -> Result:
    """The pools are as planned and nothing of the run is left behind."""
    for pool in ctx.plan.pools:
        green = ctx.view.pools.get(pool.green)
        if green is None:
            return Fail(why=f"the pool {pool.green} is gone", fix="Look who deleted it")
        if green.properties.os_sku != pool.to:
            return Fail(why=f"the pool {pool.green} is {green.properties.os_sku}, not {pool.to}")
        behind = [
            n.metadata.name
            for n in ctx.view.nodes_of(pool.green)
            if pool.green_build
            and not n.status.node_info.kernel_version.startswith(pool.green_build)
        ]
        if behind:
            # The nodes' own word wins over the service's.
            return Fail(why=f"node {behind[0]} does not run {pool.green_build}")
    helpers = own_helpers(ctx)
    if helpers:
        return Wait(what="helper objects", why=f"{helpers[0]} is still there")
    problem = health_problem(ctx)
    if problem:
        return Wait(what="moved workloads", why=problem)
    return Done("pools, nodes and workloads are as planned")


def green_ready(ctx: StepContext) -> Result:
    """All nodes of green are Ready, of the right build, and their DaemonSet pods run."""
    pool = ctx.pool
    nodes = ctx.view.nodes_of(pool.green)
    ready = [n for n in nodes if is_ready(n)]
    wanted = green_count(ctx)
    if len(ready) < wanted:
        return Wait(
            what=f"pool {pool.green}",
            why=f"{len(ready)} of {wanted} nodes are Ready",
            unblock=f"kubectl get nodes -l agentpool={pool.green}",
        )
    wrong = [
        n
        for n in nodes
        if pool.green_build and not n.status.node_info.kernel_version.startswith(pool.green_build)
    ]
    if wrong:
        return Fail(
            why=(
                f"node {wrong[0].metadata.name} runs {wrong[0].status.node_info.kernel_version}, "
                f"not {pool.green_build}, though the service says {pool.to}"
            ),
            fix=f"Delete the pool {pool.green} or roll back: poolshift runs rollback {ctx.run}",
        )
    for node in nodes:
        waiting = _daemon_problem(ctx.view, node.metadata.name, pool.blue)
        if waiting:
            return Wait(what=f"node {node.metadata.name}", why=waiting)
    return Done(f"{len(nodes)} nodes Ready with their DaemonSet pods")


def _would_run(view: View, daemon_set: str, node: str) -> bool:
    """Whether a DaemonSet of that name selects and tolerates the node."""
    for target, workload in view.workloads.items():
        if target.split("/")[1:] == ["DaemonSet", daemon_set]:
            pod = incoming(workload.spec.template.metadata, workload.spec.template.spec)
            return not static_reasons(pod, view.nodes[node])
    return False


def _daemon_problem(view: View, node: str, blue: str) -> str:
    # A node is of use when its agents run, not when its kubelet says Ready.
    pods = view.pods_on.get(node, ())
    unready = [p.metadata.name for p in pods if not is_ready(p) and p.metadata.owner_references]
    if unready:
        return f"pod {unready[0]} is not ready yet"
    here = {o.name for p in pods for o in p.metadata.owner_references if o.kind == "DaemonSet"}
    on_blue = {
        o.name
        for name, blue_pods in view.pods_on.items()
        if name in view.nodes and pool_of(view.nodes[name]) == blue
        for p in blue_pods
        for o in p.metadata.owner_references
        if o.kind == "DaemonSet" and is_ready(p)
    }
    missing = sorted(n for n in on_blue - here if _would_run(view, n, node))
    return f"DaemonSet {missing[0]} has no pod there yet" if missing else ""
