"""Cases of the rules on volumes."""

from __future__ import annotations

from typing import Any

from tests.rules.cases import Case

from poolshift.core.arm import VmSize, WindowsProfile
from poolshift.core.finding import Severity
from poolshift.core.kube import (
    ClaimSource,
    CsiVolume,
    Meta,
    PodTemplate,
    RollingUpdate,
    Strategy,
    Volume,
)
from poolshift.core.snapshot import (
    ClaimFacts,
    NodeFacts,
    PodFacts,
    Snapshot,
    StorageClassFacts,
    VolumeFacts,
)

DISK, FILE = "disk.csi.azure.com", "file.csi.azure.com"
CLAIMED = Volume("data", persistent_volume_claim=ClaimSource("data"))


def claimed(s: Any, volume: VolumeFacts, *, pool: Any = None, **changes: Any) -> Snapshot:
    """The clean snapshot, whose workload has one claim that is bound to a volume."""
    class_ = changes.pop("storage_class", None)
    claim = ClaimFacts(
        "shop/data",
        storage_class=volume.storage_class,
        volume=volume.name,
        phase="Bound",
        access_modes=changes.pop("access_modes", ("ReadWriteOnce",)),
    )
    profile = changes.pop("windows", None)
    workload = s.workload(spec={"volumes": (CLAIMED,)}, **changes)
    snapshot: Snapshot = s.changed(
        cluster=s.cluster(windows=profile).cluster,
        pools=(s.system_pool(), pool or s.windows_pool(zones=("1", "2", "3"))),
        workloads=(workload,),
        claims=(claim,),
        volumes=(volume,),
        storage_classes=(class_,) if class_ else (),
    )
    return snapshot


def zoned(s: Any, zone: str = "westeurope-2", size: VmSize | None = None, **pool: Any) -> Snapshot:
    found = s.windows_pool(**{"zones": ("1", "2", "3"), **pool})
    facts = VolumeFacts("pv-1", driver=DISK, zones=(zone,) if zone else ())
    snapshot = claimed(s, facts, pool=found)
    changed: Snapshot = s.changed(
        pools=snapshot.pools,
        workloads=snapshot.workloads,
        claims=snapshot.claims,
        volumes=snapshot.volumes,
        vm_sizes=(size,) if size else (),
    )
    return changed


def size(**changes: Any) -> VmSize:
    return VmSize("Standard_D4s_v5", "standardDSv5Family", 4, 16, ("V1", "V2"), **changes)


def share(class_: str = "", driver: str = FILE) -> VolumeFacts:
    return VolumeFacts("pv-1", driver=driver, storage_class=class_)


def mounting(s: Any, volume: Volume, **changes: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(workloads=(s.workload(spec={"volumes": (volume,)}, **changes),))
    return snapshot


def host_path(path: str) -> Volume:
    return Volume("host", host_path={"path": path})


def old(s: Any, **changes: Any) -> Any:
    return s.windows_pool(os_sku="Windows2019", kubernetes_version="1.32.1", fips=False, **changes)


def disks(s: Any, per_node: int, most: int | None, nodes: int = 3) -> Snapshot:
    """A StatefulSet with a disk for each pod, so many on each node of a size."""
    number = per_node * nodes
    workload = s.workload(
        "db", kind="StatefulSet", claim_templates=("data",), pools={"ws22": number}
    )
    snapshot: Snapshot = s.changed(
        pools=(s.system_pool(), s.windows_pool(count=nodes)),
        workloads=(workload,),
        nodes=tuple(NodeFacts(f"n{i}", "ws22", "windows") for i in range(nodes)),
        pods=tuple(
            PodFacts("shop", f"db-{i}", f"u{i}", workload.target, f"n{i % nodes}", "Running", True)
            for i in range(number)
        ),
        claims=tuple(
            ClaimFacts(f"shop/data-db-{i}", volume=f"pv-{i}", phase="Bound") for i in range(number)
        ),
        volumes=tuple(VolumeFacts(f"pv-{i}", driver=DISK) for i in range(number)),
        vm_sizes=(size(max_data_disks=most),),
    )
    return snapshot


def marked(s: Any, safe: str) -> Snapshot:
    key = "cluster-autoscaler.kubernetes.io/safe-to-evict"
    plain = s.workload().template
    template = PodTemplate(Meta(annotations={key: safe}), plain.spec)
    snapshot: Snapshot = s.changed(workloads=(s.workload(template=template),))
    return snapshot


CASES: tuple[Case, ...] = (
    Case(
        "PSK260",
        lambda s: zoned(s, zones=("1", "3")),
        target="pool/ws22",
        says="disks in zones that it does not list",
        clean=lambda s: zoned(s),
        to="Windows2025",
    ),
    Case(
        "PSK260",
        lambda s: zoned(s, size=size(restricted_zones=("2",))),
        target="pool/ws22",
        says="closed for Standard_D4s_v5",
        clean=lambda s: zoned(s, size=size(restricted_zones=("1",))),
        to="Windows2025",
    ),
    Case(
        "PSK260",
        lambda s: zoned(s, autoscaling=True, min_count=1, max_count=9),
        target="pool/ws22",
        says="fewer nodes than zones",
        severity=Severity.RECOMMENDED,
        clean=lambda s: zoned(s, zone="", autoscaling=True, min_count=1, max_count=9),
        to="Windows2025",
    ),
    Case(
        "PSK261",
        lambda s: claimed(s, VolumeFacts("pv-1", driver=DISK)),
        target="shop/Deployment/cart",
        says="before the old ones let go of their disk",
        clean=lambda s: claimed(
            s,
            VolumeFacts("pv-1", driver=DISK),
            strategy=Strategy("RollingUpdate", RollingUpdate(max_surge=0, max_unavailable=1)),
        ),
        to="Windows2025",
    ),
    Case(
        "PSK261",
        lambda s: claimed(s, VolumeFacts("pv-1"), access_modes=("ReadWriteOncePod",)),
        target="shop/Deployment/cart",
        says="before the old ones let go of their disk",
        clean=lambda s: claimed(s, share(), access_modes=("ReadWriteOnce",)),
        to="Windows2025",
    ),
    Case(
        "PSK262",
        lambda s: mounting(s, Volume("x", nfs={"server": "nas", "path": "/x"})),
        target="shop/Deployment/cart",
        says="NFS or blob containers",
        clean=lambda s: mounting(s, Volume("x", csi=CsiVolume(FILE))),
        to="Windows2025",
    ),
    Case(
        "PSK262",
        lambda s: claimed(
            s, share("fast"), storage_class=StorageClassFacts("fast", FILE, protocol="nfs")
        ),
        target="shop/Deployment/cart",
        says="NFS or blob containers",
        clean=lambda s: claimed(s, share("fast"), storage_class=StorageClassFacts("fast", FILE)),
        to="Windows2025",
    ),
    Case(
        "PSK262",
        lambda s: claimed(s, share(driver="blob.csi.azure.com")),
        target="shop/Deployment/cart",
        says="NFS or blob containers",
        to="Windows2025",
    ),
    Case(
        "PSK262",
        lambda s: mounting(s, host_path("/etc/ssl")),
        target="shop/Deployment/cart",
        says="paths of the node that only Linux has",
        severity=Severity.RECOMMENDED,
        clean=lambda s: mounting(s, host_path(r"C:\etc\ssl")),
        to="Windows2025",
    ),
    Case(
        "PSK263",
        lambda s: claimed(s, share(), windows=WindowsProfile(enable_csi_proxy=False)),
        target="cluster",
        says="the CSI proxy of Windows nodes is off",
        clean=lambda s: claimed(s, share(), windows=WindowsProfile(enable_csi_proxy=True)),
        to="Windows2025",
    ),
    Case(
        "PSK264",
        lambda s: disks(s, 4, 4),
        target="pool/ws22",
        says="as many disks as their size takes",
        clean=lambda s: disks(s, 4, 8),
        to="Windows2025",
    ),
    Case(
        "PSK264",
        lambda s: disks(s, 3, 4),
        target="pool/ws22",
        says="as many disks as their size takes",
        clean=lambda s: disks(s, 2, 4),
        to="Windows2025",
    ),
    Case(
        "PSK265",
        lambda s: mounting(s, host_path(r"D:\data")),
        target="shop/Deployment/cart",
        says="it keeps data in a directory of the node",
        clean=lambda s: mounting(s, host_path(r"C:\ProgramData\docker\containers")),
        to="Windows2025",
    ),
    Case(
        "PSK265",
        lambda s: mounting(s, Volume("data", empty_dir={}), kind="StatefulSet"),
        target="shop/StatefulSet/cart",
        says="whose data is in an emptyDir",
        severity=Severity.INFO,
        clean=lambda s: mounting(s, Volume("data", empty_dir={"medium": "Memory"})),
        to="Windows2025",
    ),
    Case(
        "PSK265",
        lambda s: marked(s, "false"),
        target="shop/Deployment/cart",
        says="not safe to evict",
        severity=Severity.INFO,
        clean=lambda s: marked(s, "true"),
        to="Windows2025",
    ),
    Case(
        "PSK266",
        lambda s: claimed(s, share("azurefile-csi"), pool=old(s)),
        target="pool/ws22",
        says="SMB shares of the class azurefile-csi, and Windows2022 nodes run with FIPS",
        clean=lambda s: claimed(s, share("azurefile-csi"), pool=s.windows_pool(fips=True)),
        to="Windows2022",
    ),
    Case(
        "PSK266",
        lambda s: s.changed(
            pools=(s.windows_pool(fips=False),),
            workloads=(s.workload(spec={"volumes": (Volume("x", azure_file={}),)}),),
        ),
        target="pool/ws22",
        says="SMB shares without a class, and Windows2025 nodes run with FIPS",
        severity=Severity.INFO,
        to="Windows2025",
    ),
    Case(
        "PSK267",
        lambda s: mounting(s, Volume("keys", csi=CsiVolume("secrets-store.csi.k8s.io"))),
        target="shop/Deployment/cart",
        says="secrets of a vault",
        clean=lambda s: mounting(s, Volume("keys", csi=CsiVolume(FILE))),
        to="Windows2025",
    ),
)
