"""PSK219: privileged containers on Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import all_containers, is_shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class PrivilegedOnWindows(Rule):
    """A Windows template asks for privileged containers, which Windows does not have.

    What it finds:
        A Windows workload with a container whose securityContext has privileged: true.

    Why it matters:
        Such a pod is refused. What needs the host on Windows runs as a host-process container.

    How it is decided:
        By the template. Where all of its pods are ready the finding is a recommendation, for they
        do run today; in kube-system, which the service fills, it is information.

    What to do:
        Take privileged out, or make it a host-process pod: windowsOptions.hostProcess: true,
        hostNetwork: true and a runAsUserName.

    Example:
        A node agent's DaemonSet for Windows, copied from the one for Linux.
    """

    id = "PSK219"
    name = "privileged-on-windows"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/no-privileged-windows",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the containers of every Windows workload."""
        for workload in context.windows_workloads:
            names = [
                c.name
                for c in all_containers(workload.template.spec)
                if c.security_context.privileged
            ]
            if not names:
                continue
            runs = 0 < workload.replicas <= workload.ready
            yield self.finding(
                workload.target,
                severity=Severity.INFO
                if is_shipped(workload.target)
                else (Severity.RECOMMENDED if runs else None),
                what="it asks for a privileged container, and Windows has none",
                why=context.catalog.constraint("no-privileged-windows").consequence,
                fix="Take privileged out of its securityContext, or run it as a host process: "
                "windowsOptions.hostProcess: true with hostNetwork: true",
                evidence=tuple(
                    Evidence(f"spec/containers/{name}/securityContext/privileged", "true")
                    for name in names
                ),
            )
