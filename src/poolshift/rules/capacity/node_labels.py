"""PSC418: labels and taints that only the nodes have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.pins import required_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_SYSTEM = ("kubernetes.io", "k8s.io", "kubernetes.azure.com", "azure.com", "poolshift.io")
_PLAIN = ("agentpool", "storageprofile", "storagetier", "kubernetes.azure.com/mode")


class NodeLabels(Rule):
    """Nodes carry labels or taints that their pool does not know.

    What it finds:
        Labels and taints of nodes of pools to move that are not in the pool's own, and workloads
        that ask for such a label.

    Why it matters:
        They were set by kubectl. A new node does not have them, the autoscaler does not know
        them: pods that ask for them stay Pending on the new pool.

    How it is decided:
        By the nodes' labels and taints less those of the pool and of the system.

    What to do:
        Set them on the pool, so that every node has them.

    Example:
        kubectl label node gave one node disk=fast, and a template asks for it.
    """

    id = "PSC418"
    name = "labels-only-on-nodes"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/autoscaler-labels",
        "constraints/constraints/taints-labels-api",
        "constraints/constraints/pool-taints-only-by-put",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Compare the nodes of each pool to move with the pool."""
        if context.moving_windows:
            yield from self.unread(context, "nodes")
        for pool, _ in context.moving_windows:
            labels, taints = _strange(context, pool)
            asked = {
                w.target: key
                for w in context.windows_workloads
                for key in labels
                if required_values(w.template.spec, key)
            }
            if not labels and not taints:
                continue
            names = ", ".join([*sorted(labels), *sorted(f"taint {t}" for t in taints)])
            yield self.finding(
                f"pool/{pool.name}",
                severity=Severity.RECOMMENDED if asked else Severity.INFO,
                what=f"its nodes have what new nodes will not: {names}"
                + (f"; {len(asked)} workloads ask for it" if asked else ""),
                why=context.catalog.constraint("taints-labels-api").statement,
                fix="Set it on the pool (name its other labels, too): az aks nodepool update "
                f"{context.pool_arguments(pool.name)} --labels KEY=VALUE",
                evidence=(
                    Evidence(f"pools/{pool.name}/nodeLabels", ", ".join(pool.labels) or "none"),
                    *(Evidence(t, key) for t, key in sorted(asked.items())[:3]),
                    *(Evidence("node", n) for n in sorted({*labels.values(), *taints.values()})),
                ),
            )


def _strange(context: Context, pool: PoolFacts) -> tuple[dict[str, str], dict[str, str]]:
    """Labels and taints that are only on nodes, each with a node that has it."""
    labels: dict[str, str] = {}
    taints: dict[str, str] = {}
    own = {t.partition("=")[0].partition(":")[0] for t in pool.taints}
    for node in context.index.nodes_by_pool.get(pool.name, ()):
        for key in node.labels:
            if key not in pool.labels and not _of_system(key):
                labels.setdefault(key, node.name)
        for taint in node.taints:
            if taint.key not in own and not _of_system(taint.key):
                taints.setdefault(taint.key, node.name)
    return labels, taints


def _of_system(key: str) -> bool:
    domain = key.partition("/")[0] if "/" in key else ""
    of_domain = any(domain == d or domain.endswith(f".{d}") for d in _SYSTEM)
    return of_domain or key in _PLAIN
