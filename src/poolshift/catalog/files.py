"""The files of the catalog by name, with the type that each decodes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.catalog.model.apis import ApisFile
from poolshift.catalog.model.base_images import BaseImagesFile
from poolshift.catalog.model.constraints import ConstraintsFile
from poolshift.catalog.model.errors import ErrorsFile
from poolshift.catalog.model.kubernetes_versions import KubernetesVersionsFile
from poolshift.catalog.model.limits import LimitsFile
from poolshift.catalog.model.os_changes import OsChangesFile
from poolshift.catalog.model.os_skus import OsSkusFile
from poolshift.catalog.model.timings import TimingsFile
from poolshift.catalog.model.vm_sizes import VmSizesFile

if TYPE_CHECKING:
    from poolshift.catalog.model.base import CatalogFile

FILE_TYPES: dict[str, type[CatalogFile]] = {
    "apis": ApisFile,
    "base_images": BaseImagesFile,
    "constraints": ConstraintsFile,
    "errors": ErrorsFile,
    "kubernetes_versions": KubernetesVersionsFile,
    "limits": LimitsFile,
    "os_changes": OsChangesFile,
    "os_skus": OsSkusFile,
    "timings": TimingsFile,
    "vm_sizes": VmSizesFile,
}
