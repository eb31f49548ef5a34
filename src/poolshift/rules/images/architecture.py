"""PSW150: an image that has nothing for the processors of the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import users_evidence
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context

_GO_NAMES = {"x64": "amd64", "arm64": "arm64"}
"""What image indexes call the processors that the service calls x64 and Arm64."""


class ImageArchitecture(Rule):
    """An image of a pool to move has no platform for the processors of its machines.

    What it finds:
        An image used on a pool to move, without a platform for the pool's OS and processors.

    Why it matters:
        The copy of the pool has the same size. A node of it that has not pulled the image yet
        finds no matching manifest, or starts a program that its processor does not know.

    How it is decided:
        The platforms in the registry's answer against the processors of the VM size, as the
        service has them, else the catalog. A size that nobody knows is not checked.

    What to do:
        Push the image for those processors too, or keep the workload off the pool.

    Example:
        An image with linux/amd64 alone on a pool of Standard_D4ps_v5.
    """

    id = "PSW150"
    name = "image-architecture"
    severity = Severity.REQUIRED
    sources = ("base_images/manifest_facts/match-rule", "vm_sizes/families/standardDPSv5Family")
    pains = ("B2",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the images on every pool to move."""
        seen: set[str] = set()
        for pool, _ in context.moving:
            used = _images_on(context, pool)
            size = context.size_of(pool.vm_size)
            wanted = _GO_NAMES.get(size.architecture.lower()) if size is not None else None
            if wanted is None and used:
                yield self.not_checked(
                    f"pool/{pool.name}", f"nobody says which processors {pool.vm_size} has"
                )
                continue
            for ref, users in used.items():
                offered = _offered(context, ref, pool.os_type.lower())
                if ref not in seen and offered and wanted not in offered:
                    seen.add(ref)
                    yield self._lacking(ref, users, pool, f"{wanted}", offered)

    def _lacking(
        self,
        ref: str,
        users: list[WorkloadFacts],
        pool: PoolFacts,
        wanted: str,
        offered: frozenset[str],
    ) -> Finding:
        system = pool.os_type.lower()
        return self.finding(
            f"image/{ref}",
            what=f"it has no platform {system}/{wanted}, which the nodes of its pool need",
            why="a node that has not pulled it yet finds no matching manifest",
            fix=f"Push it for {system}/{wanted} as well (docker buildx build --platform), or keep "
            f"its workloads off pool {pool.name}",
            evidence=(
                Evidence("platforms", ", ".join(f"{system}/{a}" for a in sorted(offered))),
                Evidence(f"pools/{pool.name}/vm_size", pool.vm_size),
                users_evidence(tuple(users)),
            ),
        )


def _images_on(context: Context, pool: PoolFacts) -> dict[str, list[WorkloadFacts]]:
    found: dict[str, list[WorkloadFacts]] = {}
    for workload in context.index.workloads_by_pool.get(pool.name, ()):
        for ref in images_of(workload.template):
            found.setdefault(ref, []).append(workload)
    return found


def _offered(context: Context, ref: str, system: str) -> frozenset[str]:
    """The processors that an image has a platform of this OS for; empty when nobody read it."""
    facts = context.index.images.get(ref)
    platforms = facts.platforms if facts is not None else ()
    return frozenset(p.architecture for p in platforms if p.os == system)
