"""Cases of the rules on what a new OS changes for what runs on it."""

from __future__ import annotations

from typing import Any

from tests.rules.cases import Case

from poolshift.core.finding import Severity
from poolshift.core.image import Base, BaseKnownBy, ImageFacts, Platform
from poolshift.core.kube import (
    Capabilities,
    ClaimSource,
    Container,
    ContainerSecurity,
    FlexVolume,
    Meta,
    PodTemplate,
    SecurityContext,
    SecurityProfile,
    Volume,
    WindowsOptions,
)
from poolshift.core.snapshot import ClaimFacts, NodeFacts, Snapshot, VolumeFacts
from poolshift.semantics import hints

W19, W22, W25 = "10.0.17763.8027", "10.0.20348.4405", "10.0.26100.7000"
CLAIMED = Volume("data", persistent_volume_claim=ClaimSource("share"))
GMSA = SecurityContext(windows_options=WindowsOptions(gmsa_credential_spec_name="tills"))
HOST = SecurityContext(windows_options=WindowsOptions(host_process=True))


def container(image: str = "shop.azurecr.io/both:1", **changes: Any) -> Container:
    return Container("main", image, **changes)


def old(s: Any, **changes: Any) -> Any:
    return s.windows_pool(
        os_sku="Windows2019", kubernetes_version="1.32.1", build=W19, fips=False, **changes
    )


def windows(s: Any, *, pool: Any = None, images: Any = None, **spec: Any) -> Snapshot:
    """The clean snapshot with another spec of its workload."""
    snapshot: Snapshot = s.changed(
        workloads=(s.workload(spec=spec),),
        **({"pools": (s.system_pool(), pool)} if pool else {}),
        **({"images": images} if images else {}),
    )
    return snapshot


def shared(s: Any, pool: Any = None, **volume: Any) -> Snapshot:
    """The workload mounts one claim."""
    facts = VolumeFacts("pv", claim="shop/share", **{"driver": "smb.csi.k8s.io", **volume})
    snapshot: Snapshot = s.changed(
        workloads=(s.workload(spec={"volumes": (CLAIMED,)}),),
        claims=(ClaimFacts("shop/share", volume="pv", phase="Bound"),),
        volumes=(facts,),
        **({"pools": (s.system_pool(), pool)} if pool else {}),
    )
    return snapshot


def based(s: Any, *builds: str, known_by: BaseKnownBy = BaseKnownBy.LAYERS) -> Snapshot:
    """The image stands on Server Core, with a 2019 pool."""
    base = Base(known_by, family="servercore")
    entries = tuple(Platform("windows", os_version=b, base=base) for b in builds)
    snapshot: Snapshot = s.changed(
        pools=(s.system_pool(), old(s)), images=(ImageFacts(s.both, platforms=entries),)
    )
    return snapshot


def linux(
    s: Any, *containers: Container, sku: str = "Ubuntu2204", pool: Any = None, **spec: Any
) -> Snapshot:
    """A workload on a Linux pool that moves."""
    settings = {"name": "apps", "os_sku": sku, "kubernetes_version": "1.31.1", **(pool or {})}
    annotations = spec.pop("annotations", {})
    found = s.workload(
        node_selector={},
        pools={"apps": 3},
        spec={"containers": containers or (container("shop.azurecr.io/api:1"),), **spec},
    )
    template = PodTemplate(Meta(annotations=annotations), found.template.spec)
    snapshot: Snapshot = s.changed(
        pools=(s.system_pool(), s.system_pool(**settings)),
        workloads=(s.workload(node_selector={}, pools={"apps": 3}, template=template),),
        images=(),
    )
    return snapshot


def mounted(path: str) -> tuple[Volume, ...]:
    return (Volume("host", host_path={"path": path}),)


def hinted(*words: str, image: str = "shop.azurecr.io/both:1") -> tuple[Container, ...]:
    return (container(image, hints=words),)


def privileged(**changes: Any) -> Container:
    return container(
        "shop.azurecr.io/agent:1", security_context=ContainerSecurity(privileged=True), **changes
    )


def azl2(s: Any, image: str, version: str) -> Snapshot:
    return linux(s, container(image), sku="AzureLinux", pool={"kubernetes_version": version})


CASES: tuple[Case, ...] = (
    Case(
        "PSW160",
        lambda s: shared(s),
        target="shop/Deployment/cart",
        says="Windows2025 nodes sign every SMB connection",
        clean=lambda s: shared(s, driver="file.csi.azure.com"),
        to="Windows2025",
    ),
    Case(
        "PSW160",
        lambda s: windows(s, containers=hinted(hints.UNC_PATH)),
        target="shop/Deployment/cart",
        says="Windows2025 nodes sign every SMB connection",
        clean=lambda s: windows(s, containers=hinted(hints.WMIC)),
        to="Windows2025",
    ),
    Case(
        "PSW160",
        lambda s: windows(
            s, pool=old(s), volumes=(Volume("x", flex_volume=FlexVolume("microsoft.com/smb.cmd")),)
        ),
        target="shop/Deployment/cart",
        says="Windows2022 nodes know more ciphers",
        severity=Severity.INFO,
        clean=lambda s: windows(
            s, pool=old(s), volumes=(Volume("x", flex_volume=FlexVolume("acme/disk")),)
        ),
        to="Windows2022",
    ),
    Case(
        "PSW161",
        lambda s: shared(s),
        target="shop/Deployment/cart",
        says="as a guest, which Windows2025 nodes refuse",
        clean=lambda s: shared(s, credentials=True),
        to="Windows2025",
    ),
    Case(
        "PSW161",
        lambda s: shared(s, credentials=True, mount_options=("sec=none",)),
        target="shop/Deployment/cart",
        says="as a guest",
        clean=lambda s: shared(s, credentials=True, mount_options=("sec=krb5",)),
        to="Windows2025",
    ),
    Case(
        "PSW162",
        lambda s: windows(s, security_context=GMSA),
        target="shop/Deployment/cart",
        says="Windows2025 nodes know no NTLMv1",
        clean=lambda s: windows(s),
        to="Windows2025",
    ),
    Case(
        "PSW163",
        lambda s: based(s, W19),
        target="pool/ws22",
        says="come to the Windows version of Windows2022",
        clean=lambda s: based(s, W19, known_by=BaseKnownBy.OS_VERSION),
        to="Windows2022",
    ),
    Case(
        "PSW163",
        lambda s: based(s, W19, W22),
        target="pool/ws22",
        says="come to the Windows version of Windows2022",
        to="Windows2022",
    ),
    Case(
        "PSW164",
        lambda s: windows(s, containers=hinted(hints.WMIC)),
        target="shop/Deployment/cart",
        says="its commands use WMIC",
        clean=lambda s: windows(
            s, containers=hinted(hints.WMIC), images=(s.windows_image(s.both, W22),)
        ),
        to="Windows2025",
    ),
    Case(
        "PSW164",
        lambda s: windows(s, containers=hinted(hints.VBSCRIPT), security_context=HOST),
        target="shop/Deployment/cart",
        says="its commands use VBScript",
        to="Windows2025",
    ),
    Case(
        "PSW165",
        lambda s: windows(s, pool=old(s)),
        target="pool/ws22",
        says="under FIPS policy, which is on in Windows2022 nodes",
        clean=lambda s: s.changed(pools=(s.windows_pool(fips=False),)),
    ),
    Case(
        "PSW166",
        lambda s: windows(
            s,
            pool=s.windows_pool(kubernetes_version="1.33.1"),
            volumes=mounted(r"\\.\pipe\containerd-containerd"),
        ),
        target="shop/Deployment/cart",
        says="reaches into containerd, which is 2 on Windows2025 nodes",
        clean=lambda s: windows(s, volumes=mounted(r"\\.\pipe\containerd-containerd")),
        to="Windows2025",
    ),
    Case(
        "PSW166",
        lambda s: linux(s, privileged(hints=(hints.CONTAINERD_TOOLS,))),
        target="shop/Deployment/cart",
        says="which is 2 on Ubuntu2404 nodes",
        clean=lambda s: newer_nodes(s, linux(s, privileged(hints=(hints.CONTAINERD_TOOLS,)))),
        to="Ubuntu2404",
    ),
    Case(
        "PSW167",
        lambda s: azl2(s, "docker.io/library/openjdk:8", "1.28.5"),
        target="shop/Deployment/cart",
        says="it runs Java, and AzureLinux3 nodes have cgroup v2",
        clean=lambda s: azl2(s, "docker.io/library/openjdk:8", "1.29.5"),
        to="AzureLinux3",
    ),
    Case(
        "PSW167",
        lambda s: linux(
            s,
            sku="Ubuntu",
            pool={"node_image_version": "AKSUbuntu-2004fipsgen2containerd-202601.05.0"},
            volumes=mounted("/sys/fs/cgroup"),
        ),
        target="shop/Deployment/cart",
        says="it mounts the node's cgroups, and Ubuntu2404 nodes have cgroup v2",
        clean=lambda s: linux(s, sku="Ubuntu2204", volumes=mounted("/sys/fs/cgroup")),
        to="Ubuntu2404",
    ),
    Case(
        "PSW168",
        lambda s: linux(s, volumes=mounted("/lib/modules/")),
        target="shop/Deployment/cart",
        says="works with the node's kernel, which changes with Ubuntu2404",
        clean=lambda s: linux(s, volumes=mounted("/lib/modules-of-mine")),
        to="Ubuntu2404",
    ),
    Case(
        "PSW168",
        lambda s: linux(s, privileged(), sku="AzureLinux"),
        target="shop/Deployment/cart",
        says="it is privileged",
        severity=Severity.INFO,
        clean=lambda s: linux(s, sku="AzureLinux"),
        to="AzureLinux3",
    ),
    Case(
        "PSW168",
        lambda s: linux(
            s,
            pool={"raw": {"properties": {"linuxOSConfig": {"sysctls": {"vmMaxMapCount": 262144}}}}},
        ),
        target="pool/apps",
        says="it has kernel settings",
        severity=Severity.INFO,
        clean=lambda s: linux(s, pool={"raw": {"properties": {"linuxOSConfig": {"sysctls": {}}}}}),
        to="Ubuntu2404",
    ),
    Case(
        "PSW168",
        lambda s: linux(
            s,
            container(
                security_context=ContainerSecurity(capabilities=Capabilities(("BPF", "NET_RAW")))
            ),
        ),
        target="shop/Deployment/cart",
        says="works with the node's kernel",
        clean=lambda s: linux(
            s,
            container(security_context=ContainerSecurity(capabilities=Capabilities(("NET_RAW",)))),
        ),
        to="Ubuntu2404",
    ),
    Case(
        "PSW169",
        lambda s: linux(s, container("docker.io/library/postgres:16")),
        target="shop/Deployment/cart",
        says="keeps many files open",
        clean=lambda s: linux(s, container("shop.azurecr.io/postgresish:16")),
        to="Ubuntu2404",
    ),
    Case(
        "PSW170",
        lambda s: linux(s, host_users=False),
        target="shop/Deployment/cart",
        says="it makes user namespaces, which Ubuntu2404 nodes restrict",
        clean=lambda s: linux(s, host_users=True),
        to="Ubuntu2404",
    ),
    Case(
        "PSW170",
        lambda s: linux(s, container("docker.io/moby/buildkit:v0.19.0-rootless")),
        target="shop/Deployment/cart",
        says="it makes user namespaces",
        clean=lambda s: linux(s, container("docker.io/moby/buildkit:v0.19.0")),
        to="Ubuntu2404",
    ),
    Case(
        "PSW170",
        lambda s: linux(
            s,
            container(
                security_context=ContainerSecurity(
                    app_armor_profile=SecurityProfile("RuntimeDefault")
                )
            ),
            sku="AzureLinux",
        ),
        target="shop/Deployment/cart",
        says="an AppArmor profile, which AzureLinux3 nodes may not know",
        severity=Severity.INFO,
        clean=lambda s: linux(
            s,
            container(
                security_context=ContainerSecurity(app_armor_profile=SecurityProfile("Unconfined"))
            ),
            sku="AzureLinux",
        ),
        to="AzureLinux3",
    ),
    Case(
        "PSW170",
        lambda s: linux(
            s,
            sku="AzureLinux",
            annotations={"container.apparmor.security.beta.kubernetes.io/main": "runtime/default"},
        ),
        target="shop/Deployment/cart",
        says="an AppArmor profile",
        severity=Severity.INFO,
        to="AzureLinux3",
    ),
    Case(
        "PSW171",
        lambda s: linux(s, privileged(hints=(hints.HOST_TOOLS,))),
        target="shop/Deployment/cart",
        says="uses the node's own programs, which are newer on Ubuntu2404",
        clean=lambda s: linux(s, container(hints=(hints.HOST_TOOLS,))),
        to="Ubuntu2404",
    ),
    Case(
        "PSW171",
        lambda s: linux(s, sku="AzureLinux", volumes=mounted("/etc/systemd/system")),
        target="shop/Deployment/cart",
        says="uses the node's own programs, which are newer on AzureLinux3",
        clean=lambda s: linux(s, sku="AzureLinux", volumes=mounted("/lib/modules")),
        to="AzureLinux3",
    ),
    Case(
        "PSW173",
        lambda s: windows(
            s,
            containers=hinted(hints.SCRIPT_ENTRYPOINT),
            termination_grace_period_seconds=120,
        ),
        target="shop/Deployment/cart",
        says="a long grace period, which Windows does not give",
        clean=lambda s: windows(
            s,
            containers=(container(hints=(hints.SCRIPT_ENTRYPOINT,), pre_stop=True),),
            termination_grace_period_seconds=120,
        ),
        to="Windows2025",
    ),
    Case(
        "PSW174",
        lambda s: s.changed(pools=(s.windows_pool(os_sku="WindowsAnnual"),)),
        target="pool/ws22",
        says="from WindowsAnnual to Windows2025 is not recorded",
        to="Windows2025",
    ),
    Case(
        "PSW174",
        lambda s: linux(s),
        target="pool/apps",
        says="from Ubuntu2204 to AzureLinux3 is not recorded",
        clean=lambda s: s.changed(
            pools=(s.system_pool(os_sku="AzureLinux", kubernetes_version="1.31.1"),)
        ),
        to="AzureLinux3",
    ),
    Case(
        "PSW175",
        lambda s: linux(s, pool={"fips": True}),
        target="pool/apps",
        says="it runs with FIPS, and Ubuntu2404 has no FIPS image",
        clean=lambda s: linux(s),
        to="Ubuntu2404",
    ),
)


def newer_nodes(s: Any, snapshot: Snapshot) -> Snapshot:
    """The same with a node that has the next containerd already."""
    node = NodeFacts("n0", "apps", "linux", runtime="containerd://2.0.6-1")
    changed: Snapshot = s.changed(
        pools=snapshot.pools, workloads=snapshot.workloads, images=(), nodes=(node,)
    )
    return changed
