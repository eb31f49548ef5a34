"""PSK262: volumes of kinds that Windows nodes do not mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import VOLUME_AREAS
from poolshift.rules.interface import Rule
from poolshift.semantics.host import host_paths, is_under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import ClaimFacts, WorkloadFacts
    from poolshift.rules.interface import Context

_BLOB = "blob.csi.azure.com"
_NFS = "nfs"
_LINUX_ONLY = ("/proc", "/sys", "/dev", "/run", "/etc", "/lib", "/var/run", "/usr", "/boot")


class VolumeTypeOnWindows(Rule):
    """A Windows workload has a volume of a kind that Windows nodes do not mount.

    What it finds:
        A Windows workload that moves, with an NFS share, a blob container, or a path of the node
        that only Linux has.

    Why it matters:
        Windows nodes mount Azure Disk and SMB shares. Its pods stay in ContainerCreating on the
        new nodes.

    How it is decided:
        By the volumes of the template, the driver of the volumes behind its claims, and the
        provisioner and protocol of their StorageClass. A path of Linux under a Windows pod is
        recommended to look at: Windows reads it as a path of the drive C.

    What to do:
        Move the data to an SMB share or a disk, or the workload to a Linux pool.

    Example:
        A claim of the class azurefile-csi-nfs in a Windows Deployment.
    """

    id = "PSK262"
    name = "volume-type-on-windows"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/windows-volumes",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the volumes of every Windows workload that moves."""
        seen: set[str] = set()
        for move in context.moves:
            workload = move.workload
            if move.pool.os_type != "Windows" or workload.target in seen:
                continue
            seen.add(workload.target)
            refused = (*_inline(workload), *_claimed(context, workload))
            paths = [p for p in host_paths(workload.template.spec) if is_under(p, _LINUX_ONLY)]
            if refused:
                yield self.finding(
                    workload.target,
                    what="it has volumes that Windows nodes do not mount: NFS or blob containers",
                    why="Windows nodes mount Azure Disk and SMB shares; its pods stay in "
                    "ContainerCreating",
                    fix="Move the data to an SMB share or a disk, or the workload to a Linux pool",
                    evidence=refused,
                )
            if paths:
                yield self.finding(
                    workload.target,
                    severity=Severity.RECOMMENDED,
                    what="it mounts paths of the node that only Linux has",
                    why="Windows reads such a path as one of the drive C, where it is not",
                    fix="Give the path as Windows has it, or keep the workload on Linux",
                    evidence=tuple(Evidence("spec/volumes/hostPath", p) for p in paths),
                )
        if seen:
            yield from self.unread(context, *VOLUME_AREAS, "storageclasses")


def _inline(workload: WorkloadFacts) -> Iterator[Evidence]:
    for volume in workload.template.spec.volumes:
        if volume.nfs is not None:
            yield Evidence(f"spec/volumes/{volume.name}", _NFS)
        if volume.csi is not None and volume.csi.driver == _BLOB:
            yield Evidence(f"spec/volumes/{volume.name}", volume.csi.driver)


def _claimed(context: Context, workload: WorkloadFacts) -> Iterator[Evidence]:
    for claim in context.index.claims_of(workload):
        shown = _refused(context, claim)
        if shown:
            yield Evidence(f"claims/{claim.target}", shown)


def _refused(context: Context, claim: ClaimFacts) -> str:
    """Why Windows does not mount what a claim stands for; empty when it does."""
    volume = context.index.volumes.get(claim.volume)
    class_ = context.index.storage_classes.get(claim.storage_class)
    drivers = (volume.driver if volume else "", class_.provisioner if class_ else "")
    if _BLOB in drivers:
        return _BLOB
    return (
        f"StorageClass {claim.storage_class}: NFS"
        if class_ and class_.protocol.lower() == _NFS
        else ""
    )
