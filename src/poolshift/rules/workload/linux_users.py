"""PSK216: user and group ids on Windows pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import all_containers, is_shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.rules.interface import Context


class RunAsUserOnWindows(Rule):
    """A Windows template sets user or group ids, which Windows does not have.

    What it finds:
        A Windows workload with runAsUser, runAsGroup, fsGroup or supplementalGroups, on the pod or
        on a container.

    Why it matters:
        Windows knows users by security identifiers: the number is left out of account, and the
        container runs as the user of its image. Whoever reads the template believes otherwise.
        With spec.os.name: windows the API server refuses such a pod.

    How it is decided:
        By the security contexts of the template. What the service ships in kube-system is left out.

    What to do:
        Take the ids out, and say the user in windowsOptions.runAsUserName (ContainerUser, or
        ContainerAdministrator where it is needed). A good moment is the move, which edits the
        template anyway.

    Example:
        runAsUser: 1000, copied from a chart for Linux.
    """

    id = "PSK216"
    name = "run-as-user-on-windows"
    severity = Severity.INFO
    sources = ("constraints/constraints/no-privileged-windows",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the security contexts of every Windows workload."""
        for workload in context.windows_workloads:
            found = tuple(_ids(workload.template.spec))
            if found and not is_shipped(workload.target):
                yield self.finding(
                    workload.target,
                    what="its user or group ids mean nothing on Windows",
                    why="Windows has security identifiers; it runs as the user of its image",
                    fix="Take the ids out; the user is named by "
                    "securityContext.windowsOptions.runAsUserName, ContainerUser for example",
                    evidence=found,
                )


def _ids(spec: PodSpec) -> Iterator[Evidence]:
    pod = spec.security_context
    for field, value in (
        ("runAsUser", pod.run_as_user),
        ("runAsGroup", pod.run_as_group),
        ("fsGroup", pod.fs_group),
        ("supplementalGroups", pod.supplemental_groups or None),
    ):
        if value is not None:
            yield Evidence(f"spec/securityContext/{field}", str(value))
    for container in all_containers(spec):
        own = container.security_context
        for field, value in (("runAsUser", own.run_as_user), ("runAsGroup", own.run_as_group)):
            if value is not None:
                path = f"spec/containers/{container.name}/securityContext/{field}"
                yield Evidence(path, str(value))
