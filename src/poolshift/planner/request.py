"""What a user asks of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ManifestFile:
    """A manifest under --manifests: its path as shown, and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True)
class PlanRequest:
    """The options of `plan`.

    Attributes:
        to: OS SKU.
        pools: names of the pools to move; empty for every pool that the target can succeed.
        greens: blue's name → green's name.
        images: old reference → new reference, by the user's own word.
        manifests: files whose rewritten documents the retargets apply.
        guard: auto, none, prefer or strict.
        key: os-sku or windows-build: the label that retargeted templates select.
        owner: who owns the pools, None to go by their tags.
        keep_blue_s: seconds that blue is kept after it left the load balancers.
        surge: count or percentage of nodes more than before, as asked.
        soak_s: seconds of quiet before blue's gate, None for the default.
        canary_soak_s: seconds that the canary is watched, None for the default.
    """

    to: str
    pools: tuple[str, ...] = ()
    greens: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    manifests: tuple[ManifestFile, ...] = ()
    guard: str = "auto"
    key: str = "os-sku"
    owner: str | None = None
    keep_blue_s: int = 0
    surge: str = ""
    soak_s: int | None = None
    canary_soak_s: int | None = None
