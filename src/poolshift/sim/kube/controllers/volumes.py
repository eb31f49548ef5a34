"""Claims and volumes: binding, provisioning where the pod goes, protection, and reclaiming."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics.volumes import NO_PROVISIONER, SELECTED_NODE, WAIT, can_make, reaches
from poolshift.semantics.volumes import satisfies as gives
from poolshift.sim.clock import Timer
from poolshift.sim.kube import news
from poolshift.sim.kube.builtin import DISK_DRIVER
from poolshift.sim.kube.claims import ClaimIndex, claims_of
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.disks import volume_for
from poolshift.sim.kube.nodes import DISK_ZONE
from poolshift.sim.kube.objects import (
    Key,
    Object,
    annotations_of,
    key_of,
    terminating,
    with_meta,
    with_spec,
    with_status,
)
from poolshift.sim.kube.plugins import CLAIM_FINALIZER, VOLUME_FINALIZER
from poolshift.sim.kube.resources import CLAIMS, NODES, STORAGE_CLASSES, VOLUMES

if TYPE_CHECKING:
    from poolshift.core.kube import Node
    from poolshift.core.storage import Claim, StorageClass
    from poolshift.semantics.fit import Incoming
    from poolshift.semantics.volumes import Storage
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:persistentvolume-binder"
# Called with an empty text when the claims are bound, else with what went wrong.
Bound = Callable[[str], None]
_TIMED_OUT = 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'


class _Binding(msgspec.Struct):
    """A pod that has a node and waits for its claims."""

    claims: dict[Key, None]
    then: Bound
    timer: Timer | None = None


class Volumes:
    """The persistent volume controller, the provisioner, and the protection of claims."""

    def __init__(self, ctx: Context, recorder: Recorder) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self.index = ClaimIndex(ctx)
        self.attached: Callable[[str], bool] = lambda _: False
        self._bindings: dict[Key, list[_Binding]] = {}
        self._making: dict[Key, str] = {}
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        self.reclaims = WorkQueue(ctx, ctx.timings.controller_s, self._sync_volume)
        ctx.store.listen(CLAIMS, self._claim)
        ctx.store.listen(VOLUMES, self._volume)
        ctx.store.follow_pods(self._pod, news.LEFT, traits=news.MOUNTS)
        ctx.store.listen(STORAGE_CLASSES, lambda _: self._retry())

    @property
    def storage(self) -> Storage:
        """The look-ups that predicates ask for."""
        return self.index.storage

    def bind(self, pod: Incoming, node: str, then: Bound) -> bool:
        """Have a pod's claims bound on a node; False when there is nothing to wait for."""
        open_: dict[Key, None] = {}
        found: Node = self._ctx.store.typed(NODES, ("", node))
        for volume in pod.spec.volumes:
            source = volume.persistent_volume_claim
            name = source.claim_name if source else f"{pod.meta.name}-{volume.name}"
            key = (pod.meta.namespace, name)
            claim = self.index.claim(key) if source or volume.ephemeral is not None else None
            if claim is not None and claim.status.phase == "Pending":
                open_[key] = None
                self._choose(key, claim, found)
        open_ = {k: None for k in open_ if k in self.index.pending}
        if not open_:
            return False
        binding = _Binding(open_, then)
        timeout_s = self._ctx.timings.bind_timeout_s
        binding.timer = self._ctx.clock.after(timeout_s, lambda: self._give_up(binding))
        for key in open_:
            self._bindings.setdefault(key, []).append(binding)
        return True

    def _choose(self, key: Key, claim: Claim, node: Node) -> None:
        """A free volume that the node reaches, or else a note where to make one."""
        name = claim.spec.storage_class_name or ""
        for volume in list(self.index.free(name)):
            if gives(volume, claim, name) and reaches(volume, node):
                self._bind(key, volume.metadata.name)
                return
        raw = self._ctx.store.get(CLAIMS, *key)
        notes = {**annotations_of(raw), SELECTED_NODE: node.metadata.name}
        self._ctx.store.update(CLAIMS, with_meta(raw, annotations=notes), by="controller:scheduler")

    def _give_up(self, binding: _Binding) -> None:
        self._end(binding, _TIMED_OUT)

    def _end(self, binding: _Binding, error: str) -> None:
        """Tell the scheduler how it ended, once."""
        if binding.timer is not None:
            binding.timer.cancel()
        for key in binding.claims:
            others = [b for b in self._bindings.get(key, ()) if b is not binding]
            if others:
                self._bindings[key] = others
            else:
                self._bindings.pop(key, None)
        self._ctx.after(0.0, lambda: binding.then(error))

    def _claim(self, change: Change) -> None:
        key, claim = key_of(change.obj), change.obj
        for binding in list(self._bindings.get(key, ())):
            if change.type == "DELETED":
                self._end(binding, f'persistentvolumeclaim "{key[1]}" not found')
            elif claim["status"].get("phase") == "Bound":
                del binding.claims[key]
                self._bindings[key].remove(binding)
                if not binding.claims:
                    self._end(binding, "")
        self.queue.add(key)
        if volume := (claim.get("spec") or {}).get("volumeName"):
            self.reclaims.add(("", volume))

    def _volume(self, change: Change) -> None:
        self.reclaims.add(key_of(change.obj))
        if change.type == "ADDED":
            self._retry()

    def _retry(self) -> None:
        for key in self.index.pending:
            self.queue.add(key)

    def _pod(self, change: PodChange) -> None:
        """A pod that uses its claims no longer."""
        for key in claims_of(change.obj):
            self.queue.add(key)

    def _sync(self, key: Key) -> None:
        """Bring a claim further: let it go, bind it, or have a volume made for it."""
        claim = self._ctx.store.find(CLAIMS, *key)
        if claim is None:
            return
        if terminating(claim):
            self._let_go(key, claim)
            return
        if claim["status"].get("phase") == "Bound":
            if self.index.volume(claim["spec"]["volumeName"]) is None:
                self._lose(claim)
            return
        typed = self.index.claim(key)
        if typed is not None and typed.status.phase == "Pending" and key not in self._making:
            self._satisfy(key, claim, typed)

    def _let_go(self, key: Key, claim: Object) -> None:
        """A claim that is to go does so when no pod uses it."""
        if self.index.users(key):
            return
        rest = [f for f in claim["metadata"].get("finalizers") or () if f != CLAIM_FINALIZER]
        claim = self._ctx.store.update(CLAIMS, with_meta(claim, finalizers=rest or None), by=BY)
        if not rest:
            self._ctx.store.remove(CLAIMS, key, by=BY)

    def _lose(self, claim: Object) -> None:
        self._ctx.store.update(CLAIMS, with_status(claim, phase="Lost"), by=BY)
        self._tell(
            claim,
            "Warning",
            "ClaimLost",
            "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
        )

    def _satisfy(self, key: Key, claim: Object, typed: Claim) -> None:
        name = typed.spec.storage_class_name or ""
        class_ = self.index.storage_class(name)
        if typed.spec.volume_name:
            wanted = self.index.volume(typed.spec.volume_name)
            if wanted and gives(wanted, typed, name):
                self._bind(key, typed.spec.volume_name)
            return
        selected = typed.metadata.annotations.get(SELECTED_NODE)
        if class_ is not None and class_.volume_binding_mode == WAIT and selected is None:
            text = "waiting for first consumer to be created before binding"
            self._tell(claim, "Normal", "WaitForFirstConsumer", text)
            return
        fitting = (
            [v for v in self.index.free(name) if gives(v, typed, name)] if not selected else []
        )
        if fitting:
            self._bind(key, min(fitting, key=lambda v: v.metadata.name).metadata.name)
        elif not name:
            text = "no persistent volumes available for this claim and no storage class is set"
            self._tell(claim, "Normal", "FailedBinding", text)
        elif class_ is None:
            text = f'storageclass.storage.k8s.io "{name}" not found'
            self._tell(claim, "Warning", "ProvisioningFailed", text)
        elif class_.provisioner != NO_PROVISIONER:
            self._begin(key, claim, class_, selected)

    def _begin(self, key: Key, claim: Object, class_: StorageClass, selected: str | None) -> None:
        """Have the driver make a volume, where the selected node is if there is one."""
        nodes = (
            [selected] if selected else [n["metadata"]["name"] for n in self._ctx.store.all(NODES)]
        )
        zones = sorted(
            {
                found.metadata.labels.get(DISK_ZONE, "")
                for name in nodes
                if (found := self._ctx.store.typed(NODES, ("", name))) and can_make(class_, found)
            }
        )
        zone = zones[zlib.crc32(key[1].encode()) % len(zones)] if zones else ""
        uid = claim["metadata"]["uid"]
        self._making[key] = uid
        who = class_.provisioner
        text = (
            f"Waiting for a volume to be created either by the external provisioner '{who}' or "
            "manually by the system administrator. If volume creation is delayed, please verify "
            "that the provisioner is running and correctly registered."
        )
        self._tell(claim, "Normal", "ExternalProvisioning", text)
        text = f'External provisioner is provisioning volume for claim "{"/".join(key)}"'
        self._tell(claim, "Normal", "Provisioning", text, source=who)
        self._ctx.after(
            self._ctx.timings.provision_s, lambda: self._made(key, uid, class_, zone, zones)
        )

    def _made(self, key: Key, uid: str, class_: StorageClass, zone: str, zones: list[str]) -> None:
        """The volume is there: register it and bind the claim to it."""
        self._making.pop(key, None)
        claim = self._ctx.store.find(CLAIMS, *key)
        if claim is None or claim["metadata"]["uid"] != uid:
            return
        zonal = class_.provisioner == DISK_DRIVER
        anywhere = "ZRS" in next(
            (v for k, v in class_.parameters.items() if k.lower() == "skuname"), ""
        )
        reached = (zones if anywhere else [zone]) if zonal else []
        volume = volume_for(claim, class_, reached, self._ctx.now())
        self._ctx.store.create(VOLUMES, with_meta(volume, uid=self._ctx.ids.uid()), by=BY)
        name = volume["metadata"]["name"]
        text = f"Successfully provisioned volume {name}"
        self._tell(claim, "Normal", "ProvisioningSucceeded", text, source=class_.provisioner)
        self._bind(key, name)

    def _bind(self, key: Key, name: str) -> None:
        """Tie a claim and a volume to each other."""
        claim, volume = self._ctx.store.get(CLAIMS, *key), self._ctx.store.get(VOLUMES, "", name)
        ref = {
            "kind": "PersistentVolumeClaim",
            "namespace": key[0],
            "name": key[1],
            "uid": claim["metadata"]["uid"],
            "apiVersion": "v1",
            "resourceVersion": claim["metadata"]["resourceVersion"],
        }
        volume = with_status(with_spec(volume, claimRef=ref), phase="Bound")
        self._ctx.store.update(VOLUMES, volume, by=BY)
        notes = {**annotations_of(claim), "pv.kubernetes.io/bind-completed": "yes"}
        if not claim["spec"].get("volumeName"):
            notes["pv.kubernetes.io/bound-by-controller"] = "yes"
        claim = with_spec(with_meta(claim, annotations=notes), volumeName=name)
        spec = volume["spec"]
        claim = with_status(
            claim, phase="Bound", accessModes=spec["accessModes"], capacity=spec["capacity"]
        )
        self._ctx.store.update(CLAIMS, claim, by=BY)

    def _sync_volume(self, key: Key) -> None:
        """Keep a volume's phase, and reclaim it when its claim has gone."""
        volume = self._ctx.store.find(VOLUMES, *key)
        if volume is None:
            return
        ref = volume["spec"].get("claimRef")
        claim = self._ctx.store.find(CLAIMS, ref["namespace"], ref["name"]) if ref else None
        taken = bool(ref and ref.get("uid"))
        if taken and (claim is None or claim["metadata"]["uid"] != ref["uid"]):
            volume = self._phase(volume, "Released")
            if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
                self._reclaim(key, volume)
        elif not taken:
            volume = self._phase(volume, "Available")
        if terminating(volume) and volume["status"]["phase"] != "Bound":
            self._drop(key, volume)

    def _phase(self, volume: Object, phase: str) -> Object:
        return self._ctx.store.update(VOLUMES, with_status(volume, phase=phase), by=BY)

    def _reclaim(self, key: Key, volume: Object) -> None:
        """Delete a volume and its disk; a disk that is still attached cannot be deleted yet."""
        if self.attached(key[1]):
            name = key[1]
            text = f"disk({name}) already attached to node, could not be deleted"
            self._tell(volume, "Warning", "VolumeFailedDelete", text, source=DISK_DRIVER)
            self.reclaims.add_after(key, self._ctx.timings.disk_detach_s)
            return
        self._ctx.after(self._ctx.timings.disk_delete_s, lambda: self._drop(key, volume))

    def _drop(self, key: Key, volume: Object) -> None:
        current = self._ctx.store.find(VOLUMES, *key)
        if current is None or current["metadata"]["uid"] != volume["metadata"]["uid"]:
            return
        rest = [f for f in current["metadata"].get("finalizers") or () if f != VOLUME_FINALIZER]
        if rest:
            self._ctx.store.update(VOLUMES, with_meta(current, finalizers=rest), by=BY)
        else:
            self._ctx.store.remove(VOLUMES, key, by=BY)

    def _tell(
        self,
        about: Object,
        type_: str,
        reason: str,
        message: str,
        source: str = "persistentvolume-controller",
    ) -> None:
        self._recorder.record(about, type_=type_, reason=reason, message=message, source=source)
