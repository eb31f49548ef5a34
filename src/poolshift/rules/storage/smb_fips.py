"""PSK266: SMB shares mounted by nodes that run with FIPS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import VOLUME_AREAS
from poolshift.rules.images.uses import users_evidence
from poolshift.rules.interface import Rule
from poolshift.semantics.host import share_of, share_of_inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context

_REQUIRED, _BY_DEFAULT = "required", "on by default"


class SmbOnFips(Rule):
    """Workloads mount SMB shares, and the new nodes run with FIPS.

    What it finds:
        A Windows pool to move without enableFIPS, whose workloads mount SMB shares, Azure Files
        among them, for a target that runs with FIPS. One finding for each StorageClass.

    Why it matters:
        FIPS turns ways of signing in to SMB off. A mount that works today may fail on the new
        nodes, for all pods of that class at once.

    How it is decided:
        By the driver of the volumes and the volumes of templates, what the catalog says of FIPS on
        the target, and the pool's flag. Nodes of Windows Server 2022 run with FIPS by default
        already, whatever the flag says: from there it is information.

    What to do:
        Mount one share of each class from one pod on a new node before the others move.

    Example:
        Claims of the class azurefile-csi on a Windows2019 pool that moves to Windows2022.
    """

    id = "PSK266"
    name = "smb-on-fips"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/fips-smb",
        "os_changes/changes/ws2025-fips-locked",
        "constraints/constraints/windows2022-fips-already-on",
    )
    pains = ("B10", "M18")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the shares of each pool to move, by class."""
        asked = False
        for pool, to in context.moving_windows:
            if pool.fips or not _runs_fips(context, to):
                continue
            asked = True
            already = _runs_fips(context, pool.os_sku)
            for class_, users in sorted(_shares(context, pool).items()):
                named = f"of the class {class_}" if class_ else "without a class"
                yield self.finding(
                    f"pool/{pool.name}",
                    severity=Severity.INFO if already else None,
                    what=f"its workloads mount SMB shares {named}, and {to} nodes run with FIPS",
                    why="FIPS turns ways of signing in to SMB off"
                    + ("; today's nodes run with it by default already" if already else ""),
                    fix="Mount one such share from one pod on a new node before the others move",
                    evidence=(
                        Evidence(f"pools/{pool.name}/fips", "false"),
                        Evidence("storageClassName", class_ or "none"),
                        users_evidence(tuple(users)),
                    ),
                )
        if asked:
            yield from self.unread(context, *VOLUME_AREAS)


def _runs_fips(context: Context, sku: str) -> bool:
    """Whether all nodes of an OS SKU run with FIPS, whatever their flag says."""
    found = context.catalog.sku(sku)
    said = found.fips if found is not None else ""
    return said == _REQUIRED or said.startswith(_BY_DEFAULT)


def _shares(context: Context, pool: PoolFacts) -> dict[str, list[WorkloadFacts]]:
    """Who mounts SMB shares, by StorageClass; the empty name stands for shares without one."""
    found: dict[str, list[WorkloadFacts]] = {}
    index = context.index
    for workload in index.workloads_by_pool.get(pool.name, ()):
        classes = set()
        for volume in index.volumes_of(workload):
            class_ = index.storage_classes.get(volume.storage_class)
            if share_of(volume, class_.protocol if class_ else "") is not None:
                classes.add(volume.storage_class)
        if any(share_of_inline(v) is not None for v in workload.template.spec.volumes):
            classes.add("")
        for name in classes:
            found.setdefault(name, []).append(workload)
    return found
