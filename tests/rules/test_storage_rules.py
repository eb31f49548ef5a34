"""Rules on volumes, beyond one hit and one miss each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.rules.asked import run
from tests.rules.cases.storage import (
    CLAIMED,
    DISK,
    FILE,
    claimed,
    disks,
    host_path,
    mounting,
    old,
    share,
    zoned,
)

from poolshift.core.arm import WindowsProfile
from poolshift.core.finding import Severity
from poolshift.core.kube import (
    CsiVolume,
    SecurityContext,
    Strategy,
    Volume,
    WindowsOptions,
)
from poolshift.core.snapshot import ClaimFacts, StorageClassFacts, Unknown, VolumeFacts

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

VOLUMES = (Unknown("persistentvolumes", "403"), Unknown("persistentvolumeclaims", "403"))


@pytest.mark.parametrize("rule", ["PSK260", "PSK261", "PSK262", "PSK264"])
def test_volumes_that_could_not_be_read_are_not_checked(
    rule: str, snapshots: Any, catalog: Catalog
) -> None:
    findings, unchecked = run(rule, snapshots.changed(unknown=VOLUMES), catalog, to="Windows2025")
    assert not findings
    assert {n.target for n in unchecked} == {"cluster"}
    still = snapshots.changed(unknown=VOLUMES, pools=(snapshots.system_pool(),))
    assert run(rule, still, catalog) == ([], [])


def test_shares_that_could_not_be_read_count_where_fips_comes(
    snapshots: Any, catalog: Catalog
) -> None:
    comes = snapshots.changed(unknown=VOLUMES, pools=(old(snapshots),))
    assert len(run("PSK266", comes, catalog, to="Windows2022")[1]) == 2
    assert run("PSK266", snapshots.changed(unknown=VOLUMES), catalog, to="Windows2025") == ([], [])


def test_a_disk_of_a_workload_on_two_pools_may_be_the_others(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = zoned(snapshots, zones=("1",))
    spread = msgspec.structs.replace(snapshot.workloads[0], pools={"ws22": 1, "other": 1})
    snapshot = msgspec.structs.replace(snapshot, workloads=(spread,))
    assert run("PSK260", snapshot, catalog, to="Windows2025") == ([], [])


def test_the_zones_that_hold_disks_are_in_the_command(snapshots: Any, catalog: Catalog) -> None:
    (finding,), _ = run("PSK260", zoned(snapshots, zones=()), catalog, to="Windows2025")
    assert "--zones 2" in finding.fix


def test_a_zone_of_a_hostile_name_is_quoted(snapshots: Any, catalog: Catalog) -> None:
    (finding,), _ = run("PSK260", zoned(snapshots, zone="x-2;reboot"), catalog, to="Windows2025")
    assert "'2;reboot'" in finding.fix


def test_a_pool_that_keeps_a_node_in_each_zone_is_fine(snapshots: Any, catalog: Catalog) -> None:
    kept = zoned(snapshots, autoscaling=True, min_count=3, max_count=9)
    assert run("PSK260", kept, catalog, to="Windows2025") == ([], [])
    (finding,), _ = run("PSK260", zoned(snapshots, count=2), catalog, to="Windows2025")
    assert "at least 3 nodes" in finding.fix


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"strategy": Strategy("Recreate")}, 0),
        ({"replicas": 0}, 0),
        ({"replicas": 1}, 1),
        ({"kind": "StatefulSet"}, 0),
        ({"access_modes": ("ReadWriteOnce", "ReadWriteMany")}, 0),
        ({"access_modes": ()}, 0),
    ],
)
def test_only_a_rollout_with_more_pods_waits_for_its_disk(
    changes: dict[str, Any], found: int, snapshots: Any, catalog: Catalog
) -> None:
    snapshot = claimed(snapshots, VolumeFacts("pv-1", driver=DISK), **changes)
    assert len(run("PSK261", snapshot, catalog, to="Windows2025")[0]) == found


def test_a_blob_of_the_template_is_refused_like_a_claimed_one(
    snapshots: Any, catalog: Catalog
) -> None:
    class_ = StorageClassFacts("blobs", "blob.csi.azure.com")
    unbound = claimed(snapshots, VolumeFacts("", storage_class="blobs"), storage_class=class_)
    (finding,), _ = run("PSK262", unbound, catalog, to="Windows2025")
    assert finding.evidence[0].value == "blob.csi.azure.com"


def test_the_proxy_is_of_no_concern_without_volumes(snapshots: Any, catalog: Catalog) -> None:
    off = WindowsProfile(enable_csi_proxy=False)
    assert run("PSK263", snapshots.cluster(windows=off), catalog, to="Windows2025") == ([], [])


def test_disks_on_a_size_without_a_figure_are_not_checked(snapshots: Any, catalog: Catalog) -> None:
    findings, (unchecked,) = run("PSK264", disks(snapshots, 2, None), catalog, to="Windows2025")
    assert (findings, unchecked.target) == ([], "pool/ws22")


def test_shares_and_pods_of_nobody_take_no_slot(snapshots: Any, catalog: Catalog) -> None:
    snapshot = disks(snapshots, 4, 4)
    files = tuple(msgspec.structs.replace(v, driver=FILE) for v in snapshot.volumes)
    assert run("PSK264", msgspec.structs.replace(snapshot, volumes=files), catalog) == ([], [])
    orphans = msgspec.structs.replace(snapshot, workloads=())
    assert run("PSK264", orphans, catalog, to="Windows2025") == ([], [])


def test_a_disk_that_pods_of_one_node_share_takes_one_slot(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = disks(snapshots, 4, 4, nodes=1)
    shared = msgspec.structs.replace(
        snapshot,
        workloads=(snapshots.workload("db", kind="StatefulSet", spec={"volumes": (CLAIMED,)}),),
        claims=(ClaimFacts("shop/data", volume="pv-0", phase="Bound"),),
    )
    assert run("PSK264", shared, catalog, to="Windows2025") == ([], [])


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("C:\\data", 1),
        ("c:/data", 1),
        ("/data", 1),
        ("/var/lib/app", 1),
        ("\\\\.\\pipe\\docker_engine", 0),
        ("C:\\Windows\\System32", 0),
        ("c:\\var\\log\\pods", 0),
        ("C:\\", 0),
        ("/var/log/pods", 0),
        ("/run/x.sock", 0),
        ("/srv/app.sock", 0),
        ("/", 0),
    ],
)
def test_data_is_what_the_system_does_not_own(
    path: str, found: int, snapshots: Any, catalog: Catalog
) -> None:
    snapshot = mounting(snapshots, host_path(path))
    assert len(run("PSK265", snapshot, catalog, to="Windows2025")[0]) == found


def test_agents_of_the_node_have_their_data_there(snapshots: Any, catalog: Catalog) -> None:
    daemon = mounting(snapshots, host_path("C:\\data"), kind="DaemonSet")
    assert run("PSK265", daemon, catalog, to="Windows2025") == ([], [])


def test_a_stateful_set_with_a_disk_keeps_its_data(snapshots: Any, catalog: Catalog) -> None:
    scratch = Volume("scratch", empty_dir={})
    snapshot = mounting(snapshots, scratch, kind="StatefulSet", claim_templates=("data",))
    assert run("PSK265", snapshot, catalog, to="Windows2025") == ([], [])


def test_each_class_of_shares_is_told_of_once(snapshots: Any, catalog: Catalog) -> None:
    snapshot = claimed(snapshots, share("nas"), pool=old(snapshots))
    other = VolumeFacts("pv-2", driver="smb.csi.k8s.io", storage_class="old")
    pair = (*snapshot.claims, ClaimFacts("shop/more-cart-0", volume="pv-2", phase="Bound"))
    (workload,) = snapshot.workloads
    snapshot = msgspec.structs.replace(
        snapshot,
        workloads=(msgspec.structs.replace(workload, claim_templates=("more",)),),
        claims=pair,
        volumes=(*snapshot.volumes, other),
    )
    findings, _ = run("PSK266", snapshot, catalog, to="Windows2022")
    assert [f.severity for f in findings] == [Severity.RECOMMENDED] * 2
    assert len({f.what for f in findings}) == 2


def test_a_disk_is_no_share(snapshots: Any, catalog: Catalog) -> None:
    snapshot = claimed(snapshots, VolumeFacts("pv-1", driver=DISK), pool=old(snapshots))
    assert run("PSK266", snapshot, catalog, to="Windows2022") == ([], [])


def test_a_workload_on_two_pools_is_told_of_once(snapshots: Any, catalog: Catalog) -> None:
    pools = (snapshots.windows_pool(), old(snapshots, name="ws19"))
    spread = {"ws22": 1, "ws19": 2}
    refused = (
        Volume("keys", csi=CsiVolume("secrets-store.csi.k8s.io")),
        Volume("blob", csi=CsiVolume("blob.csi.azure.com")),
        host_path("D:\\data"),
    )
    workload = snapshots.workload(spec={"volumes": refused}, pools=spread)
    # Without a target named, each pool has its own.
    snapshot = snapshots.changed(pools=pools, workloads=(workload,))
    for rule in ("PSK262", "PSK265", "PSK267"):
        assert len(run(rule, snapshot, catalog)[0]) == 1


def test_a_host_process_works_on_the_node(snapshots: Any, catalog: Catalog) -> None:
    options = WindowsOptions(host_process=True)
    spec = {
        "volumes": (host_path("C:\\data"),),
        "security_context": SecurityContext(windows_options=options),
    }
    snapshot = snapshots.changed(workloads=(snapshots.workload(spec=spec),))
    assert run("PSK265", snapshot, catalog, to="Windows2025") == ([], [])
