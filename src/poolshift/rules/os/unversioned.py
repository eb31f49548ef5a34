"""PSW111: an OS SKU without a version changes its OS with Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.support import effective_os

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context


class UnversionedOsSku(Rule):
    """A pool's OS SKU names no version, so its OS changes with a Kubernetes upgrade.

    What it finds:
        A pool with an OS SKU such as Ubuntu or AzureLinux whose OS is another one at the minor
        that the cluster can go to next.

    Why it matters:
        The Kubernetes upgrade then brings another kernel, another container runtime and other
        defaults: two changes at once, of which one was never asked for.

    How it is decided:
        By the catalog's table of what the OS SKU stands for, at the pool's minor and at the next
        one. What the sources disagree on stands in the evidence.

    What to do:
        Name the version: it is an in-place change on Linux. Then upgrade Kubernetes, and change
        the OS when you choose to.

    Example:
        pool/apps has Ubuntu: 22.04 at 1.34, 24.04 from 1.35 on.
    """

    id = "PSW111"
    name = "os-moves-with-kubernetes"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/unversioned-ossku-moves-with-k8s",)
    pains = ("B7",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every pool whose OS SKU stands for several OS."""
        for pool in context.snapshot.pools:
            sku = context.catalog.sku(pool.os_sku)
            if sku is None or not sku.resolves_to:
                continue
            now, after = _at(context, pool, 0), _at(context, pool, 1)
            if now is None or after is None or now == after:
                continue
            version = _next(pool.kubernetes_version)
            named = context.catalog.sku(now)
            pin = (
                f"Name the version before the upgrade: az aks nodepool update "
                f"{context.pool_arguments(pool.name)} --os-sku {now}"
                if named is not None
                else f"{now} is no OS SKU of its own: move the pool to {after} by itself first, "
                f"with: az aks nodepool update {context.pool_arguments(pool.name)} --os-sku {after}"
            )
            yield self.finding(
                f"pool/{pool.name}",
                what=f"{pool.os_sku} is {now} now and becomes {after} at Kubernetes {version}",
                why="an upgrade of Kubernetes also changes the OS of these nodes",
                fix=pin,
                evidence=(
                    Evidence(f"pools/{pool.name}/os_sku", pool.os_sku),
                    Evidence(f"pools/{pool.name}/kubernetes_version", pool.kubernetes_version),
                    *(
                        (Evidence(f"catalog/{sku.id}/disagreement", sku.resolves_disagreement),)
                        if sku.resolves_disagreement
                        else ()
                    ),
                ),
            )


def _next(version: str) -> str:
    major, _, rest = version.partition(".")
    return f"{major}.{int(rest.partition('.')[0]) + 1}"


def _at(context: Context, pool: PoolFacts, ahead: int) -> str | None:
    """The OS of the pool now, or that of a pool like it one minor on."""
    if not ahead:
        return effective_os(pool, context.catalog)
    later = msgspec.structs.replace(
        pool, kubernetes_version=_next(pool.kubernetes_version), node_image_version=""
    )
    return effective_os(later, context.catalog)
