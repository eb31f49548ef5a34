"""Cases about VM sizes."""

from __future__ import annotations

from tests.sim.arm.rules.bench import Case, Setup, linux, windows
from tests.sim.arm.rules.parts import INVALID, OLD, TRUSTED, W19, W25, registered, sizes

from poolshift.sim.scenarioparts import VmSizeSpec

SIZES = (
    Case(
        "2019-on-gen2-only",
        "ErrorCode_Windows2019NotSupportedWithGen2VM",
        windows(**W19, vmSize="Standard_D4ds_v6"),
        windows(**W19, vmSize="Standard_D4s_v5"),
        says="Standard_D4ds_v6 is a Gen 2-only VM. Windows2019 does not support Gen 2 VMs",
        world=OLD,
    ),
    Case(
        "2022-without-header-on-gen2-only",
        "BadRequest",
        windows(vmSize="Standard_D4ds_v6"),
        windows(headers={"usewindowsgen2vm": "true"}, vmSize="Standard_D4ds_v6"),
        sub="hypervisor-generation",
        says="cannot boot Hypervisor Generation '1'",
    ),
    Case(
        "gen2-os-on-gen1-only",
        "BadRequest",
        linux(osSKU="AzureContainerLinux", securityProfile=TRUSTED, vmSize="Standard_D4_v3"),
        linux(osSKU="AzureContainerLinux", securityProfile=TRUSTED),
        sub="hypervisor-generation",
    ),
    Case(
        "unknown-size",
        "BadRequest",
        windows(vmSize="Standard_Nope"),
        windows(),
        sub="vm-size-not-allowed",
    ),
    Case(
        "restricted-size",
        "BadRequest",
        windows(),
        windows(),
        sub="vm-size-not-allowed",
        world=sizes(restricted=True),
        accepted_in=Setup(),
    ),
    Case(
        "burstable-system-size",
        INVALID,
        linux(mode="System", vmSize="Standard_B4ms"),
        linux(vmSize="Standard_B4ms"),
    ),
    Case(
        "sold-out-size",
        "SKUNotAvailable",
        windows(),
        windows(),
        status=409,
        world=sizes(sold_out=True),
        accepted_in=Setup(),
    ),
    Case(
        "zone-without-size",
        "AvailabilityZoneNotSupported",
        windows(availabilityZones=["3"]),
        windows(availabilityZones=["1"]),
        world=sizes(zones=("1", "2")),
    ),
    Case(
        "zone-restricted",
        "AvailabilityZoneNotSupported",
        windows(availabilityZones=["2"]),
        windows(availabilityZones=["1"]),
        world=sizes(restricted_zones=("2",)),
    ),
    Case(
        "region-full", "AllocationFailed", windows(count=3), windows(count=2), world=sizes(left=2)
    ),
    Case(
        "zone-full",
        "ZonalAllocationFailed",
        windows(count=3, availabilityZones=["1"]),
        windows(count=2, availabilityZones=["1"]),
        world=sizes(left=2),
    ),
    Case(
        "placement-full",
        "OverconstrainedAllocationRequest",
        windows(count=3, proximityPlacementGroupID="/p"),
        windows(count=2, proximityPlacementGroupID="/p"),
        world=sizes(left=2),
    ),
    Case("windows-on-arm", INVALID, windows(**W25, vmSize="Standard_D4ps_v5"), windows(**W25)),
    Case(
        "windows-confidential", INVALID, windows(**W25, vmSize="Standard_DC4as_v5"), windows(**W25)
    ),
    Case(
        "windows-gpu",
        INVALID,
        windows(vmSize="Standard_NC6s_v3"),
        windows(vmSize="Standard_NC6s_v3"),
        says="WindowsGPUPreview",
        accepted_in=Setup(parts=registered("WindowsGPUPreview")),
    ),
)

OWN_SIZES = Setup(
    parts={
        "vm_sizes": (
            VmSizeSpec(
                "Standard_D2x_v9", vcpus=2, memory_gb=8, family="xFamily", generations=("V2",)
            ),
        )
    }
)
SMALL_SIZES = Setup(
    parts={
        "vm_sizes": (
            VmSizeSpec("Standard_X1", vcpus=1, memory_gb=4, family="xFamily"),
            VmSizeSpec("Standard_X2", vcpus=2, memory_gb=2, family="xFamily"),
        )
    }
)
OF_THE_SCENARIO = (
    Case(
        "one-core",
        "BadRequest",
        linux(vmSize="Standard_X1"),
        linux(vmSize="Standard_X2"),
        sub="vm-size-not-allowed",
        world=SMALL_SIZES,
    ),
    Case(
        "little-memory-of-a-system-pool",
        "InvalidParameter",
        linux(mode="System", vmSize="Standard_X2"),
        linux(vmSize="Standard_X2"),
        world=SMALL_SIZES,
    ),
    Case(
        "size-of-no-catalog",
        "BadRequest",
        linux(vmSize="Standard_D2x_v9"),
        linux(vmSize="Standard_D2x_v9"),
        sub="vm-size-not-allowed",
        accepted_in=OWN_SIZES,
    ),
    Case(
        "windows-2022-on-a-size-of-the-scenario",
        "BadRequest",
        windows(vmSize="Standard_D2x_v9"),
        windows(vmSize="Standard_D2x_v9", headers={"usewindowsgen2vm": "true"}),
        sub="hypervisor-generation",
        world=OWN_SIZES,
    ),
)
CASES = (
    *SIZES,
    *OF_THE_SCENARIO,
)
