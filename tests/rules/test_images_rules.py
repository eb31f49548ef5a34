"""Rules on images, beyond one hit and one miss each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.rules.asked import run
from tests.rules.cases.images import (
    FRAMEWORK,
    HOST,
    W19,
    W22,
    W25,
    arm,
    daemons,
    heavy,
    isolated,
    nightly,
    of,
    old_pool,
    one,
    schema_1,
)

from poolshift.core.finding import Severity
from poolshift.core.image import ImageFacts, ImageLayer, Platform
from poolshift.core.kube import Container, ContainerSecurity, WindowsOptions
from poolshift.core.snapshot import NodeFacts, Unknown

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

IIS_2019 = "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019"
IIS_2022 = "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2022"


def test_an_image_is_told_of_once_whatever_uses_it(snapshots: Any, catalog: Catalog) -> None:
    names = ("a", "b", "c", "d", "e")
    snapshot = one(
        snapshots,
        Platform("windows", os_version=W22, hidden=True),
        workloads=tuple(snapshots.workload(name) for name in names),
    )
    (finding,), _ = run("PSW140", snapshot, catalog, to="Windows2025")
    used = next(e.value for e in finding.evidence if e.path == "used by")
    assert used == "shop/Deployment/a, shop/Deployment/b, shop/Deployment/c and 2 more"


def test_a_month_beyond_what_is_known_of_the_target_is_not_checked(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = one(snapshots, Platform("windows", os_version="10.0.26100.99999"))
    findings, (unchecked,) = run("PSW141", snapshot, catalog, to="Windows2025")
    assert not findings
    assert "which revision new Windows2025 nodes have is not known" in unchecked.reason


def test_host_processes_and_shared_bases_have_no_month(snapshots: Any, catalog: Catalog) -> None:
    newer = (snapshots.windows_image(snapshots.both, "10.0.20348.9999"),)
    host = snapshots.workload(spec={"security_context": HOST})
    assert run("PSW141", snapshots.changed(workloads=(host,), images=newer), catalog) == ([], [])


def test_the_same_image_on_two_pools_is_judged_by_each_month(
    snapshots: Any, catalog: Catalog
) -> None:
    behind = snapshots.windows_pool(name="late", build="10.0.20348.4000", node_image_version="")
    snapshot = snapshots.changed(
        pools=(snapshots.windows_pool(), behind),
        workloads=(snapshots.workload(pools={"ws22": 1, "late": 1}),),
        images=(snapshots.windows_image(snapshots.both, W22),),
    )
    (finding,), _ = run("PSW141", snapshot, catalog, to="Windows2022")
    assert "-n late" in finding.fix


def test_an_image_for_both_pools_that_it_is_on_needs_no_old_tag(
    snapshots: Any, catalog: Catalog
) -> None:
    pools = (old_pool(snapshots, name="ws19"), snapshots.windows_pool())
    spread = snapshots.workload(pools={"ws19": 1, "ws22": 2})
    for builds, found in ((("10.0.20348.1",), 1), ((W19, W22), 0), ((W19,), 0)):
        snapshot = snapshots.changed(
            pools=pools,
            workloads=(spread,),
            images=(snapshots.windows_image(snapshots.both, *builds),),
        )
        assert len(run("PSW143", snapshot, catalog)[0]) == found


def test_host_processes_need_no_old_tag(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(
        workloads=(snapshots.workload(spec={"security_context": HOST}),),
        images=(snapshots.windows_image(snapshots.both, W25),),
    )
    assert run("PSW143", snapshot, catalog, to="Windows2025") == ([], [])


@pytest.mark.parametrize(
    ("tag", "severity"),
    [
        ("3.5-windowsservercore-ltsc2019", Severity.REQUIRED),
        ("3.5-windowsservercore-ltsc2022", Severity.INFO),
        ("3.5", Severity.REQUIRED),
    ],
)
def test_an_image_that_nobody_read_is_judged_by_its_tag(
    tag: str, severity: Severity, snapshots: Any, catalog: Catalog
) -> None:
    snapshot = of(snapshots, f"{FRAMEWORK}:{tag}")
    snapshot = msgspec.structs.replace(snapshot, images=())
    (finding,), _ = run("PSW144", snapshot, catalog, to="Windows2025")
    assert finding.severity == severity


def test_maintained_frameworks_and_other_families_are_fine(
    snapshots: Any, catalog: Catalog
) -> None:
    for ref in (f"{FRAMEWORK}:4.8.1-windowsservercore-ltsc2022", IIS_2022, f"{FRAMEWORK}:latest"):
        snapshot = of(snapshots, ref, W22)
        assert run("PSW144", snapshot, catalog, to="Windows2025") == ([], [])
        assert run("PSW145", snapshot, catalog, to="Windows2025") == ([], [])


def test_the_newer_framework_is_named(snapshots: Any, catalog: Catalog) -> None:
    snapshot = of(snapshots, f"{FRAMEWORK}:4.8-windowsservercore-ltsc2019", W19, old=True)
    (finding,), _ = run("PSW145", snapshot, catalog, to="Windows2022")
    assert f"{FRAMEWORK}:4.8.1-windowsservercore-ltsc2022" in finding.fix


def test_a_full_windows_that_runs_on_is_left_alone(snapshots: Any, catalog: Catalog) -> None:
    # No such image is published; whoever has one runs it.
    snapshot = of(snapshots, "mcr.microsoft.com/windows:special", W22)
    assert run("PSW146", snapshot, catalog, to="Windows2025") == ([], [])


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("microsoft/iis", 1),
        ("docker.io/microsoft/aspnet:4.7", 1),
        ("shop.azurecr.io/microsoft/iis:1", 0),
        ("mcr.microsoft.com/windows/nanoserver/insider:10.0.27000.1", 1),
        ("mcr.microsoft.com/windows/servercore:20H2", 1),
        ("mcr.microsoft.com/windows/nanoserver:latest", 1),
        (IIS_2022, 0),
    ],
)
def test_names_that_were_given_up(ref: str, found: int, snapshots: Any, catalog: Catalog) -> None:
    findings, _ = run("PSW147", of(snapshots, ref, W22), catalog, to="Windows2025")
    assert len(findings) == found


def test_what_the_platform_ships_is_its_own_business(snapshots: Any, catalog: Catalog) -> None:
    shipped = "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi:v1.31.9"
    snapshot = daemons(
        snapshots, W22, target="kube-system/DaemonSet/csi-azuredisk-node-win", image=shipped
    )
    images = (snapshots.windows_image(shipped, W19),)
    snapshot = msgspec.structs.replace(snapshot, images=images)
    assert run("PSW148", snapshot, catalog, to="Windows2025") == ([], [])
    # What a team put beside it is the team's.
    own = daemons(snapshots, W19, target="kube-system/DaemonSet/logs")
    assert len(run("PSW148", own, catalog, to="Windows2025")[0]) == 1


def test_a_host_process_is_told_what_else_of_the_node_changes(
    snapshots: Any, catalog: Catalog
) -> None:
    security = ContainerSecurity(windows_options=WindowsOptions(host_process=True))
    container = Container("agent", snapshots.both, security_context=security)
    snapshot = daemons(snapshots, W22, spec={"containers": (container,)})
    pool = snapshots.windows_pool(vm_generation="V1", kubernetes_version="1.33.1")
    snapshot = msgspec.structs.replace(snapshot, pools=(pool,))
    (finding,), _ = run("PSW149", snapshot, catalog, to="Windows2025")
    seen = {e.path: e.value for e in finding.evidence}
    assert seen["containerd"] == "1 becomes 2"
    assert seen["pools/ws22/vm_generation"] == "V1 becomes V2"


def test_processors_that_nobody_knows_are_not_checked(snapshots: Any, catalog: Catalog) -> None:
    snapshot = arm(snapshots, "amd64")
    pool = msgspec.structs.replace(snapshot.pools[1], vm_size="Standard_Z1")
    snapshot = msgspec.structs.replace(snapshot, pools=(snapshot.pools[0], pool))
    findings, (unchecked,) = run("PSW150", snapshot, catalog, to="Ubuntu2404")
    assert not findings
    assert "Standard_Z1" in unchecked.reason


def test_schema_1_for_a_target_without_a_record_is_not_checked(
    snapshots: Any, catalog: Catalog
) -> None:
    linux = snapshots.system_pool(name="apps", os_sku="Ubuntu2204")
    snapshot = msgspec.structs.replace(
        schema_1(snapshots),
        pools=(snapshots.system_pool(), linux),
        workloads=(snapshots.workload(node_selector={}, pools={"apps": 3}),),
    )
    findings, (unchecked,) = run("PSW151", snapshot, catalog, to="AzureContainerLinux")
    assert not findings
    assert "AzureContainerLinux" in unchecked.reason


def test_nodes_with_the_next_containerd_pulled_it_before(snapshots: Any, catalog: Catalog) -> None:
    node = NodeFacts("n0", "ws22", "windows", runtime="containerd://2.0.4")
    snapshot = msgspec.structs.replace(schema_1(snapshots), nodes=(node,))
    assert run("PSW151", snapshot, catalog, to="Windows2025") == ([], [])


def test_a_runtime_class_that_could_not_be_read_is_not_checked(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = isolated(snapshots, "runhcs", "")
    snapshot = msgspec.structs.replace(
        snapshot, runtime_classes=(), unknown=(Unknown("runtimeclasses", "403"),)
    )
    findings, (unchecked,) = run("PSW152", snapshot, catalog, to="Windows2025")
    assert not findings
    assert "403" in unchecked.reason
    # The name of the class may tell by itself.
    named = msgspec.structs.replace(
        isolated(snapshots, "runhcs-wcow-hypervisor", ""), runtime_classes=()
    )
    assert len(run("PSW152", named, catalog, to="Windows2025")[0]) == 1


def test_a_pull_that_outlasts_the_drain_gets_a_longer_drain(
    snapshots: Any, catalog: Catalog
) -> None:
    upgrade = {"drainTimeoutInMinutes": 10}
    snapshot = heavy(snapshots, 9000, upgradeSettings=upgrade)
    (finding,), _ = run("PSW153", snapshot, catalog, to="Windows2025")
    assert "longer than a drain may take" in finding.what
    assert "--drain-timeout 45" in finding.fix
    (patient,), _ = run("PSW153", heavy(snapshots, 9000), catalog, to="Windows2025")
    assert "drain" not in patient.what


def test_layers_that_images_share_are_pulled_once(snapshots: Any, catalog: Catalog) -> None:
    base, *apps = (ImageLayer(f"sha256:{n}", 4_000_000_000) for n in ("base", "a", "b"))
    images = tuple(
        ImageFacts(
            f"shop.azurecr.io/{n}:1",
            platforms=(Platform("windows", os_version=W22, size_bytes=8, layers=(base, app)),),
        )
        for n, app in zip("ab", apps, strict=True)
    )
    containers = tuple(Container(n, f"shop.azurecr.io/{n}:1") for n in "ab")
    snapshot = snapshots.changed(
        workloads=(snapshots.workload(spec={"containers": containers}),), images=images
    )
    (finding,), _ = run("PSW153", snapshot, catalog, to="Windows2025")
    assert next(e.value for e in finding.evidence if e.path == "to pull") == "12000 MB"


def test_an_image_without_sizes_is_not_checked(snapshots: Any, catalog: Catalog) -> None:
    snapshot = one(snapshots, Platform("windows", os_version=W22))
    findings, (unchecked,) = run("PSW153", snapshot, catalog, to="Windows2025")
    assert not findings
    assert unchecked.target == f"image/{snapshots.both}"
    # Of an image that nobody read, another rule says so.
    unread = snapshots.changed(images=())
    assert run("PSW153", unread, catalog, to="Windows2025") == ([], [])


def test_what_must_change_is_measured_by_what_follows_it(snapshots: Any, catalog: Catalog) -> None:
    today = ImageFacts(IIS_2019, platforms=(Platform("windows", os_version=W19, size_bytes=5),))
    heavy_one = Platform("windows", os_version=W22, size_bytes=20_000_000_000)
    follows = ImageFacts(IIS_2022, platforms=(heavy_one,))
    for images, found in (((today,), 0), ((today, follows), 1)):
        snapshot = snapshots.changed(
            pools=(old_pool(snapshots),),
            workloads=(snapshots.workload(image=IIS_2019),),
            images=images,
        )
        assert len(run("PSW153", snapshot, catalog, to="Windows2022")[0]) == found


def test_a_template_counts_for_the_pools_that_it_may_land_on(
    snapshots: Any, catalog: Catalog
) -> None:
    elsewhere = nightly(snapshots, W19, sku="Windows2019")
    assert run("PSW154", elsewhere, catalog, to="Windows2025") == ([], [])
    here = nightly(snapshots, W19)
    unread = msgspec.structs.replace(here, images=here.images[:1])
    findings, (unchecked,) = run("PSW154", unread, catalog, to="Windows2025")
    assert not findings
    assert unchecked.target == "shop/CronJob/nightly"


def test_templates_that_are_tied_to_no_build_are_left_out(snapshots: Any, catalog: Catalog) -> None:
    here = nightly(snapshots, W19)
    template = here.templates[0].template
    base = "mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image:v1.0.0"
    specs = (
        msgspec.structs.replace(template.spec, security_context=HOST),
        msgspec.structs.replace(template.spec, node_selector={"kubernetes.io/os": "linux"}),
        msgspec.structs.replace(template.spec, containers=(Container("a", base),)),
    )
    for spec in specs:
        changed = msgspec.structs.replace(
            here.templates[0], template=msgspec.structs.replace(template, spec=spec)
        )
        snapshot = msgspec.structs.replace(here, templates=(changed,))
        assert run("PSW154", snapshot, catalog, to="Windows2025") == ([], [])


def test_images_of_templates_count_beside_those_of_workloads(
    snapshots: Any, catalog: Catalog
) -> None:
    here = nightly(snapshots, W22)
    ref = f"{FRAMEWORK}:4.8-windowsservercore-ltsc2022"
    template = here.templates[0].template
    spec = msgspec.structs.replace(template.spec, containers=(Container("a", ref),))
    job = msgspec.structs.replace(
        here.templates[0], template=msgspec.structs.replace(template, spec=spec)
    )
    images = (snapshots.windows_image(ref, W22), *here.images)
    snapshot = msgspec.structs.replace(here, templates=(job,), images=images)
    (finding,), _ = run("PSW145", snapshot, catalog, to="Windows2025")
    assert finding.evidence[-1].value == "shop/CronJob/nightly"


@pytest.mark.parametrize("rule", ["PSW104", "PSW148"])
def test_linux_daemon_that_strays_onto_windows_lacks_a_selector_not_a_build(
    rule: str, snapshots: Any, catalog: Catalog
) -> None:
    ref = "shop.azurecr.io/agent:1"
    image = ImageFacts(ref, "sha256:0", (Platform("linux"),))
    stray = snapshots.workload("agent", kind="DaemonSet", image=ref, node_selector={})
    snapshot = snapshots.changed(workloads=(stray,), images=(image,))
    assert run(rule, snapshot, catalog, to="Windows2025") == ([], [])
    found, _ = run("PSK213", snapshot, catalog, to="Windows2025")
    assert [f.target for f in found] == ["shop/DaemonSet/agent"]
