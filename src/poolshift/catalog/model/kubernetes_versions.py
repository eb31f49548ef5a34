"""Records of Kubernetes minor versions on AKS."""

from __future__ import annotations

import msgspec

from poolshift.catalog.model.base import CatalogFile, Record, Source, Statement


class KubernetesVersion(Record, frozen=True):
    """A Kubernetes minor version on AKS."""

    version: str
    aks_ga: str | None
    end_of_life: str | None
    lts_end: str | None
    status: str
    default_windows_os: str
    source: Source
    confidence: str
    upstream_release: str = ""
    platform_support_until: str = ""
    aks_preview: str = ""
    default_ubuntu: str = ""
    default_azure_linux: str = ""
    containerd: dict[str, str] = msgspec.field(default_factory=dict)
    windows_allowed: tuple[str, ...] = ()
    note: str = ""
    patches_seen: dict[str, str] = msgspec.field(default_factory=dict)


class LiveLookup(Record, frozen=True):
    """Where to ask the service."""

    kubernetes_versions: str
    pool_upgrades: str
    source: Source
    confidence: str


class KubernetesVersionsFile(CatalogFile, frozen=True):
    """The file `kubernetes_versions.yaml`."""

    newest_material: str
    conventions: dict[str, str]
    kubernetes_versions: tuple[KubernetesVersion, ...]
    policy: tuple[Statement, ...]
    live_lookup: LiveLookup
