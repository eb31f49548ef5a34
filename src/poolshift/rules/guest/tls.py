"""PSW163: images that come to another Windows version, whose TLS differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.image import BaseKnownBy
from poolshift.core.snapshot import images_of
from poolshift.rules.guest.crossing import said
from poolshift.rules.images.uses import NAMED, is_shipped
from poolshift.rules.interface import Rule
from poolshift.semantics.hops import image_hops
from poolshift.semantics.pins import is_host_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_CHANGES = ("ws2022-tls13", "ws2025-tls")


class TlsDefaults(Rule):
    """Images of a pool come to another Windows version, whose TLS defaults differ.

    What it finds:
        A Windows pool to move, with images on a known Windows base that change to the target's
        version, by a rebuild or since their tag holds both.

    Why it matters:
        TLS comes with the image, not with the node. From 2022 on TLS 1.3 is there and on; with
        2025 TLS 1.0 and 1.1 are on their way out and short RSA keys are no longer trusted.
        Servers that ask for client certificates in mid-connection, programs that pin a protocol,
        and old peers notice.

    How it is decided:
        By the build of the image that a node takes today and on the target, and a base that the
        image's layers or labels show. An image that runs on as it is keeps its TLS. Which
        protocols a program pins is in no snapshot: this is information.

    What to do:
        Let the OS choose the protocol, and call old peers and client certificates from one pod of
        the new image.

    Example:
        Eleven images on servercore of 2019 are rebuilt for Windows2022.
    """

    id = "PSW163"
    name = "tls-defaults"
    severity = Severity.INFO
    sources = tuple(f"os_changes/changes/{c}" for c in _CHANGES)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the images of each pool to move."""
        for pool, to in context.moving_windows:
            found = {ref: _hops(context, pool, ref, to) for ref in _images_on(context, pool)}
            refs = sorted(ref for ref, hops in found.items() if hops)
            hops = frozenset[str]().union(*found.values())
            changes = [c for c in map(context.catalog.os_change, _CHANGES) if c.hop in hops]
            if not changes:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"images of its workloads come to the Windows version of {to}, whose TLS "
                "defaults differ",
                why="TLS comes with the image: programs that pin a protocol, client certificates "
                "asked for in mid-connection and old peers may notice",
                fix="Let the OS choose the protocol; call old peers, and with client certificates, "
                "from one pod of the new image",
                evidence=(
                    Evidence("images", f"{len(refs)}: {', '.join(refs[:NAMED])}"),
                    *said(changes),
                ),
            )


def _images_on(context: Context, pool: PoolFacts) -> frozenset[str]:
    """The images of a pool's workloads, but for host processes and what AKS ships."""
    return frozenset(
        ref
        for workload in context.index.workloads_by_pool.get(pool.name, ())
        if not is_shipped(workload) and not is_host_process(workload.template.spec)
        for ref in images_of(workload.template)
    )


def _hops(context: Context, pool: PoolFacts, ref: str, to: str) -> frozenset[str]:
    """The hops of an image whose base is known."""
    facts = context.index.images.get(ref)
    platforms = facts.platforms if facts is not None else ()
    known = any(p.base and p.base.known_by is not BaseKnownBy.OS_VERSION for p in platforms)
    if facts is None or not known:
        return frozenset()
    return image_hops(facts, pool.os_sku, to, context.catalog)
