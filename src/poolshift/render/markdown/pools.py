"""The entries of a runbook about the cluster, its pools and their nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from poolshift.core.marks import EXCLUDE_LABEL, GUARD_KEY, HELD_BY, HOLD_ANNOTATION
from poolshift.render import actions as a
from poolshift.render.az.pool import header_option
from poolshift.render.markdown.create import create_sheet
from poolshift.render.markdown.sheet import Commands, Sheet, broken, nodes_of
from poolshift.render.quoting import shell
from poolshift.report.durations import spell
from poolshift.report.markdown import code

if TYPE_CHECKING:
    from poolshift.core.plan import PlanPool
    from poolshift.render.interface import Procedure

RIGHTS = (
    "patch nodes",
    "patch pods",
    "create pods/eviction",
    "patch deployments.apps",
    "patch statefulsets.apps",
    "create daemonsets.apps",
)
PODS_LEFT = """for node in $(kubectl get nodes {selector} --output=name); do
  kubectl get pods --all-namespaces --field-selector="spec.nodeName=${{node#node/}}" --output=wide
done"""


def pool_sheet(action: a.PoolAction, procedure: Procedure) -> Sheet:
    """The entry of an action."""
    run = Commands(procedure)
    match action:
        case a.CheckAccess() | a.CheckCluster() | a.CheckBlue() | a.CheckGreen():
            return _check(action, procedure, run)
        case a.RegisterFeature() | a.SetChannels() | a.UpgradeControlPlane():
            return _cluster(action, procedure, run)
        case a.CreatePool(pool):
            return create_sheet(pool, procedure)
        case a.WaitForPool() | a.WaitForNodes() | a.AssignIdentities():
            return _green(action, procedure, run)
        case a.LiftGuard() | a.SetAutoscaler() | a.DeletePool() | a.KeepPool():
            return _change(action, procedure, run)
        case a.HoldNodes() | a.ReleaseNodes():
            return _hold(action)
        case (
            a.CordonPool()
            | a.UncordonPool()
            | a.LeaveLoadBalancers()
            | a.RejoinLoadBalancers()
            | a.CheckEmpty()
        ):
            return _nodes(action)
        case _:
            assert_never(action)


def _check(
    action: a.CheckAccess | a.CheckCluster | a.CheckBlue | a.CheckGreen,
    procedure: Procedure,
    run: Commands,
) -> Sheet:
    match action:
        case a.CheckAccess():
            asked = tuple(f"kubectl auth can-i {r} --all-namespaces" for r in RIGHTS)
            lease = "kubectl get lease poolshift --namespace=kube-system --ignore-not-found"
            return Sheet(
                "The rights are there, and no run of poolshift holds the cluster.",
                (*asked, lease),
                expect="`yes` to each question, and no lease with a holder",
            )
        case a.CheckCluster(version):
            query = "--query='[provisioningState, currentKubernetesVersion]'"
            return Sheet(
                "The cluster is settled and of the planned version.",
                (run.cluster("aks show", query, "--output=tsv"),),
                f"{_page(procedure)} > Overview: *Status* and *Kubernetes version*",
                f"`Succeeded` and {code(version)}",
            )
        case a.CheckBlue(pool):
            query = "--query='[provisioningState, osSku, vmSize, count]'"
            size = str(pool.body["properties"].get("vmSize") or "")
            return Sheet(
                f"{code(pool.blue)} is still what the plan was made for, and the name "
                f"{code(pool.green)} is free.",
                (
                    run.pool("aks nodepool show", pool.blue, query, "--output=tsv"),
                    run.pool("aks nodepool show", pool.green, query, "--output=tsv"),
                ),
                f"{_page(procedure)} > Settings > Node pools",
                f"`Succeeded`, {code(pool.sku)}, {code(size)}, {pool.count} nodes; no pool "
                f"{code(pool.green)}",
                (f"if {code(pool.blue)} has more nodes by now, give {code(pool.green)} as many",),
            )
        case a.CheckGreen(pool):
            query = "--query='[provisioningState, osSku]'"
            return Sheet(
                f"{code(pool.green)} is what was planned.",
                (
                    run.pool("aks nodepool show", pool.green, query, "--output=tsv"),
                    f"kubectl get nodes {nodes_of(pool.green)} --output=wide",
                ),
                f"{_page(procedure)} > Settings > Node pools > {code(pool.green)}",
                f"`Succeeded`, {code(pool.to)}, and nodes whose kernel version begins with "
                f"{code(pool.green_build)}",
            )
        case _:
            assert_never(action)


def _page(procedure: Procedure) -> str:
    return f"Kubernetes services > {code(procedure.cluster.name)}"


def _cluster(
    action: a.RegisterFeature | a.SetChannels | a.UpgradeControlPlane,
    procedure: Procedure,
    run: Commands,
) -> Sheet:
    match action:
        case a.RegisterFeature(feature):
            space = "--namespace=Microsoft.ContainerService"
            add = f"az extension add --upgrade --name={shell(procedure.needs.extension)}"
            return Sheet(
                f"The feature {code(feature)} is registered.",
                (
                    *((add,) if procedure.needs.extension else ()),
                    run.az("feature register", space, f"--name={shell(feature)}"),
                    run.az("feature show", space, f"--name={shell(feature)}", "--output=table"),
                    run.az("provider register", space),
                ),
                f"Subscriptions > your subscription > Settings > Preview features: search "
                f"{code(feature)}, Register",
                "`Registered`, after some minutes; then the last command once",
            )
        case a.SetChannels(upgrade, node_os):
            words = (
                f"--auto-upgrade-channel={shell(upgrade or 'none')}",
                f"--node-os-upgrade-channel={shell(node_os or 'None')}",
            )
            return Sheet(
                f"The auto-upgrade channels are {code(upgrade or 'none')} (cluster) and "
                f"{code(node_os or 'None')} (node images).",
                (run.cluster("aks update", *words),),
                f"{_page(procedure)} > Settings > Upgrade: automatic upgrade and node security "
                "channel type",
                "`Succeeded`; a change can take a day to hold",
            )
        case a.UpgradeControlPlane(version):
            words = ("--control-plane-only", f"--kubernetes-version={shell(version)}")
            return Sheet(
                f"The control plane runs {code(version)}.",
                (run.cluster("aks upgrade", *words),),
                f"{_page(procedure)} > Settings > Upgrade > Upgrade control plane only",
                f"`Succeeded` and {code(version)}",
                ("this has no way back",),
            )
        case _:
            assert_never(action)


def _green(
    action: a.WaitForPool | a.WaitForNodes | a.AssignIdentities,
    procedure: Procedure,
    run: Commands,
) -> Sheet:
    match action:
        case a.WaitForPool(name):
            words = ("--updated", "--interval=30", "--timeout=7200")
            return Sheet(
                f"The service is done with {code(name)}.",
                (run.pool("aks nodepool wait", name, *words),),
                f"{_page(procedure)} > Settings > Node pools > {code(name)}: *Provisioning state*",
                "the command ends; the state is `Succeeded`",
            )
        case a.WaitForNodes(pool):
            selector = nodes_of(pool.green)
            wait = f"kubectl wait nodes {selector} --for=condition=Ready --timeout=1h"
            return Sheet(
                f"All nodes of {code(pool.green)} are Ready and their DaemonSet pods run.",
                (
                    wait,
                    f"kubectl get nodes {selector} --output=wide",
                    "kubectl get daemonsets --all-namespaces",
                ),
                f"{_page(procedure)} > Settings > Node pools > Nodes",
                f"{pool.count} nodes Ready with kernel version {code(pool.green_build)}; every "
                "DaemonSet as many ready as desired",
            )
        case a.AssignIdentities(pool):
            return _identities(pool, run)
        case _:
            assert_never(action)


def _identities(pool: PlanPool, run: Commands) -> Sheet:
    query = (
        f"[?tags.\"aks-managed-poolName\"=='{pool.green}' || tags.poolName=='{pool.green}'].name"
        " | [0]"
    )
    group = '--resource-group="$node_group"'
    words = (f"--query={shell(query)}", "--output=tsv")
    ids = [shell(i) for i in pool.identities]
    assign = run.az("vmss identity assign", group, '--name="$scale_set"', "--identities", *ids)
    show = run.cluster("aks show", "--query=nodeResourceGroup", "--output=tsv")
    return Sheet(
        f"The scale set of {code(pool.green)} has the identities of {code(pool.blue)}'s.",
        (
            f"node_group=$({show})",
            f"scale_set=$({run.az('vmss list', group, *words)})",
            assign,
        ),
        f"Virtual machine scale sets > the one of {code(pool.green)} > Security > Identity > User "
        "assigned > Add",
        f"{len(ids)} identities in the list",
        ("look again after every later change of the pool: each writes the scale set anew",),
    )


def _change(
    action: a.LiftGuard | a.SetAutoscaler | a.DeletePool | a.KeepPool,
    procedure: Procedure,
    run: Commands,
) -> Sheet:
    pools = f"{_page(procedure)} > Settings > Node pools"
    match action:
        case a.LiftGuard(pool, taints):
            words = (f"--node-taints={shell(','.join(taints))}", *_headers(pool))
            return Sheet(
                f"Take the guard taint {code(GUARD_KEY)} off {code(pool.green)}.",
                (run.pool("aks nodepool update", pool.green, *words),),
                f"{pools} > {code(pool.green)} > Configuration > Taints: remove it, Apply"
                + _no_headers(pool),
                "`Succeeded`, and no node of the pool with that taint",
            )
        case a.SetAutoscaler(name, minimum, maximum, _):
            pool = next(p for p in procedure.plan.pools if p.green == name)
            limits = (f"--min-count={minimum}", f"--max-count={maximum}", *_headers(pool))
            words = ("--enable-cluster-autoscaler", *limits)
            return Sheet(
                f"Switch the autoscaler of {code(name)} on, {minimum} to {maximum} nodes.",
                (run.pool("aks nodepool update", name, *words),),
                f"{pools} > {code(name)} > Scale node pool > Autoscale" + _no_headers(pool),
                "`Succeeded`",
            )
        case a.DeletePool(name):
            return Sheet(
                f"Delete {code(name)}. **This cannot be taken back.**",
                (
                    run.pool("aks nodepool delete", name),
                    f"kubectl get nodes {nodes_of(name)}",
                ),
                f"{pools} > {code(name)} > Delete",
                "no such pool, and no node of it",
                ("only after the entries before this one hold",),
            )
        case a.KeepPool(name, keep_s):
            return Sheet(
                f"Keep {code(name)} for {spell(keep_s)}.",
                portal="nothing to do but wait",
                expect="nobody asks for the old pool back",
            )
        case _:
            assert_never(action)


def _headers(pool: PlanPool) -> tuple[str, ...]:
    return tuple(shell(word) for word in header_option(pool.headers) or ())


def _no_headers(pool: PlanPool) -> str:
    names = ", ".join(code(h) for h in pool.headers)
    return f". The portal cannot send {names}: use the command" if names else ""


def _nodes(
    action: a.CordonPool
    | a.UncordonPool
    | a.LeaveLoadBalancers
    | a.RejoinLoadBalancers
    | a.CheckEmpty,
) -> Sheet:
    selector, shown = nodes_of(action.name), code(action.name)
    label = f"kubectl label nodes {selector}"
    match action:
        case a.CordonPool():
            return Sheet(
                f"No pod may land on {shown} any more.",
                (f"kubectl cordon {selector}",),
                expect="`cordoned` for each node",
            )
        case a.UncordonPool():
            return Sheet(
                f"Pods may land on {shown} again.",
                (f"kubectl uncordon {selector}",),
                expect="`uncordoned` for each node",
                care=("leave cordoned what somebody else had cordoned before",),
            )
        case a.LeaveLoadBalancers(_, drain_s):
            return Sheet(
                f"{shown} leaves the load balancers, and its connections get {spell(drain_s)}.",
                (f"{label} {EXCLUDE_LABEL}=true", f"sleep {drain_s}"),
                expect="`labeled` for each node; its traffic ends",
            )
        case a.RejoinLoadBalancers():
            return Sheet(
                f"{shown} takes traffic of load balancers again.",
                (f"{label} {EXCLUDE_LABEL}-",),
                expect="`unlabeled` for each node",
            )
        case a.CheckEmpty():
            return Sheet(
                f"Nothing but DaemonSet pods is left on {shown}.",
                (PODS_LEFT.format(selector=selector),),
                expect="DaemonSet pods and finished ones only; Jobs may take their time",
            )
        case _:
            assert_never(action)


def _hold(action: a.HoldNodes | a.ReleaseNodes) -> Sheet:
    annotate = ("kubectl annotate nodes", nodes_of(action.pool))
    if isinstance(action, a.HoldNodes):
        return Sheet(
            f"The autoscaler takes no node of {code(action.pool)} away.",
            (broken(*annotate, f"{HOLD_ANNOTATION}=true", f"{HELD_BY}=runbook"),),
            expect="`annotated` for each node; adding nodes stays possible",
        )
    return Sheet(
        f"The autoscaler may take nodes of {code(action.pool)} away again.",
        (broken(*annotate, f"{HOLD_ANNOTATION}-", f"{HELD_BY}-"),),
        expect="`annotated` for each node, or no node of that pool",
    )
