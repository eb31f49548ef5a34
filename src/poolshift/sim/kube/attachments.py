"""Disks on nodes: one node at a time, attached before a pod starts, detached after it has gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.kube import news
from poolshift.sim.kube.builtin import DISK_DRIVER
from poolshift.sim.kube.claims import claims_of
from poolshift.sim.kube.objects import Key, Object, key_of, node_of, terminating
from poolshift.sim.kube.resources import NODES, PODS

if TYPE_CHECKING:
    from poolshift.core.storage import PersistentVolume
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.controllers.volumes import Volumes
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change, PodChange

CONTROLLER = "attachdetach-controller"
_EXCLUSIVE = "Volume is already exclusively attached to one node and can't be attached to another"

Then = Callable[[], None]
# Why a share or a disk cannot be mounted by a pod on its node; empty when it can.
MountError = Callable[[Object, str, str], str]


class _Disk(msgspec.Struct):
    """Where a disk is, which pods have it there, and which wait for it elsewhere."""

    node: str = ""
    ready: bool = False
    leaving: bool = False
    users: dict[Key, Then | None] = {}
    waiters: dict[Key, tuple[str, Then]] = {}


class Attachments:
    """What stands between a bound pod and its sandbox.

    Attributes:
        mount_error: asked before a volume is mounted, with the pod, the driver and the node; what
            it says is reported as FailedMount and asked again with growing pauses.
    """

    def __init__(self, ctx: Context, recorder: Recorder, volumes: Volumes) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self._volumes = volumes
        self.mount_error: MountError = lambda pod, driver, node: ""
        self._disks: dict[str, _Disk] = {}
        self._held: dict[str, tuple[str, ...]] = {}
        volumes.attached = lambda name: name in self._disks
        ctx.store.follow_pods(self._pod, news.LEFT, traits=news.MOUNTS)
        ctx.store.listen(NODES, self._node)

    def wait_for(self, pod: Object, then: Then) -> None:
        """Go on with a pod once all its volumes are attached and mounted."""
        shares = any("azureFile" in volume for volume in pod["spec"]["volumes"])
        claims = claims_of(pod)
        if not claims and not shares:
            then()
            return
        found = [self._volume_of(claim) for claim in claims]
        missing = [key[1] for key, volume in zip(claims, found, strict=True) if volume is None]
        if missing:
            text = f'persistentvolumeclaim "{missing[0]}" not found'
            self._again(pod, text, lambda current: self.wait_for(current, then), attempt=0)
            return
        volumes = [volume for volume in found if volume is not None]
        drivers = {_driver(volume) for volume in volumes} | ({"smb"} if shares else set())
        disks = sorted({v.metadata.name for v in volumes if _attachable(v)})
        waiting = dict.fromkeys(disks)
        self._held[pod["metadata"]["uid"]] = tuple(disks)

        def attached(name: str) -> None:
            waiting.pop(name, None)
            if not waiting:
                self._mount(key_of(pod), pod["metadata"]["uid"], sorted(drivers), then)

        for name in disks:
            self._ask(name, pod, lambda name=name: attached(name))  # type: ignore[misc]
        if not disks:
            mount_s = self._ctx.timings.share_mount_s
            self._ctx.after(mount_s, lambda: attached(""))

    def _volume_of(self, claim: Key) -> PersistentVolume | None:
        found = self._volumes.index.claim(claim)
        if found is None or found.status.phase != "Bound":
            return None
        return self._volumes.index.volume(found.spec.volume_name)

    def _ask(self, name: str, pod: Object, then: Then) -> None:
        """Give a disk to a pod's node: at once, when it comes, or when others let it go."""
        key, node = key_of(pod), node_of(pod)
        disk = self._disks.setdefault(name, _Disk())
        if disk.node and (disk.node != node or disk.leaving):
            disk.waiters[key] = (node, then)
            if disk.node != node:
                self._report_taken(name, disk, pod)
            return
        disk.users[key] = None if disk.ready else then
        if disk.ready:
            then()
        elif not disk.node:
            disk.node = node
            self._ctx.after(
                self._ctx.timings.disk_attach_s, lambda: self._attached(name, disk, node)
            )

    def _attached(self, name: str, disk: _Disk, node: str) -> None:
        if self._disks.get(name) is not disk or disk.node != node:
            return
        disk.ready = True
        for key, then in list(disk.users.items()):
            disk.users[key] = None
            pod = self._ctx.store.find(PODS, *key)
            if pod is not None and then is not None:
                text = f'AttachVolume.Attach succeeded for volume "{name}"'
                self._event(pod, "Normal", "SuccessfulAttachVolume", text, CONTROLLER)
                then()
        self._let_go(name, disk)

    def _report_taken(self, name: str, disk: _Disk, pod: Object) -> None:
        """Say who has the disk: pods of other namespaces are only counted."""
        namespace = key_of(pod)[0]
        near = [key[1] for key in disk.users if key[0] == namespace]
        far = len(disk.users) - len(near)
        said = _EXCLUSIVE
        if near:
            said = f"Volume is already used by pod(s) {', '.join(near)}"
            said += f" and {far} pod(s) in different namespaces" if far else ""
        elif far:
            said = f"Volume is already used by {far} pod(s) in different namespaces"
        text = f'Multi-Attach error for volume "{name}" {said}'
        self._event(pod, "Warning", "FailedAttachVolume", text, CONTROLLER)

    def _pod(self, change: PodChange) -> None:
        """A pod that needs its disks no longer."""
        for name in self._held.pop(change.obj.uid, ()):
            disk = self._disks.get(name)
            if disk is not None:
                disk.users.pop(change.obj.key, None)
                disk.waiters.pop(change.obj.key, None)
                self._let_go(name, disk)

    def _node(self, change: Change) -> None:
        """A machine that is deleted lets its disks go."""
        if change.type == "DELETED":
            gone = change.obj["metadata"]["name"]
            for name, disk in list(self._disks.items()):
                if disk.node == gone:
                    disk.users.clear()
                    disk.ready = True
                    self._let_go(name, disk)

    def _let_go(self, name: str, disk: _Disk) -> None:
        """Detach a disk that no pod has any more."""
        if disk.ready and not disk.users and not disk.leaving:
            disk.leaving = True
            self._ctx.after(self._ctx.timings.disk_detach_s, lambda: self._detached(name, disk))

    def _detached(self, name: str, disk: _Disk) -> None:
        """The disk is free: whoever waited longest gets it."""
        del self._disks[name]
        for key, (node, then) in disk.waiters.items():
            pod = self._ctx.store.find(PODS, *key)
            if pod is not None and node_of(pod) == node and not terminating(pod):
                self._ask(name, pod, then)

    def _mount(self, key: Key, uid: str, drivers: list[str], then: Then, attempt: int = 0) -> None:
        pod = self._ctx.store.find(PODS, *key)
        if pod is None or pod["metadata"]["uid"] != uid or terminating(pod):
            return
        for driver in drivers:
            if said := self.mount_error(pod, driver, node_of(pod)):
                again = lambda _: self._mount(key, uid, drivers, then, attempt + 1)  # noqa: E731
                self._again(pod, said, again, attempt)
                return
        then()

    def _again(
        self, pod: Object, said: str, action: Callable[[Object], None], attempt: int
    ) -> None:
        """Report what is in the way, and look again after a pause."""
        self._event(pod, "Warning", "FailedMount", said, "kubelet", node_of(pod))
        pause_s = self._ctx.timings.pause_s(attempt)
        key, uid = key_of(pod), pod["metadata"]["uid"]

        def retry() -> None:
            current = self._ctx.store.find(PODS, *key)
            if current is not None and current["metadata"]["uid"] == uid:
                action(current)

        self._ctx.clock.after(pause_s, retry, periodic=True)

    def _event(
        self, pod: Object, type_: str, reason: str, text: str, source: str, host: str = ""
    ) -> None:
        self._recorder.record(
            pod, type_=type_, reason=reason, message=text, source=source, host=host
        )


def _driver(volume: PersistentVolume) -> str:
    return volume.spec.csi.driver if volume.spec.csi else ""


def _attachable(volume: PersistentVolume) -> bool:
    """Whether a volume is a disk that one node has at a time."""
    many = "ReadWriteMany" in volume.spec.access_modes
    return _driver(volume) == DISK_DRIVER and not many
