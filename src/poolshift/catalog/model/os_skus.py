"""Records of OS SKUs: what a pool can run, until when, on which Kubernetes."""

from __future__ import annotations

import msgspec

from poolshift.catalog.model.base import CatalogFile, Claim, Ends, Record, Source


class Preview(Record, frozen=True):
    """When and how an OS SKU could be tried before it was generally available."""

    from_: str = msgspec.field(default="", name="from")
    to: str = ""
    feature_flag: str = ""
    min_cli: str = ""
    min_cli_extension: str = ""


class Announcement(Record, frozen=True):
    """An announcement that a later one replaced."""

    date: str
    end_support: str
    k8s_max: str
    note: str


class Generation(Record, frozen=True):
    """What an in-place change does to the VM generation."""

    image: str
    size: str
    supported: bool
    result: str


class InPlaceUpdate(Record, frozen=True):
    """The in-place change that an OS SKU offers."""

    target: str
    since: str
    min_cli: str
    ga_cli: str
    k8s: str
    requires: dict[str, bool]
    requires_note: str
    effect: str
    generation_table: tuple[Generation, ...]
    generation_note: str
    dry_run: bool
    act: str
    direction: str
    breaks_pins: str
    images: str
    source: Source
    confidence: str
    confidence_note: str


class Resolution(Record, frozen=True):
    """What an unversioned OS SKU stands for at a range of Kubernetes minors."""

    k8s: str
    os: str
    os_sku_effective: str
    note: str = ""


class OlderClaim(Record, frozen=True):
    """What an older edition of a page says of a rule."""

    says: str
    source: Source
    read_on: str


class NodeImageExample(Record, frozen=True):
    """A node image name that was seen or composed, and what it tells."""

    value: str
    os_sku: str = msgspec.field(name="osSKU")
    generation: str


class OsSku(Record, frozen=True):
    """A value of an agent pool's osSKU."""

    id: str
    os_type: str
    product: str
    build: str | None
    k8s_min: str | None
    k8s_max: str | None
    default_for_k8s: str | None
    status: str
    feature_flag: str | None
    vm_generations: tuple[str, ...] | None
    in_place_update_from: tuple[str, ...]
    in_place_update_to: tuple[str, ...]
    successor: str | None
    source: Source
    confidence: str
    end_support: str | None = None
    end_images: str | None = None
    end_images_effect: str = ""
    preview: Preview | None = None
    min_cli: str | None = None
    vm_generation_note: str = ""
    fips: str = ""
    networking: dict[str, str | bool] | None = None
    containerd: str | dict[str, str] | None = None
    container_isolation: dict[str, str | tuple[str, ...]] | None = None
    last_node_image_seen: str = ""
    successor_alternatives: tuple[str, ...] = ()
    ends: Ends | None = None
    claims: dict[str, tuple[Claim, ...]] = msgspec.field(default_factory=dict)
    default_disagreement: str = ""
    ga: str | None = None
    earlier_announcement: Announcement | None = None
    os_vhd_gb: int | None = None
    in_place_update_status: str = ""
    in_place_update: InPlaceUpdate | None = None
    end_support_note: str = ""
    first_stable_api_version: str = ""
    fips_note: str = ""
    network_policy_note: str = ""
    container_isolation_disagreement: str = ""
    in_place_update_note: str = ""
    resolves_to: tuple[Resolution, ...] = ()
    resolves_disagreement: str = ""
    restrictions: tuple[str, ...] = ()
    status_note: str = ""
    aliases: tuple[str, ...] = ()
    requires: dict[str, str | bool] | None = None
    node_os_upgrade_channels_not_allowed: tuple[str, ...] = ()
    in_place_note: str = ""
    requires_note: str = ""
    node_os_upgrade_channels_allowed: tuple[str, ...] = ()
    not_supported: tuple[str, ...] = ()
    note: str = ""


class ClientEnum(Record, frozen=True):
    """Which osSKU values a client accepts."""

    client: str
    source: Source
    confidence: str
    values: tuple[str, ...] = ()
    note: str = ""
    values_missing: tuple[str, ...] = ()


class InPlaceRule(Record, frozen=True):
    """When a pool may change its osSKU in place."""

    id: str
    statement: str
    source: Source
    confidence: str
    command: str = ""
    fails_when: tuple[str, ...] = ()
    rollback: str = ""
    not_from: tuple[str, ...] = ()
    k8s: str = ""
    older_claims: tuple[OlderClaim, ...] = ()
    error: str = ""
    holds_until: str | None = None
    exception: str = ""


class NodeLabel(Record, frozen=True):
    """A label that AKS or the kubelet sets on nodes."""

    key: str
    values: str | dict[str, str] | tuple[str, ...]
    set_by: str
    source: Source
    confidence: str
    stable: bool | None = None
    note: str = ""


class NodeImageNames(Record, frozen=True):
    """How node images are named."""

    field: str
    gen2_test: str
    examples: tuple[NodeImageExample, ...]
    windows_pattern: str
    gallery_definitions: tuple[str, ...]
    note: str
    cadence: dict[str, str]
    source: Source
    confidence: str


class NodeNames(Record, frozen=True):
    """How nodes are named."""

    windows: str
    windows_pattern: str
    linux: str
    linux_pattern: str
    instance: str
    gaps: str
    read_pool_from: str
    source: Source
    confidence: str


class OsRelease(Record, frozen=True):
    """An OS release that no caller can ask for, seen as the effective OS of a pool."""

    id: str
    os_type: str
    product: str
    reached_by: str
    successor: str
    ends: Ends
    confidence: str


class OsSkusFile(CatalogFile, frozen=True):
    """The file `os_skus.yaml`."""

    newest_material: str
    conventions: dict[str, str]
    os_skus: tuple[OsSku, ...]
    client_enums: tuple[ClientEnum, ...]
    in_place_rules: tuple[InPlaceRule, ...]
    node_labels: tuple[NodeLabel, ...]
    reserved_label_prefixes: tuple[str, ...]
    node_image_names: NodeImageNames
    node_names: NodeNames
    os_releases: tuple[OsRelease, ...]
