"""Rules on workloads that move: what was not read, nearest misses, commands and hostile names."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.rules.asked import run
from tests.rules.cases.workload import (
    AGENT,
    ANY_WINDOWS,
    CART,
    budget,
    budgets,
    contained,
    cron,
    daemon,
    job,
    labelled,
    linux,
    one,
    runtime_class,
    two_pools,
    waiting,
)

from poolshift.core.finding import Severity
from poolshift.core.kube import (
    Affinity,
    Container,
    ContainerSecurity,
    FilesSource,
    NodeAffinity,
    NodeSelector,
    NodeSelectorTerm,
    Requirement,
    RollingUpdate,
    SecurityContext,
    Strategy,
    Toleration,
    Volume,
    VolumeMount,
    WindowsOptions,
)
from poolshift.core.snapshot import NodeFacts, PodFacts, RuntimeClassFacts, Snapshot, Unknown
from poolshift.rules.workload.scope import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.catalog import Catalog

BUDGETS = "poddisruptionbudgets"


def unread(snapshot: Snapshot, *what: str) -> Snapshot:
    return msgspec.structs.replace(
        snapshot, unknown=tuple(Unknown(name, "forbidden") for name in what)
    )


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("PSK221", BUDGETS),
        ("PSK222", BUDGETS),
        ("PSK223", BUDGETS),
        ("PSK225", BUDGETS),
        ("PSK230", BUDGETS),
        ("PSK235", "persistentvolumes"),
        ("PSK235", "cronjobs"),
        ("PSK236", "cronjobs"),
        ("PSK237", "services"),
    ],
)
def test_what_was_not_read_is_not_checked(
    rule: str, what: str, snapshots: Any, catalog: Catalog
) -> None:
    _, missing = run(rule, unread(snapshots.clean(), what), catalog)
    assert [(n.target, n.reason) for n in missing] == [
        ("cluster", f"{what} could not be read: forbidden")
    ]


def test_runtime_classes_must_be_read_where_one_is_used(snapshots: Any, catalog: Catalog) -> None:
    bare = unread(snapshots.clean(), "runtimeclasses")
    assert run("PSK234", bare, catalog) == ([], [])
    used = unread(
        msgspec.structs.replace(runtime_class(snapshots), runtime_classes=()), "runtimeclasses"
    )
    findings, missing = run("PSK234", used, catalog)
    assert findings == []
    assert [n.target for n in missing] == ["cluster"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"pools": {"system": 1, "ws22": 1}}, False),
        ({"pools": {}}, False),
        ({"kind": "Pod"}, False),
    ],
)
def test_without_known_images_the_pods_tell_what_is_linux(
    changes: dict[str, Any], found: bool, snapshots: Any, catalog: Catalog
) -> None:
    agent = snapshots.workload(
        "agent", **{"kind": "DaemonSet", "node_selector": {}, "pools": {"system": 3}, **changes}
    )
    findings, _ = run("PSK213", snapshots.changed(workloads=(agent,), images=()), catalog)
    assert bool(findings) is found


def test_images_for_both_may_be_anywhere(snapshots: Any, catalog: Catalog) -> None:
    agent = snapshots.workload("agent", node_selector={}, pools={"system": 3})
    assert run("PSK213", snapshots.changed(workloads=(agent,)), catalog) == ([], [])


def test_what_tolerates_everything_passes_a_guard_too(snapshots: Any, catalog: Catalog) -> None:
    snapshot = linux(snapshots, spec={"tolerations": (Toleration(operator="Exists"),)})
    (finding,), _ = run("PSK213", snapshot, catalog)
    assert "a guard's too" in finding.why
    words = shlex.split(finding.fix.partition(": ")[2])
    assert words[:6] == ["kubectl", "-n", "shop", "patch", "daemonset", "agent"]
    assert (
        words[-1] == '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/os":"linux"}}}}}'
    )


def test_names_are_quoted(snapshots: Any, catalog: Catalog) -> None:
    snapshot = msgspec.structs.replace(
        linux(snapshots),
        workloads=(
            msgspec.structs.replace(
                linux(snapshots).workloads[1], target="shop/DaemonSet/$(rm -rf x)"
            ),
        ),
    )
    (finding,), _ = run("PSK213", snapshot, catalog)
    assert "'$(rm -rf x)'" in finding.fix


def test_a_daemon_set_that_names_its_pool_is_left_to_the_other_rule(
    snapshots: Any, catalog: Catalog
) -> None:
    agent = snapshots.workload("agent", kind="DaemonSet", node_selector={"agentpool": "ws22"})
    free = snapshots.workload("log", kind="DaemonSet", node_selector=ANY_WINDOWS)
    assert run("PSK215", one(snapshots, agent, free), catalog) == ([], [])


def test_a_daemon_set_of_another_image_is_no_successor(snapshots: Any, catalog: Catalog) -> None:
    other = snapshots.workload(
        "other",
        kind="DaemonSet",
        image="shop.azurecr.io/other:1",
        node_selector={"kubernetes.azure.com/os-sku": "Windows2025"},
        pools={},
    )
    findings, _ = run("PSK215", daemon(snapshots, other), catalog)
    assert [f.target for f in findings] == [AGENT]


def test_a_version_may_be_chosen_by_build(snapshots: Any, catalog: Catalog) -> None:
    agent = snapshots.workload(
        "agent",
        kind="DaemonSet",
        node_selector={"node.kubernetes.io/windows-build": "10.0.20348"},
    )
    (finding,), _ = run("PSK215", one(snapshots, agent), catalog)
    assert "windows-build=10.0.20348" in finding.what


@pytest.mark.parametrize("figure", ["many", "x%"])
def test_figures_that_nobody_can_read_are_left_to_the_first_rule(
    figure: str, snapshots: Any, catalog: Catalog
) -> None:
    odd = budget(min_available=figure, allowed=0, managed_by="flux")
    snapshot = budgets(snapshots, odd)
    assert run("PSK221", snapshot, catalog) == ([], [])
    (finding,), _ = run("PSK223", snapshot, catalog)
    assert finding.fix == "Change it at the source that Flux applies"


def test_a_budget_of_nobody_on_the_pool_is_no_concern(snapshots: Any, catalog: Catalog) -> None:
    elsewhere = budgets(
        snapshots, budget(allowed=0, healthy=2, managed_by="helm"), pools={"system": 3}
    )
    for rule in ("PSK221", "PSK223"):
        assert run(rule, elsewhere, catalog) == ([], [])
    nobody = budgets(snapshots, budget(allowed=0, expected=0, managed_by="helm"))
    assert run("PSK223", nobody, catalog) == ([], [])


def test_a_rollout_that_the_move_needs_is_left_to_the_other_rule(
    snapshots: Any, catalog: Catalog
) -> None:
    held = budgets(
        snapshots,
        budget(min_available=8, expected=8, healthy=8),
        replicas=8,
        strategy=Strategy("RollingUpdate", RollingUpdate(max_unavailable=2)),
    )
    assert run("PSK225", held, catalog) == ([], [])
    assert len(run("PSK211", held, catalog)[0]) == 1


def test_pools_that_share_budgets_are_told_of_once(snapshots: Any, catalog: Catalog) -> None:
    base = two_pools(snapshots, ws22=2, web22=1)
    more = (*base.budgets, budget("more"))
    (finding,), _ = run("PSK230", msgspec.structs.replace(base, budgets=more), catalog)
    assert finding.what.startswith("2 budgets govern pods on web22 and ws22")
    assert "poolshift plan --to Windows2025 --pool web22" in finding.fix


def test_the_image_decides_what_must_change(snapshots: Any, catalog: Catalog) -> None:
    old = one(snapshots, managed_by="argocd", node_selector=ANY_WINDOWS, image="old:1")
    (finding,), _ = run("PSK231", old, catalog)
    assert finding.severity == Severity.RECOMMENDED
    host = SecurityContext(windows_options=WindowsOptions(host_process=True))
    free = one(
        snapshots,
        managed_by="argocd",
        node_selector=ANY_WINDOWS,
        image="old:1",
        spec={"security_context": host},
    )
    (finding,), _ = run("PSK231", free, catalog)
    assert finding.severity == Severity.INFO
    pinned = one(snapshots, managed_by="argocd", node_selector={"agentpool": "ws22", **ANY_WINDOWS})
    (finding,), _ = run("PSK231", pinned, catalog)
    assert finding.severity == Severity.RECOMMENDED


def test_a_node_is_named_by_its_field_as_well(snapshots: Any, catalog: Catalog) -> None:
    term = NodeSelectorTerm(match_fields=(Requirement("metadata.name", "In", ("n0",)),))
    affinity = Affinity(NodeAffinity(NodeSelector((term,))))
    workload = snapshots.workload(spec={"affinity": affinity})
    snapshot = msgspec.structs.replace(labelled(snapshots, {}), workloads=(workload,))
    (finding,), _ = run("PSK232", snapshot, catalog)
    assert finding.evidence[0].value == "n0"
    bare = msgspec.structs.replace(workload, target="shop/Pod/cart")
    assert run("PSK232", msgspec.structs.replace(snapshot, workloads=(bare,)), catalog) == ([], [])


def test_labels_of_the_platform_come_with_every_node(snapshots: Any, catalog: Catalog) -> None:
    key = "topology.disk.csi.azure.com/zone"
    base = labelled(snapshots, {key: "westeurope-1"})
    nodes = tuple(
        msgspec.structs.replace(n, labels={**n.labels, key: "westeurope-1"}) for n in base.nodes
    )
    assert run("PSK233", msgspec.structs.replace(base, nodes=nodes), catalog) == ([], [])


def test_the_labels_to_set_keep_those_of_the_pool(snapshots: Any, catalog: Catalog) -> None:
    snapshot = labelled(snapshots, {"disk": "fast"}, labels={"team": "a b"})
    (finding,), _ = run("PSK233", snapshot, catalog)
    assert finding.fix.endswith("--labels disk=fast 'team=a b'")
    assert "1 of 3 nodes" in finding.evidence[0].value


def test_nothing_is_old_where_nothing_moves(snapshots: Any, catalog: Catalog) -> None:
    snapshot = msgspec.structs.replace(
        cron(snapshots, {"agentpool": "ws22"}), pools=(snapshots.system_pool(),)
    )
    for rule in ("PSK235", "PSK236", "PSK239"):
        assert run(rule, snapshot, catalog) == ([], [])


def test_another_pool_may_take_what_a_template_selects(snapshots: Any, catalog: Catalog) -> None:
    snapshot = cron(snapshots, {"kubernetes.azure.com/os-sku": "Windows2022"})
    (finding,), _ = run("PSK235", snapshot, catalog, to="Windows2025")
    assert finding.severity == Severity.REQUIRED
    named = cron(snapshots, {"kubernetes.azure.com/os-sku": "Windows2025"})
    assert run("PSK235", named, catalog) == ([], [])


def test_only_cron_jobs_are_suspended(snapshots: Any, catalog: Catalog) -> None:
    base = cron(snapshots, ANY_WINDOWS)
    rollout = msgspec.structs.replace(base.templates[0], target="shop/Rollout/web")
    snapshot = msgspec.structs.replace(base, templates=(rollout, *base.templates))
    (finding,), _ = run("PSK236", snapshot, catalog)
    assert finding.fix.endswith("""--type merge -p '{"spec":{"suspend":true}}'""")


def test_the_wait_for_a_job_can_be_typed(snapshots: Any, catalog: Catalog) -> None:
    (finding,), _ = run("PSK236", job(snapshots, {"ws22": 1}), catalog)
    assert finding.fix.endswith("kubectl -n shop get job import --watch")


def test_pods_of_unknown_owners_and_of_linux_wait_elsewhere(
    snapshots: Any, catalog: Catalog
) -> None:
    base = waiting(snapshots, "Pending")
    strange = PodFacts("shop", "x", "u2", "shop/Queue/main")
    off = snapshots.workload("off", node_selector={}, pools={"system": 1})
    waits = PodFacts("shop", "off-1", "u3", off.target)
    snapshot = msgspec.structs.replace(
        base, pods=(*base.pods, strange, waits), workloads=(*base.workloads, off)
    )
    findings, _ = run("PSK240", snapshot, catalog)
    assert [f.target for f in findings] == [CART]


def test_one_that_crashes_beside_one_that_waits_is_told_of(
    snapshots: Any, catalog: Catalog
) -> None:
    base = waiting(snapshots, "Pending")
    worse = msgspec.structs.replace(base, workloads=(snapshots.workload(ready=1),))
    findings, _ = run("PSK241", worse, catalog)
    assert [f.target for f in findings] == [CART]
    assert run("PSK241", job(snapshots, {"ws22": 1}), catalog) == ([], [])


def test_a_pool_may_have_a_drain_timeout_of_its_own(snapshots: Any, catalog: Catalog) -> None:
    pool = snapshots.windows_pool(
        raw={"properties": {"upgradeSettings": {"drainTimeoutInMinutes": 90}}}
    )
    workload = snapshots.workload(spec={"termination_grace_period_seconds": 5400})
    snapshot = snapshots.changed(pools=(snapshots.system_pool(), pool), workloads=(workload,))
    (finding,), _ = run("PSK228", snapshot, catalog)
    assert finding.severity == Severity.RECOMMENDED
    assert finding.fix.endswith("--drain-timeout 180")


def test_many_names_are_shortened() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed("abcdefghijkl") == "a, b, c, d, e, f, g, h, i, j and 2 more"


def test_a_cordoned_node_is_no_guard(snapshots: Any, catalog: Catalog) -> None:
    node = NodeFacts("n0", "ws22", "windows", cordoned=True, labels={"agentpool": "ws22"})
    snapshot = msgspec.structs.replace(linux(snapshots), nodes=(node,))
    assert len(run("PSK213", snapshot, catalog)[0]) == 1


def shipped(snapshot: Snapshot) -> Snapshot:
    """The same, with every workload in the namespace that the service fills."""
    moved = tuple(
        msgspec.structs.replace(w, target=f"kube-system/{w.kind}/{w.name}")
        for w in snapshot.workloads
    )
    return msgspec.structs.replace(snapshot, workloads=moved)


@pytest.mark.parametrize("rule", ["PSK213", "PSK215", "PSK219"])
def test_what_the_service_ships_is_told_of_and_no_more(
    rule: str, snapshots: Any, catalog: Catalog
) -> None:
    own = ContainerSecurity(privileged=True)
    makes: dict[str, Callable[[Any], Snapshot]] = {
        "PSK213": linux,
        "PSK215": daemon,
        "PSK219": lambda s: contained(s, security_context=own),
    }
    snapshot = makes[rule](snapshots)
    assert {f.severity for f in run(rule, snapshot, catalog)[0]} != {Severity.INFO}
    assert {f.severity for f in run(rule, shipped(snapshot), catalog)[0]} == {Severity.INFO}


@pytest.mark.parametrize("rule", ["PSK216", "PSK217", "PSK218"])
def test_what_means_nothing_is_not_told_of_what_the_service_ships(
    rule: str, snapshots: Any, catalog: Catalog
) -> None:
    spec = {
        "security_context": SecurityContext(run_as_user=0),
        "containers": (
            Container("main", snapshots.both, volume_mounts=(VolumeMount("data", "/data"),)),
        ),
        "volumes": (Volume("data", secret=FilesSource(0o600)),),
    }
    snapshot = one(snapshots, spec=spec)
    assert len(run(rule, snapshot, catalog)[0]) == 1
    assert run(rule, shipped(snapshot), catalog)[0] == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("CronJob", ("spec", "jobTemplate", "spec", "template", "spec")),
        ("ScaledJob", ("spec", "jobTargetRef", "template", "spec")),
        ("Rollout", ("spec", "template", "spec")),
    ],
)
def test_the_patch_reaches_the_template_of_each_kind(
    kind: str, path: tuple[str, ...], snapshots: Any, catalog: Catalog
) -> None:
    base = cron(snapshots, {})
    facts = msgspec.structs.replace(base.templates[0], target=f"shop/{kind}/nightly")
    snapshot = msgspec.structs.replace(
        base,
        templates=(facts,),
        images=(snapshots.windows_image(snapshots.both, "10.0.20348.825"),),
    )
    (finding,), _ = run("PSK214", snapshot, catalog)
    change = json.loads(shlex.split(finding.fix)[-1])
    for part in path:
        change = change[part]
    assert change == {"nodeSelector": {"kubernetes.io/os": "windows"}}


def test_a_runtime_class_chooses_nodes_as_well(snapshots: Any, catalog: Catalog) -> None:
    base = linux(snapshots, spec={"runtime_class_name": "kata"})
    assert len(run("PSK213", base, catalog)[0]) == 1
    kata = RuntimeClassFacts("kata", "kata", {"kubernetes.io/os": "linux"})
    assert run("PSK213", msgspec.structs.replace(base, runtime_classes=(kata,)), catalog)[0] == []
