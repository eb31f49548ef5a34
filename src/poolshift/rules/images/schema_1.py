"""PSW151: an image in the first manifest format, which the target's container runtime refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.image import SCHEMA_1_TYPES
from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import users_evidence
from poolshift.rules.interface import Rule
from poolshift.semantics.hops import containerd_major, containerd_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.image import ImageFacts
    from poolshift.rules.interface import Context, Move


class Schema1Image(Rule):
    """An image is stored in the first manifest format, which newer nodes do not pull.

    What it finds:
        An image that moves and whose manifest is of schema 1, where the move brings the next
        major version of containerd.

    Why it matters:
        That containerd dropped the format: the pull fails on the new nodes.

    How it is decided:
        By the media type in the registry's answer, containerd's version on the pool's nodes, and
        the one that the catalog has for the target at the cluster's Kubernetes version. A target
        without a record is not checked.

    What to do:
        Pull the image with an older client and push it again; a registry keeps what it was given.

    Example:
        legacy/report:2 has application/vnd.docker.distribution.manifest.v1+prettyjws.
    """

    id = "PSW151"
    name = "schema-1-image"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/containerd-2",
        "os_changes/changes/ws2022-containerd",
        "os_changes/changes/ws2025-containerd-2",
        "os_changes/changes/azl3-containerd",
        "os_changes/changes/u2404-containerd-2",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the media type of every image that moves."""
        old = {i.ref: i for i in context.snapshot.images if _format_of(i)}
        if not old:
            return
        kubernetes = context.snapshot.cluster.kubernetes_version
        used: dict[tuple[str, str], list[Move]] = {}
        for move in context.moves:
            for ref in images_of(move.workload.template):
                if ref in old:
                    used.setdefault((ref, move.to), []).append(move)
        for (ref, to), moves in sorted(used.items()):
            if containerd_major(to, kubernetes, context.catalog) is None:
                yield self.not_checked(
                    f"image/{ref}", f"the catalog does not say which containerd {to} nodes have"
                )
                continue
            pool = moves[0].pool
            runtimes = [n.runtime for n in context.index.nodes_by_pool.get(pool.name, ())]
            step = containerd_step(pool, runtimes, to, kubernetes, context.catalog)
            if step is not None:
                yield self.finding(
                    f"image/{ref}",
                    what=f"its manifest is of schema 1, which {to} nodes do not pull",
                    why=f"containerd {step[1]} dropped the format: the pull fails",
                    fix="Pull it with an older client, push it again, and pass --image OLD=NEW",
                    evidence=(
                        Evidence("mediaType", _format_of(old[ref])),
                        Evidence("containerd", f"{step[0]} becomes {step[1]}"),
                        users_evidence(tuple(m.workload for m in moves)),
                    ),
                )


def _format_of(image: ImageFacts) -> str:
    """The media type of schema 1 that an image has, empty when it has none."""
    types = (image.media_type, *(p.media_type for p in image.platforms))
    return next((t for t in types if t in SCHEMA_1_TYPES), "")
