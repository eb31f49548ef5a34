"""What each action is in PowerShell: calls of library functions with the script's variables."""

from __future__ import annotations

from typing import assert_never

from poolshift.render import actions as a
from poolshift.render.powershell.values import array, table, text
from poolshift.render.variables import Variables


class Names(Variables):
    """The variables as the script writes them."""

    def pool(self, name: str) -> str:
        """The variable that holds a pool's name, or the name itself."""
        variable = self.pool_variable(name)
        return f"${variable}" if variable else text(name)

    def workload(self, target: str) -> str:
        """The arguments that name a workload."""
        return f"@workload_{self.moved(target).number}"


def file(name: str) -> str:
    """A file of the rendering."""
    return f"(Join-Path $files {text(name)})"


def lines(action: a.Action, names: Names, seconds: str) -> tuple[str, ...]:
    """The lines of one action; `seconds` is the variable of its step's time."""
    if isinstance(action, a.PoolAction):
        return _pool_lines(action, names, seconds)
    return _workload_lines(action, names, seconds)


def _pool_lines(action: a.PoolAction, names: Names, seconds: str) -> tuple[str, ...]:
    match action:
        case a.CheckAccess():
            return ("Test-Access",)
        case a.CheckCluster():
            return ("Test-Version $kubernetes_version",)
        case a.CheckBlue(pool):
            n = names.number(pool)
            return (f"Test-Blue $blue_{n} $green_{n} $sku_{n} $size_{n} $count_{n}",)
        case a.RegisterFeature(feature):
            return (f"Register-Feature {text(feature)}",)
        case a.SetChannels(upgrade, node_os):
            return (f"Set-Channels {text(upgrade or 'none')} {text(node_os or 'None')}",)
        case a.UpgradeControlPlane(version):
            return (f"Update-ControlPlane {text(version)}",)
        case a.CreatePool() | a.WaitForPool() | a.WaitForNodes() | a.CheckGreen():
            return _green_lines(action, names)
        case a.AssignIdentities() | a.LiftGuard() | a.SetAutoscaler():
            return _update_lines(action, names)
        case _:
            return _named_lines(action, names, seconds)


def _green_lines(
    action: a.CreatePool | a.WaitForPool | a.WaitForNodes | a.CheckGreen, names: Names
) -> tuple[str, ...]:
    match action:
        case a.CreatePool(pool):
            n = names.number(pool)
            return (f"Add-Green $blue_{n} $green_{n} $count_{n} $owner_{n} $make_{n}",)
        case a.WaitForPool(name):
            return (f"Wait-Pool {names.pool(name)}",)
        case a.WaitForNodes(pool):
            n = names.number(pool)
            return (f"Wait-Nodes $green_{n} $build_{n}",)
        case a.CheckGreen(pool):
            n = names.number(pool)
            return (f"Test-Green $green_{n} $target_sku $build_{n}",)
        case _:
            assert_never(action)


def _update_lines(
    action: a.AssignIdentities | a.LiftGuard | a.SetAutoscaler, names: Names
) -> tuple[str, ...]:
    match action:
        case a.AssignIdentities(pool):
            n = names.number(pool)
            return (f"Add-Identities $green_{n} $identities_{n}",)
        case a.LiftGuard(pool, _):
            return (f"Remove-Guard $green_{names.number(pool)} {table(pool.headers)}",)
        case a.SetAutoscaler(name, minimum, maximum, headers):
            limits = f"{minimum} {maximum}"
            return (f"Enable-Autoscaler {names.pool(name)} {limits} {table(dict(headers))}",)
        case _:
            assert_never(action)


def _named_lines(
    action: a.HoldNodes
    | a.ReleaseNodes
    | a.CordonPool
    | a.UncordonPool
    | a.LeaveLoadBalancers
    | a.RejoinLoadBalancers
    | a.KeepPool
    | a.CheckEmpty
    | a.DeletePool,
    names: Names,
    seconds: str,
) -> tuple[str, ...]:
    match action:
        case a.HoldNodes(name):
            return (f"Suspend-Nodes {names.pool(name)}",)
        case a.ReleaseNodes(name):
            return (f"Resume-Nodes {names.pool(name)}",)
        case a.CordonPool(name):
            return (f"Lock-Pool {names.pool(name)}",)
        case a.UncordonPool(name):
            return (f"Unlock-Pool {names.pool(name)}",)
        case a.LeaveLoadBalancers(name):
            return (f"Exit-LoadBalancers {names.pool(name)} {seconds}",)
        case a.RejoinLoadBalancers(name):
            return (f"Enter-LoadBalancers {names.pool(name)}",)
        case a.KeepPool(name):
            return (f"Wait-Keeping {names.pool(name)} {seconds}",)
        case a.CheckEmpty(name):
            return (f"Test-Empty {names.pool(name)}",)
        case a.DeletePool(name):
            pool = names.planned(name)
            ours = " -Ours" if name == pool.green else ""
            return (f"Remove-Pool {names.pool(name)} $owner_{names.number(pool)}{ours}",)
        case _:
            assert_never(action)


def _workload_lines(action: a.WorkloadAction, names: Names, seconds: str) -> tuple[str, ...]:
    match action:
        case a.TryTemplate() | a.TryEviction() | a.StartCanary() | a.Retarget():
            return _template_lines(action, names, seconds)
        case a.WaitForOwner() | a.RestoreTemplate() | a.MoveOff():
            return _moving_lines(action, names)
        case a.CheckManifest(target, name):
            return (f"Test-Document {text(target)} {file(name)}",)
        case a.PullImages(green, helper, helpers, _):
            pairs = "; ".join(f"{text(ns)} = {file(name)}" for ns, name in helpers)
            pulling = f"Copy-Images {names.pool(green)} {text(helper)} ([ordered]@{{ {pairs} }})"
            return (*_unless_moved(names, green), pulling)
        case a.RemoveHelpers(helper, namespaces):
            return (f"Remove-Helpers {text(helper)} {array(namespaces)}",)
        case a.CheckPlanned(pool, _):
            return (f"Test-Planned {names.pool(pool)}",)
        case a.CheckWorkloads():
            return ("Test-Workloads",)
        case a.Soak():
            return (f"Wait-Soak {seconds}",)
        case a.RemoveMarks(targets):
            return tuple(f"Clear-Marks {names.workload(t)}" for t in targets)
        case a.CheckNames(pool):
            return (f"Test-Names {names.pool(pool)}",)
        case _:
            assert_never(action)


def _unless_moved(names: Names, green: str) -> tuple[str, ...]:
    """A pre-pull has nothing to do any more when every template has changed."""
    blue = names.planned(green).blue
    moved = [
        w for w in names.procedure.workloads.values() if w.retargeted and w.planned.pool == blue
    ]
    tests = [f"(Test-Retargeted {names.workload(w.target)} -File {file(w.patch)})" for w in moved]
    joined = " -and\n    ".join(tests)
    return (f"if ({joined}) {{", "  Write-Already 'every template is changed'", "  return", "}")


def _template_lines(
    action: a.TryTemplate | a.TryEviction | a.StartCanary | a.Retarget, names: Names, seconds: str
) -> tuple[str, ...]:
    moved = names.moved(action.target)
    who, patch = names.workload(action.target), file(moved.patch)
    match action:
        case a.TryTemplate():
            olds = array(c.old for c in moved.planned.images)
            tried = f"Test-Template {who} -File {patch} -Images {olds}"
            if not moved.manifest:
                return (tried,)
            return (tried, f"Test-Manifest {who} -File {patch} -Manifest {file(moved.manifest)}")
        case a.TryEviction():
            return (f"Test-Eviction {who}",)
        case a.StartCanary():
            held = file(moved.held)
            return (f"Start-Canary {who} -File {patch} -Held {held} -Seconds {seconds}",)
        case a.Retarget():
            manifest = f" -Manifest {file(moved.manifest)}" if moved.manifest else ""
            return (f"Switch-Workload {who} -File {patch}{manifest}",)
        case _:
            assert_never(action)


def _moving_lines(
    action: a.WaitForOwner | a.RestoreTemplate | a.MoveOff, names: Names
) -> tuple[str, ...]:
    moved, who = names.moved(action.target), names.workload(action.target)
    match action:
        case a.WaitForOwner(_, owner, wanted, back):
            patch = file(moved.back if back else moved.patch)
            said = f"-Owner {text(owner)} -Wanted {array(wanted)}"
            return (f"Wait-Owner {who} -File {patch} {said}",)
        case a.RestoreTemplate():
            return (f"Restore-Workload {who} -File {file(moved.back)}",)
        case a.MoveOff(_, pool):
            return (f"Move-Off {who} -From {names.pool(pool)}",)
        case _:
            assert_never(action)
