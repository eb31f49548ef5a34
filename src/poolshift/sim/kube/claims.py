"""Look-ups over claims, volumes and classes, and which pods use which claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.volumes import Storage
from poolshift.sim.kube import news
from poolshift.sim.kube.objects import Key, Object, key_of, node_of
from poolshift.sim.kube.resources import CLAIMS, STORAGE_CLASSES, VOLUMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.storage import Claim, PersistentVolume, StorageClass
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.store import Change, PodChange

_NEWS = news.ADDED | news.BOUND | news.LEFT


def claims_of(pod: Object) -> list[Key]:
    """The keys of the claims that a pod uses; an ephemeral one is named after the pod."""
    namespace, name = key_of(pod)
    found = []
    for volume in pod["spec"].get("volumes") or ():
        if source := volume.get("persistentVolumeClaim"):
            found.append((namespace, source["claimName"]))
        elif "ephemeral" in volume:
            found.append((namespace, f"{name}-{volume['name']}"))
    return found


class ClaimIndex:
    """Which bound pods use a claim, which volumes are free, which claims wait."""

    def __init__(self, ctx: Context) -> None:
        self._store = ctx.store
        self._users: dict[Key, dict[Key, str]] = {}
        self._free: dict[str, dict[str, None]] = {}
        self.pending: dict[Key, None] = {}
        ctx.store.follow_pods(self._pod, _NEWS, traits=news.MOUNTS)
        ctx.store.listen(VOLUMES, self._volume)
        ctx.store.listen(CLAIMS, self._claim)

    @property
    def storage(self) -> Storage:
        """The look-ups that predicates ask for."""
        return Storage(
            claim=lambda namespace, name: self.claim((namespace, name)),
            volume=self.volume,
            storage_class=self.storage_class,
            unbound=self.free,
            users=lambda namespace, name: self.users((namespace, name)).values(),
        )

    def claim(self, key: Key) -> Claim | None:
        """A claim."""
        found: Claim | None = self._store.typed(CLAIMS, key)
        return found

    def volume(self, name: str) -> PersistentVolume | None:
        """A volume."""
        found: PersistentVolume | None = self._store.typed(VOLUMES, ("", name))
        return found

    def storage_class(self, name: str | None) -> StorageClass | None:
        """A class; none for a claim that wants volumes without one."""
        found: StorageClass | None = (
            self._store.typed(STORAGE_CLASSES, ("", name)) if name else None
        )
        return found

    def free(self, class_name: str) -> Iterator[PersistentVolume]:
        """The volumes of a class that no claim has."""
        for name in self._free.get(class_name, ()):
            if volume := self.volume(name):
                yield volume

    def users(self, claim: Key) -> dict[Key, str]:
        """The pods that use a claim and are bound to a node, with that node."""
        return self._users.get(claim, {})

    def _pod(self, change: PodChange) -> None:
        pod = change.obj
        gone = change.type == "DELETED" or pod.finished
        for claim in claims_of(pod):
            if gone:
                users = self._users.get(claim, {})
                users.pop(key_of(pod), None)
                if not users:
                    self._users.pop(claim, None)
            elif node_of(pod):
                self._users.setdefault(claim, {})[key_of(pod)] = node_of(pod)

    def _volume(self, change: Change) -> None:
        name, spec = change.obj["metadata"]["name"], change.obj["spec"]
        group = self._free.setdefault(spec.get("storageClassName", ""), {})
        phase = (change.obj.get("status") or {}).get("phase")
        if change.type == "DELETED" or phase in ("Bound", "Released", "Failed"):
            group.pop(name, None)
        else:
            group[name] = None

    def _claim(self, change: Change) -> None:
        phase = (change.obj.get("status") or {}).get("phase")
        if change.type == "DELETED" or phase != "Pending":
            self.pending.pop(key_of(change.obj), None)
        else:
            self.pending[key_of(change.obj)] = None
