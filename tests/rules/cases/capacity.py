"""Cases of the rules on quota, addresses, ports, limits and autoscalers."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.rules.cases import Case

from poolshift.core.arm import (
    LoadBalancerProfile,
    ManagedAddresses,
    OutboundAddress,
    Usage,
    VmSize,
)
from poolshift.core.finding import Severity
from poolshift.core.image import ImageFacts, Platform
from poolshift.core.kube import Container, Resources, RollingUpdate, Strategy
from poolshift.core.snapshot import (
    ConfigFacts,
    NodeFacts,
    PodFacts,
    QuotaFacts,
    RuntimeClassFacts,
    Snapshot,
    SubnetFacts,
)
from poolshift.rules.settings import Settings, Thresholds

NET = "/net/subnets/aks-subnet"
TIGHT = Settings(thresholds=Thresholds(quota_headroom=70))


def pool(s: Any, base: Snapshot | None = None, **changes: Any) -> Snapshot:
    found = base or s.clean()
    return msgspec.structs.replace(found, pools=(s.system_pool(), s.windows_pool(**changes)))


def linux(s: Any, count: int, surge: str, base: Snapshot | None = None) -> Snapshot:
    raw = {"properties": {"upgradeSettings": {"maxSurge": surge}}}
    found = base or s.clean()
    apps = s.system_pool(name="apps", mode="User", os_sku="Ubuntu2204", count=count, raw=raw)
    return msgspec.structs.replace(found, pools=(s.system_pool(), apps))


def two(s: Any, base: Snapshot, count: int) -> Snapshot:
    pools = (s.windows_pool(count=count), s.windows_pool(name="web22", count=count))
    return msgspec.structs.replace(base, pools=pools)


def crowded(s: Any, count: int) -> Snapshot:
    """A pool to move beside many that are there already."""
    there = [s.windows_pool(name=f"n{n}", os_sku="Windows2025", count=1000) for n in range(4)]
    snapshot: Snapshot = s.changed(pools=(s.system_pool(), s.windows_pool(count=count), *there))
    return snapshot


def quota(s: Any, left: int) -> Snapshot:
    snapshot: Snapshot = s.changed(usages=(Usage("standardDSv5Family", 100 - left, 100),))
    return snapshot


def size(s: Any, *zones: str, pool_zones: tuple[str, ...] = (), **facts: Any) -> Snapshot:
    found = VmSize("Standard_D4s_v5", "standardDSv5Family", 4, 16.0, ("V1", "V2"), zones, **facts)
    return msgspec.structs.replace(pool(s, zones=pool_zones), vm_sizes=(found,))


def subnet(s: Any, prefix: str, used: int | None, mode: str = "overlay") -> Snapshot:
    clean = s.clean()
    network = msgspec.structs.replace(clean.cluster.network, network_plugin_mode=mode)
    found: Snapshot = msgspec.structs.replace(
        clean,
        cluster=msgspec.structs.replace(clean.cluster, network=network),
        subnets=(SubnetFacts(NET, (prefix,), used),),
    )
    return found


def pod_subnet(s: Any, prefix: str) -> Snapshot:
    raw = {"properties": {"podSubnetID": "/net/subnets/pods"}}
    found = SubnetFacts("/net/subnets/pods", (prefix,), used=0)
    base: Snapshot = s.changed(subnets=(SubnetFacts(NET, ("10.224.0.0/16",), 6), found))
    return pool(s, base, raw=raw)


def ranged(s: Any, text: str) -> Snapshot:
    clean = s.clean()
    network = msgspec.structs.replace(clean.cluster.network, pod_cidr=text)
    snapshot: Snapshot = s.cluster(network=network)
    return snapshot


def balanced(s: Any, count: int, ports: int = 0, addresses: int = 1, **more: Any) -> Snapshot:
    clean = s.clean()
    profile = LoadBalancerProfile(
        allocated_outbound_ports=ports,
        managed_outbound_ips=ManagedAddresses(addresses),
        effective_outbound_ips=(OutboundAddress(),) * addresses,
    )
    network = msgspec.structs.replace(
        clean.cluster.network, outbound_type="loadBalancer", load_balancer_profile=profile
    )
    return pool(s, s.cluster(network=network), count=count, **more)


def scaled(s: Any, minimum: int | None = 2, **workload: Any) -> Snapshot:
    found = pool(s, autoscaling=True, min_count=minimum, max_count=5)
    return msgspec.structs.replace(found, workloads=(s.workload(**workload),))


def expander(s: Any, pattern: str, kind: str = "priority") -> Snapshot:
    base: Snapshot = s.cluster(autoscaler_profile={"expander": kind})
    return msgspec.structs.replace(base, config=ConfigFacts(expander={"50": (pattern,)}))


def runtime(s: Any, key: str) -> Snapshot:
    found = scaled(s, 0, spec={"runtime_class_name": "win"})
    classes = (RuntimeClassFacts("win", node_selector={key: "10.0.20348"}),)
    return msgspec.structs.replace(found, runtime_classes=classes)


def nodes(count: int, pods: int, **labels: str) -> dict[str, Any]:
    """So many nodes with so many pods of the workload on each."""
    names = [f"n{n}" for n in range(count)]
    there = {"cpu": "4", "memory": "16Gi", "pods": "30"}
    owner = "shop/Deployment/cart"
    return {
        "nodes": tuple(
            NodeFacts(n, "ws22", "windows", allocatable=there, labels=labels) for n in names
        ),
        "pods": tuple(
            PodFacts("shop", f"{n}-{k}", f"{n}-{k}", owner, n, "Running", True)
            for n in names
            for k in range(pods)
        ),
    }


def asking(cpu: str, **more: Any) -> dict[str, Any]:
    container = Container("main", "shop.azurecr.io/both:1", Resources({"cpu": cpu}))
    return {"spec": {"containers": (container,)}, **more}


def demand(s: Any, most: int) -> Snapshot:
    workload = s.workload(**asking("1", autoscaler_max=most))
    snapshot: Snapshot = s.changed(workloads=(workload,), **nodes(3, 1))
    return snapshot


def full(s: Any, pods: int, max_pods: int) -> Snapshot:
    base: Snapshot = s.changed(**nodes(3, pods))
    return pool(s, base, max_pods=max_pods)


def disk(s: Any, gigabytes: int, image: int) -> Snapshot:
    ref = "shop.azurecr.io/both:1"
    facts = ImageFacts(ref, "sha256:0", (Platform("windows", size_bytes=image * 10**9),))
    base: Snapshot = s.changed(images=(facts,), **nodes(1, 1))
    return pool(s, base, raw={"properties": {"osDiskSizeGB": gigabytes}})


def held(s: Any, used: str, surge: int = 1, unavailable: int = 1) -> Snapshot:
    strategy = Strategy("RollingUpdate", RollingUpdate(unavailable, surge))
    quota = QuotaFacts("shop/ResourceQuota/all", {"requests.cpu": "4"}, {"requests.cpu": used})
    workload = s.workload(**asking("1", strategy=strategy))
    snapshot: Snapshot = s.changed(workloads=(workload,), quotas=(quota,))
    return snapshot


def labelled(s: Any, selector: dict[str, str], **changes: Any) -> Snapshot:
    selected = {"kubernetes.io/os": "windows", **selector}
    base: Snapshot = s.changed(
        workloads=(s.workload(node_selector=selected),), **nodes(1, 1, disk="fast")
    )
    return pool(s, base, **changes)


def health(s: Any, overall: str, **pools: str) -> Snapshot:
    config = ConfigFacts(autoscaler=overall, autoscaler_pools=pools)
    return msgspec.structs.replace(scaled(s), config=config)


CASES: tuple[Case, ...] = (
    Case(
        "PSC401",
        lambda s: quota(s, 8),
        target="pool/ws22",
        says="needs 12 vCPUs of standardDSv5Family; 8 are left, enough for 2 nodes",
        clean=lambda s: quota(s, 12),
    ),
    Case(
        "PSC401",
        lambda s: s.clean(),
        target="pool/ws22",
        says="6 are left, enough for 1 nodes",
        settings=TIGHT,
        clean_settings=Settings(thresholds=Thresholds(quota_headroom=64)),
    ),
    Case(
        "PSC401",
        lambda s: linux(s, 30, "10%", quota(s, 8)),
        target="pool/apps",
        says="a surge of 3 nodes needs 12 vCPUs",
        clean=lambda s: linux(s, 20, "10%", quota(s, 8)),
    ),
    Case(
        "PSC401",
        lambda s: two(s, quota(s, 12), 2),
        target="cluster",
        says="need 16 vCPUs of standardDSv5Family together; 12 are left",
        clean=lambda s: two(s, quota(s, 16), 2),
    ),
    Case(
        "PSC402",
        lambda s: size(s, restricted=True),
        target="pool/ws22",
        says="closed to the subscription",
        blocks=True,
        clean=lambda s: size(s),
    ),
    Case(
        "PSC402",
        lambda s: size(s, "1", "2", "3", pool_zones=("1", "2"), restricted_zones=("2",)),
        target="pool/ws22",
        says="cannot be had in zone 2",
        severity=Severity.RECOMMENDED,
        clean=lambda s: size(s, "1", "2", "3", pool_zones=("1", "3"), restricted_zones=("2",)),
    ),
    Case(
        "PSC402",
        lambda s: msgspec.structs.replace(size(s), pools=(s.windows_pool(vm_size="Standard_D2"),)),
        target="pool/ws22",
        says="Standard_D2 is not offered here any more",
        blocks=True,
        clean=lambda s: size(s, "1", pool_zones=("1",)),
    ),
    Case(
        "PSC403",
        lambda s: subnet(s, "10.0.0.0/24", 200, "none"),
        target="pool/ws22",
        says="3 new nodes need 93 addresses of subnet aks-subnet; 51 are free, enough for 1 nodes",
        clean=lambda s: subnet(s, "10.0.0.0/24", 158, "none"),
    ),
    Case(
        "PSC403",
        lambda s: subnet(s, "10.0.0.0/29", 3),
        target="pool/ws22",
        says="0 are free, enough for 0 nodes",
        severity=Severity.REQUIRED,
        blocks=True,
        clean=lambda s: subnet(s, "10.0.0.0/28", 8),
    ),
    Case(
        "PSC403",
        lambda s: subnet(s, "10.0.0.0/28", None),
        target="pool/ws22",
        says="1 are free, enough for 1 nodes",
        settings=Settings(thresholds=Thresholds(address_headroom=4)),
        clean=lambda s: subnet(s, "10.0.0.0/27", None),
    ),
    Case(
        "PSC403",
        lambda s: pod_subnet(s, "10.1.0.0/26"),
        target="pool/ws22",
        says="3 new nodes need 96 addresses of subnet pods; 59 are free",
        clean=lambda s: pod_subnet(s, "10.1.0.0/24"),
    ),
    Case(
        "PSC403",
        lambda s: two(s, subnet(s, "10.0.0.0/28", 6), 3),
        target="cluster",
        says="need 6 addresses of subnet aks-subnet together; 5 are free",
        clean=lambda s: two(s, subnet(s, "10.0.0.0/28", 5), 3),
    ),
    Case(
        "PSC404",
        lambda s: ranged(s, "10.244.0.0/21"),
        target="cluster",
        says="its pod range serves 8 nodes; there are 6, and the move adds 3",
        clean=lambda s: ranged(s, "10.244.0.0/20"),
    ),
    Case(
        "PSC404",
        lambda s: ranged(s, "10.244.0.0/22"),
        target="cluster",
        says="serves 4 nodes",
        severity=Severity.REQUIRED,
        blocks=True,
        clean=lambda s: pool(s, ranged(s, "10.244.0.0/22"), os_sku="Windows2025"),
    ),
    Case(
        "PSC405",
        lambda s: balanced(s, 24),
        target="cluster",
        says="falls from 1024 to 512 outbound ports when the nodes grow from 27 to 51",
        clean=lambda s: balanced(s, 23),
    ),
    Case(
        "PSC406",
        lambda s: balanced(s, 6, ports=8000),
        target="cluster",
        says="8000 outbound ports for each of 15 nodes need 2 addresses; it has 1",
        blocks=True,
        clean=lambda s: balanced(s, 6, ports=8000, addresses=2),
    ),
    Case(
        "PSC406",
        lambda s: balanced(s, 3, ports=8000),
        target="cluster",
        says="each of 9 nodes need 2 addresses",
        clean=lambda s: balanced(s, 2, ports=8000),
    ),
    Case(
        "PSC407",
        lambda s: s.cluster(max_pools=2),
        target="cluster",
        says="it takes 2 pools and has 2; the move adds 1",
        severity=Severity.REQUIRED,
        blocks=True,
        clean=lambda s: s.cluster(max_pools=3),
    ),
    Case(
        "PSC407",
        lambda s: two(s, s.cluster(max_pools=3), 3),
        target="cluster",
        says="has 2; the move adds 2",
        clean=lambda s: two(s, s.cluster(max_pools=4), 3),
    ),
    Case(
        "PSC408",
        lambda s: crowded(s, 499),
        target="cluster",
        says="it takes 5000 nodes and has 4502; the move adds 499",
        clean=lambda s: crowded(s, 498),
    ),
    Case(
        "PSC408",
        lambda s: linux(s, 950, "10%"),
        target="pool/apps",
        says="with its surge of 95 it has more than the 1000 nodes",
        clean=lambda s: linux(s, 950, "50"),
    ),
    Case(
        "PSC409",
        lambda s: scaled(s),
        target="pool/ws22",
        says="its autoscaler may add nodes",
    ),
    Case(
        "PSC410",
        lambda s: expander(s, ".*ws22.*"),
        target="pool/ws22",
        says="the autoscaler's priorities name it",
        clean=lambda s: expander(s, ".*"),
    ),
    Case(
        "PSC410",
        lambda s: expander(s, "aksws22.*"),
        target="pool/ws22",
        says="the autoscaler's priorities name it",
        clean=lambda s: expander(s, ".*ws22.*", "least-waste"),
    ),
    Case(
        "PSC411",
        lambda s: scaled(s, 0),
        target="pool/ws22",
        says="it comes back by a template",
        severity=Severity.INFO,
        clean=lambda s: scaled(s, 1),
    ),
    Case(
        "PSC411",
        lambda s: runtime(s, "node.kubernetes.io/windows-build"),
        target="pool/ws22",
        says="pods on it do not bring it back",
        clean=lambda s: pool(s, min_count=0),
    ),
    Case(
        "PSC412",
        lambda s: pool(s, spot=True),
        target="pool/ws22",
        says="spot machines",
    ),
    Case(
        "PSC413",
        lambda s: demand(s, 13),
        target="pool/ws22",
        says="may ask for 13 of cpu; it has 12",
        clean=lambda s: demand(s, 12),
    ),
    Case(
        "PSC414",
        lambda s: full(s, 21, 30),
        target="pool/ws22",
        says="its 63 pods do not find a place with one node less (maxPods 30)",
        clean=lambda s: full(s, 20, 30),
    ),
    Case(
        "PSC414",
        lambda s: full(s, 111, 250),
        target="pool/ws22",
        says="runs 111 pods; up to 110 are advised",
        severity=Severity.INFO,
        clean=lambda s: full(s, 110, 250),
    ),
    Case(
        "PSC415",
        lambda s: disk(s, 60, 7),
        target="pool/ws22",
        says="1 images take about 14 GB of a node's disk of 60 GB",
        to="Windows2025",
        clean=lambda s: disk(s, 60, 6),
    ),
    Case(
        "PSC416",
        lambda s: held(s, "3500m"),
        target="shop/Deployment/cart",
        says="no requests.cpu left",
        clean=lambda s: held(s, "3"),
    ),
    Case(
        "PSC416",
        lambda s: held(s, "3500m", unavailable=0),
        target="shop/Deployment/cart",
        says="it cannot miss a pod either",
        severity=Severity.REQUIRED,
        clean=lambda s: held(s, "3500m", surge=0),
    ),
    Case(
        "PSC417",
        lambda s: pool(s, count=21),
        target="pool/ws22",
        says="its 21 nodes take more calls than the 20",
        clean=lambda s: pool(s, count=20),
    ),
    Case(
        "PSC418",
        lambda s: labelled(s, {"disk": "fast"}),
        target="pool/ws22",
        says="what new nodes will not: disk; 1 workloads ask for it",
        clean=lambda s: labelled(s, {"disk": "fast"}, labels={"disk": "fast"}),
    ),
    Case(
        "PSC418",
        lambda s: labelled(s, {}),
        target="pool/ws22",
        says="what new nodes will not: disk",
        severity=Severity.INFO,
        clean=lambda s: s.changed(
            **nodes(1, 1, **{"agentpool": "ws22", "topology.kubernetes.io/zone": "1"})
        ),
    ),
    Case(
        "PSC419",
        lambda s: health(s, "Unhealthy"),
        target="cluster",
        says="its autoscaler says Unhealthy",
        clean=lambda s: health(s, "Healthy", ws22="Healthy"),
    ),
    Case(
        "PSC419",
        lambda s: health(s, "Healthy", ws22="Unhealthy"),
        target="cluster",
        says="that 1 node groups are not healthy",
        clean=lambda s: msgspec.structs.replace(health(s, "Unhealthy"), pools=s.clean().pools),
    ),
)
