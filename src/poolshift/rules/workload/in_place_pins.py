"""PSK239: templates that an in-place change of the OS would leave without a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.pins import VERSION_KEYS, required_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context


class InPlaceBreaksPins(Rule):
    """Templates name the old version, which an in-place change takes off their nodes.

    What it finds:
        A pool whose OS can change in place, with the workloads on it that require the old OS SKU,
        Windows build or node image, DaemonSets and RuntimeClasses included.

    Why it matters:
        The in-place change renames the labels under running selectors. Evicted pods do not come
        back: "node(s) didn't match Pod's node affinity/selector". For a new pool the same
        selectors are right, they keep old pods on old nodes.

    How it is decided:
        By the in-place changes of the catalog, and by the labels that the templates require.

    What to do:
        Nothing for a new pool. Before an in-place change: let these templates select a label of
        your own, or the pool's name.

    Example:
        pool/web22 can become Windows2025 in place, and 12 of its workloads select
        kubernetes.azure.com/os-sku: Windows2022.
    """

    id = "PSK239"
    name = "in-place-breaks-pins"
    severity = Severity.INFO
    sources = (
        "constraints/constraints/windows-inplace-breaks-pins",
        "constraints/constraints/windows-inplace-2022-2025",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """List the pinned workloads of each pool that can change in place."""
        classes = context.index.runtime_selectors
        for pool, to in context.moving:
            sku = context.catalog.sku(pool.os_sku)
            if sku is None or to not in sku.in_place_update_to:
                continue
            pinned: list[tuple[str, str]] = []
            for workload in context.snapshot.workloads:
                spec = workload.template.spec
                chosen = classes.get(spec.runtime_class_name or "", {})
                keys = [k for k in VERSION_KEYS if k in chosen or required_values(spec, k)]
                if keys and pool.name in workload.pools and workload.kind != "Pod":
                    pinned.append((workload.target, ", ".join(keys)))
            if pinned:
                yield self._finding(pool, to, pinned)

    def _finding(self, pool: PoolFacts, to: str, pinned: list[tuple[str, str]]) -> Finding:
        many = len(pinned) > 1
        return self.finding(
            f"pool/{pool.name}",
            what=f"{len(pinned)} workload{'s' if many else ''} on it would find no node after an "
            f"in-place change to {to}",
            why="the change takes the labels away that their selectors name",
            fix="Nothing for a new pool. Before an in-place change, let them select a label of "
            "your own or the pool's name",
            evidence=tuple(Evidence(target, keys) for target, keys in pinned),
        )
