"""PSW163: images that come to another Windows version, whose TLS differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.image import BaseKnownBy
from poolshift.rules.guest.crossing import said
from poolshift.rules.images.uses import NAMED, is_shipped, uses_of
from poolshift.rules.interface import Rule
from poolshift.semantics.hops import image_hops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.images.uses import Use
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
        by_pool: dict[tuple[str, str], list[tuple[Use, frozenset[str]]]] = {}
        for use in uses_of(context):
            hops = _hops(context, use)
            for name in sorted({p for w in use.users for p in w.pools}) if hops else ():
                by_pool.setdefault((name, use.to), []).append((use, hops))
        for pool, to in context.moving_windows:
            found = by_pool.get((pool.name, to), [])
            hops = frozenset[str]().union(*(h for _, h in found))
            changes = [c for c in map(context.catalog.os_change, _CHANGES) if c.hop in hops]
            if not changes:
                continue
            refs = [use.ref for use, _ in found]
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


def _hops(context: Context, use: Use) -> frozenset[str]:
    """The hops of an image whose base is known; none for what AKS ships."""
    ours = all(is_shipped(w) for w in use.users)
    platforms = use.facts.platforms if use.facts else ()
    known = any(p.base and p.base.known_by is not BaseKnownBy.OS_VERSION for p in platforms)
    if use.facts is None or ours or not known:
        return frozenset()
    return image_hops(use.facts, use.pool.os_sku, use.to, context.catalog)
