"""PSK213: a Linux workload that nothing keeps off Windows nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import Meta
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import (
    as_scheduled,
    holders,
    is_shipped,
    listed,
    template_patch,
)
from poolshift.semantics import fit
from poolshift.semantics.pins import OS_KEYS, is_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec, PodTemplate
    from poolshift.rules.interface import Context


class LinuxPodOnWindows(Rule):
    """Nothing keeps the pods of a Linux workload off Windows nodes.

    What it finds:
        A workload, CronJob or other template with a Linux image, or a workload that runs on Linux
        nodes alone, which the nodes of a Windows pool would take: no selector, no affinity and no
        taint stands between them.

    Why it matters:
        A new Windows pool is untainted by default and has the most room of all, so it draws such
        pods. They stay in ImagePullBackOff there. A DaemonSet that tolerates everything puts one
        on each new node.

    How it is decided:
        Selector, required affinity and tolerations of the template against the labels and taints
        of a node of each Windows pool, as the scheduler holds them against each other. What has
        a Windows platform in all of its images is left out. In kube-system, where the service
        sets changes back, the finding is information.

    What to do:
        Add kubernetes.io/os: linux to the template's nodeSelector. Until then poolshift's taint
        on the green pool keeps off all but what tolerates every taint.

    Example:
        A log agent's DaemonSet with the toleration operator: Exists and no nodeSelector.
    """

    id = "PSK213"
    name = "linux-pod-could-land-on-windows"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/ambiguous-node-selector",)
    pains = ("B23",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Match every Linux template against a node of each Windows pool."""
        windows = [p for p in context.snapshot.pools if p.os_type == "Windows"]
        nodes = [(p.name, context.index.node_like[p.name]) for p in windows]
        if not nodes:
            return
        for target, template in holders(context):
            if not _is_linux(context, target, template):
                continue
            pod = fit.incoming(Meta(), as_scheduled(context, template.spec))
            taking = [pool for pool, node in nodes if not fit.static_reasons(pod, node)]
            if taking:
                yield self._finding(target, template.spec, taking)

    def _finding(self, target: str, spec: PodSpec, taking: list[str]) -> Finding:
        everything = any(t.operator == "Exists" and not t.key for t in spec.tolerations)
        selector = ", ".join(f"{k}={v}" for k, v in sorted(spec.node_selector.items()))
        return self.finding(
            target,
            severity=Severity.INFO if is_shipped(target) else None,
            what="nothing keeps its Linux pods off Windows nodes",
            why="a Linux image does not start there"
            + ("; it tolerates every taint, a guard's too" if everything else ""),
            fix="Add the OS to its nodeSelector: "
            + template_patch(target, {"nodeSelector": {OS_KEYS[0]: "linux"}}),
            evidence=(
                Evidence("spec/nodeSelector", selector or "none"),
                Evidence("pools that would take it", listed(taking)),
            ),
        )


def _is_linux(context: Context, target: str, template: PodTemplate) -> bool:
    """Whether it cannot run on Windows, by its images or else by where its pods are."""
    if is_windows(template.spec):
        return False
    images = [context.index.images.get(ref) for ref in images_of(template)]
    known = [i for i in images if i is not None and i.platforms]
    if any(all(p.os != "windows" for p in i.platforms) for i in known):
        return True
    workload = context.index.workloads.get(target)
    if len(known) == len(images) or workload is None:
        return False
    pools = [context.index.pools.get(name) for name in workload.pools]
    return bool(pools) and all(p is not None and p.os_type == "Linux" for p in pools)
