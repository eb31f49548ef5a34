"""Volumes, claims and classes, as far as they decide where a pod can run."""

from __future__ import annotations

import msgspec

from poolshift.core.snapshot.part import Part


class VolumeFacts(Part, frozen=True):
    """A PersistentVolume.

    Attributes:
        name: its name.
        claim: NAMESPACE/NAME of the claim that it is bound to, empty without one.
        driver: the CSI driver, `azure-file` for a share that the node mounts itself.
        zones: the zones that its node affinity names; empty for all.
        required: further node labels that its node affinity names, with their values.
        access_modes: ReadWriteOnce, ReadWriteMany …
        credentials: whether it names credentials for the share.
        mount_options: as they are.
        capacity: a quantity.
    """

    name: str
    claim: str = ""
    driver: str = ""
    storage_class: str = ""
    zones: tuple[str, ...] = ()
    required: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    access_modes: tuple[str, ...] = ()
    credentials: bool = False
    mount_options: tuple[str, ...] = ()
    capacity: str = ""


class ClaimFacts(Part, frozen=True):
    """A PersistentVolumeClaim; `target` is NAMESPACE/NAME, `volume` the bound one's name."""

    target: str
    storage_class: str = ""
    volume: str = ""
    phase: str = "Pending"
    access_modes: tuple[str, ...] = ()
    requested: str = ""


class StorageClassFacts(Part, frozen=True):
    """A StorageClass.

    `sku` is the disk or account type (`Premium_LRS`), `protocol` smb or nfs for file shares,
    `options` the mount options that it gives.
    """

    name: str
    provisioner: str = ""
    sku: str = ""
    protocol: str = ""
    binding_mode: str = "Immediate"
    options: tuple[str, ...] = ()
