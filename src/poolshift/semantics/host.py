"""What of the node a pod template reaches: paths, privileges, shares that the node mounts."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.core.kube import Container, PodSpec, Volume
    from poolshift.core.snapshot import VolumeFacts

AZURE_FILE_DRIVERS = ("file.csi.azure.com", "azure-file")
SMB_DRIVER = "smb.csi.k8s.io"
_SMB_WORDS = ("smb", "cifs")


class Share(StrEnum):
    """Whose SMB share a volume is: Azure Files, or any other server's."""

    AZURE = "azure"
    OTHER = "other"


def containers_of(spec: PodSpec) -> tuple[Container, ...]:
    """All containers of a pod, init containers first."""
    return (*spec.init_containers, *spec.containers)


def host_paths(spec: PodSpec) -> tuple[str, ...]:
    """The paths of the node that a pod mounts, as the template writes them."""
    found = (v.host_path.get("path") for v in spec.volumes if v.host_path is not None)
    return tuple(path for path in found if isinstance(path, str) and path)


def is_under(path: str, roots: Iterable[str]) -> bool:
    """Whether a Linux path is one of some directories or lies in one; no root holds all."""
    bare = path.rstrip("/") or "/"
    return any(bare == root or bare.startswith(f"{root}/") for root in roots)


def is_privileged(spec: PodSpec) -> bool:
    """Whether any container of a pod is privileged."""
    return any(c.security_context.privileged for c in containers_of(spec))


def share_of(volume: VolumeFacts, protocol: str = "") -> Share | None:
    """Whose SMB share a PersistentVolume is; None for a disk or an NFS share.

    Args:
        volume: the volume.
        protocol: what its StorageClass says; empty stands for the driver's own, SMB.
    """
    if volume.driver == SMB_DRIVER:
        return Share.OTHER
    azure = volume.driver in AZURE_FILE_DRIVERS and protocol.lower() != "nfs"
    return Share.AZURE if azure else None


def share_of_inline(volume: Volume) -> Share | None:
    """Whose SMB share a volume of the template itself is; None for all else."""
    if volume.azure_file is not None:
        return Share.AZURE
    if volume.csi is not None and volume.csi.driver in (*AZURE_FILE_DRIVERS, SMB_DRIVER):
        return Share.OTHER if volume.csi.driver == SMB_DRIVER else Share.AZURE
    flex = volume.flex_volume.driver.lower() if volume.flex_volume is not None else ""
    return Share.OTHER if any(word in flex for word in _SMB_WORDS) else None
