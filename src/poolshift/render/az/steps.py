"""What each action is in bash: calls of library functions with the variables of the script."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from poolshift.render import actions as a
from poolshift.render.az.pool import header_option
from poolshift.render.quoting import shell
from poolshift.render.variables import Variables

if TYPE_CHECKING:
    from poolshift.core.plan import PlanPool


LONGEST = 96
"""Longer calls are broken."""


class Names(Variables):
    """The variables as the script writes them."""

    def pool(self, name: str) -> str:
        """The variable that holds a pool's name, or the name itself."""
        variable = self.pool_variable(name)
        return f'"${variable}"' if variable else shell(name)

    def workload(self, target: str) -> str:
        """The three variables that name a workload."""
        n = self.moved(target).number
        return f'"$namespace_{n}" "$kind_{n}" "$name_{n}"'


def file(name: str) -> str:
    """A file of the rendering."""
    return f'"$here/{name}"'


def call(*words: str) -> str:
    """A call on one line, or with one word a line where it is long."""
    line = " ".join(words)
    return line if len(line) < LONGEST else " \\\n    ".join(words)


def lines(action: a.Action, names: Names, seconds: str) -> tuple[str, ...]:
    """The lines of one action; `seconds` is the variable of its step's time."""
    if isinstance(action, a.PoolAction):
        return _pool_lines(action, names, seconds)
    return _workload_lines(action, names, seconds)


def _pool_lines(action: a.PoolAction, names: Names, seconds: str) -> tuple[str, ...]:
    match action:
        case a.CheckAccess():
            return ("check_access",)
        case a.CheckCluster():
            return ('check_version "$kubernetes_version"',)
        case a.CheckBlue(pool):
            n = names.number(pool)
            return (f'check_blue "$blue_{n}" "$green_{n}" "$sku_{n}" "$size_{n}" "$count_{n}"',)
        case a.RegisterFeature(feature):
            return (*_extension(names), f"register_feature {shell(feature)}")
        case a.HoldNodes(name):
            return (f"hold_nodes {names.pool(name)}",)
        case a.ReleaseNodes(name):
            return (f"release_nodes {names.pool(name)}",)
        case a.SetChannels(upgrade, node_os):
            return (f"set_channels {shell(upgrade or 'none')} {shell(node_os or 'None')}",)
        case a.UpgradeControlPlane(version):
            return (f"upgrade_control_plane {shell(version)}",)
        case a.CreatePool() | a.WaitForPool() | a.WaitForNodes() | a.CheckGreen():
            return _green_lines(action, names)
        case a.AssignIdentities() | a.LiftGuard() | a.SetAutoscaler():
            return _update_lines(action, names)
        case (
            a.CordonPool()
            | a.UncordonPool()
            | a.LeaveLoadBalancers()
            | a.RejoinLoadBalancers()
            | a.KeepPool()
            | a.CheckEmpty()
            | a.DeletePool()
        ):
            return _leaving_lines(action, names, seconds)
        case _:
            assert_never(action)


def _extension(names: Names) -> tuple[str, ...]:
    needs = names.procedure.needs
    if not needs.extension:
        return ()
    return (f"need_extension {shell(needs.extension)} {shell(needs.min_extension)}",)


def _green_lines(
    action: a.CreatePool | a.WaitForPool | a.WaitForNodes | a.CheckGreen, names: Names
) -> tuple[str, ...]:
    match action:
        case a.CreatePool(pool):
            n = names.number(pool)
            return (f'create_pool "$blue_{n}" "$green_{n}" "$count_{n}" "$owner_{n}" add_pool_{n}',)
        case a.WaitForPool(name):
            return (f"wait_for_pool {names.pool(name)}",)
        case a.WaitForNodes(pool):
            n = names.number(pool)
            return (f'wait_for_nodes "$green_{n}" "$build_{n}"',)
        case a.CheckGreen(pool):
            n = names.number(pool)
            return (f'check_green "$green_{n}" "$target_sku" "$build_{n}"',)
        case _:
            assert_never(action)


def _update_lines(
    action: a.AssignIdentities | a.LiftGuard | a.SetAutoscaler, names: Names
) -> tuple[str, ...]:
    match action:
        case a.AssignIdentities(pool):
            n = names.number(pool)
            return (f'assign_identities "$green_{n}" "${{identities_{n}[@]}}"',)
        case a.LiftGuard(pool, _):
            n = names.number(pool)
            return (f'lift_guard "$green_{n}"{_headers(pool)}',)
        case a.SetAutoscaler(name, minimum, maximum, _):
            pool = names.planned(name)
            return (f"set_autoscaler {names.pool(name)} {minimum} {maximum}{_headers(pool)}",)
        case _:
            assert_never(action)


def _headers(pool: PlanPool) -> str:
    return "".join(f" {shell(word)}" for word in header_option(pool.headers) or ())


def _leaving_lines(
    action: a.CordonPool
    | a.UncordonPool
    | a.LeaveLoadBalancers
    | a.RejoinLoadBalancers
    | a.KeepPool
    | a.CheckEmpty
    | a.DeletePool,
    names: Names,
    seconds: str,
) -> tuple[str, ...]:
    name = names.pool(action.name)
    match action:
        case a.CordonPool():
            return (f"cordon_pool {name}",)
        case a.UncordonPool():
            return (f"uncordon_pool {name}",)
        case a.LeaveLoadBalancers():
            return (f"leave_load_balancers {name} {seconds}",)
        case a.RejoinLoadBalancers():
            return (f"rejoin_load_balancers {name}",)
        case a.KeepPool():
            return (f"keep_pool {name} {seconds}",)
        case a.CheckEmpty():
            return (f"check_empty {name}",)
        case a.DeletePool():
            pool = names.planned(action.name)
            n = names.number(pool)
            ours = " ours" if action.name == pool.green else ""
            return (f'delete_pool {name} "$owner_{n}"{ours}',)
        case _:
            assert_never(action)


def _workload_lines(action: a.WorkloadAction, names: Names, seconds: str) -> tuple[str, ...]:
    match action:
        case a.TryTemplate() | a.TryEviction() | a.StartCanary() | a.Retarget():
            return _template_lines(action, names, seconds)
        case a.WaitForOwner() | a.RestoreTemplate() | a.MoveOff():
            return _moving_lines(action, names)
        case a.CheckManifest(target, name):
            namespace = shell(target.partition("/")[0])
            return (call("check_manifest", namespace, shell(target), file(name)),)
        case a.PullImages(green, helper, helpers, _):
            words = " ".join(f"{shell(ns)} {file(name)}" for ns, name in helpers)
            return (
                *_unless_moved(names, green),
                f"pull_images {names.pool(green)} {helper} {words}",
            )
        case a.RemoveHelpers(helper, namespaces):
            return (f"remove_helpers {helper} {' '.join(map(shell, namespaces))}",)
        case a.CheckPlanned(pool, _):
            return (f"check_planned {names.pool(pool)}",)
        case a.CheckWorkloads():
            return ("check_workloads",)
        case a.Soak():
            return (f"soak {seconds}",)
        case a.RemoveMarks(targets):
            return tuple(f"remove_marks {names.workload(t)}" for t in targets)
        case a.CheckNames(pool):
            return (f"check_names {names.pool(pool)}",)
        case _:
            assert_never(action)


def _unless_moved(names: Names, green: str) -> tuple[str, ...]:
    """A pre-pull has nothing to do any more when every template has changed."""
    blue = names.planned(green).blue
    moved = [w for w in names.procedure.workloads.values() if w.retargeted]
    tests = [
        call("is_retargeted", names.workload(w.target), file(w.patch))
        for w in moved
        if w.planned.pool == blue
    ]
    joined = " &&\n    ".join(tests)
    return (f"if {joined}; then", "  already 'every template is changed'", "  return", "fi")


def _template_lines(
    action: a.TryTemplate | a.TryEviction | a.StartCanary | a.Retarget, names: Names, seconds: str
) -> tuple[str, ...]:
    moved = names.moved(action.target)
    workload = names.workload(action.target)
    manifest = file(moved.manifest) if moved.manifest else "''"
    match action:
        case a.TryTemplate():
            olds = [shell(c.old) for c in moved.planned.images]
            tried = call("try_template", workload, file(moved.patch), *olds)
            if not moved.manifest:
                return (tried,)
            return (tried, call("try_manifest", workload, file(moved.patch), manifest))
        case a.TryEviction():
            return (f"try_eviction {workload}",)
        case a.StartCanary():
            return (call("canary", workload, file(moved.patch), file(moved.held), seconds),)
        case a.Retarget():
            return (call("retarget", workload, file(moved.patch), manifest),)
        case _:
            assert_never(action)


def _moving_lines(
    action: a.WaitForOwner | a.RestoreTemplate | a.MoveOff, names: Names
) -> tuple[str, ...]:
    moved = names.moved(action.target)
    workload = names.workload(action.target)
    match action:
        case a.WaitForOwner(_, owner, wanted, back):
            patch = file(moved.back if back else moved.patch)
            words = map(shell, wanted)
            return (call("wait_for_owner", workload, patch, shell(owner), *words),)
        case a.RestoreTemplate():
            return (call("restore_template", workload, file(moved.back)),)
        case a.MoveOff(_, pool):
            return (f"move_off {workload} {names.pool(pool)}",)
        case _:
            assert_never(action)
