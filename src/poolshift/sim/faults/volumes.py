"""Faults of volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.faults.fault import retimed
from poolshift.sim.kube.disturbances import places_of

if TYPE_CHECKING:
    from poolshift.sim.faults.fault import End
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.world import World

_SHARES = ("file.csi.azure.com", "smb")
_NOT_MAPPED = (
    'MountVolume.MountDevice failed for volume "{volume}" : rpc error: code = Internal desc = '
    'NewSmbGlobalMapping failed. output: "", err: exit status 0xc0000142'
)


def slow_detach(world: World, target: str, factor: float) -> End:
    """Machines let disks go so many times slower."""
    return retimed(world, disk_detach_s=world.kube.ctx.timings.disk_detach_s * factor)


def mount_fails(world: World, place: str, value: float) -> End:
    """Shares cannot be mounted on a node, or on the nodes of a build."""
    attachments = world.kube.attachments
    before = attachments.mount_error

    def said(pod: Object, driver: str, node: str) -> str:
        machine = world.kube.kubelets.machines.get(node)
        if driver in _SHARES and machine is not None and place in places_of(machine.seed):
            return _NOT_MAPPED.format(volume=pod["metadata"]["name"])
        return before(pod, driver, node)

    attachments.mount_error = said

    def end() -> None:
        attachments.mount_error = before

    return end
