"""Pods as the store keeps them: what everybody asks of a pod is read once a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.kube import news

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Key, Object

FINISHED = ("Succeeded", "Failed")
_MOUNTED = ("persistentVolumeClaim", "ephemeral", "azureFile")
_NO_LABELS: dict[str, str] = {}
_END = ("deletionTimestamp", "deletionGracePeriodSeconds")


class PodObject(dict[str, Any]):
    """A stored pod: a plain dict that has read out once what everybody keeps asking of it.

    Attributes:
        news: what is new in this version, as the flags of `news`.
        traits: what it is, as the further flags of `news`.
        mounts: the volumes of its spec that must be attached or mounted from elsewhere.
    """

    __slots__ = (
        "finished",
        "ip",
        "key",
        "labels",
        "mounts",
        "news",
        "node",
        "owner",
        "phase",
        "ready",
        "terminating",
        "traits",
        "uid",
    )

    key: Key
    uid: str
    node: str
    mounts: tuple[Object, ...]
    labels: dict[str, str]
    owner: Object | None
    terminating: bool
    phase: str
    finished: bool
    ready: bool
    ip: str | None
    news: int
    traits: int

    def __init__(self, pod: Object, meta: Object, prev: PodObject | None = None) -> None:
        super().__init__(pod)
        self["metadata"] = meta
        if prev is None:
            self.key = (meta["namespace"], meta["name"])
            self.uid = meta["uid"]
            self.news = news.ANY & ~news.DELETED
            self._read_spec(pod["spec"])
            self._read_meta(meta)
            self._read_status(pod.get("status", {}))
            self.traits = self._judge()
            return
        # Every write of every pod comes by here: only parts that are others than before are read.
        self.key = prev.key
        self.uid = prev.uid
        self.news = news.OTHER
        self.traits = prev.traits
        if pod["spec"] is prev["spec"]:
            self.node, self.mounts = prev.node, prev.mounts
        else:
            self._read_spec(pod["spec"], prev)
            self.news |= news.SPEC | (news.BOUND if self.node != prev.node else 0)
        if pod["status"] is prev["status"]:
            self.phase, self.finished = prev.phase, prev.finished
            self.ready, self.ip = prev.ready, prev.ip
        else:
            self._read_status(pod["status"])
            self._compare_status(prev)
        if pod["metadata"] is prev["metadata"]:
            self.terminating, self.labels, self.owner = prev.terminating, prev.labels, prev.owner
        else:
            self._read_meta(meta, prev)
        if self.owner is not prev.owner or self.mounts is not prev.mounts:
            self.traits = self._judge()

    def _judge(self) -> int:
        owned = news.OWNED.get(self.owner["kind"], 0) if self.owner else 0
        ends = self["spec"].get("restartPolicy", "Always") != "Always"
        return owned | (news.ENDS if ends else 0) | (news.MOUNTS if self.mounts else 0)

    def _read_spec(self, spec: Object, prev: PodObject | None = None) -> None:
        self.node = spec.get("nodeName", "")
        volumes = spec.get("volumes")
        if prev is not None and volumes is prev["spec"].get("volumes"):
            self.mounts = prev.mounts
            return
        self.mounts = tuple(v for v in volumes or () if not v.keys().isdisjoint(_MOUNTED))

    def _read_status(self, status: Object) -> None:
        self.phase = status.get("phase", "")
        self.finished = self.phase in FINISHED
        self.ip = status.get("podIP")
        self.ready = False
        for condition in status.get("conditions") or ():
            if condition["type"] == "Ready":
                self.ready = condition["status"] == "True"
                return

    def _compare_status(self, prev: PodObject) -> None:
        if self.ready != prev.ready:
            self.news |= news.READY
        if self.phase != prev.phase:
            self.news |= news.PHASE
            if self.finished != prev.finished:
                self.news |= news.FINISHED
        if self.ip != prev.ip:
            self.news |= news.ADDRESS

    def _read_meta(self, meta: Object, prev: PodObject | None = None) -> None:
        deleted = meta.get("deletionTimestamp")
        labels, owners = meta.get("labels"), meta.get("ownerReferences")
        self.terminating = deleted is not None
        if prev is None:
            self.labels, self.owner = labels or _NO_LABELS, controller_in(meta)
            return
        old = prev["metadata"]
        if deleted is not None and (
            not prev.terminating or any(meta.get(name) != old.get(name) for name in _END)
        ):
            self.news |= news.ENDING
        # Equal labels stay the same object: by that pods are known to share them.
        self.labels = prev.labels
        if labels is not old.get("labels") and (labels or _NO_LABELS) != prev.labels:
            self.labels = labels or _NO_LABELS
            self.news |= news.LABELS
        if owners is old.get("ownerReferences"):
            self.owner = prev.owner
        else:
            self.owner = controller_in(meta)
            self.news |= news.OWNERS if owners != old.get("ownerReferences") else 0


def controller_in(meta: Object) -> Object | None:
    """The owner that controls an object, by its metadata."""
    for ref in meta.get("ownerReferences") or ():
        if ref.get("controller"):
            found: Object = ref
            return found
    return None
