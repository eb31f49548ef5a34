"""Volumes, claims and classes; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.snapshot import ClaimFacts, StorageClassFacts, VolumeFacts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.core.storage import Claim, PersistentVolume, StorageClass

_ZONE_KEYS = (
    "topology.kubernetes.io/zone",
    "topology.disk.csi.azure.com/zone",
    "failure-domain.beta.kubernetes.io/zone",
)
_SKU_KEYS = ("skuname", "storageaccounttype")


def volume(found: PersistentVolume) -> VolumeFacts:
    """A PersistentVolume."""
    spec = found.spec
    zones: set[str] = set()
    required: dict[str, tuple[str, ...]] = {}
    needed = spec.node_affinity.required if spec.node_affinity else None
    for term in needed.node_selector_terms if needed else ():
        for expression in term.match_expressions:
            if expression.key in _ZONE_KEYS:
                # An empty value is how the driver says: no zone.
                zones |= {value for value in expression.values if value}
            else:
                required[expression.key] = expression.values
    claim = spec.claim_ref
    return VolumeFacts(
        name=found.metadata.name,
        claim=f"{claim.namespace}/{claim.name}" if claim else "",
        driver=spec.csi.driver if spec.csi else ("azure-file" if spec.azure_file else ""),
        storage_class=spec.storage_class_name,
        zones=tuple(sorted(zones)),
        required=required,
        access_modes=spec.access_modes,
        credentials=spec.csi is not None and spec.csi.node_stage_secret_ref is not None,
        mount_options=_options(spec.mount_options),
        capacity=spec.capacity.get("storage", ""),
    )


def _options(given: Iterable[str]) -> tuple[str, ...]:
    """Mount options by name: what stands behind an equals sign may be a password."""
    return tuple(
        option if option.partition("=")[0] in ("sec", "vers") else option.partition("=")[0]
        for option in given
    )


def claim(found: Claim) -> ClaimFacts:
    """A PersistentVolumeClaim."""
    return ClaimFacts(
        target=f"{found.metadata.namespace}/{found.metadata.name}",
        storage_class=found.spec.storage_class_name or "",
        volume=found.spec.volume_name,
        phase=found.status.phase,
        access_modes=found.spec.access_modes,
        requested=found.spec.resources.requests.get("storage", ""),
    )


def storage_class(found: StorageClass) -> StorageClassFacts:
    """A StorageClass; of its parameters only the two that are looked at."""
    parameters = {k.lower(): v for k, v in found.parameters.items()}
    return StorageClassFacts(
        name=found.metadata.name,
        provisioner=found.provisioner,
        sku=next((parameters[k] for k in _SKU_KEYS if k in parameters), ""),
        protocol=parameters.get("protocol", ""),
        binding_mode=found.volume_binding_mode,
        options=_options(found.mount_options),
    )
