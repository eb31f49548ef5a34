"""PSW166: pods that reach into the node's container runtime, where its major version changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.uses import is_shipped
from poolshift.rules.interface import Rule
from poolshift.semantics.hints import CONTAINERD_TOOLS
from poolshift.semantics.hops import containerd_step
from poolshift.semantics.host import containers_of, host_paths, is_privileged
from poolshift.semantics.pins import has_host_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.rules.interface import Context

_WORD = "containerd"


class ContainerdAgents(Rule):
    """A workload reaches into containerd on the node, whose major version changes.

    What it finds:
        A workload that mounts containerd's socket, pipe, configuration or data from the node, or
        that calls its tools as a host process or a privileged pod, where the move brings the next
        major version of containerd.

    Why it matters:
        The new version dropped old keys of the configuration, the layout of registry hosts and
        the alpha of the runtime's interface. Agents of an older make fail to connect; a
        DaemonSet that writes the old configuration can stop every pod of the node.

    How it is decided:
        By hostPath volumes with containerd in their path and hints of commands, containerd's
        version on the pool's nodes, and the one that the catalog has for the target at the
        cluster's Kubernetes version. What AKS ships itself is left out.

    What to do:
        Take a version of the agent that speaks the runtime's v1 interface, drop edits of the
        configuration, and try it on one new node.

    Example:
        A DaemonSet mounts /run/containerd/containerd.sock; the pool moves to Ubuntu2404.
    """

    id = "PSW166"
    name = "containerd-agents"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/containerd-2",
        "os_changes/changes/ws2022-containerd",
        "os_changes/changes/ws2025-containerd-2",
        "os_changes/changes/azl3-containerd",
        "os_changes/changes/u2404-containerd-2",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the mounts and commands of every workload that moves."""
        kubernetes = context.snapshot.cluster.kubernetes_version
        steps: dict[tuple[str, str], tuple[int, int] | None] = {}
        for move in context.moves:
            shown = _shown(move.workload.template.spec)
            if not shown or is_shipped(move.workload):
                continue
            key = (move.pool.name, move.to)
            if key not in steps:
                nodes = context.index.nodes_by_pool.get(move.pool.name, ())
                runtimes = [n.runtime for n in nodes]
                steps[key] = containerd_step(
                    move.pool, runtimes, move.to, kubernetes, context.catalog
                )
            step = steps[key]
            if step is not None:
                yield self.finding(
                    move.workload.target,
                    what=f"it reaches into containerd, which is {step[1]} on {move.to} nodes",
                    why=f"containerd {step[1]} dropped old configuration keys and the alpha of the "
                    "runtime's interface; agents of an older make fail",
                    fix="Take a version that speaks the runtime's v1 interface, drop edits of "
                    "containerd's configuration, and try it on one new node",
                    evidence=(*shown, Evidence(_WORD, f"{step[0]} becomes {step[1]}")),
                )


def _shown(spec: PodSpec) -> tuple[Evidence, ...]:
    """What shows that a pod reaches into containerd."""
    found = [
        Evidence("spec/volumes/hostPath", path)
        for path in host_paths(spec)
        if _WORD in path.lower()
    ]
    if has_host_process(spec) or is_privileged(spec):
        found += [
            Evidence(f"spec/containers/{c.name}", f"hint {CONTAINERD_TOOLS}")
            for c in containers_of(spec)
            if CONTAINERD_TOOLS in c.hints
        ]
    return tuple(found)
