"""Rules on the guest, beyond one hit and one miss each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.rules.asked import run
from tests.rules.cases.guest import (
    GMSA,
    HOST,
    W19,
    W22,
    azl2,
    based,
    container,
    hinted,
    linux,
    mounted,
    old,
    privileged,
    shared,
    windows,
)

from poolshift.core.finding import Severity
from poolshift.core.image import Base, BaseKnownBy, ImageFacts, Platform
from poolshift.core.kube import ContainerSecurity, WindowsOptions
from poolshift.core.snapshot import Snapshot, StorageClassFacts, Unknown
from poolshift.rules import RULES
from poolshift.semantics import hints

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

VOLUMES = (Unknown("persistentvolumes", "403"), Unknown("persistentvolumeclaims", "403"))


def named(snapshot: Snapshot, target: str) -> Snapshot:
    """The same with its one workload under another name."""
    (workload,) = snapshot.workloads
    renamed = msgspec.structs.replace(workload, target=target)
    return msgspec.structs.replace(snapshot, workloads=(renamed,))


def test_a_move_over_both_hops_has_what_either_changes(snapshots: Any, catalog: Catalog) -> None:
    snapshot = windows(snapshots, pool=old(snapshots), containers=hinted(hints.UNC_PATH))
    (finding,), _ = run("PSW160", snapshot, catalog, to="Windows2025")
    assert finding.severity == Severity.RECOMMENDED
    told = {e.path for e in finding.evidence}
    assert "catalog/os_changes/ws2022-smb-crypto" in told
    # What only agents notice is not told to an application.
    assert "catalog/os_changes/ws2025-smb-other" not in told


def test_an_agent_is_told_of_the_other_defaults(snapshots: Any, catalog: Catalog) -> None:
    snapshot = windows(snapshots, containers=hinted(hints.UNC_PATH), security_context=HOST)
    (finding,), _ = run("PSW160", snapshot, catalog, to="Windows2025")
    assert "catalog/os_changes/ws2025-smb-other" in {e.path for e in finding.evidence}


@pytest.mark.parametrize("rule", ["PSW160", "PSW161"])
def test_volumes_that_could_not_be_read_are_not_checked(
    rule: str, snapshots: Any, catalog: Catalog
) -> None:
    snapshot = snapshots.changed(unknown=VOLUMES)
    findings, unchecked = run(rule, snapshot, catalog, to="Windows2025")
    assert not findings
    assert len(unchecked) == 2
    # Where no pool makes the hop, nothing had to be read.
    assert run(rule, snapshot, catalog, to="Windows2022") == ([], [])


def test_a_class_may_ask_for_a_guest(snapshots: Any, catalog: Catalog) -> None:
    snapshot = shared(snapshots, credentials=True, storage_class="nas")
    for options, found in ((("guest",), 1), (("vers",), 0)):
        class_ = StorageClassFacts("nas", "smb.csi.k8s.io", options=options)
        with_class = msgspec.structs.replace(snapshot, storage_classes=(class_,))
        assert len(run("PSW161", with_class, catalog, to="Windows2025")[0]) == found


def test_a_share_of_azure_is_no_guest_share(snapshots: Any, catalog: Catalog) -> None:
    snapshot = shared(snapshots, driver="file.csi.azure.com")
    assert run("PSW161", snapshot, catalog, to="Windows2025") == ([], [])


def test_a_container_may_name_the_credential_spec(snapshots: Any, catalog: Catalog) -> None:
    options = WindowsOptions(gmsa_credential_spec_name="orders")
    one = container(security_context=ContainerSecurity(windows_options=options))
    snapshot = windows(snapshots, containers=(one,), security_context=GMSA)
    (finding,), _ = run("PSW162", snapshot, catalog, to="Windows2025")
    assert finding.evidence[0].value == "orders, tills"
    assert run("PSW162", snapshot, catalog, to="Windows2022") == ([], [])


def test_tls_stays_with_an_image_that_runs_on(snapshots: Any, catalog: Catalog) -> None:
    snapshot = based(snapshots, W22)
    on_2022 = msgspec.structs.replace(
        snapshot, pools=(snapshots.system_pool(), snapshots.windows_pool())
    )
    assert run("PSW163", on_2022, catalog, to="Windows2025") == ([], [])
    assert run("PSW163", msgspec.structs.replace(snapshot, images=()), catalog) == ([], [])


def test_tls_of_each_pool_is_judged_by_its_own_windows(snapshots: Any, catalog: Catalog) -> None:
    snapshot = based(snapshots, W19, W22)
    pools = (old(snapshots, name="ws19"), snapshots.windows_pool())
    spread = snapshots.workload(pools={"ws19": 1, "ws22": 2})
    snapshot = msgspec.structs.replace(snapshot, pools=pools, workloads=(spread,))
    findings, _ = run("PSW163", snapshot, catalog, to="Windows2025")
    assert [f.target for f in findings] == ["pool/ws19"]


def test_parts_of_an_unread_image_are_not_guessed(snapshots: Any, catalog: Catalog) -> None:
    snapshot = windows(snapshots, containers=hinted(hints.WMIC, image="shop/unread:1"))
    assert run("PSW164", snapshot, catalog, to="Windows2025") == ([], [])


def test_each_part_is_told_of_with_what_takes_its_place(snapshots: Any, catalog: Catalog) -> None:
    words = (hints.POWERSHELL_2, hints.SMTP_SERVER, hints.IIS_6_TOOLS)
    findings, _ = run(
        "PSW164", windows(snapshots, containers=hinted(*words)), catalog, to="Windows2025"
    )
    assert sorted(f.what.split(",")[0] for f in findings) == [
        "its commands use the IIS 6 management tools",
        "its commands use the PowerShell 2.0 engine",
        "its commands use the SMTP Server feature",
    ]


def test_an_empty_pool_meets_no_policy(snapshots: Any, catalog: Catalog) -> None:
    snapshot = snapshots.changed(pools=(old(snapshots),), workloads=())
    assert run("PSW165", snapshot, catalog, to="Windows2022") == ([], [])
    with_flag = snapshots.changed(pools=(msgspec.structs.replace(old(snapshots), fips=True),))
    assert run("PSW165", with_flag, catalog, to="Windows2022") == ([], [])


def test_what_the_platform_ships_is_left_to_it(snapshots: Any, catalog: Catalog) -> None:
    path = mounted("/run/containerd/containerd.sock")
    snapshot = linux(snapshots, container("mcr.microsoft.com/oss/agent:1"), volumes=path)
    shipped = named(snapshot, "kube-system/DaemonSet/agent")
    assert run("PSW166", shipped, catalog, to="Ubuntu2404") == ([], [])
    team = linux(snapshots, container("shop.azurecr.io/agent:1"), volumes=path)
    own = named(team, "kube-system/DaemonSet/agent")
    assert len(run("PSW166", own, catalog, to="Ubuntu2404")[0]) == 1


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("openjdk:8", 1),
        ("eclipse-temurin:17-jre", 0),
        ("eclipse-temurin:latest", 1),
        ("mcr.microsoft.com/dotnet/aspnet:3.1", 1),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", 0),
        ("node:18", 1),
        ("node:20-alpine", 0),
        ("shop.azurecr.io/api:20", 0),
    ],
)
def test_a_runtime_that_states_a_new_version_copes(
    image: str, found: int, snapshots: Any, catalog: Catalog
) -> None:
    snapshot = azl2(snapshots, image, "1.28.5")
    assert len(run("PSW167", snapshot, catalog, to="AzureLinux3")[0]) == found


def test_a_runtime_is_told_of_once_a_workload(snapshots: Any, catalog: Catalog) -> None:
    pair = (container("shop/a:1", hints=(hints.JAVA,)), container("shop/b:20", hints=(hints.JAVA,)))
    old_pool = {"kubernetes_version": "1.28.1"}
    snapshot = linux(snapshots, *pair, sku="AzureLinux", pool=old_pool)
    assert len(run("PSW167", snapshot, catalog, to="AzureLinux3")[0]) == 1
    # A version in the name of somebody's own image is not the runtime's.
    assert run("PSW167", snapshot, catalog, to="Ubuntu2404") == ([], [])


@pytest.mark.parametrize(
    "sysctls", [None, {}, {"vmMaxMapCount": None}, "none"], ids=["absent", "empty", "null", "text"]
)
def test_settings_that_are_not_set_are_no_settings(
    sysctls: object, snapshots: Any, catalog: Catalog
) -> None:
    raw = {"properties": {"linuxOSConfig": {"sysctls": sysctls}}}
    assert run("PSW168", linux(snapshots, pool={"raw": raw}), catalog, to="Ubuntu2404") == ([], [])


def test_a_kernel_tool_is_known_by_its_image(snapshots: Any, catalog: Catalog) -> None:
    snapshot = linux(snapshots, container("docker.io/falcosecurity/falco:0.40"))
    (finding,), _ = run("PSW168", snapshot, catalog, to="Ubuntu2404")
    assert finding.severity == Severity.RECOMMENDED


def test_sources_that_disagree_on_the_limit_are_both_told(snapshots: Any, catalog: Catalog) -> None:
    snapshot = linux(snapshots, container("docker.io/library/nginx:1"))
    (finding,), _ = run("PSW169", snapshot, catalog, to="Ubuntu2404")
    said = [e.value for e in finding.evidence if e.path.endswith("/said")]
    assert any("set back" in value for value in said)
    assert any("removed" in value for value in said)


def test_the_root_of_the_node_holds_programs_and_units(snapshots: Any, catalog: Catalog) -> None:
    snapshot = linux(snapshots, sku="AzureLinux", volumes=mounted("/"))
    (finding,), _ = run("PSW171", snapshot, catalog, to="AzureLinux3")
    told = {e.path for e in finding.evidence}
    assert {"catalog/os_changes/azl3-openssl", "catalog/os_changes/azl3-systemd"} <= told
    units = linux(snapshots, volumes=mounted("/etc/systemd/system"))
    assert run("PSW171", units, catalog, to="Ubuntu2404") == ([], [])


def test_tools_of_the_host_count_in_pods_that_can_reach_it(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = linux(snapshots, container(hints=(hints.HOST_TOOLS,)), host_pid=True)
    assert len(run("PSW171", snapshot, catalog, to="Ubuntu2404")[0]) == 1
    assert len(run("PSW171", linux(snapshots, privileged()), catalog, to="Ubuntu2404")[0]) == 0


@pytest.mark.parametrize(
    ("family", "grace", "found"),
    [("servercore", 60, 1), ("servercore", 30, 0), ("nanoserver", 60, 0), ("", 60, 0)],
)
def test_a_long_shutdown_is_known_by_the_base(
    family: str, grace: int, found: int, snapshots: Any, catalog: Catalog
) -> None:
    entry = Platform("windows", os_version=W22, base=Base(BaseKnownBy.LAYERS, family=family))
    snapshot = windows(
        snapshots,
        images=(ImageFacts(snapshots.both, platforms=(entry,)),),
        termination_grace_period_seconds=grace,
    )
    findings, _ = run("PSW173", snapshot, catalog, to="Windows2025")
    assert len(findings) == found
    assert all("within 5 s" in f.why for f in findings)


def test_every_change_of_an_os_is_some_rules_business(catalog: Catalog) -> None:
    decided = {
        s.rpartition("/")[2] for r in RULES for s in r.sources if s.startswith("os_changes/")
    }
    left = {"ws2025-network-policy"}
    assert {c.id for c in catalog.os_changes.changes} - decided <= left
