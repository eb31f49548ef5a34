"""PSW141: an image of a later month than the nodes that run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import users_evidence, uses_of
from poolshift.rules.interface import Rule
from poolshift.semantics.images import is_hostless, taken
from poolshift.semantics.pins import is_host_process
from poolshift.semantics.versions import build_of, parse_node_image, revision_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.catalog.model.os_changes import Hop
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.images.uses import Use
    from poolshift.rules.interface import Context

_CHANGE = "ws2025-revision"


class ImageNewerThanHost(Rule):
    """An image holds a later monthly revision of Windows than the nodes that run it.

    What it finds:
        An image whose revision, the fourth part of its build, is above that of the nodes it runs
        on, or above that of the newest nodes of the target.

    Why it matters:
        The revision normally need not match. But on Windows Server 2025 an image of a later month
        than the node may fail to start (0xc0370106), and on older nodes 32-bit programs in such
        an image were seen to end in silence.

    How it is decided:
        The entry that nodes of the pool take, against the build of the pool's nodes. For the
        target: the newest node image that the service offers a pool with the target OS. Without
        such a pool the newest that is known may be older than what the service offers: an image
        that is newer than that is not checked. On Windows Server 2025
        it is recommended to act, on older ones it is information.

    What to do:
        Upgrade the node image first, then roll out the image.

    Example:
        shop/cart:9 holds 10.0.26100.8000; the nodes are 10.0.26100.7462.
    """

    id = "PSW141"
    name = "image-newer-than-host"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/image-revision-newer-than-host",
        "os_changes/changes/ws2025-revision",
        "base_images/manifest_facts/revision",
    )
    pains = ("B4",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the images that run today, then at those that move."""
        seen: set[tuple[str, str]] = set()
        for pool in context.snapshot.pools:
            if pool.os_type == "Windows":
                yield from self._today(context, pool, seen)
        for use in uses_of(context):
            if (use.ref, use.to) not in seen:
                yield from self._on_target(context, use)

    def _today(
        self, context: Context, pool: PoolFacts, seen: set[tuple[str, str]]
    ) -> Iterator[Finding]:
        node = _host_build(pool, context.catalog)
        for ref, users in _images_on(context, pool).items():
            held = _held(context, ref, pool.os_sku)
            if (ref, pool.os_sku) in seen or not _newer(held, node):
                continue
            seen.add((ref, pool.os_sku))
            yield self._found(
                context,
                ref,
                (
                    Evidence("os.version of the image", held),
                    Evidence(f"pools/{pool.name}/build", node),
                    users_evidence(tuple(users)),
                ),
                fix="Upgrade the node image first: az aks nodepool upgrade "
                f"{context.pool_arguments(pool.name)} --node-image-only",
                build=build_of(node),
            )

    def _on_target(self, context: Context, use: Use) -> Iterator[Finding | NotChecked]:
        held = _held(context, use.ref, use.to)
        newest, pool = _newest(context, use.to)
        if build_of(held) != context.catalog.build_of(use.to) or not _newer(held, newest):
            return
        if pool is None:
            yield self.not_checked(
                use.target,
                f"it holds {held}; which revision new {use.to} nodes have is not known (the "
                f"newest seen is {newest})",
            )
            return
        yield self._found(
            context,
            use.ref,
            (
                Evidence("os.version of the image", held),
                Evidence(f"newest {use.to} node image of pool/{pool}", newest),
                use.used_by(),
            ),
            fix=f"Keep to an image of the nodes' month on {use.to} until a newer node image is out",
            build=build_of(newest),
        )

    def _found(
        self, context: Context, ref: str, evidence: tuple[Evidence, ...], *, fix: str, build: str
    ) -> Finding:
        hop = context.catalog.os_change(_CHANGE).hop
        reported = {context.catalog.build_of(h.to) for h in _hops(context.catalog) if h.id == hop}
        return self.finding(
            f"image/{ref}",
            severity=Severity.RECOMMENDED if build in reported else Severity.INFO,
            what="it holds a later revision of Windows than the nodes",
            why="a container of a later month than its node may not start (0xc0370106), and 32-bit "
            "programs in it were seen to fail in silence",
            fix=fix,
            evidence=evidence,
        )


def _hops(catalog: Catalog) -> tuple[Hop, ...]:
    return catalog.os_changes.hops


def _images_on(context: Context, pool: PoolFacts) -> dict[str, list[WorkloadFacts]]:
    """The images of a pool's workloads that are tied to the build."""
    found: dict[str, list[WorkloadFacts]] = {}
    for workload in context.index.workloads_by_pool.get(pool.name, ()):
        if is_host_process(workload.template.spec):
            continue
        for ref in images_of(workload.template):
            if not is_hostless(ref):
                found.setdefault(ref, []).append(workload)
    return found


def _held(context: Context, ref: str, sku: str) -> str:
    facts = context.index.images.get(ref)
    entry = taken(facts, sku, context.catalog) if facts is not None else None
    return entry.os_version if entry is not None else ""


def _newer(image: str, node: str) -> bool:
    """Whether an image's revision is above a node's of the same build."""
    of_image, of_node = revision_of(image), revision_of(node)
    if build_of(image) != build_of(node) or of_image is None or of_node is None:
        return False
    return of_image > of_node


def _host_build(pool: PoolFacts, catalog: Catalog) -> str:
    return pool.build or _build(pool.node_image_version, catalog)


def _newest(context: Context, sku: str) -> tuple[str, str | None]:
    """The newest build of an OS SKU's nodes, and the pool that the service offers it for.

    Without such a pool it is the newest that the catalog or a pool's nodes show, and None: the
    service may offer a newer one.
    """
    catalog = context.catalog
    pools = [p for p in context.snapshot.pools if p.os_sku == sku]
    offered = [(_build(p.latest_node_image, catalog), p.name) for p in pools]
    known = [(revision_of(build) or 0, build, name) for build, name in offered if build]
    if known:
        return max(known)[1:]
    names = [e.value for e in catalog.os_skus.node_image_names.examples]
    builds = [_build(name, catalog) for name in (*names, *(p.node_image_version for p in pools))]
    own = [b for b in builds if build_of(b) == catalog.build_of(sku)]
    return max(own, key=lambda b: revision_of(b) or 0, default=""), None


def _build(node_image: str, catalog: Catalog) -> str:
    """The build in a node image's name, empty for a name of another form."""
    image = parse_node_image(node_image, catalog)
    return image.build if image is not None else ""
