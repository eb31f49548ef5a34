"""The machine under a node: what it pulls and how long that takes, and its pods' addresses."""

from __future__ import annotations

import heapq
import socket
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.images import SimPlatform
from poolshift.sim.kube import builds
from poolshift.sim.kube.imagecache import ImageCache

if TYPE_CHECKING:
    from poolshift.sim.kube.builds import Refusal
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.nodes import NodeSeed

# Pod addresses of nodes that bring none: a block of 256 for every node that ever was.
POD_RANGE = IPv4Network("10.128.0.0/10")
_BLOCK = 256


class Pull(msgspec.Struct, frozen=True):
    """An image on its way: the platform chosen, when it is there, what had to be fetched."""

    platform: SimPlatform
    at: float
    fetched_bytes: int


class Machine:
    """One node's images, its pull queue, and its build.

    Pulls of a node go one after the other, as kubelets do by default; a layer is fetched once.

    Attributes:
        silent: whether its kubelet does not answer.
    """

    def __init__(self, ctx: Context, seed: NodeSeed, ordinal: int) -> None:
        self._ctx = ctx
        self.seed = seed
        self.silent = False
        self.host = builds.host_of(seed, ctx.host_runs)
        base = seed.pod_base
        self._first_address = (
            int(IPv4Address(base)) if base else int(POD_RANGE[ordinal * _BLOCK]) + 1
        )
        self._cache = ImageCache(seed.cached_bases, windows=seed.windows)
        self._busy_until = 0.0
        self._addresses: dict[str, int] = {}
        self._free: list[int] = []
        self._held: dict[str, tuple[str, ...]] = {}

    @property
    def windows(self) -> bool:
        """Whether it runs Windows."""
        return self.seed.windows

    @property
    def images(self) -> dict[str, int]:
        """Compressed sizes of the images that are here, by reference."""
        return self._cache.images

    def address(self, uid: str) -> str:
        """A pod's address, the lowest free one of the node's own block."""
        slot = self._addresses.get(uid)
        if slot is None:
            slot = self._lowest_slot()
            self._addresses[uid] = slot
        return socket.inet_ntoa((self._first_address + slot - 1).to_bytes(4))

    def _lowest_slot(self) -> int:
        if not self._free:
            return len(self._addresses) + 1
        return heapq.heappop(self._free)

    def release(self, uid: str) -> None:
        """A pod is gone: its address is free, its images are used by one less."""
        slot = self._addresses.pop(uid, None)
        if slot is not None:
            heapq.heappush(self._free, slot)
        for ref in self._held.pop(uid, ()):
            self._cache.hold(ref, -1)

    def forget_images(self) -> None:
        """The machine goes, and what was on it."""
        for ref in self.images:
            self._forget(ref)

    def _forget(self, ref: str) -> None:
        nodes = self._ctx.image_nodes.get(ref, {})
        nodes.pop(self.seed.name, None)
        if not nodes:
            self._ctx.image_nodes.pop(ref, None)

    def pull(self, uid: str, ref: str, *, always: bool) -> Pull | Refusal:
        """Start to fetch an image for a pod, or say why it cannot be had.

        An image that is here is not asked for again, unless the pod always wants the newest.
        """
        here = self._cache.platform(ref)
        if here is not None and not always:
            return self._taken(uid, ref, here, fetched=0)
        image = self._ctx.images.find(ref)
        if image is None:
            return builds.no_image(ref)
        platform = builds.chosen(self.host, image)
        if platform is None:
            return builds.no_platform(self.host, ref)
        now = self._ctx.clock.t
        size = self._cache.missing_bytes(platform)
        at = self._cache.there_at(platform, now)
        if ref not in self.images or size:
            throttled = self._ctx.registries.refusal(ref, now)
            if throttled is not None:
                return throttled
            at = max(at, self._fetched_at(ref, size, now) + self._ctx.delay(self._unpack_s()))
        self._cache.put(ref, platform, at)
        self._ctx.image_nodes.setdefault(ref, {})[self.seed.name] = platform.size_bytes
        return self._taken(uid, ref, platform, fetched=size)

    def _taken(self, uid: str, ref: str, platform: SimPlatform, *, fetched: int) -> Pull:
        """The image for a pod, which waits until it is all here."""
        at = self._cache.ready_at(ref, self._ctx.clock.t)
        self._hold(uid, ref)
        return Pull(platform, at, fetched)

    def _fetched_at(self, ref: str, size: int, now: float) -> float:
        """When the missing layers are here: by the node's own line, its queue, the registry's."""
        begin = max(self._busy_until, now)
        timings = self._ctx.timings
        duration = timings.registry_answer_s + timings.pull_s(size, windows=self.windows)
        own = begin + self._ctx.delay(duration)
        sent = self._ctx.registries.sent_at(ref, size, begin) if not self._ctx.warming else own
        self._busy_until = max(own, sent)
        return self._busy_until

    def _unpack_s(self) -> float:
        """How long an image that is new here takes to be laid down for its first container."""
        return self._ctx.timings.windows_first_start_s if self.windows else 0.0

    def _hold(self, uid: str, ref: str) -> None:
        held = self._held.get(uid, ())
        if ref not in held:
            self._held[uid] = (*held, ref)
            self._cache.hold(ref, 1)

    def collect(self) -> tuple[str, ...]:
        """Images dropped because the disk was too full."""
        if not self._cache.full:
            return ()
        dropped = self._cache.collect()
        for ref in dropped:
            self._forget(ref)
        return dropped

    def refusal_to_run(self, platform: SimPlatform, *, host_process: bool) -> Refusal | None:
        """Why the container of a pulled image does not start; None when it does."""
        return builds.refusal_to_run(self.host, platform, host_process=host_process)
