"""PSK217: mount paths of Linux in Windows containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import all_containers, is_shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.rules.interface import Context

_LINUX_PATH = re.compile(r"/(?!$|[A-Za-z](?:/|$))")
"""From the root, and its first part is no letter, which some write for a drive."""

_TOKENS = "/var/run/secrets/"
"""Where the kubelet itself mounts tokens, on Windows as well."""


class MountPathOnWindows(Rule):
    r"""A Windows container mounts a volume at a path without a drive.

    What it finds:
        A Windows workload whose containers mount volumes at paths such as /mnt/data.

    Why it matters:
        It becomes a folder on the container's drive C: (C:\mnt\data). An application that was
        told of /mnt/data finds it only from a process whose current drive is C:, and one that
        was told of another drive not at all.

    How it is decided:
        By the mount paths of the template; the paths of service account tokens, which the
        kubelet knows how to place, are left out, and so is what the service ships in kube-system.

    What to do:
        Name the drive (C:\mnt\data), so that the template says what the container sees.

    Example:
        mountPath: /mnt/volume in a container of Windows Server Core.
    """

    id = "PSK217"
    name = "mount-path-on-windows"
    severity = Severity.INFO
    sources = ("constraints/constraints/windows-volumes",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the mounts of every Windows workload."""
        for workload in context.windows_workloads:
            found = tuple(_mounts(workload.template.spec))
            if found and not is_shipped(workload.target):
                yield self.finding(
                    workload.target,
                    what="it mounts volumes at paths of Linux, which become folders on drive C:",
                    why="an application that looks on another drive does not find its files",
                    fix="Write the path with its drive, C:\\mnt\\data for /mnt/data, and check "
                    "that the application asks for the same",
                    evidence=found,
                )


def _mounts(spec: PodSpec) -> Iterator[Evidence]:
    for container in all_containers(spec):
        for mount in container.volume_mounts:
            path = mount.mount_path
            if _LINUX_PATH.match(path) and not path.startswith(_TOKENS):
                place = f"spec/containers/{container.name}/volumeMounts/{mount.name}"
                yield Evidence(place, path)
