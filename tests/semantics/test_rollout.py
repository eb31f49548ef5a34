from __future__ import annotations

import pytest

from poolshift.core.kube import RollingUpdate, Strategy, Workload, WorkloadSpec
from poolshift.semantics.rollout import Pace, deployment_pace, lowest_ready


def workload(
    replicas: int | None, *, kind: str = "RollingUpdate", rolling: RollingUpdate | None = None
) -> Workload:
    strategy = Strategy(kind, rolling)
    return Workload(
        spec=WorkloadSpec(replicas=replicas, strategy=strategy, update_strategy=strategy)
    )


@pytest.mark.parametrize(
    ("replicas", "rolling", "pace"),
    [
        pytest.param(3, None, Pace(1, 0), id="defaults-of-three"),
        pytest.param(4, None, Pace(1, 1), id="defaults-of-four"),
        pytest.param(None, None, Pace(1, 0), id="one-when-absent"),
        pytest.param(10, RollingUpdate("25%", "25%"), Pace(3, 2), id="quarter"),
        pytest.param(4, RollingUpdate(0, 0), Pace(0, 1), id="two-zeros-move-one"),
        pytest.param(3, RollingUpdate("10%", "0%"), Pace(0, 1), id="zero-after-rounding"),
        pytest.param(2, RollingUpdate(5, 0), Pace(0, 2), id="no-more-than-there-are"),
    ],
)
def test_the_pace_of_a_deployment(
    replicas: int | None, rolling: RollingUpdate | None, pace: Pace
) -> None:
    assert deployment_pace(workload(replicas, rolling=rolling)) == pace


@pytest.mark.parametrize(
    ("kind", "given", "lowest"),
    [
        pytest.param("Deployment", workload(3), 3, id="surging"),
        pytest.param("Deployment", workload(3, kind="Recreate"), 0, id="recreate"),
        pytest.param("StatefulSet", workload(3), 2, id="stateful"),
        pytest.param(
            "StatefulSet", workload(4, rolling=RollingUpdate("50%")), 2, id="stateful-half"
        ),
        pytest.param("StatefulSet", workload(3, kind="OnDelete"), 3, id="on-delete"),
        pytest.param("ReplicaSet", workload(3), 3, id="bare-replica-set"),
    ],
)
def test_the_lowest_ready_count_of_a_rollout(kind: str, given: Workload, lowest: int) -> None:
    assert lowest_ready(given, kind) == lowest
