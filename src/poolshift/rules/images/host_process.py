"""PSW149: host-process containers, which live in the node's own Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.uses import is_shipped
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.generation import GEN1, GEN2, new_pool_generation, size_generations
from poolshift.semantics.hops import containerd_step
from poolshift.semantics.pins import has_host_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context, Move


class HostProcessAgent(Rule):
    """A workload runs in the node's own Windows, which the move changes.

    What it finds:
        A workload with host-process containers on a Windows pool to move.

    Why it matters:
        Its image is not tied to the build, so it starts. But its scripts touch the node's paths,
        registry, features and container runtime, and those change with the OS. A node that
        becomes a second-generation machine has another firmware and disk layout, too.

    How it is decided:
        By hostProcess of the pod or of a container. What AKS ships in kube-system is left out.

    What to do:
        Test the agent on one new node before the workloads come.

    Example:
        monitoring/windows-exporter runs as a host process on pool/ws19, which moves to Windows2022.
    """

    id = "PSW149"
    name = "host-process-agent"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/hostprocess-containers",
        "os_changes/changes/ws2022-generation",
        "os_changes/changes/ws2025-gen2",
    )
    pains = ("B25",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the pods of every Windows workload that moves."""
        for move in context.moves:
            workload = move.workload
            windows = move.pool.os_type == "Windows"
            shipped = is_shipped(workload)
            if windows and not shipped and has_host_process(workload.template.spec):
                yield self.finding(
                    workload.target,
                    what=f"it runs in the node's own Windows, which becomes {move.to}",
                    why="its scripts touch paths, registry and features of the node, and those "
                    "change with the OS; the image itself is not tied to the build",
                    fix="Test it on one new node before the workloads come: kubectl get pods -n "
                    f"{quote(workload.namespace)} -o wide --field-selector spec.nodeName=NODE, "
                    "and the agent's own health there",
                    evidence=(
                        Evidence("securityContext.windowsOptions.hostProcess", "true"),
                        *_changes(context, move),
                    ),
                )


def _changes(context: Context, move: Move) -> Iterator[Evidence]:
    """What else of the node changes: the container runtime and the firmware."""
    snapshot, catalog = context.snapshot, context.catalog
    runtimes = [n.runtime for n in context.index.nodes_by_pool.get(move.pool.name, ())]
    kubernetes = snapshot.cluster.kubernetes_version
    step = containerd_step(move.pool, runtimes, move.to, kubernetes, catalog)
    if step is not None:
        yield Evidence("containerd", f"{step[0]} becomes {step[1]}")
    target = catalog.sku(move.to)
    size, _ = size_generations(move.pool.vm_size, snapshot.vm_sizes, catalog)
    if target is None or move.pool.vm_generation != GEN1:
        return
    # A copy of a Gen1 pool is made without the header.
    if new_pool_generation(target, size, header=False, catalog=catalog) == GEN2:
        yield Evidence(f"pools/{move.pool.name}/vm_generation", f"{GEN1} becomes {GEN2}")
