"""Cases about subnets, quota and principals."""

from __future__ import annotations

from tests.sim.arm.rules.bench import Case, Setup, change, linux, windows, with_pool
from tests.sim.arm.rules.parts import (
    FLAT_SUBNETS,
    INVALID,
    PORTS,
    SUBNETS,
    by_principal,
    service,
    subnet_id,
)

from poolshift.sim.scenarioparts import QuotaSpec

NETWORK = (
    Case(
        "no-room-in-the-subnet",
        "InsufficientSubnetSize",
        windows(count=20, maxPods=30),
        windows(count=2, maxPods=30),
        says="in Subnet Cidr 10.60.0.0/23",
        world=Setup(scenario="stranded", parts={"quota": (QuotaSpec(limit=400),)}),
    ),
    Case(
        "no-such-subnet",
        "InvalidResourceReference",
        linux(vnetSubnetID=subnet_id("none")),
        linux(vnetSubnetID=subnet_id("nodes")),
        world=SUBNETS,
    ),
    Case(
        "no-room-in-an-own-subnet",
        "InsufficientSubnetSize",
        linux(vnetSubnetID=subnet_id("small"), count=4),
        linux(vnetSubnetID=subnet_id("small"), count=3),
        world=SUBNETS,
        says="Pre-allocated IPs 4 exceeds IPs available 3 in Subnet Cidr 10.1.1.0/29",
    ),
    Case(
        "no-room-for-pods",
        "InsufficientSubnetSize",
        linux(podSubnetID=subnet_id("pods"), maxPods=30, count=2),
        linux(podSubnetID=subnet_id("pods"), maxPods=30, count=1),
        world=FLAT_SUBNETS,
    ),
    Case(
        "delegated-subnet",
        "SubnetIsDelegated",
        linux(vnetSubnetID=subnet_id("web")),
        linux(vnetSubnetID=subnet_id("nodes")),
        world=SUBNETS,
    ),
    Case(
        "subnet-without-rights",
        "LinkedAuthorizationFailed",
        linux(vnetSubnetID=subnet_id("closed")),
        linux(vnetSubnetID=subnet_id("nodes")),
        status=403,
        world=SUBNETS,
    ),
    Case(
        "network-in-change",
        "VirtualNetworkNotInSucceededState",
        linux(vnetSubnetID=subnet_id("busy")),
        linux(vnetSubnetID=subnet_id("nodes")),
        world=SUBNETS,
    ),
    Case(
        "two-networks",
        INVALID,
        with_pool(
            linux(vnetSubnetID=subnet_id("nodes")),
            linux("more", vnetSubnetID=subnet_id("far", "othernet")),
        ),
        with_pool(
            linux(vnetSubnetID=subnet_id("nodes")), linux("more", vnetSubnetID=subnet_id("small"))
        ),
        world=SUBNETS,
    ),
    Case(
        "outbound-ports",
        "InvalidLoadBalancerProfileAllocatedOutboundPorts",
        linux(),
        linux(),
        world=PORTS,
        accepted_in=Setup(
            network={
                "loadBalancerProfile": {
                    "allocatedOutboundPorts": 8000,
                    "managedOutboundIPs": {"count": 2},
                }
            }
        ),
    ),
    Case(
        "public-addresses",
        "PublicIPCountLimitReached",
        linux(count=3, enableNodePublicIP=True),
        linux(count=2, enableNodePublicIP=True),
        world=Setup(parts=service(public_addresses=2)),
    ),
)
QUOTA = (
    Case(
        "family-quota",
        "QuotaExceeded",
        windows(count=4),
        windows(count=3),
        says="Insufficient vcpu quota requested 16, remaining 12 for family standardDSv5Family",
        world=Setup(parts={"quota": (QuotaSpec(limit=32),)}),
    ),
    Case(
        "regional-quota",
        "QuotaExceeded",
        windows(count=3, vmSize="Standard_D4s_v3"),
        windows(count=2, vmSize="Standard_D4s_v3"),
        says="Total Regional Cores quota",
        world=Setup(parts={"quota": (QuotaSpec(limit=350), QuotaSpec(limit=30, family="cores"))}),
    ),
    Case(
        "family-quota-at-scale-out",
        "QuotaExceeded",
        change("ws22", count=7),
        change("ws22", count=6),
        world=Setup(parts={"quota": (QuotaSpec(limit=32),)}),
    ),
)
PRINCIPAL = (
    Case(
        "expired-secret",
        "InvalidClientSecret",
        change("ws22", count=4),
        change("ws22", count=2),
        says="AADSTS7000222: The provided client secret keys are expired",
        world=by_principal(secret_until="2026-11-01"),
    ),
    Case(
        "expired-secret-of-a-new-pool",
        "InvalidClientSecret",
        windows(),
        windows(),
        world=by_principal(secret_until="2026-11-01"),
        accepted_in=by_principal(secret_until="2027-11-01"),
    ),
    Case(
        "hand-edited-scale-set",
        "Changing property 'imageReference' is not allowed",
        change("ws22", count=4),
        change("ws22", count=2),
        world=Setup(parts=service(hand_edited_pools=("ws22",))),
    ),
)

CASES = (
    *NETWORK,
    *QUOTA,
    *PRINCIPAL,
)
