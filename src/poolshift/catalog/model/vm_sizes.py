"""Records of VM sizes: which generations they boot."""

from __future__ import annotations

import msgspec

from poolshift.catalog.model.base import CatalogFile, Record, Source


class HowToKnow(Record, frozen=True):
    """How the service tells what a size can do."""

    call: str
    paging: str
    filter_resource_type: str
    capability: str
    values: tuple[str, ...]
    can_boot_gen1: str
    can_boot_gen2: str
    other_capabilities: tuple[str, ...]
    value_type: str
    zones: str
    restrictions: str
    quota_call: str
    quota_family_link: str
    cli: str
    source: Source
    confidence: str


class NotAWay(Record, frozen=True):
    """A guess about sizes that is wrong."""

    id: str
    statement: str
    source: Source
    confidence: str
    counter_examples: tuple[dict[str, str | tuple[str, ...]], ...] | None = None


class NameRule(Record, frozen=True):
    """What a size's name tells, and for which series."""

    id: str
    statement: str
    source: Source
    confidence: str
    holds_for: tuple[str, ...] = ()


class RestrictedSizes(Record, frozen=True):
    """Sizes that AKS refuses."""

    sizes: tuple[str, ...]
    rule: str
    source: Source
    confidence: str


class DefaultSize(Record, frozen=True):
    """The size a pool gets when none is named."""

    when: str
    value: str
    source: Source
    confidence: str


class WindowsFit(Record, frozen=True):
    """What a Windows OS SKU needs of a size."""

    os_sku: str = msgspec.field(name="osSKU")
    needs: str
    source: Source
    confidence: str
    note: str = ""


class SizeFamily(Record, frozen=True):
    """A family of sizes and the generations it boots; `data_disks` how many disks a size takes."""

    family: str
    series: str
    gen: tuple[str, ...]
    arch: str
    sizes: tuple[tuple[str | float, ...], ...]
    basis: str
    source: Source
    confidence: str
    premium: bool | None = None
    ephemeral_os: bool | None = None
    burstable: bool | None = None
    cache_gb: dict[str, int] = msgspec.field(default_factory=dict)
    temp_gb: dict[str, int] = msgspec.field(default_factory=dict)
    data_disks: dict[str, int] = msgspec.field(default_factory=dict)
    nvme_only: bool | None = None
    confidential: bool | None = None
    gpus: int | None = None
    note: str = ""


class KnownSizeNames(Record, frozen=True):
    """Where a list of size names stands."""

    where: str
    use: str
    confidence: str


class VmSizesFile(CatalogFile, frozen=True):
    """The file `vm_sizes.yaml`."""

    rule: str
    how_to_know: HowToKnow
    not_a_way: tuple[NotAWay, ...]
    name_rules: tuple[NameRule, ...]
    aks_restricted: RestrictedSizes
    aks_defaults: tuple[DefaultSize, ...]
    windows_fit: tuple[WindowsFit, ...]
    windows_fit_source: Source
    families: tuple[SizeFamily, ...]
    known_size_names: KnownSizeNames
