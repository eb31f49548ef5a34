"""PSW153: images that take long to pull on a new node."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from poolshift.core.finding import Evidence, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import windows_moves
from poolshift.rules.interface import Rule
from poolshift.semantics.images import Action, is_hostless, successor, taken
from poolshift.semantics.versions import build_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.image import Platform
    from poolshift.rules.interface import Context, Move

_MB = 1_000_000
Entries: TypeAlias = "dict[tuple[str, str], Platform | None]"
"""What nodes pull for an image, by its reference and the target."""


class _Pull(NamedTuple):
    """What a new node must pull for a workload, in bytes.

    `spared` is what lies on the node image already, if that is of the base's month. `unknown` are
    the images whose size nobody told.
    """

    size: int
    spared: int
    unknown: tuple[str, ...]


class ImagePullSlow(Rule):
    """A workload's images take long to pull on a new node.

    What it finds:
        A Windows workload that moves, whose images take a new node longer to pull than
        thresholds.pull_minutes.

    Why it matters:
        Green starts empty: the first pod on each node waits for the pull. Pods of one drained
        node then start only after the next drain's time is over, a rollout's progress deadline
        may pass, and a service without a budget runs with too few pods. An image of 2.3 GiB was
        seen to outlast the service's own preparation of node images.

    How it is decided:
        The compressed bytes of the layers that the target's node takes, each once, by
        thresholds.pull_mb_s. Layers of a base that the target's node image brings along are left
        out; that holds while the base is of the node image's month. Where the image must change,
        its successor counts if it was read, else today's image stands in for it. An image whose
        layers nobody told is not checked.

    What to do:
        Pull the images onto green before the pods move: a DaemonSet that names them, on the green
        pool. Set the pool's drain timeout from the prediction, or make the image smaller.

    Example:
        9 GB in 8 MB/s take 19 minutes; the pool's drain timeout is 10.
    """

    id = "PSW153"
    name = "image-pull-slow"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/windows-image-pull-time",
        "timings/nodes_and_images/windows-12-gb-image-pull",
        "timings/nodes_and_images/prepared-image-cache-2300-mib",
        "limits/limits/drain-timeout",
    )
    pains = ("C3", "M4", "M5")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Add up what each Windows workload that moves makes a node pull."""
        unknown: set[str] = set()
        entries: Entries = {}
        for move in windows_moves(context):
            pull = _pull_of(context, move, entries)
            unknown |= set(pull.unknown)
            minutes = (pull.size - pull.spared) / _MB / context.thresholds.pull_mb_s / 60
            if minutes > context.thresholds.pull_minutes:
                yield self._slow(context, move, pull, minutes)
        for ref in sorted(unknown):
            yield self.not_checked(f"image/{ref}", "the sizes of its layers were not read")

    def _slow(self, context: Context, move: Move, pull: _Pull, minutes: float) -> Finding:
        drain = _drain_minutes(context, move)
        outlasts = minutes > drain
        return self.finding(
            move.workload.target,
            what=f"its images take a new node longer to pull than "
            f"{context.thresholds.pull_minutes} minutes"
            + (", and longer than a drain may take" if outlasts else ""),
            why="green starts empty, so its pods wait for the pull; a rollout's progress deadline "
            "or a drain may be over before they are ready",
            fix="Pull the images onto green first, with a DaemonSet that names them and selects "
            "the green pool"
            + (
                f", and set the drain timeout: az aks nodepool update "
                f"{context.pool_arguments(move.pool.name)} --drain-timeout {round(minutes * 2)}"
                if outlasts
                else ""
            ),
            evidence=(
                Evidence("to pull", f"{(pull.size - pull.spared) / _MB:.0f} MB"),
                Evidence("on the node image already", f"{pull.spared / _MB:.0f} MB"),
                Evidence(
                    "predicted",
                    f"{minutes:.0f} minutes at {context.thresholds.pull_mb_s:g} MB/s",
                ),
                Evidence(f"pools/{move.pool.name} drain timeout", f"{drain} minutes"),
            ),
        )


def _drain_minutes(context: Context, move: Move) -> int:
    """The pool's drain timeout, which the copy takes over; the service's default without one."""
    settings = move.pool.properties.get("upgradeSettings")
    said = settings.get("drainTimeoutInMinutes") if isinstance(settings, dict) else None
    if isinstance(said, int) and said > 0:
        return said
    return context.catalog.limit_number("drain-timeout", "default")


def _pull_of(context: Context, move: Move, entries: Entries) -> _Pull:
    layers: dict[str, int] = {}
    spared: dict[str, int] = {}
    unknown = []
    for ref in images_of(move.workload.template):
        if (ref, move.to) not in entries:
            entries[ref, move.to] = _platform(context, ref, move.to)
        platform = entries[ref, move.to]
        if platform is None or is_hostless(ref):
            continue
        if not platform.layers and not platform.size_bytes:
            unknown.append(ref)
        elif not platform.layers:
            layers[ref] = platform.size_bytes
        layers |= {layer.digest: layer.size_bytes for layer in platform.layers}
        bottom = _cached(platform, move.to, context.catalog)
        spared |= {layer.digest: layer.size_bytes for layer in platform.layers[:bottom]}
    return _Pull(sum(layers.values()), sum(spared.values()), tuple(unknown))


def _platform(context: Context, ref: str, to: str) -> Platform | None:
    """What a node of the target pulls for an image; None where no registry told of it."""
    images, catalog = context.index.images, context.catalog
    found = successor(ref, to, catalog)
    refs = (found.ref, ref) if found.action is Action.EDIT and not found.optional else (ref,)
    facts = next((images[r] for r in refs if r and r in images), None)
    if facts is None:
        return None
    windows = [p for p in facts.platforms if p.os == "windows"]
    largest = max(windows, key=lambda p: p.size_bytes, default=None)
    return taken(facts, to, catalog) or largest


def _cached(platform: Platform, to: str, catalog: Catalog) -> int:
    """How many bottom layers the target's node image brings along."""
    base = platform.base
    families = {f.id: f for f in catalog.base_images.families}
    family = families.get(base.family) if base is not None else None
    if base is None or family is None:
        return 0
    builds = {v.id: v.os_version_prefix for v in catalog.base_images.os_versions}
    cached = {builds[v] for v in family.cached_on_node.get(to, ()) if v in builds}
    return base.layers if build_of(base.os_version) in cached else 0
