"""The machine under a node: which images it holds, how long a pull takes, what it can run."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_address
from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.images import SimImage, SimPlatform, digest_of
from poolshift.sim.kube.nodes import NodeSeed, base_build

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context

# Pod addresses of nodes that bring none: a block of 256 for every node that ever was.
POD_RANGE = IPv4Network("10.128.0.0/10")
_BLOCK = 256
MISMATCH_CODE = "0xc0370101"
MISMATCH = "The container operating system does not match the host operating system."


class Refusal(msgspec.Struct, frozen=True):
    """Why an image could not be had or run: kubelet's reason and the runtime's message."""

    reason: str
    message: str


class Pull(msgspec.Struct, frozen=True):
    """An image on its way: the platform chosen, when it is there, what had to be fetched."""

    platform: SimPlatform
    at: float
    fetched_bytes: int


class Machine:
    """One node's layers, its pull queue, and its build.

    Pulls of a node go one after the other, as kubelets do by default; a layer is fetched once.
    """

    def __init__(self, ctx: Context, seed: NodeSeed, ordinal: int) -> None:
        self._ctx = ctx
        self.seed = seed
        self._ordinal = ordinal
        self._bases = frozenset(seed.cached_bases)
        self._layers: dict[str, float] = {}
        self._busy_until = 0.0
        self.images: dict[str, int] = {}
        self._addresses: dict[str, int] = {}

    @property
    def windows(self) -> bool:
        """Whether it runs Windows."""
        return self.seed.windows

    def address(self, uid: str) -> str:
        """A pod's address, from the node's own block."""
        taken = set(self._addresses.values())
        slot = next(n for n in range(1, len(taken) + 2) if n not in taken)
        self._addresses[uid] = slot
        if self.seed.pod_base:
            return str(ip_address(self.seed.pod_base) + slot - 1)
        return str(POD_RANGE[self._ordinal * _BLOCK + slot])

    def release(self, uid: str) -> None:
        """Give a pod's address back."""
        self._addresses.pop(uid, None)

    def forget_images(self) -> None:
        """The machine goes, and what was on it."""
        for ref in self.images:
            nodes = self._ctx.image_nodes.get(ref, {})
            nodes.pop(self.seed.name, None)
            if not nodes:
                self._ctx.image_nodes.pop(ref, None)

    def _builds(self) -> frozenset[str]:
        """Image builds that this host runs: its own when nothing else is said."""
        host = base_build(self.seed.build)
        return self._ctx.host_runs.get(host, frozenset({host}))

    def pull(self, ref: str) -> Pull | Refusal:
        """Start to fetch an image, or say why it cannot be had."""
        image = self._ctx.images.find(ref)
        if image is None:
            return _unknown(ref)
        platform = self._choose(image)
        if platform is None:
            return self._unmatched(ref)
        missing = [
            layer
            for layer in platform.layers
            if layer.digest not in self._layers and layer.base not in self._bases
        ]
        size = sum(layer.size_bytes for layer in missing)
        now = self._ctx.clock.t
        at = max([now, *(self._layers.get(layer.digest, now) for layer in platform.layers)])
        if ref not in self.images or missing:
            begin = max(self._busy_until, now)
            timings = self._ctx.timings
            duration = timings.registry_answer_s + timings.pull_s(size, windows=self.windows)
            self._busy_until = begin + self._ctx.delay(duration)
            at = max(at, self._busy_until)
        for layer in missing:
            self._layers[layer.digest] = at
        self.images[ref] = platform.size_bytes
        self._ctx.image_nodes.setdefault(ref, {})[self.seed.name] = platform.size_bytes
        return Pull(platform, at, size)

    def _choose(self, image: SimImage) -> SimPlatform | None:
        """The platform that the runtime takes from an index, best match first.

        An entry without os.version matches every build: that is how a wrong build gets as far
        as the start of its container.
        """
        system = "windows" if self.windows else "linux"
        fitting = [p for p in image.platforms if p.os == system and p.architecture == "amd64"]
        if image.single or not self.windows:
            return fitting[0] if fitting else None
        host, builds = base_build(self.seed.build), self._builds()

        def rank(platform: SimPlatform) -> int:
            if not platform.in_index or not platform.os_version:
                return 1
            return 0 if base_build(platform.os_version) == host else 2

        matched = [
            p
            for p in fitting
            if not p.in_index or not p.os_version or base_build(p.os_version) in builds
        ]
        return min(matched, key=rank, default=None)

    def refusal_to_run(self, platform: SimPlatform, *, host_process: bool) -> Refusal | None:
        """Why the container of a pulled image does not start; None when it does.

        Host-process containers share no kernel-dependent base, so any build of theirs runs.
        """
        if not self.windows or host_process or not platform.os_version:
            return None
        if base_build(platform.os_version) in self._builds():
            return None
        sandbox = digest_of(f"{self.seed.name}{platform.os_version}").removeprefix("sha256:")
        return Refusal(
            "RunContainerError",
            "failed to create containerd task: failed to create shim task: "
            f"hcs::CreateComputeSystem {sandbox}: {MISMATCH} ({MISMATCH_CODE}): unknown",
        )

    def _unmatched(self, ref: str) -> Refusal:
        wanted = f"windows({base_build(self.seed.build)})/amd64" if self.windows else "linux/amd64"
        return Refusal(
            "ErrImagePull",
            f'rpc error: code = NotFound desc = failed to pull and unpack image "{ref}": no match '
            f"for platform in manifest: no matching manifest for {wanted} in the manifest list "
            "entries: not found",
        )


def _unknown(ref: str) -> Refusal:
    return Refusal(
        "ErrImagePull",
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{ref}": failed to '
        f'resolve reference "{ref}": {ref}: not found',
    )
