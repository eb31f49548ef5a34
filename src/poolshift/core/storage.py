"""Storage and priority objects that decide where a pod can run, as typed partial structs."""

from __future__ import annotations

import msgspec

from poolshift.core.kube import LabelSelector, Meta, NodeSelector, Resources, Wire


class PriorityClass(Wire, frozen=True):
    """A PriorityClass."""

    metadata: Meta = Meta()
    value: int = 0
    global_default: bool = False
    preemption_policy: str = "PreemptLowerPriority"


class ClaimSpec(Wire, frozen=True):
    """Spec of a PersistentVolumeClaim; a class of None asks for the default one."""

    access_modes: tuple[str, ...] = ()
    storage_class_name: str | None = None
    volume_name: str = ""
    volume_mode: str = "Filesystem"
    selector: LabelSelector | None = None
    resources: Resources = Resources()


class ClaimStatus(Wire, frozen=True):
    """Status of a PersistentVolumeClaim."""

    phase: str = "Pending"


class Claim(Wire, frozen=True):
    """A PersistentVolumeClaim."""

    metadata: Meta = Meta()
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()


class ClaimReference(Wire, frozen=True):
    """The claim that a volume is bound to, or kept for."""

    namespace: str = ""
    name: str = ""
    uid: str = ""


class VolumeNodeAffinity(Wire, frozen=True):
    """The nodes that can reach a volume."""

    required: NodeSelector | None = None


class SecretName(Wire, frozen=True):
    """Which Secret holds the credentials of a volume; it is not looked into."""

    name: str = ""


class CsiSource(Wire, frozen=True):
    """A volume of a CSI driver."""

    driver: str = ""
    volume_handle: str = ""
    node_stage_secret_ref: SecretName | None = None


class HostFiles(Wire, frozen=True):
    """A volume of a share that the node mounts itself."""

    share_name: str = ""


class PersistentVolumeSpec(Wire, frozen=True):
    """Spec of a PersistentVolume."""

    capacity: dict[str, str] = msgspec.field(default_factory=dict)
    access_modes: tuple[str, ...] = ()
    storage_class_name: str = ""
    volume_mode: str = "Filesystem"
    persistent_volume_reclaim_policy: str = "Retain"
    claim_ref: ClaimReference | None = None
    node_affinity: VolumeNodeAffinity | None = None
    csi: CsiSource | None = None
    azure_file: HostFiles | None = None
    mount_options: tuple[str, ...] = ()


class PersistentVolume(Wire, frozen=True):
    """A PersistentVolume."""

    metadata: Meta = Meta()
    spec: PersistentVolumeSpec = PersistentVolumeSpec()


class TopologyValues(Wire, frozen=True):
    """Values of a topology label in which volumes may be made."""

    key: str = ""
    values: tuple[str, ...] = ()


class TopologyTerm(Wire, frozen=True):
    """A topology in which volumes may be made."""

    match_label_expressions: tuple[TopologyValues, ...] = ()


class StorageClass(Wire, frozen=True):
    """A StorageClass."""

    metadata: Meta = Meta()
    provisioner: str = ""
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    reclaim_policy: str = "Delete"
    volume_binding_mode: str = "Immediate"
    mount_options: tuple[str, ...] = ()
    allowed_topologies: tuple[TopologyTerm, ...] = ()
