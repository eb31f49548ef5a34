"""Cases about what Windows needs, and about security."""

from __future__ import annotations

from tests.sim.arm.rules.bench import Case, Setup, linux, windows
from tests.sim.arm.rules.parts import (
    GUARD,
    INVALID,
    SUBNETS,
    TRUSTED,
    W19,
    W25,
    automatic,
    registered,
    service,
    subnet_id,
)

WINDOWS_RULES = (
    Case(
        "no-windows-profile",
        "WindowsProfileMissing",
        windows(),
        linux(),
        says="Windows profile definition is missing for the cluster.",
        world=Setup(windows=False),
    ),
    Case(
        "kubenet",
        "AzureCNIOnlyForWindows",
        windows(),
        windows(),
        says="Windows agent pools can only be added to AKS clusters using Azure-CNI.",
        world=Setup(network={"networkPlugin": "kubenet"}),
        accepted_in=Setup(),
    ),
    Case(
        "no-plugin",
        "AzureCNIOnlyForWindows",
        windows(),
        linux(),
        world=Setup(network={"networkPlugin": "none"}),
    ),
    Case(
        "cilium", INVALID, windows(), linux(), world=Setup(network={"networkDataplane": "cilium"})
    ),
    Case(
        "network-isolated",
        INVALID,
        windows(),
        linux(),
        world=Setup(network={"outboundType": "none"}),
    ),
    Case(
        "2019-with-pod-subnet",
        INVALID,
        windows(**W19, podSubnetID=subnet_id("pods")),
        windows(podSubnetID=subnet_id("pods")),
        world=Setup(version="1.32.6", start="2025-07-01", parts=SUBNETS.parts),
    ),
    Case("windows-system-pool", INVALID, windows(mode="System"), linux(mode="System")),
    Case("2025-without-fips", INVALID, windows(osSKU="Windows2025"), windows(**W25)),
    Case(
        "windows-kubelet",
        INVALID,
        windows(kubeletConfig={"podMaxPids": 100}),
        windows(kubeletConfig={"containerLogMaxFiles": 5, "podMaxPids": None}),
    ),
    Case(
        "windows-os-config",
        INVALID,
        windows(linuxOSConfig={"swapFileSizeMB": 1}),
        linux(linuxOSConfig={"swapFileSizeMB": 1}),
    ),
    Case(
        "windows-trusted-launch",
        INVALID,
        windows(securityProfile=TRUSTED),
        linux(securityProfile=TRUSTED),
    ),
    Case(
        "windows-outbound-nat",
        INVALID,
        windows(windowsProfile={"disableOutboundNat": True}),
        windows(windowsProfile={"disableOutboundNat": True}),
        accepted_in=Setup(network={"outboundType": "managedNATGateway"}),
    ),
    Case(
        "control-plane-too-old",
        "InvalidTemplateDeployment",
        windows(),
        windows(),
        sub="image-not-found",
        says="2019-datacenter-core-smalldisk-2004",
        world=Setup(parts=service(created="2019-11-20")),
        accepted_in=Setup(parts=service(created="2020-03-01")),
    ),
    Case(
        "basic-load-balancer",
        INVALID,
        linux(),
        linux(),
        world=Setup(network={"loadBalancerSku": "basic"}),
        accepted_in=Setup(),
    ),
)
WINDOWS_LIMITS = (
    Case("automatic", INVALID, windows(), linux(), world=Setup(then=automatic)),
    Case(
        "network-isolated-by-cache",
        INVALID,
        windows(),
        linux(),
        world=Setup(properties={"bootstrapProfile": {"artifactSource": "Cache"}}),
    ),
    Case(
        "windows-availability-set",
        INVALID,
        windows(type="AvailabilitySet"),
        windows(type="VirtualMachineScaleSets"),
    ),
    Case(
        "windows-streaming",
        INVALID,
        windows(artifactStreamingProfile={"enabled": True}),
        windows(artifactStreamingProfile={"enabled": False}),
    ),
    Case(
        "windows-sandboxed",
        INVALID,
        windows(workloadRuntime="KataVmIsolation"),
        windows(workloadRuntime="OCIContainer"),
    ),
    Case(
        "windows-message", INVALID, windows(messageOfTheDay="aGk="), linux(messageOfTheDay="aGk=")
    ),
    Case(
        "outbound-nat-of-linux",
        INVALID,
        linux(windowsProfile={"disableOutboundNat": True}),
        windows(windowsProfile={"disableOutboundNat": True}),
        world=Setup(network={"outboundType": "managedNATGateway"}),
    ),
    Case(
        "outbound-nat-and-public-addresses",
        INVALID,
        windows(windowsProfile={"disableOutboundNat": True}, enableNodePublicIP=True),
        windows(windowsProfile={"disableOutboundNat": True}),
        world=Setup(network={"outboundType": "managedNATGateway"}),
    ),
)
SECURITY = (
    Case(
        "os-guard-without-secure-boot",
        INVALID,
        linux(**{**GUARD, "securityProfile": {}}),
        linux(**GUARD),
        world=Setup(parts=registered("AzureLinuxOSGuardPreview")),
    ),
    Case(
        "acl-with-another-channel",
        INVALID,
        linux(osSKU="AzureContainerLinux", securityProfile=TRUSTED),
        linux(osSKU="AzureContainerLinux", securityProfile=TRUSTED),
        world=Setup(properties={"autoUpgradeProfile": {"nodeOSUpgradeChannel": "SecurityPatch"}}),
        accepted_in=Setup(properties={"autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage"}}),
    ),
    Case(
        "trusted-launch-on-gen1",
        INVALID,
        linux(securityProfile=TRUSTED, vmSize="Standard_D4_v3"),
        linux(vmSize="Standard_D4_v3"),
    ),
    Case(
        "confidential-without-image",
        INVALID,
        linux(vmSize="Standard_DC4as_v5"),
        linux(osSKU="Ubuntu2404", vmSize="Standard_DC4as_v5"),
    ),
)

CASES = (
    *WINDOWS_RULES,
    *WINDOWS_LIMITS,
    *SECURITY,
)
