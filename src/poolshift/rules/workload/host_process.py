"""PSK220: host-process pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import all_containers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import Container, PodSpec
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context


class HostProcess(Rule):
    """Host-process pods run on the host itself, which changes with the OS.

    What it finds:
        A template that asks for host-process containers. Required, where its settings contradict
        each other: without hostNetwork, or beside a container that is none. Else information, where
        it has pods on a pool to move.

    Why it matters:
        With contradicting settings the API server refuses its pods. Their image is not tied to the
        Windows build, so nothing keeps them off the new nodes; but their scripts touch paths, the
        registry and features of the host, and those change with the OS.

    How it is decided:
        By windowsOptions of the pod and of its containers, and by hostNetwork. What the scripts do
        cannot be seen.

    What to do:
        Add what is missing. Then try it on one node of the new pool before the workloads move.

    Example:
        A DaemonSet that configures the registry of each node.
    """

    id = "PSK220"
    name = "host-process"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/hostprocess-containers",)
    pains = ("B25",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every template with a host-process container."""
        pools = {pool.name for pool, _ in context.moving_windows}
        for workload in context.windows_workloads:
            spec = workload.template.spec
            on_host = [c for c in all_containers(spec) if _on_host(c, spec)]
            if not on_host:
                continue
            wrong = _contradiction(spec, on_host)
            if wrong:
                yield self._refused(workload, wrong)
            elif pools & workload.pools.keys():
                yield self._moves(workload)

    def _refused(self, workload: WorkloadFacts, wrong: tuple[Evidence, ...]) -> Finding:
        return self.finding(
            workload.target,
            what="its settings for host processes contradict each other",
            why="the API server refuses its pods: all containers of such a pod are host "
            "processes, on the host's network",
            fix="Set hostNetwork: true and securityContext.windowsOptions.hostProcess: true on the "
            f"pod: kubectl -n {quote(workload.namespace)} edit {quote(workload.kind.lower())} "
            f"{quote(workload.name)}",
            evidence=wrong,
        )

    def _moves(self, workload: WorkloadFacts) -> Finding:
        space, labels = quote(workload.namespace), workload.selector.match_labels
        chosen = ",".join(f"{k}={v}" for k, v in sorted(labels.items()))
        return self.finding(
            workload.target,
            severity=Severity.INFO,
            what="it works on the host itself, which is another one after the move",
            why="its image runs on every Windows version, its scripts may not: they see the "
            "host's paths, registry and features",
            fix="Look at it on the first node of the new pool before workloads move: "
            f"kubectl -n {space} get pods -o wide" + (f" -l {quote(chosen)}" if chosen else ""),
            evidence=(Evidence("spec/securityContext/windowsOptions/hostProcess", "true"),),
        )


def _on_host(container: Container, spec: PodSpec) -> bool:
    own = container.security_context.windows_options.host_process
    return own or spec.security_context.windows_options.host_process


def _contradiction(spec: PodSpec, on_host: list[Container]) -> tuple[Evidence, ...]:
    found = []
    if not spec.host_network:
        found.append(Evidence("spec/hostNetwork", "false"))
    others = [c.name for c in all_containers(spec) if c not in on_host]
    found += [Evidence(f"spec/containers/{n}/…/hostProcess", "false") for n in others]
    return tuple(found)
