"""Whether a workload can be drained without falling below what it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.rollout import may_miss

if TYPE_CHECKING:
    from poolshift.core.snapshot import WorkloadFacts


def lacks_slack(workload: WorkloadFacts) -> bool:
    """Whether no pod may be missing and no pod can be added for the time of the move.

    A drained Deployment that may miss no pod gets one more while it moves; under an autoscaler
    that one would be taken back.
    """
    if workload.kind != "Deployment" or workload.autoscaler_max is None:
        return False
    return workload.replicas > 0 and may_miss(workload.strategy, workload.replicas) == 0
