"""PSK343: a pool that lags behind the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.cluster.way_up import first_minor_needed
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.versions import in_range, minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "version-skew"


class VersionSkew(Rule):
    """A pool's Kubernetes version lags so far that the control plane cannot go on.

    What it finds:
        Pools that lag as many minors as is allowed, or would lag more after the control plane
        step that a move needs.

    Why it matters:
        The service refuses the next control plane upgrade (NodePoolMcVersionIncompatible).

    How it is decided:
        By the minors of pool, control plane and target, against the catalog's limit.

    What to do:
        Upgrade or replace the pool first.

    Example:
        A pool at 1.32 under a control plane at 1.35.
    """

    id = "PSK343"
    name = "version-skew"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/version-skew", f"limits/limits/{_LIMIT}")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each pool against the control plane, where it is and where it must go."""
        version = context.snapshot.cluster.kubernetes_version
        needed = first_minor_needed(context) or version
        ahead = max(minor(version), minor(needed))
        older = context.catalog.limit_text(_LIMIT, "older_up_to")
        key = "older_max" if in_range(version, None, older) else "max"
        most = context.catalog.limit_number(_LIMIT, key)
        for pool in context.snapshot.pools:
            at = minor(pool.kubernetes_version)
            if at == (0, 0) or ahead[0] != at[0] or ahead[1] - at[1] < most:
                continue
            lag, beyond = ahead[1] - at[1], ahead[1] - at[1] > most
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.REQUIRED if beyond else Severity.RECOMMENDED,
                what=f"it is {lag} minors behind the control plane"
                + (" that the move needs" if ahead != minor(version) else "")
                + f"; {most} are allowed",
                why="the service refuses the control plane's next upgrade "
                f"({context.catalog.constraint('version-skew').error_code})",
                fix="Upgrade it, or replace it where its OS goes no further: "
                f"az aks nodepool upgrade {context.pool_arguments(pool.name)} "
                f"--kubernetes-version {quote(version)}",
                evidence=(
                    Evidence(f"pools/{pool.name}/kubernetes_version", pool.kubernetes_version),
                    Evidence("cluster/kubernetes_version", version),
                    Evidence("target/k8s_min", needed),
                ),
            )
