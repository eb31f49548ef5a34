"""PSC411: Windows pools that scale from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.pins import NODE_IMAGE_KEY, WINDOWS_BUILD_KEY, required_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_FACT = "scale-from-zero-windows"
_UNKNOWN_KEYS = (WINDOWS_BUILD_KEY, NODE_IMAGE_KEY)
"""Labels that the autoscaler does not know of a pool without nodes."""


class ScaleFromZero(Rule):
    """A Windows pool may scale to zero, and pods ask for a label that nobody knows then.

    What it finds:
        Windows pools to move with an autoscaler minimum of 0, and workloads on them that ask for
        a Windows build, a node image, or a RuntimeClass with such a label.

    Why it matters:
        With no node up, the autoscaler knows a pool by a template without these labels: pods stay
        Pending, and nothing scales.

    How it is decided:
        By the autoscaler's minimum and what the templates and RuntimeClasses require.

    What to do:
        Keep one node until the move is proved; select by os-sku or the pool's name.

    Example:
        minCount 0 and nodeSelector node.kubernetes.io/windows-build: 10.0.20348.
    """

    id = "PSC411"
    name = "scale-from-zero-windows"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)
    pains = ("C1",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at pools with a minimum of none."""
        for pool, _ in context.moving_windows:
            if not pool.autoscaling or pool.min_count != 0:
                continue
            asking = _asking(context, pool)
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.RECOMMENDED if asking else Severity.INFO,
                what="it may scale to zero, from where "
                + ("pods on it do not bring it back" if asking else "it comes back by a template"),
                why=context.catalog.constraint(_FACT).statement,
                fix="Keep a node until the move is proved: az aks nodepool update "
                f"{context.pool_arguments(pool.name)} --update-cluster-autoscaler --min-count 1 "
                f"--max-count {max(pool.max_count or 1, 1)}",
                evidence=(
                    Evidence(f"pools/{pool.name}/minCount", "0"),
                    Evidence("workloads", ", ".join(asking[:5]) or "none asks for such a label"),
                ),
            )


def _asking(context: Context, pool: PoolFacts) -> list[str]:
    """Workloads on the pool that ask for what its template does not have."""
    classes = {c.name: c.node_selector for c in context.snapshot.runtime_classes}
    found = []
    for workload in context.workloads_on(pool):
        spec = workload.template.spec
        sent = classes.get(spec.runtime_class_name or "", {})
        if any(required_values(spec, key) or key in sent for key in _UNKNOWN_KEYS):
            found.append(workload.target)
    return found
