"""Every constraint of the catalog that the service holds to has a case, the others a reason."""

from __future__ import annotations

from tests.sim.arm.rules.clustercases import CASES as CLUSTER_CASES
from tests.sim.arm.rules.poolcases import CASES as POOL_CASES

from poolshift.catalog import load_catalog

# Severity `block`, and the cases in which the service refuses.
HELD: dict[str, tuple[str, ...]] = {
    "windows-ossku-not-in-place": ("windows-in-place-where-not-offered",),
    "linux-ossku-gpu-dedicated-vhd": ("linux-in-place-with-image-for-gpus",),
    "windows2019-retired": ("images-gone-of-a-new-pool",),
    "windows2019-max-132": ("2019-past-its-last-version", "windows-2019-goes-to-no-1.33"),
    "windows2022-max-136": ("2022-past-its-last-version", "windows-2022-stays-behind-1.37"),
    "windows2025-min-132": ("2025-below-its-first-version",),
    "windows2025-fips-required": ("2025-without-fips", "windows-in-place-without-fips"),
    "windows-annual-retired": ("creation-ended",),
    "azure-linux-2-dead": ("images-gone-at-scale-out", "images-of-an-unversioned-sku"),
    "flatcar-gone": ("flatcar-ended",),
    "unknown-ossku-refused": ("unknown-sku", "sku-of-other-os"),
    "osguard-requirements": ("os-guard-without-secure-boot",),
    "acl-requirements": ("acl-with-another-channel", "gen2-os-on-gen1-only"),
    "ws2019-gen2": ("2019-on-gen2-only",),
    "small-sizes-refused": ("one-core", "burstable-system-size", "little-memory-of-a-system-pool"),
    "windows-no-trusted-launch": ("windows-trusted-launch", "windows-on-arm", "windows-sandboxed"),
    "cvm-size-fixed": ("fixed-size", "confidential-without-image"),
    "zone-capacity": ("sold-out-size", "zone-restricted", "restricted-size"),
    "kubenet-no-windows": ("kubenet",),
    "kubenet-migrated-no-profile": ("no-windows-profile",),
    "pod-subnet-no-2019": ("2019-with-pod-subnet",),
    "byo-cni-no-windows": ("no-plugin",),
    "cilium-linux-only": ("cilium", "cilium-with-windows-pools"),
    "standard-lb-only": ("basic-load-balancer",),
    "vmss-only": ("availability-set", "beside-an-availability-set", "windows-availability-set"),
    "subnet-ip-exhaustion": ("no-room-in-the-subnet", "no-room-in-an-own-subnet"),
    "pool-subnets-same-vnet": ("two-networks", "subnet-without-rights"),
    "first-pool-linux": ("windows-system-pool",),
    "last-system-pool": ("last-system-pool", "last-system-pool-demoted"),
    "control-plane-first": ("newer-than-control-plane",),
    "version-skew": ("too-old-for-control-plane", "pool-left-behind"),
    "no-minor-skip": ("minor-skipped",),
    "upgrade-blocked-deprecated-api": ("deprecated-api",),
    "unsupported-recovery-full-upgrade": ("out-of-support-alone",),
    "ws2019-stranded": ("own-version-removed",),
    "pool-create-version-supported": ("patch-not-offered",),
    "pre-2020-cluster-image": ("control-plane-too-old",),
    "stopped-cluster": ("stopped-cluster", "stopped-pool"),
    "max-unavailable-system": ("missing-of-a-system-pool",),
    "vcpu-quota-double": ("family-quota", "regional-quota"),
    "nap-no-windows": ("automatic",),
    "network-isolated-no-windows": ("network-isolated", "network-isolated-by-cache"),
    "gmsa-dns-conflict": ("gmsa-domain-that-dns-has",),
    "custom-node-config-windows": ("windows-kubelet", "windows-os-config"),
    "reserved-label-prefix": ("reserved-label",),
}
NOT_THE_RULES = {
    "windows-inplace-breaks-pins": "the scheduler leaves the pods pending",
    "image-2019-on-2022": "the kubelet fails to start the container",
    "image-2025-on-2022": "the kubelet fails to start the container",
    "net35-missing-2025": "a base image that nobody publishes",
    "no-privileged-windows": "Kubernetes' own admission",
    "api-server-reach": "a network that a client is not in",
    "node-rg-lockdown": "before the service: tests of governance",
    "resource-locks-policy": "before the service: tests of governance",
}


def test_every_constraint_that_blocks_has_a_case_or_a_reason() -> None:
    blocking = {c.id for c in load_catalog().constraints.constraints if c.severity == "block"}
    assert blocking == {*HELD, *NOT_THE_RULES}


def test_every_case_that_is_named_is_there() -> None:
    ids = {case.id for case in (*POOL_CASES, *CLUSTER_CASES)}
    assert {name for names in HELD.values() for name in names} - ids == set()
