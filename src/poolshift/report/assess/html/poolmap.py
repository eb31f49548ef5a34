"""The pools of a cluster as cards: what each is, how many nodes it has, its worst finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from poolshift.report.assess.view import by_pool, cut, worst_of

if TYPE_CHECKING:
    from poolshift.core.finding import Assessment, Finding, PoolReport

LETTERS = 32
NODES_DRAWN = 24
"""So many nodes are drawn one by one; beyond that the number tells more than the squares."""


@dataclass(frozen=True)
class Card:
    """A pool, its lines of text, its nodes, and how bad its worst finding is."""

    name: str
    mode: str
    lines: tuple[str, ...]
    count: int
    squares: tuple[int, ...]
    worst: str
    findings: int
    told: str


def cards_of(assessment: Assessment) -> tuple[Card, ...]:
    """Every pool in the order of the cluster."""
    found = by_pool(assessment)
    return tuple(_card(pool, found[pool.name]) for pool in assessment.pools)


def _card(pool: PoolReport, found: tuple[Finding, ...]) -> Card:
    worst = worst_of(found)
    findings = len(found)
    system = " ".join(part for part in (pool.os_sku or pool.os_type, pool.build) if part)
    machine = " ".join(
        part for part in (pool.vm_size, pool.vm_generation and f"gen {pool.vm_generation}") if part
    )
    version = f"Kubernetes {pool.kubernetes_version}" if pool.kubernetes_version else ""
    nodes = f"{pool.count} node" + ("" if pool.count == 1 else "s")
    said = f"{findings} finding" + ("" if findings == 1 else "s")
    said += f", worst {worst}" if worst else ""
    return Card(
        name=cut(pool.name, LETTERS - 10),
        mode=cut(pool.mode, 8),
        lines=tuple(cut(line, LETTERS) for line in (system, machine, version) if line),
        count=pool.count,
        squares=tuple(range(min(pool.count, NODES_DRAWN))),
        worst=str(worst) if worst else "none",
        findings=findings,
        told=f"Pool {pool.name}: {system}; {machine}; {version}; {nodes}; {said}.",
    )
