"""Which workloads a change of the OS reaches, by the hops that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence
from poolshift.rules.images.uses import is_shipped
from poolshift.semantics.hints import UNC_PATH
from poolshift.semantics.host import Share, containers_of, share_of, share_of_inline
from poolshift.semantics.versions import range_holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.catalog.model.os_changes import OsChange
    from poolshift.core.finding import NotChecked
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context, Move, Rule

VOLUME_AREAS = ("persistentvolumeclaims", "persistentvolumes")
"""What must have been read to tell which volumes a workload has."""


def hashed_names(rule: Rule, context: Context, *, asked: bool) -> Iterator[NotChecked]:
    """What a rule that goes by image names cannot tell of a redacted snapshot, where it applies."""
    if asked and context.snapshot.redacted:
        why = "the snapshot is redacted: the names of images, which tell the program, are hashed"
        yield rule.not_checked("cluster", why)


def changes_at(
    context: Context, pool: PoolFacts, hops: Iterable[str], ids: Iterable[str]
) -> tuple[OsChange, ...]:
    """Those of some changes that come to a pool with the hops that it makes."""
    made = set(hops)
    known = (context.catalog.os_change(change) for change in ids)
    return tuple(c for c in known if c.hop in made and range_holds(pool.kubernetes_version, c.k8s))


def moves_over(context: Context, *ids: str) -> Iterator[tuple[Move, tuple[OsChange, ...]]]:
    """The workloads that make a hop with any of some changes, and which of them.

    What AKS ships itself is left out: AKS keeps it fit.
    """
    by_pool: dict[tuple[str, str], tuple[OsChange, ...]] = {}
    for move in context.moves:
        key = (move.pool.name, move.to)
        if key not in by_pool:
            by_pool[key] = changes_at(context, move.pool, move.hops, ids)
        if by_pool[key] and not is_shipped(move.workload):
            yield move, by_pool[key]


def said(changes: Iterable[OsChange]) -> tuple[Evidence, ...]:
    """What the catalog says of some changes."""
    return tuple(Evidence(f"catalog/os_changes/{c.id}", c.statement) for c in changes)


def other_shares(context: Context, workload: WorkloadFacts) -> tuple[Evidence, ...]:
    """What shows that a workload uses SMB shares of servers other than Azure Files."""
    found = [
        Evidence(f"persistentvolumes/{v.name}/driver", v.driver)
        for v in context.index.volumes_of(workload)
        if share_of(v) is Share.OTHER
    ]
    spec = workload.template.spec
    found += [
        Evidence(f"spec/volumes/{v.name}", "an SMB share")
        for v in spec.volumes
        if share_of_inline(v) is Share.OTHER
    ]
    found += [
        Evidence(f"spec/containers/{c.name}", "its command or probes name a UNC path")
        for c in containers_of(spec)
        if UNC_PATH in c.hints
    ]
    return tuple(found)
