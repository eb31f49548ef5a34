"""The images on a node's disk: shared layers, and the kubelet's image garbage collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.sim.images import SimPlatform

_GB = 1_000_000_000
# The size of AKS' OS disks, and what the OS, its page file and the bases of the node image take
# of it: an assumption.
DISK_BYTES = 128 * _GB
WINDOWS_TAKEN_BYTES = 55 * _GB
LINUX_TAKEN_BYTES = 25 * _GB
# How much larger layers are on disk than on the wire: an assumption.
UNPACKED = 2.2
# The kubelet's own defaults of imageGCHighThresholdPercent and imageGCLowThresholdPercent.
HIGH, LOW = 0.85, 0.80


class ImageCache:
    """Images and layers of one node.

    Attributes:
        images: compressed size by reference, for the scheduler's image locality.
    """

    def __init__(self, bases: tuple[str, ...], *, windows: bool) -> None:
        self._bases = frozenset(bases)
        self._taken = WINDOWS_TAKEN_BYTES if windows else LINUX_TAKEN_BYTES
        self._there: dict[str, float] = {}
        self._users: dict[str, int] = {}
        self._platforms: dict[str, SimPlatform] = {}
        self._used_at: dict[str, float] = {}
        self._laid_at: dict[str, float] = {}
        self._pods: dict[str, int] = {}
        self.images: dict[str, int] = {}

    def platform(self, ref: str) -> SimPlatform | None:
        """What a reference is here, whatever its tag means in the registry by now."""
        return self._platforms.get(ref)

    def missing_bytes(self, platform: SimPlatform) -> int:
        """Compressed bytes that are neither here nor on their way."""
        return sum(
            layer.size_bytes
            for layer in platform.layers
            if layer.digest not in self._there and layer.base not in self._bases
        )

    def there_at(self, platform: SimPlatform, now: float) -> float:
        """When the last of the layers that are on their way is here."""
        return max([now, *(self._there.get(layer.digest, now) for layer in platform.layers)])

    def ready_at(self, ref: str, now: float) -> float:
        """When an image is laid down; its use is what keeps it from being collected."""
        at = max(now, self._laid_at[ref])
        self._used_at[ref] = at
        return at

    def put(self, ref: str, platform: SimPlatform, at: float) -> None:
        """An image whose last layer is here at `at`."""
        if self._platforms.get(ref) is platform:
            self._used_at[ref] = at
            return
        if ref in self.images:
            self._drop(ref)
        self._used_at[ref] = self._laid_at[ref] = at
        self.images[ref] = platform.size_bytes
        self._platforms[ref] = platform
        for layer in platform.layers:
            if layer.base in self._bases:
                continue
            self._there.setdefault(layer.digest, at)
            if not self._users.get(layer.digest):
                self._taken += int(layer.size_bytes * UNPACKED)
            self._users[layer.digest] = self._users.get(layer.digest, 0) + 1

    def hold(self, ref: str, count: int) -> None:
        """So many more (or fewer) containers use an image."""
        self._pods[ref] = self._pods.get(ref, 0) + count

    @property
    def full(self) -> bool:
        """Whether the disk is fuller than the kubelet lets it be."""
        return self._taken > HIGH * DISK_BYTES

    def collect(self) -> tuple[str, ...]:
        """Drop images that no container uses, the longest unused first, down to the low mark."""
        dropped: list[str] = []
        for ref in sorted(self.images, key=lambda ref: (self._used_at[ref], ref)):
            if self._taken <= LOW * DISK_BYTES:
                break
            if self._pods.get(ref, 0) <= 0:
                self._drop(ref)
                dropped.append(ref)
        return tuple(dropped)

    def _drop(self, ref: str) -> None:
        del self.images[ref]
        del self._used_at[ref], self._laid_at[ref]
        for layer in self._platforms.pop(ref).layers:
            if layer.base in self._bases:
                continue
            self._users[layer.digest] -= 1
            if not self._users[layer.digest]:
                del self._users[layer.digest]
                del self._there[layer.digest]
                self._taken -= int(layer.size_bytes * UNPACKED)
