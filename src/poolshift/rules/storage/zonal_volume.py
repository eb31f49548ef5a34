"""PSK260: disks in zones where the new pool may have no node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import VOLUME_AREAS
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_NAMED = 3


class ZonalVolume(Rule):
    """A workload's disks are in a zone where the new pool may have no node.

    What it finds:
        A pool to move, whose workloads have disks in a zone that the pool does not list, that is
        closed to the subscription for its size, or that may stay empty since the pool holds fewer
        nodes than it has zones.

    Why it matters:
        A disk stays in its zone. A pod whose disk is where no node is waits for ever ("volume
        node affinity conflict"); a pool that is Ready as a whole does not show it.

    How it is decided:
        By the zones in the node affinity of the volumes of workloads that have pods on this pool
        alone, against the pool's zones, the closed zones of its size, and its node count or the
        minimum of its autoscaler. poolshift gives green the zones of blue.

    What to do:
        Give green a node in each zone that holds a disk: at least as many nodes as zones, and a
        minimum that keeps them.

    Example:
        A disk in westeurope-2, and the pool scales down to one node over three zones.
    """

    id = "PSK260"
    name = "zonal-volume"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/rwo-disk-zone", "constraints/constraints/zone-capacity")
    pains = ("C10", "V5")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the zones of each pool to move against those of its disks."""
        for pool, _ in context.moving:
            needed = _needed(context, pool)
            if not needed:
                continue
            size = context.index.sizes.get(pool.vm_size.lower())
            closed = set(size.restricted_zones) & set(needed) if size is not None else set()
            missing = set(needed) - set(pool.zones)
            if missing:
                yield self._found(
                    pool,
                    needed,
                    missing,
                    what="its workloads have disks in zones that it does not list",
                    fix="Make the new pool with every zone that holds a disk: az aks nodepool add "
                    f"{context.pool_arguments('NAME')} --zones {_quoted(needed)}",
                )
            elif closed:
                yield self._found(
                    pool,
                    needed,
                    closed,
                    what=f"its workloads have disks in zones that are closed for {pool.vm_size}",
                    fix="Ask for the zones to be opened, or choose another size for the new pool",
                )
            elif _least(pool) < len(pool.zones):
                yield self._found(
                    pool,
                    needed,
                    set(needed),
                    what="its workloads have disks in zones that may hold no node: it has fewer "
                    "nodes than zones",
                    fix="Let it hold a node in each zone while the pods move: at least "
                    f"{len(pool.zones)} nodes, as the autoscaler's minimum, too",
                    severity=Severity.RECOMMENDED,
                )
        if context.moving:
            yield from self.unread(context, *VOLUME_AREAS)

    def _found(
        self,
        pool: PoolFacts,
        needed: dict[str, list[str]],
        zones: set[str],
        *,
        what: str,
        fix: str,
        severity: Severity | None = None,
    ) -> Finding:
        return self.finding(
            f"pool/{pool.name}",
            severity=severity,
            what=what,
            why="a disk stays in its zone: a pod whose disk is where no node is waits for ever",
            fix=fix,
            evidence=(
                *(Evidence(f"disks in zone {zone}", _some(needed[zone])) for zone in sorted(zones)),
                Evidence(f"pools/{pool.name}/zones", ", ".join(pool.zones) or "none"),
                Evidence(f"pools/{pool.name}/least nodes", str(_least(pool))),
            ),
        )


def _needed(context: Context, pool: PoolFacts) -> dict[str, list[str]]:
    """The volumes that are in one zone alone, by its number, of workloads on this pool alone."""
    found: dict[str, list[str]] = {}
    for workload in context.index.workloads_by_pool.get(pool.name, ()):
        if len(workload.pools) > 1:
            continue
        for volume in context.index.volumes_of(workload):
            if len(volume.zones) == 1:
                number = volume.zones[0].rpartition("-")[2]
                found.setdefault(number, []).append(volume.name)
    return found


def _quoted(zones: Iterable[str]) -> str:
    """Zones for a shell: they come from the volumes of the cluster."""
    return " ".join(quote(zone) for zone in sorted(zones))


def _least(pool: PoolFacts) -> int:
    """How few nodes a pool may come to hold."""
    return (pool.min_count or 0) if pool.autoscaling else pool.count


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
