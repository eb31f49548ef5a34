"""Each rule with a snapshot that it finds something in, and one in which it doesn't."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from tests.rules.asked import TODAY, run, spread_out

from poolshift.core.arm import NetworkProfile, ScaleSet, Usage, VmSize
from poolshift.core.finding import Severity
from poolshift.core.image import ImageFacts, Platform
from poolshift.core.kube import (
    SecurityContext,
    Strategy,
    WindowsOptions,
)
from poolshift.core.snapshot import (
    BudgetFacts,
    NodeFacts,
    PodFacts,
    Snapshot,
    TemplateFacts,
    Unknown,
)
from poolshift.rules import RULES, Context

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

Make = Callable[[Any], Snapshot]


def old_pool(s: Any, **changes: Any) -> Snapshot:
    pool = s.windows_pool(os_sku="Windows2019", kubernetes_version="1.32.1", **changes)
    snapshot: Snapshot = s.changed(pools=(s.system_pool(), pool))
    return snapshot


def _at(s: Any, version: str) -> Snapshot:
    cluster = s.cluster(kubernetes_version=version).cluster
    snapshot: Snapshot = s.changed(cluster=cluster, pools=old_pool(s).pools)
    return snapshot


def budget(**figures: Any) -> BudgetFacts:
    return BudgetFacts(
        "shop/PodDisruptionBudget/cart",
        expected=3,
        healthy=3,
        workloads=("shop/Deployment/cart",),
        **figures,
    )


ON_DELETE = Strategy("OnDelete")

HITS: list[tuple[str, Make, str | None, bool]] = [
    ("PSW101", lambda s: old_pool(s), None, False),
    ("PSW102", lambda s: _at(s, "1.37.0"), "Windows2022", True),
    ("PSW103", lambda s: s.cluster(kubernetes_version="1.31.4"), "Windows2025", True),
    (
        "PSW104",
        lambda s: s.changed(images=(s.windows_image(s.both, "10.0.17763.1"),)),
        "Windows2025",
        True,
    ),
    (
        "PSW105",
        lambda s: s.changed(images=(s.windows_image(s.both, ""),)),
        "Windows2025",
        True,
    ),
    (
        "PSW106",
        lambda s: s.changed(
            pools=(
                s.windows_pool(),
                *(s.windows_pool(name=f"ws{n}", os_sku="Windows2025") for n in range(100)),
            )
        ),
        "Windows2025",
        True,
    ),
    (
        "PSW107",
        lambda s: old_pool(s, vm_size="Standard_D4ds_v6"),
        "Windows2019",
        True,
    ),
    (
        "PSW108",
        lambda s: s.changed(pools=(s.windows_pool(fips=False),)),
        "Windows2025",
        False,
    ),
    (
        "PSK201",
        lambda s: s.changed(workloads=(s.workload(node_selector={"kubernetes.io/os": "windows"}),)),
        "Windows2025",
        False,
    ),
    ("PSK202", lambda s: s.changed(budgets=(budget(min_available=3),)), "Windows2025", True),
    (
        "PSK203",
        lambda s: s.changed(workloads=(s.workload("tool", kind="Pod"),)),
        "Windows2025",
        True,
    ),
    (
        "PSK204",
        lambda s: s.changed(workloads=(s.workload(node_selector={"agentpool": "ws22"}),)),
        "Windows2025",
        True,
    ),
    ("PSK205", lambda s: s.cluster(network=NetworkProfile("kubenet")), "Windows2025", True),
    (
        "PSK206",
        lambda s: s.changed(pools=(s.system_pool(count=1), s.windows_pool())),
        None,
        False,
    ),
    ("PSK207", lambda s: s.cluster(provisioning_state="Failed"), None, True),
    ("PSK208", lambda s: s.cluster(kubernetes_version="1.32.3"), None, False),
    (
        "PSX902",
        lambda s: s.changed(unknown=(Unknown("pods", "403"),)),
        None,
        True,
    ),
    (
        "PSK209",
        lambda s: s.changed(
            nodes=(NodeFacts("aksws22000000", "ws22", "windows"),),
            pods=(
                PodFacts("q", "main-0", "u", "q/RabbitmqCluster/main", "aksws22000000", "Running"),
            ),
        ),
        "Windows2025",
        True,
    ),
    (
        "PSK210",
        lambda s: s.changed(workloads=(s.workload(autoscaler_max=6),)),
        "Windows2025",
        True,
    ),
    (
        "PSK211",
        lambda s: s.changed(workloads=(s.workload(kind="StatefulSet", strategy=ON_DELETE),)),
        "Windows2025",
        True,
    ),
    ("PSK212", lambda s: spread_out(s, 6), "Windows2025", False),
    (
        "PSI301",
        lambda s: s.changed(
            scale_sets=(ScaleSet("/vmss", "vmss", "ws22", ("/id/kubelet", "/id/vault")),)
        ),
        "Windows2025",
        False,
    ),
    (
        "PSI302",
        lambda s: s.changed(
            pools=(s.windows_pool(), s.windows_pool(name="web25", os_sku="Windows2025")),
            scale_sets=(
                ScaleSet("/vmss", "vmss", "ws22", ("/id/kubelet", "/id/vault")),
                ScaleSet("/vmss2", "vmss2", "web25", ("/id/kubelet",)),
            ),
        ),
        "Windows2025",
        False,
    ),
    (
        "PSC401",
        lambda s: s.changed(usages=(Usage("standardDSv5Family", 98, 100),)),
        "Windows2025",
        True,
    ),
]

TELLS_OF_EVERY_MOVE = ("PSW101", "PSW109", "PSW115", "PSW131", "PSK239")
"""What these say of a pool is information about any pool of its OS, however well it is kept."""


@pytest.mark.parametrize(
    ("rule", "make", "to", "blocks"), HITS, ids=[f"{h[0]}-{h[2]}" for h in HITS]
)
def test_rule_finds_it(
    rule: str, make: Make, to: str | None, blocks: bool, snapshots: Any, catalog: Catalog
) -> None:
    snapshot = make(snapshots)
    findings, _ = run(rule, snapshot, catalog, to=to)
    assert findings
    assert all(f.rule == rule and f.what and f.why and f.fix and f.evidence for f in findings)
    assert all(f.docs == f"docs/rules/{rule}.md" for f in findings)
    assert any(f.blocks for f in findings) == blocks


@pytest.mark.parametrize("rule", [r.id for r in RULES])
def test_rule_finds_nothing_in_a_clean_cluster(rule: str, snapshots: Any, catalog: Catalog) -> None:
    findings, not_checked = run(rule, snapshots.clean(), catalog, to="Windows2025")
    if rule in TELLS_OF_EVERY_MOVE:
        assert {f.severity for f in findings} <= {Severity.INFO}
    else:
        assert findings == []
    assert not_checked == []


def test_deadline_is_the_next_day_ahead_and_past_ones_make_it_required(
    snapshots: Any, catalog: Catalog
) -> None:
    (finding,), _ = run("PSW101", old_pool(snapshots), catalog)
    assert finding.severity == Severity.REQUIRED
    assert finding.deadline == "2027-04-01"
    assert "patch ended 2026-03-01" in finding.what
    assert "scale ends 2027-04-01" in finding.what


def test_deadline_far_ahead_is_information(snapshots: Any, catalog: Catalog) -> None:
    (finding,), _ = run("PSW101", old_pool(snapshots), catalog, as_of=date(2022, 10, 15))
    assert finding.severity == Severity.INFO


def test_superseded_claims_stand_in_the_evidence(snapshots: Any, catalog: Catalog) -> None:
    (finding,), _ = run("PSW101", snapshots.clean(), catalog)
    disagreeing = [e for e in finding.evidence if e.path.endswith("disagrees")]
    assert any("2027-03-15" in e.value for e in disagreeing)


def test_claims_for_other_minors_stand_in_the_evidence(snapshots: Any, catalog: Catalog) -> None:
    (finding,), _ = run("PSW101", old_pool(snapshots), catalog)
    assert any("at Kubernetes >=1.33" in e.path for e in finding.evidence)


def test_os_without_a_record_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    pool = snapshots.windows_pool(os_sku="Windows2031")
    findings, not_checked = run("PSW101", snapshots.changed(pools=(pool,)), catalog)
    assert not findings
    assert [n.target for n in not_checked] == ["pool/ws22"]


def test_unversioned_os_sku_is_judged_by_what_it_stands_for(
    snapshots: Any, catalog: Catalog
) -> None:
    pool = snapshots.system_pool(os_sku="AzureLinux", kubernetes_version="1.31.2")
    (finding,), _ = run("PSW101", snapshots.changed(pools=(pool,)), catalog)
    assert finding.what.startswith("Azure Linux 2.0")
    assert "--os-sku AzureLinux3" in finding.fix
    newer = snapshots.system_pool(os_sku="AzureLinux", kubernetes_version="1.32.2")
    assert run("PSW101", snapshots.changed(pools=(newer,)), catalog) == ([], [])


def test_control_plane_fix_names_version_and_command(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.cluster(kubernetes_version="1.31.4")
    (finding,), _ = run("PSW103", snapshot, catalog, to="Windows2025")
    assert "--kubernetes-version 1.32" in finding.fix
    assert "-g shop-rg -n shop" in finding.fix


def test_image_with_a_mapping_names_the_new_tag_and_does_not_block(
    snapshots: Any, catalog: Catalog
) -> None:
    ref = "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019"
    snapshot = snapshots.changed(
        pools=(snapshots.windows_pool(os_sku="Windows2019"),),
        workloads=(snapshots.workload(image=ref),),
        images=(snapshots.windows_image(ref, "10.0.17763.3165"),),
    )
    (finding,), _ = run("PSW104", snapshot, catalog, to="Windows2022")
    assert finding.severity == Severity.REQUIRED
    assert not finding.blocks
    assert "windowsservercore-ltsc2022" in finding.what


def test_image_of_2022_on_2025_is_information(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(
        images=(snapshots.windows_image(snapshots.both, "10.0.20348.825"),)
    )
    (finding,), _ = run("PSW104", snapshot, catalog, to="Windows2025")
    assert finding.severity == Severity.INFO
    assert not finding.blocks


def test_unread_image_is_not_checked_with_the_reason(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(
        images=(), unknown=(Unknown(f"image/{snapshots.both}", "401 from the registry"),)
    )
    findings, (not_checked,) = run("PSW104", snapshot, catalog, to="Windows2025")
    assert not findings
    assert "401 from the registry" in not_checked.reason


def test_host_process_containers_are_left_out(snapshots: Any, catalog: Catalog) -> None:
    context = SecurityContext(windows_options=WindowsOptions(host_process=True))
    snapshot = snapshots.changed(
        workloads=(snapshots.workload(spec={"security_context": context}),),
        images=(snapshots.windows_image(snapshots.both, "10.0.17763.1"),),
    )
    assert run("PSW104", snapshot, catalog, to="Windows2025") == ([], [])


def test_images_that_the_service_ships_do_not_block(snapshots: Any, catalog: Catalog) -> None:
    shipped = snapshots.workload(target="kube-system/DaemonSet/csi-node-win")
    snapshot = snapshots.changed(
        workloads=(shipped,), images=(snapshots.windows_image(snapshots.both, "10.0.17763.1"),)
    )
    (finding,), _ = run("PSW104", snapshot, catalog, to="Windows2025")
    assert not finding.blocks


def test_linux_only_image_in_a_windows_workload_must_be_rebuilt(
    snapshots: Any, catalog: Catalog
) -> None:
    facts = ImageFacts(snapshots.both, "sha256:0", (Platform("linux"),))
    (finding,), _ = run("PSW104", snapshots.changed(images=(facts,)), catalog, to="Windows2025")
    assert finding.blocks
    assert "no Windows platform" in finding.why


def test_generation_refusal_quotes_the_service_code(snapshots: Any, catalog: Catalog) -> None:
    pool = snapshots.windows_pool(os_sku="WindowsAnnual", vm_size="Standard_D4ds_v6")
    old = snapshots.windows_pool(os_sku="Windows2019", vm_size="Standard_D4ds_v6")
    (header,), _ = run("PSW107", snapshots.changed(pools=(old,)), catalog, to="Windows2022")
    assert "UseWindowsGen2VM=true" in header.fix
    (refused,), _ = run("PSW107", snapshots.changed(pools=(old,)), catalog, to="Windows2019")
    assert "ErrorCode_Windows2019NotSupportedWithGen2VM" in refused.why
    assert refused.blocks
    assert run("PSW107", snapshots.changed(pools=(pool,)), catalog, to="Windows2025") == ([], [])


def test_what_the_region_says_of_a_size_beats_the_table(snapshots: Any, catalog: Catalog) -> None:
    size = VmSize("standard_d4s_V5", "standardDSv5Family", 4, 16, ("V2",))
    pool = snapshots.windows_pool(os_sku="Windows2019")
    snapshot = snapshots.changed(pools=(pool,), vm_sizes=(size,))
    (finding,), _ = run("PSW107", snapshot, catalog, to="Windows2022")
    assert finding.severity == Severity.INFO


def test_size_that_nobody_knows_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    pool = snapshots.windows_pool(vm_size="Standard_Z1")
    findings, not_checked = run("PSW107", snapshots.changed(pools=(pool,)), catalog)
    assert (findings, len(not_checked)) == ([], 1)


def test_budget_elsewhere_is_reported_and_does_not_block(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(
        workloads=(snapshots.workload(pools={"system": 3}),), budgets=(budget(min_available=3),)
    )
    (finding,), _ = run("PSK202", snapshot, catalog, to="Windows2025")
    assert not finding.blocks


def test_a_job_that_has_ended_is_no_concern_and_its_cron_job_is(
    snapshots: Any, catalog: Catalog
) -> None:
    wide = {"kubernetes.io/os": "windows"}
    ended = snapshots.workload("nightly-1", kind="Job", pools={}, node_selector=wide)
    running = snapshots.workload("nightly-2", kind="Job", pools={"ws22": 1}, node_selector=wide)
    made = TemplateFacts("shop/CronJob/nightly", ended.template)
    snapshot = snapshots.changed(workloads=(ended, running), templates=(made,))
    findings, _ = run("PSK201", snapshot, catalog)
    assert {f.target for f in findings} == {"shop/Job/nightly-2", "shop/CronJob/nightly"}
    old = snapshots.changed(
        workloads=(ended,), images=(snapshots.windows_image(snapshots.both, "10.0.17763.1"),)
    )
    assert run("PSW104", old, catalog, to="Windows2025") == ([], [])


@pytest.mark.parametrize(
    ("kind", "blocks"), [("DaemonSet", False), ("Job", True), ("Deployment", None)]
)
def test_budget_that_cannot_count_its_pods_allows_none(
    kind: str, blocks: bool | None, snapshots: Any, catalog: Catalog
) -> None:
    agent = snapshots.workload("agent", kind=kind)
    found = BudgetFacts(
        "shop/PodDisruptionBudget/all", max_unavailable=1, workloads=(agent.target,)
    )
    snapshot = snapshots.changed(workloads=(agent,), budgets=(found,))
    findings, _ = run("PSK202", snapshot, catalog, to="Windows2025")
    assert [f.blocks for f in findings] == ([] if blocks is None else [blocks])


def test_unreadable_figures_and_budgets_are_not_checked(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(
        budgets=(budget(min_available="most"),), unknown=(Unknown("poddisruptionbudgets", "403"),)
    )
    findings, not_checked = run("PSK202", snapshot, catalog)
    assert not findings
    assert {n.target for n in not_checked} == {"cluster", "shop/PodDisruptionBudget/cart"}


def test_stopped_cluster_gets_the_start_command(snapshots: Any, catalog: Catalog) -> None:
    (finding,), _ = run("PSK207", snapshots.cluster(power_state="Stopped"), catalog)
    assert finding.fix == "Start it: az aks start -g shop-rg -n shop"


def test_names_from_the_cluster_are_quoted_in_commands(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.cluster(name="shop; rm -rf /", power_state="Stopped")
    (finding,), _ = run("PSK207", snapshot, catalog)
    assert "'shop; rm -rf /'" in finding.fix


def test_long_term_support_moves_the_end_of_a_kubernetes_version(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = snapshots.cluster(kubernetes_version="1.32.3", support_plan="AKSLongTermSupport")
    assert run("PSK208", snapshot, catalog) == ([], [])
    unknown = snapshots.cluster(kubernetes_version="1.23.8")
    findings, not_checked = run("PSK208", unknown, catalog)
    assert (findings, len(not_checked)) == ([], 1)


def test_quota_for_some_nodes_recommends_batches(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(usages=(Usage("standardDSv5Family", 92, 100),))
    (finding,), _ = run("PSC401", snapshot, catalog, to="Windows2025")
    assert not finding.blocks
    assert "begin with 2 nodes of green" in finding.fix
    without = snapshots.changed(usages=())
    assert run("PSC401", without, catalog, to="Windows2025")[1]


def test_missing_scale_set_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(scale_sets=(), unknown=(Unknown("scale-sets", "403"),))
    findings, (not_checked,) = run("PSI301", snapshot, catalog, to="Windows2025")
    assert (findings, not_checked.reason) == ([], "403")


def test_rules_say_once_what_several_pools_share(snapshots: Any, catalog: Catalog) -> None:
    shared = {"ws22": 1, "ws22b": 2}
    snapshot = snapshots.changed(
        pools=(snapshots.windows_pool(), snapshots.windows_pool(name="ws22b")),
        workloads=(
            snapshots.workload(pools=shared, node_selector={"kubernetes.io/os": "windows"}),
            snapshots.workload("tool", kind="Pod", pools=shared),
        ),
        images=(snapshots.windows_image(snapshots.both, "10.0.17763.1"),),
    )
    for rule, count in (("PSW104", 2), ("PSK201", 1), ("PSK203", 1)):
        assert len(run(rule, snapshot, catalog, to="Windows2025")[0]) == count


def test_control_plane_far_below_names_the_way(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.cluster(kubernetes_version="1.23.8")
    (finding,), _ = run("PSW103", snapshot, catalog, to="Windows2025")
    assert "(1.24, …, 1.32)" in finding.fix
    near = snapshots.cluster(kubernetes_version="1.30.0")
    (finding,), _ = run("PSW103", near, catalog, to="Windows2025")
    assert "(1.31, 1.32)" in finding.fix


def test_target_without_a_first_minor_needs_no_control_plane(
    snapshots: Any, catalog: Catalog
) -> None:
    pool = snapshots.system_pool(os_sku="Ubuntu2204")
    snapshot = snapshots.changed(pools=(pool,))
    assert run("PSW103", snapshot, catalog, to="Ubuntu") == ([], [])


def test_target_past_its_day_for_new_pools_blocks(snapshots: Any, catalog: Catalog) -> None:
    snapshot = _at(snapshots, "1.33.1")
    (finding,), _ = run("PSW102", snapshot, catalog, to="WindowsAnnual")
    assert finding.deadline == "2026-05-15"
    assert finding.blocks
    assert run("PSW102", snapshot, catalog) == ([], [])


def test_pool_without_a_target_is_sent_to_the_catalog(snapshots: Any, catalog: Catalog) -> None:
    findings, _ = run("PSW101", snapshots.clean(), catalog, to="Windows2019")
    assert [f.fix for f in findings] == [
        "Move the pool to a supported OS; see: poolshift catalog show Windows2022"
    ]


def test_network_is_of_no_concern_without_windows(snapshots: Any, catalog: Catalog) -> None:
    cluster = snapshots.cluster(network=NetworkProfile("kubenet")).cluster
    linux = snapshots.changed(cluster=cluster, pools=(snapshots.system_pool(),))
    assert run("PSK205", linux, catalog) == ([], [])


def test_unknown_network_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    findings, not_checked = run("PSK205", snapshots.cluster(network=NetworkProfile()), catalog)
    assert (findings, len(not_checked)) == ([], 1)


def test_cluster_without_system_pool_facts_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(pools=(snapshots.windows_pool(),))
    findings, not_checked = run("PSK206", snapshot, catalog)
    assert (findings, len(not_checked)) == ([], 1)


def test_autoscaled_system_pool_gets_a_higher_minimum(snapshots: Any, catalog: Catalog) -> None:
    pool = snapshots.system_pool(autoscaling=True, min_count=1, max_count=1)
    (finding,), _ = run("PSK206", snapshots.changed(pools=(pool,)), catalog)
    assert "--min-count 2 --max-count 2" in finding.fix


def test_unknown_state_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    findings, not_checked = run("PSK207", snapshots.cluster(provisioning_state=""), catalog)
    assert (findings, [n.target for n in not_checked]) == ([], ["cluster"])


def test_long_term_support_that_ended_leaves_the_upgrade(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.cluster(kubernetes_version="1.30.3", support_plan="AKSLongTermSupport")
    (finding,), _ = run("PSK208", snapshot, catalog)
    assert "get-upgrades" in finding.fix
    assert "premium" not in finding.fix


def test_size_without_quota_facts_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    pool = snapshots.windows_pool(vm_size="Standard_Z1")
    findings, not_checked = run(
        "PSC401", snapshots.changed(pools=(pool,)), catalog, to="Windows2025"
    )
    assert (findings, len(not_checked)) == ([], 1)


def test_quota_is_of_no_concern_without_a_move(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(usages=(), pools=(snapshots.system_pool(),))
    assert run("PSC401", snapshot, catalog) == ([], [])


def test_unknown_image_is_left_to_the_other_rule(snapshots: Any, catalog: Catalog) -> None:
    assert run("PSW105", snapshots.changed(images=()), catalog, to="Windows2025") == ([], [])
    base = "mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image:v1.0.0"
    snapshot = snapshots.changed(workloads=(snapshots.workload(image=base),))
    assert run("PSW104", snapshot, catalog, to="Windows2025") == ([], [])


def test_workload_is_windows_by_the_pool_that_it_runs_on(snapshots: Any, catalog: Catalog) -> None:
    unselective = snapshots.workload(node_selector={})
    context = Context(snapshots.changed(workloads=(unselective,)), catalog, TODAY)
    assert context.runs_windows(unselective)
    assert context.windows_images == {snapshots.both: ("shop/Deployment/cart",)}
    elsewhere = snapshots.workload(node_selector={}, pools={"system": 3})
    assert not context.runs_windows(elsewhere)
