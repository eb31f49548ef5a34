"""Records of Windows base images: releases, families, how a tag maps to the next OS."""

from __future__ import annotations

import msgspec

from poolshift.catalog.model.base import CatalogFile, Record, Source, Statement


class DotnetVersion(Record, frozen=True):
    """A .NET version and its tags by OS version, for each base."""

    version: str
    latest_seen: str
    end_of_support: str | None
    nanoserver: dict[str, str]
    servercore: dict[str, str]
    missing: tuple[str, ...] = ()
    minor_tag: str = ""


class OsVersion(Record, frozen=True):
    """A Windows release as container images name it."""

    id: str
    product: str
    os_version_prefix: str
    alt_tags: tuple[str, ...]
    mainstream_end: str | None
    extended_end: str | None
    aks_host: str
    source: Source
    confidence: str


class DeadTags(Record, frozen=True):
    """Tags that no AKS node runs any more."""

    tags: tuple[str, ...]
    note: str
    source: Source
    confidence: str
    suggestion: dict[str, str] = msgspec.field(default_factory=dict)


class HostCompatibility(Record, frozen=True):
    """Which images the nodes of an OS SKU run under process isolation."""

    host: str
    runs: tuple[str, ...]
    confidence: str
    source: Source
    note: str = ""


class ImageFamily(Record, frozen=True):
    """A family of base images and its tags by OS version."""

    id: str
    available: dict[str, tuple[str, ...]]
    source: Source
    confidence: str
    repository: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    synonyms: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    other_tag_forms: tuple[str, ...] = ()
    cached_on_node: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    missing: tuple[str, ...] = ()
    synonyms_confidence: str = ""
    note: str = ""
    not_inside: tuple[str, ...] = ()
    successor_repository: str = ""
    predecessor_repository: str = ""
    published_not_rebuilt: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    available_note: str = ""
    shared_tags: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    dated_tags: str = ""
    not_rebuilt: tuple[str, ...] = ()
    trap: str = ""
    apps: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    versions: tuple[DotnetVersion, ...] = ()
    shared_tags_note: str = ""
    shared_tags_confidence: str = ""
    consequence: str = ""
    build_folders_seen: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class TagMapping(Record, frozen=True):
    """How a tag of one OS becomes the tag of the next."""

    id: str
    match: str
    to: dict[str, str | None]
    confidence: str
    source: Source
    action: str | dict[str, str] | None = None
    suggestion: str | dict[str, str] | None = None
    note: str = ""
    requires: str = ""


class RetiredName(Record, frozen=True):
    """A repository that its maker has given up, and the one that follows it.

    `successor` is a repository of the families' registry, empty where none follows; `by_tag` are
    those that follow tags with a certain word. `windows_only` tells that it held no Linux images.
    """

    id: str
    registry: str
    repository: str
    successor: str
    note: str
    source: Source
    confidence: str
    windows_only: bool = False
    by_tag: dict[str, str] = msgspec.field(default_factory=dict)


class BaseImagesFile(CatalogFile, frozen=True):
    """The file `base_images.yaml`."""

    registry: str
    registry_note: str
    available_meaning: str
    newest_material: str
    os_versions: tuple[OsVersion, ...]
    dead_tags: tuple[DeadTags, ...]
    host_compatibility: tuple[HostCompatibility, ...]
    host_compatibility_source: Source
    families: tuple[ImageFamily, ...]
    retired_names: tuple[RetiredName, ...]
    tag_mapping: tuple[TagMapping, ...]
    manifest_facts: tuple[Statement, ...]
