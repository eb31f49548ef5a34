"""Cases of the rules on machines: images, generations, sizes, disks, settings."""

from __future__ import annotations

from typing import Any

from tests.rules.cases import Case

from poolshift.core.arm import VmSize
from poolshift.core.snapshot import NodeFacts, Snapshot

GEN1 = "AKSWindows-2022-containerd-20348.4648.260109"
JULY = "AKSWindows-2022-containerd-gen2-20348.5386.260715"
FIPS_2004 = "AKSUbuntu-2004fipsgen2containerd-202601.05.0"


def pool(s: Any, **changes: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(pools=(s.system_pool(), s.windows_pool(**changes)))
    return snapshot


def with_(s: Any, **properties: Any) -> Snapshot:
    return pool(s, raw={"properties": properties})


def linux(s: Any, **changes: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(pools=(s.system_pool(), s.system_pool(name="apps", **changes)))
    return snapshot


def nodes(s: Any, *found: NodeFacts) -> Snapshot:
    snapshot: Snapshot = s.changed(nodes=found)
    return snapshot


def node(name: str, image: str = "a", kubelet: str = "v1.35.1") -> NodeFacts:
    return NodeFacts(name, "ws22", "windows", kubelet=kubelet, image_version=image)


def sized(s: Any, size: VmSize, **changes: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(
        pools=(s.system_pool(), s.windows_pool(vm_size=size.name, **changes)), vm_sizes=(size,)
    )
    return snapshot


def nvme(*controllers: str) -> VmSize:
    return VmSize("Standard_X4", "x", 4, 16.0, ("V1", "V2"), disk_controllers=controllers)


CASES: tuple[Case, ...] = (
    Case(
        "PSW117",
        lambda s: pool(s, node_image_version=JULY),
        target="pool/ws22",
        says="the node image is 18 weeks old",
        clean=lambda s: pool(s, node_image_version=JULY, latest_node_image=JULY),
    ),
    Case(
        "PSW118",
        lambda s: nodes(s, node("n0"), node("n1"), node("n2", "b")),
        target="pool/ws22",
        says="2 different node images",
        clean=lambda s: nodes(s, node("n0"), node("n1")),
    ),
    Case(
        "PSW119",
        lambda s: nodes(s, node("n0", kubelet="v1.34.3")),
        target="node/n0",
        says="its kubelet is v1.34.3",
        clean=lambda s: nodes(s, node("n0", kubelet="v1.35.0")),
    ),
    Case(
        "PSW120",
        lambda s: pool(s, node_image_version=GEN1, vm_generation="V1"),
        target="pool/ws22",
        says="UseWindowsGen2VM",
    ),
    Case(
        "PSW120",
        lambda s: pool(s, node_image_version=GEN1, vm_generation="V1", vm_size="Standard_D4_v3"),
        target="pool/ws22",
        says="boots Gen1 only",
    ),
    Case(
        "PSW120",
        lambda s: pool(
            s,
            os_sku="Windows2019",
            kubernetes_version="1.32.1",
            node_image_version="AKSWindows-2019-containerd-17763.8146.260109",
            vm_generation="V1",
        ),
        target="pool/ws22",
        says="has Gen1 images only",
    ),
    Case(
        "PSW121",
        lambda s: pool(s, owner="terraform"),
        target="pool/ws22",
        says="made Gen2 by a header",
        clean=lambda s: pool(s),
    ),
    Case(
        "PSW122",
        lambda s: with_(s, securityProfile={"enableSecureBoot": True}),
        target="pool/ws22",
        says="secure boot is for Linux pools only",
        clean=lambda s: with_(s, securityProfile={"enableSecureBoot": False}),
    ),
    Case(
        "PSW122",
        lambda s: with_(s, kubeletConfig={"cpuManagerPolicy": "static"}),
        target="pool/ws22",
        says="kubelet setting cpuManagerPolicy",
        clean=lambda s: with_(s, kubeletConfig={"imageGcHighThreshold": 80}),
    ),
    Case(
        "PSW123",
        lambda s: sized(s, VmSize("Standard_T1", "t", 1, 1.0, ("V1", "V2"))),
        target="pool/ws22",
        says="too small for a new user pool",
        to="Windows2025",
        blocks=True,
        clean=lambda s: sized(s, VmSize("Standard_T2", "t", 2, 2.0, ("V1", "V2"))),
    ),
    Case(
        "PSW124",
        lambda s: sized(s, nvme("NVMe")),
        target="pool/ws22",
        says="NVMe disks only",
        to="Windows2025",
        clean=lambda s: sized(s, nvme("SCSI", "NVMe")),
    ),
    Case(
        "PSW125",
        lambda s: pool(s, vm_size="Standard_NC6s_v3"),
        target="pool/ws22",
        says="has graphics cards",
        to="Windows2025",
    ),
    Case(
        "PSW126",
        lambda s: with_(s, capacityReservationGroupID="/groups/shop"),
        target="pool/ws22",
        says="tied to a capacity reservation",
        to="Windows2025",
        clean=lambda s: with_(s, capacityReservationGroupID=None),
    ),
    Case(
        "PSW127",
        lambda s: with_(s, osDiskSizeGB=30),
        target="pool/ws22",
        says="OS disk has 30 GB",
        to="Windows2025",
        blocks=True,
        clean=lambda s: with_(s, osDiskSizeGB=0),
    ),
    Case(
        "PSW128",
        lambda s: linux(s, os_sku="Ubuntu2204", vm_size="Standard_DC8as_v5"),
        target="pool/apps",
        says="confidential size",
        to="Ubuntu2404",
        clean=lambda s: linux(s, os_sku="Ubuntu2204"),
    ),
    Case(
        "PSW129",
        lambda s: linux(s, os_sku="Ubuntu", fips=True, node_image_version=FIPS_2004),
        target="pool/apps",
        says="FIPS image of Ubuntu 20.04",
        clean=lambda s: linux(s, os_sku="Ubuntu", node_image_version=FIPS_2004),
    ),
    Case(
        "PSW130",
        lambda s: pool(s, labels={"kubernetes.io/role": "agent"}),
        target="pool/ws22",
        says="label kubernetes.io/role",
        to="Windows2025",
        clean=lambda s: pool(s, labels={"kubernetes.azure.com/scalesetpriority": "spot"}),
    ),
    Case(
        "PSW130",
        lambda s: pool(s, taints=("dedicated:NoSchedule",)),
        target="pool/ws22",
        says="taint dedicated:NoSchedule",
        to="Windows2025",
        clean=lambda s: pool(s, taints=("dedicated=shop:NoSchedule",)),
    ),
)
