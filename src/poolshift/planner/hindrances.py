"""What keeps one workload from moving, and the reasons that stand in the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.plan import Blocker
from poolshift.semantics.pins import (
    NODE_IMAGE_KEY,
    OS_SKU_KEY,
    POOL_KEYS,
    WINDOWS_BUILD_KEY,
    required_values,
)
from poolshift.semantics.slack import lacks_slack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.semantics.identities import Place


def affinity_blockers(
    workload: WorkloadFacts, to: str, green: str, catalog: Catalog
) -> list[Blocker]:
    """An affinity that names the old version: a selector cannot win against it."""
    values = {OS_SKU_KEY: to, WINDOWS_BUILD_KEY: catalog.build_of(to)}
    values |= dict.fromkeys(POOL_KEYS, green)
    spec = workload.template.spec
    if required_values(spec, NODE_IMAGE_KEY) is not None:
        return [
            Blocker(
                rule="PSK204",
                target=workload.target,
                why=f"its template requires {NODE_IMAGE_KEY}, which no green node will have",
                fix=f"Take {NODE_IMAGE_KEY} out of the template, then plan again",
            )
        ]
    for key, value in values.items():
        wanted = required_values(spec, key)
        if key not in spec.node_selector and wanted is not None and value not in wanted:
            return [
                Blocker(
                    rule="PSK204",
                    target=workload.target,
                    why=f"its node affinity requires {key} in {sorted(wanted)}",
                    fix=f"Add {value} to that list, or use a nodeSelector, then plan again",
                )
            ]
    return []


def drain_strands(workload: WorkloadFacts, stranded: int) -> str:
    """Why a workload that could be drained moves by its template."""
    return (
        f"{workload.target} fits both versions, but a drain would leave {stranded} of its pods "
        "without a node: by their hard rules about each other the emptied nodes still count. So "
        "its template changes instead, to select the new nodes alone. A rollback would wait until "
        "its topology spread has nodeTaintsPolicy: Honor; with that set now, a drain would do"
    )


def placement_blockers(workload: WorkloadFacts, stranded: int, green: str) -> list[Blocker]:
    """Hard rules about other pods under which some new pods find no node on green either."""
    if not stranded:
        return []
    return [
        Blocker(
            rule="PSK212",
            target=workload.target,
            why=f"by its hard rules about where its pods are (topology spread, anti-affinity) "
            f"{stranded} of its {workload.replicas} pods find no node on {green}",
            fix="For the move, set nodeTaintsPolicy: Honor (and nodeAffinityPolicy: Honor) in its "
            "topology spread, or make the rule a preference (ScheduleAnyway), or set its "
            "maxUnavailable to 1; then plan again",
        )
    ]


def drain_blockers(workload: WorkloadFacts) -> list[Blocker]:
    """A Deployment under an autoscaler whose settings let no pod be missing cannot be drained."""
    if not lacks_slack(workload):
        return []
    return [
        Blocker(
            rule="PSK210",
            target=workload.target,
            why=f"its {workload.replicas} replicas may not miss a pod (maxUnavailable comes to 0), "
            "and its autoscaler would take back the extra pod that the move needs",
            fix="Set its maxUnavailable to 1, or raise the autoscaler's minimum to 4",
        )
    ]


def _names(places: Iterable[Place]) -> str:
    return ", ".join(p.pool for p in places)


def pinned_to_green(workload: WorkloadFacts, places: tuple[Place, ...], green: str) -> str:
    """Why a template names the new pool."""
    return (
        f"{workload.target} selects the pool {green} by name: {_names(places)} would take its "
        "pods, too, and lacks identities that they may need. Assign those there and plan again "
        "to do without the name"
    )


def identity_blockers(workload: WorkloadFacts, places: tuple[Place, ...]) -> list[Blocker]:
    """A workload that cannot be kept off pools which lack identities."""
    if not places:
        return []
    return [
        Blocker(
            rule="PSI302",
            target=workload.target,
            why=f"its pods may land on {_names(places)}, which lacks identities of their pool",
            fix="Assign them to the scale set of that pool (az vmss identity assign), then plan "
            "again",
        )
    ]
