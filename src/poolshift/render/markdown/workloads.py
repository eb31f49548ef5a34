"""The entries of a runbook about workloads and their pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from poolshift.render import actions as a
from poolshift.render.markdown.sheet import Sheet, broken, nodes_of
from poolshift.render.quoting import shell
from poolshift.report.durations import spell
from poolshift.report.markdown import code, prose

if TYPE_CHECKING:
    from poolshift.render.interface import Procedure
    from poolshift.render.workloads import Moved


def workload_sheet(action: a.WorkloadAction, procedure: Procedure) -> Sheet:
    """The entry of an action."""
    match action:
        case a.TryTemplate() | a.TryEviction() | a.CheckManifest():
            return _try(action, procedure)
        case a.PullImages() | a.RemoveHelpers():
            return _helpers(action)
        case a.StartCanary(target, soak_s):
            return _canary(procedure.workloads[target], soak_s)
        case a.Retarget(target):
            return _retarget(procedure, procedure.workloads[target])
        case a.WaitForOwner() | a.RestoreTemplate():
            return _template(action, procedure)
        case a.CheckPlanned() | a.MoveOff():
            return _leaving(action, procedure)
        case a.CheckWorkloads(targets, blues) | a.Soak(_, targets, blues):
            return _well(action, procedure, targets, blues)
        case a.RemoveMarks():
            return Sheet(
                "No mark of this runbook is left on workloads.",
                portal="nothing to do",
                expect="whoever held a rollout let it go on, and scaled back what was scaled up",
            )
        case a.CheckNames(pool):
            return _names(pool)
        case _:
            assert_never(action)


def _of(moved: Moved) -> str:
    return f"{shell(f'{moved.kind.lower()}/{moved.name}')} --namespace={shell(moved.namespace)}"


def _patch(moved: Moved, file: str, *words: str) -> str:
    named = f"kubectl patch {_of(moved)}"
    return broken(named, "--type=strategic", f"--patch-file={shell(file)}", *words)


def _rollout(moved: Moved) -> str:
    return f"kubectl rollout status {_of(moved)} --timeout=2h"


def _yaml(moved: Moved) -> str:
    return (
        f"Kubernetes resources > Workloads > {moved.kind}s > {code(moved.name)} (namespace "
        f"{code(moved.namespace)}) > YAML"
    )


def _changes(moved: Moved) -> str:
    parts = [f"image {code(c.old)} becomes {code(c.new)}" for c in moved.planned.images]
    parts += [f"nodeSelector {code(f'{k}: {v}')}" for k, v in moved.planned.selector.items()]
    return "; ".join(parts)


def _try(action: a.TryTemplate | a.TryEviction | a.CheckManifest, procedure: Procedure) -> Sheet:
    if isinstance(action, a.CheckManifest):
        return Sheet(
            f"The document {code(action.target)} is applied as it stands.",
            (f"kubectl diff --filename={shell(action.file)}",),
            expect="no difference",
        )
    moved = procedure.workloads[action.target]
    images = "jsonpath={.spec.template.spec.containers[*].image}"
    match action:
        case a.TryTemplate():
            manifest = (
                (f"kubectl diff --filename={shell(moved.manifest)}",) if moved.manifest else ()
            )
            olds = ", ".join(code(c.old) for c in moved.planned.images) or "its images"
            return Sheet(
                f"{code(moved.target)} still is what the plan changes.",
                (
                    f"kubectl get {_of(moved)} --output={shell(images)}",
                    _patch(moved, moved.patch, "--dry-run=server"),
                    *manifest,
                ),
                _yaml(moved),
                f"{olds}; then `patched (server dry run)`"
                + ("; and no difference but images and nodeSelector" if manifest else ""),
            )
        case a.TryEviction():
            budgets = f"kubectl get poddisruptionbudgets --namespace={shell(moved.namespace)}"
            return Sheet(
                f"The pods of {code(moved.target)} may be evicted.",
                (f"kubectl get {_of(moved)}", budgets),
                _yaml(moved),
                "all pods ready, and every budget over them with allowed disruptions",
            )
        case _:
            assert_never(action)


def _helpers(action: a.PullImages | a.RemoveHelpers) -> Sheet:
    if isinstance(action, a.RemoveHelpers):
        gone = (
            f"kubectl delete daemonset {action.name} --namespace={shell(ns)} --ignore-not-found"
            for ns in action.namespaces
        )
        return Sheet("Take the helpers away.", tuple(gone), expect="no such DaemonSet")
    commands: list[str] = []
    for namespace, file in action.helpers:
        named = f"daemonset/{action.name} --namespace={shell(namespace)}"
        commands += [
            f"kubectl create --filename={shell(file)}",
            f"kubectl rollout status {named} --timeout=2h",
            f"kubectl delete {named}",
        ]
    images = ", ".join(code(i) for i in action.images)
    return Sheet(
        f"Pull the new images on every node of {code(action.green)}: {images}.",
        tuple(commands),
        expect="`successfully rolled out`: each image starts on each node",
        care=("a pod that does not start tells why in `kubectl describe pods`",),
    )


def _canary(moved: Moved, soak_s: int) -> Sheet:
    before = "jsonpath={.spec.minReadySeconds},{.spec.progressDeadlineSeconds}"
    pods = f"kubectl get pods --namespace={shell(moved.namespace)} --output=wide"
    return Sheet(
        f"Change {code(moved.target)}, held after its first new pods: {_changes(moved)}.",
        (
            f"kubectl get {_of(moved)} --output={shell(before)}",
            _patch(moved, moved.held),
            pods,
            f"sleep {soak_s}",
            pods,
        ),
        f"{_yaml(moved)}: set what the file {code(moved.held)} says, Review + save",
        f"a new pod on the new pool, Ready and without a restart for {spell(soak_s)}",
        ("write down the two figures of the first command: the next step puts them back",),
    )


def _retarget(procedure: Procedure, moved: Moved) -> Sheet:
    actions = [x for s in procedure.stages for x in s.actions]
    held = any(isinstance(x, a.StartCanary) and x.target == moved.target for x in actions)
    release = '{"spec": {"minReadySeconds": null, "progressDeadlineSeconds": 600}}'
    apply = (f"kubectl apply --filename={shell(moved.manifest)}",) if moved.manifest else ()
    if held:
        named = f"kubectl patch {_of(moved)}"
        go = broken(named, "--type=strategic", f"--patch={shell(release)}")
        return Sheet(
            f"Let the rollout of {code(moved.target)} go on.",
            (go, *apply, _rollout(moved)),
            f"{_yaml(moved)}: put back minReadySeconds and progressDeadlineSeconds, Review + save",
            "`successfully rolled out`",
            ("null and 600 are the defaults of Kubernetes: use your own figures instead",),
        )
    return Sheet(
        f"Change {code(moved.target)}: {_changes(moved)}.",
        (_patch(moved, moved.patch), *apply, _rollout(moved)),
        f"{_yaml(moved)}: {_changes(moved)}, Review + save",
        "`successfully rolled out`",
        ("its own maxUnavailable must keep every budget over its pods: rollouts ask no budget",),
    )


def _template(action: a.WaitForOwner | a.RestoreTemplate, procedure: Procedure) -> Sheet:
    moved = procedure.workloads[action.target]
    if isinstance(action, a.RestoreTemplate):
        return Sheet(
            f"Put the template of {code(moved.target)} back.",
            (_patch(moved, moved.back), _rollout(moved)),
            f"{_yaml(moved)}: put back images and nodeSelector, Review + save",
            "`successfully rolled out`, and its pods on the old pool",
            ("where a canary held the rollout, put its two figures back as well",),
        )
    file = moved.back if action.back else moved.patch
    return Sheet(
        f"{prose(action.owner)} changes {code(moved.target)}: "
        f"{'; '.join(prose(w) for w in action.wanted)}.",
        (_patch(moved, file, "--dry-run=server"), _rollout(moved)),
        "nothing to do there: the change comes from the source",
        "`patched (no change)` once the source has been synced, then `successfully rolled out`",
        ("do not patch it yourself: its owner would take that back",),
    )


def _leaving(action: a.CheckPlanned | a.MoveOff, procedure: Procedure) -> Sheet:
    selector = nodes_of(action.pool)
    if isinstance(action, a.CheckPlanned):
        known = ", ".join(code(t) for t in action.targets)
        return Sheet(
            f"Nothing is on {code(action.pool)} that nobody planned for.",
            (
                f"for node in $(kubectl get nodes {selector} --output=name); do\n"
                '  kubectl get pods --all-namespaces --field-selector="spec.nodeName=${node#node/}"'
                "\ndone",
            ),
            expect=f"DaemonSet pods, finished ones, and pods of: {known}",
            care=("a bare pod would be lost: nothing makes it again",),
        )
    moved = procedure.workloads[action.target]
    drain = (
        f"for node in $(kubectl get nodes {selector} --output=name); do\n"
        '  kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --timeout=2h\n'
        f"  {_rollout(moved)}\n"
        "done"
    )
    return Sheet(
        f"Move the pods of {code(moved.target)} off {code(action.pool)}, by eviction.",
        (f"kubectl get {_of(moved)}", drain),
        expect="`evicted` for each pod; then as many ready pods as before, none on the old pool",
        care=(
            "drain asks the budgets alone. Where the workload may miss no pod, scale it up by one "
            "first, wait until that pod is ready, drain one node, and scale it back at the end",
            "--delete-emptydir-data: what a pod keeps in an emptyDir goes with it",
        ),
    )


def _well(
    action: a.CheckWorkloads | a.Soak,
    procedure: Procedure,
    targets: tuple[str, ...],
    blues: tuple[str, ...],
) -> Sheet:
    moved = [procedure.workloads[t] for t in targets]
    pools = ", ".join(code(b) for b in blues)
    spaces = dict.fromkeys(w.namespace for w in moved)
    looks = tuple(f"kubectl get {_of(w)}" for w in moved)
    pods = tuple(f"kubectl get pods --namespace={shell(ns)} --output=wide" for ns in spaces)
    expect = f"all replicas ready, and no pod on {pools}"
    if isinstance(action, a.Soak):
        return Sheet(
            f"Watch for {spell(action.seconds)}; begin anew after each fault.",
            (*looks, *pods),
            "Kubernetes resources > Workloads; Monitoring > Insights",
            expect,
        )
    return Sheet(
        "Every moved workload is ready on the new pools.",
        (*looks, *pods),
        "Kubernetes resources > Workloads",
        expect,
    )


def _names(pool: str) -> Sheet:
    path = (
        "{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} "
        '{.spec.template.spec.nodeSelector}{"\\n"}{end}'
    )
    kinds = "deployments.apps,statefulsets.apps,daemonsets.apps,jobs.batch"
    look = broken(f"kubectl get {kinds} --all-namespaces", f"--output={shell('jsonpath=' + path)}")
    named = shell(f'agentpool":"{pool}"')
    return Sheet(
        f"No template selects {code(pool)} by its name.",
        (f"{look} |\n  grep -F {named} || echo none",),
        expect="`none`",
    )
