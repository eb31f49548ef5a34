"""PSW124: a size whose disks are NVMe only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.arm import VmSize
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_NVME, _SCSI = "NVMe", "SCSI"


class NvmeOnly(Rule):
    """The pool's size has only an NVMe disk controller, so the node image must bring the driver.

    What it finds:
        A Windows pool to move whose size knows no other disk controller than NVMe.

    Why it matters:
        Drive letters and disk names are found in another way; agents and scripts that look for
        SCSI disks find none.

    How it is decided:
        By DiskControllerTypes of the size as the service says it, else by the catalog's table.

    What to do:
        Try one node, and what looks for disks on it, first.

    Example:
        Standard_D4ds_v6.
    """

    id = "PSW124"
    name = "nvme-only-size"
    severity = Severity.INFO
    sources = ("constraints/constraints/nvme-only-sizes",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the size of each Windows pool to move."""
        for pool, to in context.moving_windows:
            size = context.size_of(pool.vm_size)
            if size is None or not _nvme_only(context, size):
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"{pool.vm_size} has NVMe disks only",
                why=context.catalog.constraint("nvme-only-sizes").statement,
                fix=f"Try one {to} node and the agents that look for disks: az aks nodepool add "
                f"{context.pool_arguments('NAME')} --os-type Windows --os-sku {to} "
                f"--node-vm-size {pool.vm_size} --node-count 1",
                evidence=(
                    Evidence(f"pools/{pool.name}/vm_size", pool.vm_size),
                    Evidence("DiskControllerTypes", ",".join(size.disk_controllers) or _NVME),
                ),
            )


def _nvme_only(context: Context, size: VmSize) -> bool:
    if size.disk_controllers:
        return _SCSI not in size.disk_controllers
    return context.catalog.is_nvme_only(size.name)
