"""PSW168: pods that work with the node's kernel, which the move changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import changes_at, hashed_names, moves_over, said
from poolshift.rules.interface import Rule
from poolshift.semantics.hints import KERNEL_TOOLS, runs
from poolshift.semantics.hops import hops_of
from poolshift.semantics.host import containers_of, host_paths, is_privileged, is_under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.rules.interface import Context

_CHANGES = ("azl3-kernel", "u2404-kernel")
_PATHS = ("/lib/modules", "/usr/src", "/sys/fs/bpf", "/sys/kernel", "/boot")
_CAPABILITIES = frozenset({"SYS_MODULE", "BPF", "PERFMON"})


class KernelAgents(Rule):
    """A workload works with the node's kernel, and the move brings another one.

    What it finds:
        On a Linux pool whose kernel changes: a workload that mounts the kernel's directories,
        loads modules or BPF programs, or is privileged; and kernel settings of the pool itself.

    Why it matters:
        Modules are built for one kernel, and BPF programs read its structures. An agent that does
        not know the new kernel fails to load or reports nothing. A setting that the new kernel
        does not have is refused.

    How it is decided:
        By hostPath volumes, capabilities, and hints of commands and image names: then it is
        recommended to test. A pod that is privileged and shows nothing else is information. What
        AKS ships itself is left out.

    What to do:
        Take a version of the agent that knows the new kernel, and try it on one new node.

    Example:
        security/DaemonSet/falco mounts /lib/modules; the pool moves to AzureLinux3.
    """

    id = "PSW168"
    name = "kernel-agents"
    severity = Severity.RECOMMENDED
    sources = tuple(f"os_changes/changes/{c}" for c in _CHANGES)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the workloads, then at the settings of the pools."""
        asked = False
        for move, changes in moves_over(context, *_CHANGES):
            asked = True
            spec = move.workload.template.spec
            shown = _shown(spec)
            if not shown and not is_privileged(spec):
                continue
            yield self.finding(
                move.workload.target,
                severity=None if shown else Severity.INFO,
                what=f"it works with the node's kernel, which changes with {move.to}"
                if shown
                else f"it is privileged, and the node's kernel changes with {move.to}",
                why="an agent that does not know the new kernel fails to load its module or "
                "program, or reports nothing",
                fix="Take a version that knows the new kernel, and try it on one new node first",
                evidence=(
                    *(shown or (Evidence("securityContext.privileged", "true"),)),
                    *said(changes),
                ),
            )
        yield from self._of_pools(context)
        yield from hashed_names(self, context, asked=asked)

    def _of_pools(self, context: Context) -> Iterator[Finding]:
        for pool, to in context.moving:
            changes = changes_at(context, pool, hops_of(pool, to, context.catalog), _CHANGES)
            settings = pool.properties.get("linuxOSConfig")
            sysctls = settings.get("sysctls") if isinstance(settings, dict) else None
            named = sorted(k for k, v in sysctls.items() if v) if isinstance(sysctls, dict) else []
            if not changes or not named:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.INFO,
                what=f"it has kernel settings, and the kernel changes with {to}",
                why="a setting may mean something else to the new kernel, or not be there",
                fix="Read them on one new node: kubectl debug node/NAME -it --image=busybox -- "
                "sysctl -a",
                evidence=(
                    Evidence(f"pools/{pool.name}/linuxOSConfig/sysctls", ", ".join(named)),
                    *said(changes),
                ),
            )


def _shown(spec: PodSpec) -> tuple[Evidence, ...]:
    """What shows that a pod works with the kernel."""
    found = [
        Evidence("spec/volumes/hostPath", path)
        for path in host_paths(spec)
        if is_under(path, _PATHS)
    ]
    for container in containers_of(spec):
        added = _CAPABILITIES.intersection(container.security_context.capabilities.add)
        if added:
            path = f"spec/containers/{container.name}/capabilities"
            found.append(Evidence(path, ", ".join(sorted(added))))
        if runs(container, KERNEL_TOOLS):
            found.append(Evidence(f"spec/containers/{container.name}", container.image))
    return tuple(found)
