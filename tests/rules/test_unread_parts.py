"""What could not be read is not checked by the rules that need it, once and with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.rules.asked import run

from poolshift.core.arm import LoadBalancerProfile
from poolshift.core.snapshot import SubnetFacts, Unknown, WebhookFacts

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

NEEDS = (
    ("PSK300", "networkpolicies"),
    ("PSK301", "networkpolicies"),
    ("PSK306", "services"),
    ("PSK307", "services"),
    ("PSK308", "services"),
    ("PSK309", "services"),
    ("PSK310", "services"),
    ("PSK311", "ingresses"),
    ("PSK342", "maintenance"),
    ("PSK345", "deprecated-apis"),
    ("PSK352", "locks"),
    ("PSK353", "policies"),
    ("PSK362", "validatingwebhookconfigurations"),
    ("PSK362", "endpointslices"),
    ("PSK368", "poddisruptionbudgets"),
    ("PSC402", "vm-sizes"),
    ("PSC410", "configmap/cluster-autoscaler-priority-expander"),
    ("PSC413", "nodes"),
    ("PSC414", "pods"),
    ("PSC416", "resourcequotas"),
    ("PSC418", "nodes"),
    ("PSC419", "configmap/cluster-autoscaler-status"),
)
ENGINE = {"PSK300": "azure", "PSK301": "calico"}


@pytest.mark.parametrize(("rule", "area"), NEEDS, ids=[f"{r}-{a}" for r, a in NEEDS])
def test_unread_part_is_not_checked(rule: str, area: str, snapshots: Any, catalog: Catalog) -> None:
    network = msgspec.structs.replace(
        snapshots.clean().cluster.network, network_policy=ENGINE.get(rule)
    )
    snapshot = msgspec.structs.replace(
        snapshots.cluster(network=network, autoscaler_profile={"expander": "priority"}),
        pools=(
            snapshots.system_pool(os_sku="Ubuntu2204"),
            snapshots.windows_pool(autoscaling=True, min_count=1, max_count=3),
            snapshots.windows_pool(name="web22"),
        ),
        workloads=(snapshots.workload(autoscaler_max=3),),
        webhooks=(WebhookFacts("K/guard/g", service="ops/Service/guard", pods=True),),
        unknown=(Unknown(area, "403 Forbidden"),),
    )
    _, not_checked = run(rule, snapshot, catalog, to="Windows2025")
    said = [n for n in not_checked if n.reason == f"{area} could not be read: 403 Forbidden"]
    assert [n.target for n in said] == ["cluster"]


@pytest.mark.parametrize("rule", ["PSK346", "PSK347"])
def test_versions_that_were_not_read_are_not_checked(
    rule: str, snapshots: Any, catalog: Catalog
) -> None:
    unknown = (Unknown("kubernetes-versions", "timeout"),)
    snapshot = snapshots.changed(offers=(), unknown=unknown)
    findings, not_checked = run(rule, snapshot, catalog, to="Windows2025")
    assert (findings, len(not_checked)) == ([], 1)


@pytest.mark.parametrize(
    ("subnets", "unknown", "reason"),
    [
        ((), (), "it was not found"),
        ((), (Unknown("subnets", "403"),), "403"),
        (
            (SubnetFacts("/a", ("10.0.0.0/24",)), SubnetFacts("/b", ("10.1.0.0/24",))),
            (),
            "2 subnets may be the one that the service made",
        ),
    ],
)
def test_unknown_subnet_is_not_checked_once_for_all_pools(
    subnets: Any, unknown: Any, reason: str, snapshots: Any, catalog: Catalog
) -> None:
    pools = (snapshots.windows_pool(), snapshots.windows_pool(name="web22"))
    snapshot = snapshots.changed(pools=pools, subnets=subnets, unknown=unknown)
    findings, [not_checked] = run("PSC403", snapshot, catalog, to="Windows2025")
    assert findings == []
    assert not_checked.reason == f"the subnet of web22, ws22: {reason}"


def test_named_subnet_is_found_in_any_case_or_not_checked(snapshots: Any, catalog: Catalog) -> None:
    def asked(found: tuple[SubnetFacts, ...], *unknown: Unknown) -> Any:
        pool = snapshots.windows_pool(subnet_id="/Nets/A/subnets/Win")
        snapshot = snapshots.changed(pools=(pool,), subnets=found, unknown=unknown)
        return run("PSC403", snapshot, catalog, to="Windows2025")

    full = SubnetFacts("/nets/a/subnets/win", ("10.0.0.0/28",), used=11)
    assert [f.blocks for f in asked((full,))[0]] == [True]
    _, [missing] = asked(())
    assert missing.reason == "the subnet of ws22: the snapshot does not have /nets/a/subnets/win"
    _, [denied] = asked((), Unknown("subnet//Nets/A/subnets/Win", "403"))
    assert denied.reason == "the subnet of ws22: 403"


def test_unknown_addresses_of_the_load_balancer_are_not_checked(
    snapshots: Any, catalog: Catalog
) -> None:
    network = msgspec.structs.replace(
        snapshots.clean().cluster.network,
        outbound_type="loadBalancer",
        load_balancer_profile=LoadBalancerProfile(allocated_outbound_ports=1000),
    )
    findings, not_checked = run("PSC406", snapshots.cluster(network=network), catalog)
    assert (findings, len(not_checked)) == ([], 1)


def test_quota_of_an_automatic_cluster_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    findings, not_checked = run("PSC401", snapshots.cluster(automatic=True), catalog)
    assert (findings, [n.target for n in not_checked]) == ([], ["cluster"])


def test_unreadable_pod_range_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    network = msgspec.structs.replace(snapshots.clean().cluster.network, pod_cidr="10.0.0.300/8")
    findings, not_checked = run("PSC404", snapshots.cluster(network=network), catalog)
    assert (findings, len(not_checked)) == ([], 1)


def test_default_disk_is_not_checked_and_an_unknown_one_is_left_alone(
    snapshots: Any, catalog: Catalog
) -> None:
    pool = snapshots.windows_pool(raw={"properties": {"osDiskSizeGB": 0}})
    _, not_checked = run("PSC415", snapshots.changed(pools=(pool,)), catalog)
    assert [n.target for n in not_checked] == ["pool/ws22"]
