"""PSK220: host-process pods whose settings contradict each other."""

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
    """A template asks for host-process containers with settings that contradict each other.

    What it finds:
        A template with a host-process container, but without hostNetwork, or with another
        container beside it that is none.

    Why it matters:
        The API server refuses such pods: all containers of one are processes of the host, on the
        host's network. It shows when a pod is made anew, and a move makes every pod anew.

    How it is decided:
        By windowsOptions of the pod and of its containers, and by hostNetwork. What host-process
        pods do on a node that changes is another rule's.

    What to do:
        Set hostProcess on the pod as a whole and hostNetwork beside it, or take both away.

    Example:
        windowsOptions.hostProcess: true, and hostNetwork left out.
    """

    id = "PSK220"
    name = "host-process-settings"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/hostprocess-containers",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every template with a host-process container."""
        for workload in context.windows_workloads:
            spec = workload.template.spec
            on_host = [c for c in all_containers(spec) if _on_host(c, spec)]
            wrong = _contradiction(spec, on_host) if on_host else ()
            if wrong:
                yield self._refused(workload, wrong)

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
