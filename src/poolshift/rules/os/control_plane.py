"""PSW103: the control plane is older than the target's first Kubernetes minor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_NAMED_AT_ONCE = 3
"""So many minors are written out in a fix; a longer way is shortened in the middle."""


class ControlPlaneBelowTarget(Rule):
    """The control plane must be upgraded before a pool of the target OS can be created.

    What it finds:
        A target whose first Kubernetes minor lies above the cluster's.

    Why it matters:
        A pool is never newer than the control plane, and the target has no node image for the
        minor that the cluster runs: the service refuses the new pool.

    How it is decided:
        By the first minor of the target in the catalog, against the control plane's version.

    What to do:
        Upgrade the control plane alone, one minor at a time as the service offers them. Pools may
        lag, but a pool that lags too far must be moved or upgraded in between.

    Example:
        --to Windows2025 on 1.31: upgrade the control plane to 1.32 first.
    """

    id = "PSW103"
    name = "control-plane-below-target"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/control-plane-first",
        "constraints/constraints/windows2025-min-132",
        "constraints/constraints/no-minor-skip",
        "constraints/constraints/version-skew",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the control plane against the first minor of each target."""
        version = context.snapshot.cluster.kubernetes_version
        for target_id in context.targets:
            target = context.catalog.sku(target_id)
            if target is None or target.k8s_min is None:
                continue
            if minor(version) >= minor(target.k8s_min):
                continue
            yield self.finding(
                "cluster",
                what=f"{target.id} needs Kubernetes {target.k8s_min} or later; "
                f"the control plane runs {version}",
                why="a pool is never newer than the control plane: the service refuses it "
                f"({context.catalog.constraint('control-plane-first').error_code})",
                fix=_fix(context, version, target.k8s_min),
                evidence=(
                    Evidence("cluster/kubernetes_version", version),
                    Evidence(f"catalog/{target.id}/k8s_min", target.k8s_min),
                ),
                blocks=True,
            )


def _fix(context: Context, version: str, wanted: str) -> str:
    (major, first), (_, last) = minor(version), minor(wanted)
    way = [f"{major}.{number}" for number in range(first + 1, last + 1)]
    if len(way) > _NAMED_AT_ONCE:
        way = [way[0], "…", way[-1]]
    command = (
        f"az aks upgrade {context.cluster_arguments} --control-plane-only "
        f"--kubernetes-version {wanted} --yes"
    )
    if len(way) == 1:
        return f"Upgrade the control plane: {command}"
    steps = ", ".join(way)
    return f"Upgrade the control plane one minor at a time ({steps}), the last with: {command}"
