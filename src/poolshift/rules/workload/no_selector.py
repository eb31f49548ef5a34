"""PSK214: a Windows workload that asks for no OS at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import Meta
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import as_scheduled, holders, is_shipped, listed, template_patch
from poolshift.semantics import fit
from poolshift.semantics.pins import OS_KEYS, is_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodTemplate
    from poolshift.rules.interface import Context


class WindowsWithoutSelector(Rule):
    """A template with a Windows image asks for no OS, and Linux nodes would take its pods.

    What it finds:
        A workload, CronJob or other template with an image for Windows alone and without a
        selector for the OS, that the nodes of a Linux pool would take.

    Why it matters:
        Each time its pods look for a node, some may land on Linux and stay there in
        ImagePullBackOff. During a move every pod looks for a node, and old nodes are closed.

    How it is decided:
        Every platform of one of its images is Windows, by the registry; selector, required
        affinity and tolerations against the labels and taints of a node of each Linux pool.
        In kube-system, which the service fills, the finding is information.

    What to do:
        Add kubernetes.io/os: windows to the nodeSelector, and the OS SKU beside it.

    Example:
        A Deployment made by kubectl create deployment --image, in a cluster with both kinds.
    """

    id = "PSK214"
    name = "windows-without-selector"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/ambiguous-node-selector",)
    pains = ("B24",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every template, those of CronJobs and custom resources included."""
        linux = [p for p in context.snapshot.pools if p.os_type == "Linux"]
        nodes = [(p.name, context.index.node_like[p.name]) for p in linux]
        for target, template in holders(context):
            if is_windows(template.spec) or not _for_windows_alone(context, template):
                continue
            pod = fit.incoming(Meta(), as_scheduled(context, template.spec))
            taking = [pool for pool, node in nodes if not fit.static_reasons(pod, node)]
            if not taking:
                continue
            selector = ", ".join(f"{k}={v}" for k, v in sorted(template.spec.node_selector.items()))
            yield self.finding(
                target,
                severity=Severity.INFO if is_shipped(target) else None,
                what="its images are for Windows, and Linux nodes would take its pods",
                why="its template asks for no OS; on Linux its image cannot be pulled",
                fix="Add the OS to its nodeSelector: "
                + template_patch(target, {"nodeSelector": {OS_KEYS[0]: "windows"}}),
                evidence=(
                    Evidence("spec/nodeSelector", selector or "none"),
                    Evidence("pools that would take it", listed(taking)),
                ),
            )


def _for_windows_alone(context: Context, template: PodTemplate) -> bool:
    """Whether some image has no platform but Windows, as far as registries told."""
    images = (context.index.images.get(ref) for ref in images_of(template))
    return any(
        i is not None and i.platforms and all(p.os == "windows" for p in i.platforms)
        for i in images
    )
