"""Rules on network and cluster beyond their cases: counts, names that lie, ways out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.rules.asked import run

from poolshift.core.arm import NetworkProfile, ScaleSet
from poolshift.core.finding import Severity
from poolshift.core.kube import LabelSelector
from poolshift.core.snapshot import (
    EndpointFacts,
    LockFacts,
    NetworkPolicyFacts,
    OfferFacts,
    PolicyFacts,
    ServiceFacts,
    WebhookFacts,
)

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

EVIL = "x; rm -rf /"


def test_policies_of_other_namespaces_select_nothing_here(snapshots: Any, catalog: Catalog) -> None:
    policies = (
        NetworkPolicyFacts("shop/NetworkPolicy/cart", LabelSelector({"app": "cart"})),
        NetworkPolicyFacts("shop/NetworkPolicy/all"),
        NetworkPolicyFacts("other/NetworkPolicy/all"),
    )
    network = NetworkProfile("azure", "overlay", "azure")
    snapshot = msgspec.structs.replace(
        snapshots.cluster(network=network), network_policies=policies
    )
    [finding], _ = run("PSK300", snapshot, catalog)
    assert finding.why.startswith("2 NetworkPolicies select 1 Windows workloads")


def test_engine_that_has_not_ended_yet_is_recommended_to_replace(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = snapshots.cluster(network=NetworkProfile("azure", "overlay", "azure"))
    [before], _ = run("PSK300", snapshot, catalog, as_of=date(2026, 9, 29))
    assert (before.severity, before.deadline) == (Severity.RECOMMENDED, "2026-09-30")
    [after], _ = run("PSK300", snapshot, catalog, as_of=date(2026, 9, 30))
    assert after.severity == Severity.REQUIRED


def test_old_pool_that_the_network_mode_no_longer_takes_does_not_block(
    snapshots: Any, catalog: Catalog
) -> None:
    pool = snapshots.windows_pool(
        os_sku="Windows2019", raw={"properties": {"podSubnetID": "/net/subnets/pods"}}
    )
    findings, _ = run("PSK302", snapshots.changed(pools=(pool,)), catalog, to="Windows2022")
    assert [(f.severity, f.blocks) for f in findings] == [(Severity.INFO, False)]


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("/subscriptions/00000000-0000-0000-0000-000000000001", True),
        ("/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/SHOP-RG/", True),
        ("/subscriptions/x/resourceGroups/MC_shop/providers/Microsoft.Compute/vmss/a", True),
        ("/subscriptions/00000000-0000-0000-0000-00000000000", False),
        ("/subscriptions/x/resourceGroups/other", False),
    ],
)
def test_lock_counts_where_it_covers_the_cluster_or_its_nodes(
    scope: str, told: bool, snapshots: Any, catalog: Catalog
) -> None:
    snapshot = snapshots.changed(locks=(LockFacts("keep", "CanNotDelete", scope),))
    findings, _ = run("PSK352", snapshot, catalog)
    assert bool(findings) == told


def test_names_from_the_cluster_are_quoted_in_commands(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(
        locks=(LockFacts(EVIL, "ReadOnly", "/subscriptions/00000000-0000-0000-0000-000000000001"),),
        policies=(PolicyFacts("ws22", f"/p/{EVIL.replace('/', '-')}", "deny"),),
        webhooks=(WebhookFacts(f"K/{EVIL[:9]}/h", service="a/Service/b", pods=True),),
    )
    for rule in ("PSK352", "PSK353", "PSK362"):
        [finding], _ = run(rule, snapshot, catalog, to="Windows2025")
        command = finding.fix.partition(": ")[2]
        assert "'" in command
        assert " x; rm" not in command


def test_webhook_outside_of_the_cluster_is_not_looked_behind(
    snapshots: Any, catalog: Catalog
) -> None:
    webhooks = (
        WebhookFacts("K/url/h", pods=True),
        WebhookFacts("K/external/h", service="ops/Service/far", pods=True),
        WebhookFacts("K/nodes/h", service="ops/Service/none", nodes=True),
    )
    services = (ServiceFacts("ops/Service/far", "ExternalName"),)
    snapshot = snapshots.changed(webhooks=webhooks, services=services)
    assert run("PSK362", snapshot, catalog) == ([], [])


def test_webhook_on_unknown_nodes_is_not_said_to_move(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(
        webhooks=(WebhookFacts("K/g/h", service="ops/Service/g", pods=True),),
        endpoints=(EndpointFacts("ops/Service/g", 1, 1, ("gone",)),),
    )
    assert run("PSK363", snapshot, catalog, to="Windows2025") == ([], [])


def test_identity_of_a_pool_that_stays_needs_no_open_node_group(
    snapshots: Any, catalog: Catalog
) -> None:
    scale_sets = (ScaleSet("/vmss", "vmss", "system", ("/id/vault",)),)
    snapshot = msgspec.structs.replace(
        snapshots.cluster(restriction_level="ReadOnly"), scale_sets=scale_sets
    )
    assert run("PSK354", snapshot, catalog, to="Windows2025") == ([], [])


def test_long_term_support_may_skip_minors(snapshots: Any, catalog: Catalog) -> None:
    offers = (OfferFacts("1.33", ("1.33.8",), upgrades=("1.33.8",)),)
    snapshot = msgspec.structs.replace(
        snapshots.cluster(kubernetes_version="1.30.4"), offers=offers
    )
    assert run("PSK344", snapshot, catalog, to="Windows2025") == ([], [])


def test_skew_below_an_old_control_plane_is_narrower(snapshots: Any, catalog: Catalog) -> None:
    def lag(control_plane: str, pool: str) -> list[str]:
        cluster = snapshots.cluster(kubernetes_version=control_plane).cluster
        pools = (snapshots.system_pool(kubernetes_version=pool),)
        found, _ = run("PSK343", snapshots.changed(cluster=cluster, pools=pools), catalog)
        return [str(f.severity) for f in found]

    assert lag("1.27.3", "1.25.1") == ["recommended"]
    assert lag("1.27.3", "1.24.1") == ["required"]
    assert lag("1.28.3", "1.26.1") == []
    assert lag("1.28.3", "") == []


def test_way_out_of_a_withdrawn_patch_is_one_that_is_offered(
    snapshots: Any, catalog: Catalog
) -> None:
    offers = (OfferFacts("1.35", ("1.35.3", "1.35.4")), OfferFacts("1.36", ("1.36.0",)))
    [finding], _ = run("PSK347", snapshots.changed(offers=offers), catalog, to="Windows2025")
    assert "--control-plane-only --kubernetes-version 1.35.4 --yes" in finding.fix
    [finding], _ = run("PSK347", snapshots.changed(offers=offers[1:]), catalog, to="Windows2025")
    assert "az aks get-versions" in finding.fix
