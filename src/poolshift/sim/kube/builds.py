"""Which platform of an image a node takes, and whether its containers start there.

Windows containers with process isolation need a host of a build that runs theirs (the catalog's
matrix: a 2025 host also runs 2022 images). An index without the build cannot be pulled; an index
or manifest that hides the build is pulled, and fails when the container starts. Within a build
the revisions need not match, but for images whose base says so (`strict_revision`).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.images import SimImage, SimPlatform, digest_of
from poolshift.sim.kube.nodes import base_build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.kube.nodes import NodeSeed

MISMATCH_CODE = "0xc0370101"
MISMATCH = "The container operating system does not match the host operating system."
TOO_OLD_CODE = "0xc0370106"
TOO_OLD = "The virtual machine or container exited unexpectedly."


class Refusal(msgspec.Struct, frozen=True):
    """Why an image could not be had or run: kubelet's reason and the runtime's message."""

    reason: str
    message: str


class Host(msgspec.Struct, frozen=True):
    """A node as images see it: its name, its build, and the builds whose images it runs."""

    name: str
    windows: bool
    build: str
    runs: frozenset[str]


def host_of(seed: NodeSeed, host_runs: Mapping[str, frozenset[str]]) -> Host:
    """The host that a node is; a build that the matrix does not know runs its own images."""
    build = base_build(seed.build)
    return Host(seed.name, seed.windows, seed.build, host_runs.get(build, frozenset({build})))


def chosen(host: Host, image: SimImage) -> SimPlatform | None:
    """The platform that the runtime takes from an index, best match first.

    An entry without os.version matches every build: that is how a wrong build gets as far as the
    start of its container.
    """
    system = "windows" if host.windows else "linux"
    fitting = [p for p in image.platforms if p.os == system and p.architecture == "amd64"]
    if image.single or not host.windows:
        return fitting[0] if fitting else None
    own = base_build(host.build)

    def rank(platform: SimPlatform) -> int:
        if not platform.in_index or not platform.os_version:
            return 1
        return 0 if base_build(platform.os_version) == own else 2

    matched = [
        p
        for p in fitting
        if not p.in_index or not p.os_version or base_build(p.os_version) in host.runs
    ]
    return min(matched, key=rank, default=None)


def refusal_to_run(host: Host, platform: SimPlatform, *, host_process: bool) -> Refusal | None:
    """Why the container of a pulled image does not start; None when it does.

    Host-process containers share no kernel-dependent base, so any build of theirs runs.
    """
    if not host.windows or host_process or not platform.os_version:
        return None
    if base_build(platform.os_version) not in host.runs:
        return _not_created(host, platform, MISMATCH, MISMATCH_CODE)
    same_build = base_build(platform.os_version) == base_build(host.build)
    newer = _revision(platform.os_version) > _revision(host.build)
    if platform.strict_revision and same_build and newer:
        return _not_created(host, platform, TOO_OLD, TOO_OLD_CODE)
    return None


def no_platform(host: Host, ref: str) -> Refusal:
    """The index has nothing for this host."""
    wanted = f"windows({base_build(host.build)})/amd64" if host.windows else "linux/amd64"
    return Refusal(
        "ErrImagePull",
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{ref}": no match '
        f"for platform in manifest: no matching manifest for {wanted} in the manifest list "
        "entries: not found",
    )


def no_image(ref: str) -> Refusal:
    """The registry has no such tag."""
    return Refusal(
        "ErrImagePull",
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{ref}": failed to '
        f'resolve reference "{ref}": {ref}: not found',
    )


@functools.lru_cache(maxsize=1024)
def _revision(build: str) -> int:
    """The fourth part of a build, 0 when it has none."""
    parts = build.split(".")
    return int(parts[3]) if len(parts) > 3 and parts[3].isdigit() else 0


def _not_created(host: Host, platform: SimPlatform, text: str, code: str) -> Refusal:
    sandbox = digest_of(f"{host.name}{platform.os_version}").removeprefix("sha256:")
    return Refusal(
        "RunContainerError",
        "failed to create containerd task: failed to create shim task: "
        f"hcs::CreateComputeSystem {sandbox}: {text} ({code}): unknown",
    )
