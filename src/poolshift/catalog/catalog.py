"""The catalog: what is known, and which claim of it holds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from poolshift.catalog.files import FILE_TYPES
from poolshift.catalog.model.apis import ApisFile
from poolshift.catalog.model.base import CatalogFile, Claim, Record, winner
from poolshift.catalog.model.base_images import BaseImagesFile
from poolshift.catalog.model.constraints import Constraint, ConstraintsFile
from poolshift.catalog.model.errors import ErrorsFile, ServiceError
from poolshift.catalog.model.kubernetes_versions import KubernetesVersion, KubernetesVersionsFile
from poolshift.catalog.model.limits import Limit, LimitsFile
from poolshift.catalog.model.os_changes import OsChange, OsChangesFile
from poolshift.catalog.model.os_skus import OsRelease, OsSku, OsSkusFile
from poolshift.catalog.model.timings import TimingsFile
from poolshift.catalog.model.vm_sizes import SizeFamily, VmSizesFile
from poolshift.catalog.records import Entry, entries_of, find
from poolshift.core.arm import VmSize
from poolshift.core.errors import UsageError, invariant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

F = TypeVar("F", bound=CatalogFile)


class Catalog:
    """All facts. A file is read when something of it is first asked for.

    `read` gives the file of a name; loading may raise UsageError.
    """

    def __init__(self, read: Callable[[str], CatalogFile]) -> None:
        self._read = read
        self._files: dict[str, CatalogFile] = {}
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._pinned: dict[tuple[str, str], Claim] = {}

    def with_ends(self, pinned: Mapping[tuple[str, str], Claim]) -> Catalog:
        """The same facts, but for ends that the user knows better.

        Args:
            pinned: the claim that holds, by id of the OS SKU or release and what ends.

        Raises:
            UsageError: there is no such OS.
        """
        for os_id, _ in pinned:
            if self.sku(os_id) is None and self.release(os_id) is None:
                raise UsageError(
                    f"a date is pinned for {os_id}, which is no OS that the catalog knows",
                    fix="See the names with: poolshift catalog list",
                    code="PSE122",
                )
        other = Catalog(self.file)
        other._entries = self._entries
        other._pinned = dict(pinned)
        return other

    def file(self, stem: str) -> CatalogFile:
        """A whole file by name."""
        if stem not in self._files:
            self._files[stem] = self._read(stem)
        return self._files[stem]

    def _typed(self, stem: str, kind: type[F]) -> F:
        file = self.file(stem)
        invariant(isinstance(file, kind), f"the catalog file {stem} has its own type")
        return file  # type: ignore[return-value]

    @property
    def os_skus(self) -> OsSkusFile:
        """OS SKUs, labels, names."""
        return self._typed("os_skus", OsSkusFile)

    @property
    def base_images(self) -> BaseImagesFile:
        """Base images and the mapping of their tags."""
        return self._typed("base_images", BaseImagesFile)

    @property
    def kubernetes_versions(self) -> KubernetesVersionsFile:
        """Kubernetes minors."""
        return self._typed("kubernetes_versions", KubernetesVersionsFile)

    @property
    def vm_sizes(self) -> VmSizesFile:
        """VM sizes, a fall-back for what the service says."""
        return self._typed("vm_sizes", VmSizesFile)

    @property
    def limits(self) -> LimitsFile:
        """Limits."""
        return self._typed("limits", LimitsFile)

    @property
    def errors(self) -> ErrorsFile:
        """Service errors."""
        return self._typed("errors", ErrorsFile)

    @property
    def timings(self) -> TimingsFile:
        """Observed durations."""
        return self._typed("timings", TimingsFile)

    @property
    def apis(self) -> ApisFile:
        """ARM and Kubernetes calls."""
        return self._typed("apis", ApisFile)

    @property
    def constraints(self) -> ConstraintsFile:
        """Constraints."""
        return self._typed("constraints", ConstraintsFile)

    @property
    def os_changes(self) -> OsChangesFile:
        """What a change of the OS changes for workloads."""
        return self._typed("os_changes", OsChangesFile)

    @cached_property
    def _skus(self) -> dict[str, OsSku]:
        names = {s.id.lower(): s for s in self.os_skus.os_skus}
        aliases = {a.lower(): s for s in self.os_skus.os_skus for a in s.aliases}
        return aliases | names

    def sku(self, sku_id: str) -> OsSku | None:
        """An OS SKU by its ARM value or an alias, in any case; None without a record."""
        return self._skus.get(sku_id.lower())

    def release(self, release_id: str) -> OsRelease | None:
        """An OS release that is no OS SKU (Azure Linux 2.0, Ubuntu 18.04)."""
        return next((r for r in self.os_skus.os_releases if r.id == release_id), None)

    def claims_of_end(self, sku_id: str, what: str) -> tuple[Claim, ...]:
        """Every claim on when create, patch, upgrade or scale stops, the holding one included."""
        sku = self.sku(sku_id) or self.release(sku_id)
        said = sku.ends.claims(what) if sku is not None and sku.ends is not None else ()
        own = self._pinned.get((sku.id, what)) if sku is not None else None
        return (own, *said) if own is not None else said

    def ends(self, sku_id: str, what: str) -> Claim | None:
        """The claim that holds on when create, patch, upgrade or scale stops; None without one."""
        return winner(self.claims_of_end(sku_id, what))

    def build_of(self, sku_id: str) -> str:
        """The three-part Windows build of an OS SKU (`10.0.20348`), empty on Linux and unknown."""
        sku = self.sku(sku_id)
        return sku.build or "" if sku is not None else ""

    def sku_of_build(self, build: str) -> str:
        """The OS SKU whose nodes have that three- or four-part build, empty without one."""
        short = ".".join(build.split(".")[:3])
        return next((s.id for s in self.os_skus.os_skus if s.build == short), "")

    def k8s_range(self, sku_id: str) -> tuple[str | None, str | None]:
        """First and last Kubernetes minor of an OS SKU; None where no bound is published."""
        sku = self.sku(sku_id)
        return (sku.k8s_min, sku.k8s_max) if sku is not None else (None, None)

    def windows_skus(self) -> tuple[str, ...]:
        """The Windows OS SKUs in the order of the file, oldest first."""
        return tuple(s.id for s in self.os_skus.os_skus if s.os_type == "Windows")

    @cached_property
    def _builds_of_images(self) -> dict[str, str]:
        return {v.id: v.os_version_prefix for v in self.base_images.os_versions}

    @cached_property
    def _runs(self) -> dict[str, frozenset[str]]:
        builds = self._builds_of_images
        return {
            h.host: frozenset(builds[release] for release in h.runs)
            for h in self.base_images.host_compatibility
        }

    def runs(self, host_sku: str) -> frozenset[str]:
        """The image builds that the nodes of an OS SKU run; empty without a record."""
        sku = self.sku(host_sku)
        return self._runs.get(sku.id if sku else host_sku, frozenset())

    def host_runs(self) -> dict[str, frozenset[str]]:
        """The image builds that a node of a build runs, by the node's three-part build."""
        return {self.build_of(host): runs for host, runs in self._runs.items()}

    def image_os(self, sku_id: str) -> str:
        """What container images call the OS of a Windows OS SKU (`ltsc2022`), empty without."""
        build = self.build_of(sku_id)
        found = (v.id for v in self.base_images.os_versions if v.os_version_prefix == build)
        return next(found, "") if build else ""

    @cached_property
    def _families(self) -> dict[str, tuple[SizeFamily, tuple[str | float, ...]]]:
        return {
            str(size[0]).lower(): (family, size)
            for family in self.vm_sizes.families
            for size in family.sizes
        }

    def vm_size(self, name: str) -> VmSize | None:
        """A VM size by name in any case; None when the table doesn't have it."""
        found = self._families.get(name.lower())
        if found is None:
            return None
        family, (size, vcpus, memory_gb) = found
        return VmSize(
            name=str(size),
            family=family.family,
            vcpus=int(vcpus),
            memory_gb=float(memory_gb),
            generations=family.gen,
            architecture=family.arch,
            max_data_disks=family.data_disks.get(str(size)),
        )

    def vm_generations(self, size: str) -> tuple[str, ...] | None:
        """The generations that a size boots; None when the table doesn't have it."""
        found = self.vm_size(size)
        return found.generations if found is not None else None

    def _family_of(self, size: str) -> SizeFamily | None:
        found = self._families.get(size.lower())
        return found[0] if found is not None else None

    def is_burstable(self, size: str) -> bool:
        """Whether the table has a size in a burstable family."""
        family = self._family_of(size)
        return family is not None and bool(family.burstable)

    def is_nvme_only(self, size: str) -> bool:
        """Whether the table has a size in a family with NVMe disks alone."""
        family = self._family_of(size)
        return family is not None and bool(family.nvme_only)

    def is_confidential(self, size: str) -> bool:
        """Whether the table has a size in a confidential family."""
        family = self._family_of(size)
        return family is not None and bool(family.confidential)

    def limit(self, limit_id: str) -> Limit:
        """A limit by id."""
        return _by_id(self.limits.limits, limit_id)

    def limit_number(self, limit_id: str, key: str) -> int:
        """One number of a limit: `max` of `pool-name-windows-length`."""
        current = self.limit(limit_id).current
        value = current.get(key) if isinstance(current, dict) else None
        invariant(isinstance(value, int), f"limit {limit_id} has a number {key}")
        return int(str(value))

    def limit_table(self, limit_id: str, key: str) -> dict[int, int]:
        """One table of a limit, by number: `by_nodes` of `snat-ports-per-node`."""
        current = self.limit(limit_id).current
        value = current.get(key) if isinstance(current, dict) else None
        invariant(isinstance(value, dict), f"limit {limit_id} has a table {key}")
        return {int(k): v for k, v in value.items()} if isinstance(value, dict) else {}

    def limit_text(self, limit_id: str, key: str) -> str:
        """One word of a limit: `first` of `windows-fips-log-agent`."""
        current = self.limit(limit_id).current
        value = current.get(key) if isinstance(current, dict) else None
        invariant(isinstance(value, str), f"limit {limit_id} has a text {key}")
        return str(value)

    def constraint(self, constraint_id: str) -> Constraint:
        """A constraint by id or alias."""
        return _by_id(self.constraints.constraints, constraint_id)

    def os_change(self, change_id: str) -> OsChange:
        """What a change of the OS changes, by id."""
        return _by_id(self.os_changes.changes, change_id)

    def error(self, code: str, sub: str = "") -> ServiceError | None:
        """A service error by code or alias; `sub` tells those of one code apart."""
        matches = [e for e in self.errors.errors if code == e.code or code in e.aliases]
        exact = [e for e in matches if e.sub == sub]
        return next(iter(exact or matches), None)

    def kubernetes_version(self, minor: str) -> KubernetesVersion | None:
        """A Kubernetes minor (`1.35`); None without a record."""
        versions = self.kubernetes_versions.kubernetes_versions
        return next((v for v in versions if v.version == minor), None)

    def timing(self, timing_id: str) -> Record:
        """A timing by id, of whichever section."""
        found = [e for e in self._entries_of("timings") if e.name == timing_id]
        invariant(len(found) == 1, f"the catalog has one timing {timing_id}")
        return found[0].record

    def _entries_of(self, stem: str) -> tuple[Entry, ...]:
        if stem not in self._entries:
            self._entries[stem] = tuple(entries_of(stem, self.file(stem)))
        return self._entries[stem]

    def records(self) -> Iterator[Entry]:
        """Every record of every file."""
        for stem in FILE_TYPES:
            yield from self._entries_of(stem)

    def record(self, wanted: str) -> Entry:
        """The record of an id, full or short.

        Raises:
            UsageError: no record has it, or several have; it names them.
        """
        stem = wanted.partition("/")[0]
        # A full id names its file: the others need not be read.
        found = find(self._entries_of(stem) if stem in FILE_TYPES else self.records(), wanted)
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(
                f"the catalog has no record {wanted}",
                fix="See all ids with: poolshift catalog list",
                code="PSE301",
            )
        names = ", ".join(e.id for e in found[:8])
        raise UsageError(
            f"{wanted} may mean {len(found)} records of the catalog",
            why=names,
            fix=f"Name one: poolshift catalog show {found[0].id}",
            code="PSE302",
        )


R = TypeVar("R", Limit, Constraint, OsChange)


def _by_id(records: tuple[R, ...], wanted: str) -> R:
    found = [r for r in records if r.id == wanted or wanted in getattr(r, "aliases", ())]
    invariant(len(found) == 1, f"the catalog has one record {wanted}")
    return found[0]
