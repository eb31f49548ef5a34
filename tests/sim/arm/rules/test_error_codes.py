"""Every error of the catalog that a call about pools or clusters can meet: met, or why not."""

from __future__ import annotations

from tests.sim.arm.rules.clustercases import CASES as CLUSTER_CASES
from tests.sim.arm.rules.poolcases import CASES as POOL_CASES

from poolshift.catalog import load_catalog

# Raised, but by another part than the rules.
ELSEWHERE = {
    ("PreconditionFailed", ""): "eTags are looked at before any rule; tests of pools",
    ("RequestDisallowedByPolicy", ""): "ARM's front door; tests of governance",
    ("UnsatisfiablePDB", ""): "budgets are looked at by upgrades themselves",
    ("PodDrainFailure", ""): "fails an operation that runs; tests of pools",
    ("UpgradeFailed", ""): "an older name of PodDrainFailure, which is what is answered",
}
# Raised nowhere by a rule: they say how an operation failed that had been accepted.
OF_OPERATIONS = {
    ("NodesNotReady", ""): "the local AKS' nodes become ready, or their faults say otherwise",
    ("Cordoned nodes have used all surge nodes", ""): "words of an UpgradeFailed; tests of faults",
    ("FailedToCreateNodeCustomizationVHD", ""): "the local AKS prepares no node images",
}
# Raised by a rule; its test needs more than a request.
ALSO = {
    ("SubnetIsFull", ""): "test_surge.py",
    ("DeleteVMSSAgentPoolFailed", ""): "test_governance.py",
    ("CreateVMSSAgentPoolFailed", ""): "test_governance.py",
    ("ReconcileVMSSAgentPoolFailed", ""): "test_governance.py",
}


def of_pools_and_clusters() -> set[tuple[str, str]]:
    return {
        (error.code, error.sub)
        for error in load_catalog().errors.errors
        if error.kind == "arm" and any(p.startswith(("pool-", "cluster-")) for p in error.phase)
    }


def refused() -> set[tuple[str, str]]:
    return {(case.code, case.sub) for case in (*POOL_CASES, *CLUSTER_CASES)}


def test_every_error_of_the_catalog_is_refused_or_told_why_not() -> None:
    told = {*ELSEWHERE, *OF_OPERATIONS, *ALSO}
    assert of_pools_and_clusters() - refused() - told == set()


def test_nothing_is_told_away_that_is_refused() -> None:
    told = {*ELSEWHERE, *OF_OPERATIONS, *ALSO}
    assert told & refused() == set()
    assert told <= of_pools_and_clusters()
