"""Cases of the rules on images: indexes, bases, formats, sizes."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.rules.cases import Case

from poolshift.core.arm import VmSize
from poolshift.core.finding import Severity
from poolshift.core.image import (
    SCHEMA_1_TYPES,
    Base,
    BaseKnownBy,
    ImageFacts,
    ImageLayer,
    Platform,
)
from poolshift.core.kube import SecurityContext, WindowsOptions
from poolshift.core.snapshot import RuntimeClassFacts, Snapshot, TemplateFacts
from poolshift.rules.settings import Settings, Thresholds

W19, W22, W25 = "10.0.17763.8027", "10.0.20348.4405", "10.0.26100.7000"
FRAMEWORK = "mcr.microsoft.com/dotnet/framework/aspnet"
HOST = SecurityContext(windows_options=WindowsOptions(host_process=True))
ISOLATED = "runhcs-wcow-hypervisor"


def one(s: Any, *platforms: Platform, **changes: Any) -> Snapshot:
    """The clean snapshot, where the one image has other platforms."""
    snapshot: Snapshot = s.changed(images=(ImageFacts(s.both, "sha256:0", platforms),), **changes)
    return snapshot


def old_pool(s: Any, **changes: Any) -> Any:
    return s.windows_pool(
        os_sku="Windows2019",
        kubernetes_version="1.32.1",
        build=W19,
        node_image_version="AKSWindows-2019-containerd-17763.8389.260210",
        **changes,
    )


def of(s: Any, ref: str, *builds: str, old: bool = False) -> Snapshot:
    """The clean snapshot, where the one workload uses another image; `old` on a 2019 pool."""
    snapshot: Snapshot = s.changed(
        workloads=(s.workload(image=ref),),
        images=(s.windows_image(ref, *builds),),
        **({"pools": (s.system_pool(), old_pool(s))} if old else {}),
    )
    return snapshot


def on_base(s: Any, base: Base, build: str) -> Snapshot:
    return one(
        s, Platform("windows", os_version=build, base=base), pools=(s.system_pool(), old_pool(s))
    )


def daemons(s: Any, *builds: str, **changes: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(
        workloads=(s.workload("agent", kind="DaemonSet", **changes),),
        images=(s.windows_image(s.both, *builds),),
    )
    return snapshot


def arm(s: Any, *architectures: str) -> Snapshot:
    snapshot: Snapshot = s.changed(
        pools=(
            s.system_pool(),
            s.system_pool(name="apps", os_sku="Ubuntu2204", vm_size="Standard_D4ps_v5"),
        ),
        workloads=(s.workload(node_selector={}, pools={"apps": 3}),),
        images=(ImageFacts(s.both, platforms=tuple(Platform("linux", a) for a in architectures)),),
        vm_sizes=(VmSize("Standard_D4ps_v5", "p", 4, 16, ("V2",), architecture="Arm64"),),
    )
    return snapshot


def schema_1(s: Any, **changes: Any) -> Snapshot:
    facts = ImageFacts(s.both, platforms=(Platform("windows"),), media_type=SCHEMA_1_TYPES[0])
    pool = s.windows_pool(kubernetes_version="1.33.1", **changes)
    snapshot: Snapshot = s.changed(pools=(s.system_pool(), pool), images=(facts,))
    return snapshot


def isolated(s: Any, name: str, handler: str) -> Snapshot:
    snapshot: Snapshot = s.changed(
        workloads=(s.workload(spec={"runtime_class_name": name}),),
        runtime_classes=(RuntimeClassFacts(name, handler),),
    )
    return snapshot


def heavy(s: Any, megabytes: int, base_layers: int = 0, **properties: Any) -> Snapshot:
    layers = (
        ImageLayer("sha256:base", 1_700_000_000),
        ImageLayer("sha256:app", megabytes * 1_000_000),
    )
    base = Base(BaseKnownBy.LAYERS, W22, "servercore", layers=base_layers)
    size = sum(layer.size_bytes for layer in layers)
    entry = Platform("windows", os_version=W22, size_bytes=size, layers=layers, base=base)
    pool = s.windows_pool(raw={"properties": properties})
    return one(s, entry, pools=(s.system_pool(), pool))


def nightly(s: Any, *builds: str, sku: str = "Windows2022") -> Snapshot:
    """A CronJob beside the clean workload, with an image of its own."""
    selector = {"kubernetes.io/os": "windows", "kubernetes.azure.com/os-sku": sku}
    made = s.workload(image="shop.azurecr.io/nightly:1", node_selector=selector)
    clean = s.clean()
    snapshot: Snapshot = s.changed(
        templates=(TemplateFacts("shop/CronJob/nightly", made.template),),
        images=(*clean.images, s.windows_image("shop.azurecr.io/nightly:1", *builds)),
    )
    return snapshot


CASES: tuple[Case, ...] = (
    Case(
        "PSW140",
        lambda s: one(
            s,
            Platform("windows", os_version=W22, hidden=True),
            Platform("windows", os_version=W25, hidden=True),
        ),
        target="image/shop.azurecr.io/both:1",
        says="entries without os.version",
        clean=lambda s: one(s, Platform("windows", os_version="", hidden=True)),
        to="Windows2025",
    ),
    Case(
        "PSW141",
        lambda s: one(s, Platform("windows", os_version="10.0.20348.5700")),
        target="image/shop.azurecr.io/both:1",
        says="a later revision of Windows than the nodes",
        severity=Severity.INFO,
        clean=lambda s: one(s, Platform("windows", os_version="10.0.20348.5600")),
    ),
    Case(
        "PSW141",
        lambda s: one(
            s,
            Platform("windows", os_version=W22),
            Platform("windows", os_version="10.0.26100.33000"),
            pools=(
                s.windows_pool(),
                s.windows_pool(
                    name="new",
                    os_sku="Windows2025",
                    build="10.0.26100.32522",
                    latest_node_image="AKSWindows-2025-gen2-26100.32522.260311",
                ),
            ),
        ),
        target="image/shop.azurecr.io/both:1",
        says="a later revision of Windows than the nodes",
        clean=lambda s: one(
            s,
            Platform("windows", os_version=W22),
            Platform("windows", os_version="10.0.26100.33000"),
            pools=(
                s.windows_pool(),
                s.windows_pool(
                    name="new",
                    os_sku="Windows2025",
                    build="10.0.26100.32522",
                    latest_node_image="AKSWindows-2025-gen2-26100.33158.260715",
                ),
            ),
        ),
        to="Windows2025",
    ),
    Case(
        "PSW143",
        lambda s: of(s, s.both, W25),
        target="shop/Deployment/cart",
        says="runs on Windows2025 only, and it has pods on Windows2022 nodes",
        clean=lambda s: of(s, s.both, W22, W25),
        to="Windows2025",
    ),
    Case(
        "PSW144",
        lambda s: of(s, f"{FRAMEWORK}:3.5-windowsservercore-ltsc2019", W19, old=True),
        target=f"image/{FRAMEWORK}:3.5-windowsservercore-ltsc2019",
        says="for Windows2025 none is published",
        clean=lambda s: of(s, f"{FRAMEWORK}:4.8.1-windowsservercore-ltsc2022", W22),
        to="Windows2025",
    ),
    Case(
        "PSW144",
        lambda s: of(s, f"{FRAMEWORK}:3.5-windowsservercore-ltsc2022", W22),
        target=f"image/{FRAMEWORK}:3.5-windowsservercore-ltsc2022",
        says="for Windows2025 none is published",
        severity=Severity.INFO,
        to="Windows2025",
    ),
    Case(
        "PSW144",
        lambda s: on_base(
            s,
            Base(BaseKnownBy.LABEL, ref=f"{FRAMEWORK}:3.5-windowsservercore-ltsc2019"),
            W19,
        ),
        target="image/shop.azurecr.io/both:1",
        says="the one that is published is not rebuilt",
        severity=Severity.RECOMMENDED,
        to="Windows2022",
    ),
    Case(
        "PSW145",
        lambda s: of(s, f"{FRAMEWORK}:4.8-windowsservercore-ltsc2019", W19, old=True),
        target=f"image/{FRAMEWORK}:4.8-windowsservercore-ltsc2019",
        says="for Windows2022 that image is not rebuilt any more",
        clean=lambda s: of(s, f"{FRAMEWORK}:4.8.1-windowsservercore-ltsc2022", W22),
        to="Windows2022",
    ),
    Case(
        "PSW145",
        lambda s: of(s, f"{FRAMEWORK}:4.7.2-windowsservercore-ltsc2019", W19, old=True),
        target=f"image/{FRAMEWORK}:4.7.2-windowsservercore-ltsc2019",
        says="for Windows2025 no such image exists",
        to="Windows2025",
    ),
    Case(
        "PSW145",
        lambda s: of(s, f"{FRAMEWORK}:4.8-windowsservercore-ltsc2022", W22),
        target=f"image/{FRAMEWORK}:4.8-windowsservercore-ltsc2022",
        says="for Windows2025 no such image exists",
        severity=Severity.INFO,
        to="Windows2025",
    ),
    Case(
        "PSW146",
        lambda s: of(s, "mcr.microsoft.com/windows:1809", W19, old=True),
        target="image/mcr.microsoft.com/windows:1809",
        says="has no image for Windows2022",
        clean=lambda s: of(s, "mcr.microsoft.com/windows/servercore:ltsc2019", W19, old=True),
        to="Windows2022",
    ),
    Case(
        "PSW146",
        lambda s: on_base(s, Base(BaseKnownBy.LAYERS, W19, "windows"), W19),
        target="image/shop.azurecr.io/both:1",
        says="stands on windows,",
        clean=lambda s: on_base(s, Base(BaseKnownBy.LAYERS, W19, "servercore"), W19),
        to="Windows2022",
    ),
    Case(
        "PSW147",
        lambda s: of(s, "microsoft/iis:windowsservercore-1803", W19, old=True),
        target="image/microsoft/iis:windowsservercore-1803",
        says="a name that its maker has given up",
        clean=lambda s: of(
            s,
            "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019",
            W19,
            old=True,
        ),
        to="Windows2022",
    ),
    Case(
        "PSW147",
        lambda s: on_base(
            s, Base(BaseKnownBy.LABEL, ref="mcr.microsoft.com/windows/nanoserver:1909"), W19
        ),
        target="image/shop.azurecr.io/both:1",
        says="a name that its maker has given up",
        to="Windows2022",
    ),
    Case(
        "PSW147",
        lambda s: on_base(
            s, Base(BaseKnownBy.LABEL, ref="mcr.microsoft.com/windows/servercore"), W19
        ),
        target="image/shop.azurecr.io/both:1",
        says="a name that its maker has given up",
        clean=lambda s: on_base(
            s, Base(BaseKnownBy.LABEL, ref="mcr.microsoft.com/windows/servercore/iis"), W19
        ),
        to="Windows2022",
    ),
    Case(
        "PSW148",
        lambda s: daemons(s, W25),
        target="shop/DaemonSet/agent",
        says="does not run on Windows2022 nodes",
        clean=lambda s: daemons(s, W22, W25),
        to="Windows2025",
    ),
    Case(
        "PSW148",
        lambda s: daemons(s, W19),
        target="shop/DaemonSet/agent",
        says="does not run on Windows2022 and Windows2025 nodes",
        clean=lambda s: daemons(s, W19, spec={"security_context": HOST}),
        to="Windows2025",
    ),
    Case(
        "PSW149",
        lambda s: daemons(s, W22, spec={"security_context": HOST}),
        target="shop/DaemonSet/agent",
        says="it runs in the node's own Windows, which becomes Windows2025",
        clean=lambda s: daemons(s, W22),
        to="Windows2025",
    ),
    Case(
        "PSW150",
        lambda s: arm(s, "amd64"),
        target="image/shop.azurecr.io/both:1",
        says="no platform linux/arm64",
        clean=lambda s: arm(s, "amd64", "arm64"),
        to="Ubuntu2404",
    ),
    Case(
        "PSW151",
        lambda s: schema_1(s),
        target="image/shop.azurecr.io/both:1",
        says="schema 1, which Windows2025 nodes do not pull",
        clean=lambda s: schema_1(s, os_sku="Windows2025"),
        to="Windows2025",
    ),
    Case(
        "PSW152",
        lambda s: isolated(s, "old-windows", ISOLATED),
        target="shop/Deployment/cart",
        says="Hyper-V isolation",
        clean=lambda s: isolated(s, "old-windows", "runhcs-wcow-process"),
        to="Windows2025",
    ),
    Case(
        "PSW153",
        lambda s: heavy(s, 9000, drainTimeoutInMinutes=5),
        target="shop/Deployment/cart",
        says="longer to pull than 15 minutes",
        clean=lambda s: heavy(s, 9000),
        clean_settings=Settings(thresholds=Thresholds(pull_mb_s=20)),
        to="Windows2025",
    ),
    Case(
        "PSW153",
        lambda s: heavy(s, 6000),
        target="shop/Deployment/cart",
        says="longer to pull than 15 minutes",
        clean=lambda s: heavy(s, 6000, base_layers=1),
        to="Windows2025",
    ),
    Case(
        "PSW154",
        lambda s: nightly(s, W19),
        target="shop/CronJob/nightly",
        says="does not run on Windows2025",
        clean=lambda s: nightly(s, W22, W25),
        to="Windows2025",
    ),
    Case(
        "PSW155",
        lambda s: of(s, "mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-1809", W19, old=True),
        target="image/mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-1809",
        says="it stands on .NET 8.0, whose support has ended",
        clean=lambda s: of(s, "mcr.microsoft.com/dotnet/aspnet:10.0-nanoserver-ltsc2022", W22),
        to="Windows2022",
    ),
    Case(
        "PSW155",
        lambda s: of(s, "mcr.microsoft.com/dotnet/runtime:9.0.19-nanoserver-ltsc2022", W22),
        target="image/mcr.microsoft.com/dotnet/runtime:9.0.19-nanoserver-ltsc2022",
        says="it stands on .NET 9.0, whose support ends soon",
        severity=Severity.INFO,
        to="Windows2025",
        as_of=date(2026, 6, 1),
    ),
)
