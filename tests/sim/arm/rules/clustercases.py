"""One refused and one accepted request for each rule about clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sim.arm.rules.bench import (
    Ask,
    Case,
    Setup,
    cluster,
    judged,
    profiles,
    settings,
    upgrade,
)

from poolshift.sim.arm.rules import clusters
from poolshift.sim.scenarioparts import ApiUse, ServiceSpec

if TYPE_CHECKING:
    from poolshift.sim.world import World

INVALID = "InvalidParameter"
NOT_ALL = "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged"
PRINCIPAL = {"clientId": "11111111-1111-1111-1111-111111111111", "secret": "s"}
LTS = {"supportPlan": "AKSLongTermSupport"}
HALF = Setup(version="1.34.2", start="2026-10-01")
DNS = "contoso.com:53 {\n  forward . 10.0.0.1\n}\n"


def service(**parts: Any) -> dict[str, Any]:
    return {"service": ServiceSpec(**parts)}


def no_provider(world: World) -> None:
    world.azure.providers.discard("microsoft.containerservice")


def old_pool(world: World) -> None:
    pool = world.arm.pools["ws22"]
    pool.properties["orchestratorVersion"] = "1.32.6"
    pool.properties["currentOrchestratorVersion"] = "1.32.6"


def own_dns(world: World) -> None:
    world.kube.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "coredns-custom", "namespace": "kube-system"},
            "data": {"contoso.server": DNS},
        },
        by="user:kubectl",
    )


def ended() -> Ask:
    return lambda world: judged(lambda: clusters.check_delete(world.arm))


def windows(**profile: Any) -> dict[str, Any]:
    return {"windowsProfile": {"adminUsername": "azureuser", **profile}}


def gmsa(**profile: Any) -> dict[str, Any]:
    return windows(gmsaProfile={"enabled": True, **profile})


def used(last_s: float | None = None) -> Setup:
    use = ApiUse("flowcontrol.apiserver.k8s.io/v1beta3", "flowschemas", last_s)
    return Setup(version="1.31.12", start="2025-06-01", parts=service(deprecated_apis=(use,)))


CREATE = (
    Case(
        "provider-not-registered",
        "MissingSubscriptionRegistration",
        cluster(),
        cluster(),
        status=409,
        world=Setup(then=no_provider),
        accepted_in=Setup(),
    ),
    Case("cluster-name", INVALID, cluster("-other"), cluster("other-1")),
    Case(
        "reserved-cluster-name", "ReservedResourceName", cluster("MicrosoftAKS"), cluster("myAKS")
    ),
    Case(
        "region-takes-no-clusters",
        "AKSCapacityHeavyUsage",
        cluster(),
        cluster(),
        world=Setup(parts=service(heavy_usage=True)),
        accepted_in=Setup(),
    ),
    Case(
        "too-many-clusters",
        "ManagedClusterCountExceedsQuotaLimit",
        cluster(),
        cluster(),
        world=Setup(parts=service(clusters=1)),
        accepted_in=Setup(parts=service(clusters=2)),
    ),
    Case("dns-prefix", INVALID, cluster(dnsPrefix="x" * 55), cluster(dnsPrefix="x" * 54)),
    Case("long-term-support-in-a-free-cluster", INVALID, cluster(**LTS), cluster()),
    Case(
        "restriction-level",
        INVALID,
        cluster(nodeResourceGroupProfile={"restrictionLevel": "Closed"}),
        cluster(nodeResourceGroupProfile={"restrictionLevel": "ReadOnly"}),
    ),
    Case(
        "channel",
        INVALID,
        cluster(autoUpgradeProfile={"upgradeChannel": "fast"}),
        cluster(autoUpgradeProfile={"upgradeChannel": "stable"}),
    ),
    Case(
        "administrator",
        INVALID,
        cluster(**windows(adminUsername="admin")),
        cluster(windowsProfile={"enableCSIProxy": True}),
    ),
    Case(
        "password",
        INVALID,
        cluster(**windows(adminPassword="password")),
        cluster(**windows(adminPassword="Passw0rd!")),
    ),
    Case(
        "licence",
        INVALID,
        cluster(**windows(licenseType="Windows_Client")),
        cluster(**windows(licenseType="Windows_Server")),
    ),
    Case(
        "principal-missing",
        "ServicePrincipalNotFound",
        cluster(servicePrincipalProfile=PRINCIPAL),
        cluster(servicePrincipalProfile=PRINCIPAL),
        status=404,
        world=Setup(parts=service(principal="missing")),
        accepted_in=Setup(),
    ),
)
UPDATE = (
    Case(
        "wrong-secret",
        "ServicePrincipalValidationClientError",
        settings(servicePrincipalProfile=PRINCIPAL),
        settings(servicePrincipalProfile=PRINCIPAL),
        world=Setup(parts=service(principal="invalid")),
        accepted_in=Setup(),
    ),
    Case(
        "licence-of-a-cluster",
        INVALID,
        settings(**windows(licenseType="Both")),
        settings(**windows(licenseType="None")),
    ),
    Case(
        "gmsa-half",
        INVALID,
        settings(**gmsa(dnsServer="10.0.0.4")),
        settings(**gmsa(dnsServer="10.0.0.4", rootDomainName="contoso.com")),
    ),
    Case(
        "gmsa-domain-that-dns-has",
        INVALID,
        settings(**gmsa(dnsServer="10.0.0.4", rootDomainName="contoso.com")),
        settings(**gmsa(dnsServer="10.0.0.4", rootDomainName="fabrikam.com")),
        world=Setup(then=own_dns),
    ),
    Case(
        "gmsa-domain-of-before-the-rule",
        INVALID,
        settings(**gmsa(dnsServer="10.0.0.4", rootDomainName="contoso.com")),
        settings(**gmsa(dnsServer="10.0.0.4", rootDomainName="contoso.com")),
        world=Setup(then=own_dns),
        accepted_in=Setup(then=own_dns, start="2026-06-18"),
    ),
    Case(
        "other-administrator",
        "PropertyChangeNotAllowed",
        settings(windowsProfile={"adminUsername": "somebody"}),
        settings(**windows()),
    ),
    Case(
        "cilium-with-windows-pools",
        "AzureCNIOnlyForWindows",
        settings(networkProfile={"networkDataplane": "cilium"}),
        settings(networkProfile={"networkDataplane": "azure"}),
    ),
    Case(
        "service-range",
        "PropertyChangeNotAllowed",
        settings(networkProfile={"serviceCidr": "10.9.0.0/16"}),
        settings(networkProfile={"serviceCidr": "10.0.0.0/16"}),
    ),
    Case(
        "outbound-ports-of-a-cluster",
        "InvalidLoadBalancerProfileAllocatedOutboundPorts",
        settings(networkProfile={"loadBalancerProfile": {"allocatedOutboundPorts": 16000}}),
        settings(networkProfile={"loadBalancerProfile": {"allocatedOutboundPorts": 8000}}),
    ),
    Case(
        "route-table-in-use",
        "InUseRouteTableCannotBeDeleted",
        ended(),
        ended(),
        world=Setup(parts=service(route_table_in_use="rt-1")),
        accepted_in=Setup(),
    ),
)
UPGRADE = (
    Case(
        "version-not-offered",
        "K8sVersionNotSupported",
        upgrade("1.36.99"),
        upgrade("1.36"),
        says="which is not supported in this region",
    ),
    Case(
        "minor-skipped",
        "OperationNotAllowed",
        upgrade("1.36"),
        upgrade("1.35"),
        status=409,
        sub="upgrade-path",
        says="Upgrading Kubernetes version 1.34.2 to 1.36.",
        world=HALF,
    ),
    Case(
        "down",
        "OperationNotAllowed",
        upgrade("1.34"),
        upgrade("1.36"),
        status=409,
        sub="upgrade-path",
    ),
    Case(
        "pool-left-behind",
        "NodePoolMcVersionIncompatible",
        upgrade("1.36"),
        upgrade("1.36"),
        world=Setup(then=old_pool),
        accepted_in=Setup(),
    ),
    Case(
        "not-all-pools",
        NOT_ALL,
        upgrade("1.36", agentPoolProfiles=profiles("1.36")[:1]),
        upgrade("1.36", agentPoolProfiles=profiles("1.36")),
    ),
    Case(
        "pools-in-between",
        NOT_ALL,
        upgrade("1.36", agentPoolProfiles=profiles("1.35.9")),
        upgrade("1.36", agentPoolProfiles=profiles("1.35.2")),
    ),
    Case(
        "control-plane-alone-with-a-channel",
        NOT_ALL,
        upgrade("1.36", autoUpgradeProfile={"upgradeChannel": "stable"}),
        upgrade(
            "1.36",
            autoUpgradeProfile={"upgradeChannel": "stable"},
            agentPoolProfiles=profiles("1.36"),
        ),
    ),
    Case(
        "windows-2022-stays-behind-1.37",
        "InvalidOSSKU",
        upgrade("1.37", agentPoolProfiles=profiles("1.37")),
        upgrade("1.37"),
        world=Setup(version="1.36.7"),
    ),
    Case(
        "out-of-support-alone",
        "K8sVersionNotSupported",
        upgrade("1.34", agentPoolProfiles=profiles("1.33.1")),
        upgrade("1.34", agentPoolProfiles=profiles("1.34")),
        says="is on version 1.33.1 which is not supported in this region",
        world=Setup(version="1.33.1"),
    ),
    Case(
        "deprecated-api",
        "ValidationError",
        upgrade("1.32"),
        upgrade("1.32"),
        says="usage has been detected on API flowcontrol.apiserver.k8s.io.flowschemas.v1beta3",
        world=used(),
        accepted_in=used(last_s=-13 * 3600),
    ),
    Case(
        "deprecated-api-forced-till-yesterday",
        "ValidationError",
        upgrade(
            "1.32",
            upgradeSettings={
                "overrideSettings": {"forceUpgrade": True, "until": "2025-05-31T00:00:00Z"}
            },
        ),
        upgrade(
            "1.32",
            upgradeSettings={
                "overrideSettings": {"forceUpgrade": True, "until": "2025-06-02T00:00:00Z"}
            },
        ),
        world=used(),
    ),
)
RETAIL = ("system", "apps", "data", "store", "pos", "web22")
WITH_2019 = (
    Case(
        "windows-2019-goes-to-no-1.33",
        "Windows2019NotSupportedWithOrchestratorVersion",
        upgrade(
            "1.33",
            agentPoolProfiles=[{"name": name, "orchestratorVersion": "1.33"} for name in RETAIL],
        ),
        upgrade(
            "1.33",
            agentPoolProfiles=[{"name": name, "orchestratorVersion": "1.32.6"} for name in RETAIL],
        ),
        world=Setup(
            scenario="retail", properties={"autoUpgradeProfile": {"upgradeChannel": "none"}}
        ),
    ),
)
CASES = (*CREATE, *UPDATE, *UPGRADE, *WITH_2019)
