"""PSW129: a Linux pool with FIPS runs an Ubuntu that is about to end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import parse_node_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "ubuntu-2004-fips-ends"
_RELEASE = "Ubuntu2004"


class OldFipsImage(Rule):
    """A Linux pool with FIPS still runs the FIPS image of Ubuntu 20.04.

    What it finds:
        A Linux pool with enableFIPS whose node image is of Ubuntu 20.04.

    Why it matters:
        That image is the last one of 20.04 and ends; the pool's OS SKU does not show it.

    How it is decided:
        By the node image's name, and the end that the catalog has.

    What to do:
        Upgrade the node image to the FIPS image of 22.04, or move to a target with one.

    Example:
        AKSUbuntu-2004fipsgen2containerd-… in a pool that says Ubuntu.
    """

    id = "PSW129"
    name = "old-fips-image"
    severity = Severity.RECOMMENDED
    sources = (
        f"constraints/constraints/{_FACT}",
        "constraints/constraints/fips-toggle-linux",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the image of every Linux pool with FIPS."""
        for pool in context.snapshot.pools:
            if pool.os_type != "Linux" or not pool.fips:
                continue
            image = parse_node_image(pool.node_image_version, context.catalog)
            if image is None or image.os_sku != _RELEASE:
                continue
            claim = context.catalog.ends(_RELEASE, "patch")
            day = str(claim.value) if claim and isinstance(claim.value, str) else None
            past = day is not None and date.fromisoformat(day) <= context.as_of
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.REQUIRED if past else self.severity,
                what="it runs the FIPS image of Ubuntu 20.04",
                why=context.catalog.constraint(_FACT).statement,
                fix="Upgrade the image: az aks nodepool upgrade "
                f"{context.pool_arguments(pool.name)} --node-image-only",
                deadline=day,
                evidence=(
                    Evidence(f"pools/{pool.name}/node_image_version", pool.node_image_version),
                ),
            )
