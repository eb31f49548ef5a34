"""Cases about names, OS SKUs and Kubernetes versions."""

from __future__ import annotations

from typing import Any

from tests.sim.arm.rules.bench import Case, Setup, change, linux, windows, with_pool
from tests.sim.arm.rules.parts import (
    FLAT,
    GUARD,
    INVALID,
    OLD,
    TRUSTED,
    W19,
    W25,
    registered,
    service,
)

NAMES = (
    Case("name-pattern", INVALID, linux("Apps"), linux("apps")),
    Case("name-too-long", INVALID, linux("a" * 13), linux("a" * 12)),
    Case("windows-name", "WindowsAgentPoolNameTooLong", windows("windows"), windows("window")),
)
OS_SKUS = (
    Case("unknown-sku", "InvalidOSSKU", windows(osSKU="Windows2042"), windows()),
    Case("sku-of-other-os", "InvalidOSSKU", windows(osType="Linux"), windows()),
    Case(
        "sku-before-its-preview",
        "InvalidOSSKU",
        windows(**W25),
        windows(**W25),
        world=Setup(start="2025-08-01", version="1.33.2"),
        accepted_in=Setup(start="2026-06-01", version="1.33.2"),
    ),
    Case(
        "sku-in-preview-without-feature",
        "InvalidOSSKU",
        windows(**W25),
        windows(**W25),
        says="AksWindows2025Preview",
        world=Setup(start="2026-01-12", version="1.33.2"),
        accepted_in=Setup(
            start="2026-01-12", version="1.33.2", parts=registered("AksWindows2025Preview")
        ),
    ),
    Case(
        "sku-of-a-feature",
        "InvalidOSSKU",
        linux(**GUARD),
        linux(**GUARD),
        says="AzureLinuxOSGuardPreview",
        accepted_in=Setup(parts=registered("AzureLinuxOSGuardPreview")),
    ),
    Case(
        "2019-past-its-last-version",
        "Windows2019NotSupportedWithOrchestratorVersion",
        windows(**W19),
        windows(**W19),
        accepted_in=OLD,
    ),
    Case(
        "2022-past-its-last-version",
        "InvalidOSSKU",
        windows(),
        windows(**W25),
        world=Setup(version="1.37.0", start="2026-11-20"),
    ),
    Case(
        "2025-below-its-first-version",
        "InvalidOSSKU",
        windows(**W25),
        windows(**W25),
        world=Setup(version="1.31.12"),
        accepted_in=Setup(version="1.32.9"),
    ),
    Case(
        "creation-ended",
        "InvalidOSSKU",
        windows(osSKU="WindowsAnnual"),
        windows(osSKU="WindowsAnnual"),
        says="2026-05-15",
        world=Setup(version="1.32.6", parts=registered("AKSWindowsAnnualPreview")),
        accepted_in=Setup(
            version="1.32.6", start="2026-03-01", parts=registered("AKSWindowsAnnualPreview")
        ),
    ),
    Case(
        "images-gone-of-a-new-pool",
        "InvalidTemplateDeployment",
        windows(**W19),
        windows(**W19),
        sub="image-not-found",
        world=Setup(version="1.32.6", start="2027-04-01"),
        accepted_in=Setup(version="1.32.6", start="2027-03-31"),
    ),
    Case(
        "images-gone-at-scale-out",
        "InvalidTemplateDeployment",
        change("azl2", count=5),
        change("azl2", count=3),
        sub="image-not-found",
        world=Setup(scenario="linux"),
    ),
    Case(
        "images-of-an-unversioned-sku",
        "InvalidTemplateDeployment",
        linux(osSKU="AzureLinux"),
        linux(osSKU="AzureLinux"),
        sub="image-not-found",
        world=Setup(scenario="linux"),
        accepted_in=Setup(),
    ),
)
FLATCAR: dict[str, Any] = {"osSKU": "Flatcar"}
FEATURE = registered("AKSFlatcarPreview")
ENDED = (
    Case(
        "flatcar-ended",
        "InvalidOSSKU",
        linux(**FLATCAR),
        linux(**FLATCAR),
        says="2026-06-08",
        world=Setup(parts=FEATURE),
        accepted_in=Setup(start="2026-06-07", parts=FEATURE),
    ),
    Case(
        "2022-ended",
        "InvalidOSSKU",
        windows(),
        windows(),
        says="2028-06-30",
        world=Setup(start="2028-06-30"),
        accepted_in=Setup(start="2028-06-29"),
    ),
)
IN_PLACE = Setup(parts=service(windows_in_place=True))
IN_PLACES = (
    Case(
        "windows-in-place-where-not-offered",
        "PropertyChangeNotAllowed",
        change("ws22", **W25),
        change("ws22", **W25),
        says="Changing property 'agentPoolProfile.OSSKU' is not allowed",
        accepted_in=IN_PLACE,
    ),
    Case(
        "windows-in-place-without-fips",
        INVALID,
        change("ws22", osSKU="Windows2025"),
        change("ws22", **W25),
        world=IN_PLACE,
    ),
    Case(
        "windows-in-place-to-another",
        "PropertyChangeNotAllowed",
        change("ws22", osSKU="WindowsAnnual"),
        change("ws22", **W25),
        world=Setup(
            parts={**service(windows_in_place=True), **registered("AKSWindowsAnnualPreview")}
        ),
        accepted_in=IN_PLACE,
    ),
    Case(
        "windows-back-in-place",
        "PropertyChangeNotAllowed",
        with_pool(windows("w25", **W25), change("w25", osSKU="Windows2022")),
        with_pool(windows("w25", **W25), change("w25", count=2)),
        world=IN_PLACE,
    ),
    Case(
        "linux-in-place-past-its-version",
        "InvalidOSSKU",
        with_pool(linux(), change("apps", osSKU="AzureContainerLinux", securityProfile=TRUSTED)),
        with_pool(linux(), change("apps", osSKU="Ubuntu2404")),
        world=Setup(version="1.33.2"),
    ),
    Case(
        "linux-in-place-to-os-guard",
        "PropertyChangeNotAllowed",
        with_pool(linux(), change("apps", **GUARD)),
        with_pool(linux(), change("apps", osSKU="AzureLinux3")),
        world=Setup(parts=registered("AzureLinuxOSGuardPreview")),
    ),
    Case(
        "linux-in-place-with-image-for-gpus",
        "PropertyChangeNotAllowed",
        with_pool(
            linux(headers={"usegpudedicatedvhd": "true"}), change("apps", osSKU="Ubuntu2404")
        ),
        with_pool(linux(), change("apps", osSKU="Ubuntu2404")),
    ),
    Case(
        "linux-to-windows",
        "InvalidOSSKU",
        with_pool(linux(), change("apps", osSKU="Windows2022")),
        with_pool(linux(), change("apps", osSKU="Ubuntu2404")),
    ),
    Case(
        "fixed-size",
        "PropertyChangeNotAllowed",
        change("ws22", vmSize="Standard_D8s_v5"),
        change("ws22", vmSize="standard_d4s_v5"),
    ),
    Case(
        "fixed-max-pods",
        "PropertyChangeNotAllowed",
        change("ws22", maxPods=50),
        change("ws22", maxPods=30),
    ),
    Case(
        "fixed-zones",
        "PropertyChangeNotAllowed",
        change("ws22", availabilityZones=["1"]),
        change("ws22", availabilityZones=["3", "2", "1"]),
    ),
    Case(
        "fixed-os-type",
        "PropertyChangeNotAllowed",
        change("ws22", osType="Linux", osSKU="Ubuntu2204"),
        change("ws22", osType="windows"),
    ),
    Case(
        "fixed-outbound-nat",
        "PropertyChangeNotAllowed",
        change("ws22", windowsProfile={"disableOutboundNat": True}),
        change("ws22", windowsProfile={"disableOutboundNat": False}),
    ),
    Case(
        "fixed-fips-of-windows",
        "PropertyChangeNotAllowed",
        change("ws22", enableFIPS=True),
        change("system", enableFIPS=True),
    ),
)
VERSIONS = (
    Case(
        "no-version",
        "AgentPoolK8sVersionNotSupported",
        windows(orchestratorVersion="one"),
        windows(orchestratorVersion="1.35.2"),
    ),
    Case(
        "newer-than-control-plane",
        "NodePoolMcVersionIncompatible",
        windows(orchestratorVersion="1.36.0"),
        windows(orchestratorVersion="1.35.2"),
    ),
    Case(
        "too-old-for-control-plane",
        "NodePoolMcVersionIncompatible",
        windows(orchestratorVersion="1.31.9"),
        windows(orchestratorVersion="1.34"),
    ),
    Case(
        "patch-not-offered",
        "AgentPoolK8sVersionNotSupported",
        windows(orchestratorVersion="1.34.1"),
        windows(orchestratorVersion="1.34"),
        says="Version 1.34.1 is not supported in this region.",
    ),
    Case(
        "own-version-removed",
        "AgentPoolK8sVersionNotSupported",
        windows(),
        windows(),
        world=Setup(scenario="stranded", parts=service(removed_versions=("1.30.14",))),
        accepted_in=FLAT,
    ),
    Case(
        "minor-of-long-term-support-alone",
        "UnsupportedAliasMinorVersion",
        windows(orchestratorVersion="1.32"),
        windows(orchestratorVersion="1.32"),
        accepted_in=Setup(properties={"supportPlan": "AKSLongTermSupport"}),
    ),
    Case(
        "pool-version-down",
        "OperationNotAllowed",
        change("ws22", orchestratorVersion="1.34"),
        change("ws22", orchestratorVersion="1.35.2"),
        status=409,
        sub="upgrade-path",
    ),
)

CASES = (
    *NAMES,
    *OS_SKUS,
    *ENDED,
    *IN_PLACES,
    *VERSIONS,
)
