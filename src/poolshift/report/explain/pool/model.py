"""The story of a pool as a document."""

from __future__ import annotations

import msgspec

from poolshift.core.finding import Deadline, Verdict
from poolshift.semantics.generation import GenerationStory


class ImageState(msgspec.Struct, frozen=True):
    """The node image of a pool.

    `released` is an ISO date, None where the name has none; `age_days` counts from it to the day
    of the answer.
    """

    name: str
    os_sku: str
    build: str
    generation: str
    released: str | None
    age_days: int | None


class Requirement(msgspec.Struct, frozen=True):
    """One thing that a move asks for.

    `state` is `met` (nothing to do), `to do` (the commands or a person do it), `in the way`, or
    `not known` from here.
    """

    what: str
    state: str
    text: str


class ImageFit(msgspec.Struct, frozen=True):
    """An image of the pool's workloads on the nodes of a target."""

    ref: str
    verdict: Verdict
    why: str
    used_by: tuple[str, ...]


class Future(msgspec.Struct, frozen=True):
    """What a pool may become.

    `way` is `in place` or `new pool`; `status` what the catalog says of the target's support
    (ga, preview, retired); `generation` what its nodes would be, empty where it cannot be told.
    """

    to: str
    way: str
    status: str
    possible: bool
    generation: str
    requirements: tuple[Requirement, ...]
    images: tuple[ImageFit, ...]
    notes: tuple[str, ...]
    commands: tuple[str, ...]
    sources: tuple[str, ...]


class PoolStory(msgspec.Struct, frozen=True):
    """One pool: what it is, why, what it may become, what stops when.

    `os_sku` is what was asked for, `os_effective` what that is (empty when unknown) and
    `os_because` how that is known.
    """

    name: str
    cluster: str
    as_of: str
    os_type: str
    os_sku: str
    os_effective: str
    os_because: str
    product: str
    build: str
    count: int
    kubernetes_version: str
    vm_size: str
    image: ImageState | None
    generation: GenerationStory
    fips: str
    futures: tuple[Future, ...]
    deadlines: tuple[Deadline, ...]
    open_ends: tuple[str, ...]
    workloads: tuple[str, ...]
