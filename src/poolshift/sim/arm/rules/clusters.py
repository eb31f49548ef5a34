"""What the AKS service refuses of managed clusters: made, changed, ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm import releases
from poolshift.sim.arm.problems import ArmProblem, refusal
from poolshift.sim.arm.rules import network, windowsprofile
from poolshift.sim.arm.rules.ask import Ask
from poolshift.sim.arm.rules.principal import MANAGED, secret_expired
from poolshift.sim.arm.rules.security import channel_refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.catalog import Catalog
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.arm.subscription import Subscription

_PROVIDER = "Microsoft.ContainerService"
# Whole words, and words that may not even be a part; the latter is the published list's, of the
# former these are the likeliest.
_RESERVED_WORDS = ("azure", "office", "office365", "sharepoint", "skype", "visualstudio", "xbox")
_RESERVED_PARTS = ("microsoft", "windows")
_RESERVED_STARTS = ("login",)
_CHANNELS = ("rapid", "stable", "patch", "node-image", "none")
_OS_CHANNELS = ("None", "Unmanaged", "NodeImage", "SecurityPatch")
_RESTRICTIONS = ("Unrestricted", "ReadOnly")
_PLANS = (releases.OFFICIAL, releases.LONG_TERM)
_FIXED_NETWORK = ("serviceCidr", "dnsServiceIP", "loadBalancerSku")


def check_create(azure: Subscription, name: str, location: str, body: Mapping[str, Any]) -> None:
    """Refuse what the service refuses of a new cluster, but for its pools and its version.

    Args:
        azure: the subscription.
        name: of the cluster.
        location: of the cluster.
        body: as it was sent.
    """
    catalog, service = azure.catalog, azure.scenario.service
    if _PROVIDER.lower() not in azure.providers:
        raise not_registered(catalog)
    _check_name(catalog, name)
    if service.heavy_usage:
        # Wording not seen.
        raise refusal(
            catalog,
            "AKSCapacityHeavyUsage",
            f"AKS is experiencing heavy usage in region {location}.",
        )
    here = [w for w in azure.clusters() if w.ids.location.lower() == location.lower()]
    top = service.clusters
    if top is None:
        top = catalog.limit_number("clusters-per-subscription", "per_region_default")
    if len(here) >= top:
        raise refusal(catalog, "ManagedClusterCountExceedsQuotaLimit")
    properties = _part(body, "properties")
    _check_dns_prefix(catalog, str(properties.get("dnsPrefix") or name))
    _check_settings(azure, properties, body)
    windowsprofile.check_new(catalog, _part(properties, "windowsProfile"))


def check_update(world: ArmWorld, body: Mapping[str, Any]) -> None:
    """Refuse what the service refuses of a change of a cluster's settings.

    Upgrades are looked at by `upgrades.check_upgrade`, pools by their own rules.
    """
    properties = _part(body, "properties")
    _check_settings(world.azure, properties, body, world)
    _check_network(world, _part(properties, "networkProfile"))
    windowsprofile.check_change(world, _part(properties, "windowsProfile"))
    _check_channels(world, _part(properties, "autoUpgradeProfile"))


def check_delete(world: ArmWorld) -> None:
    """Refuse the end of a cluster whose route table somebody else uses."""
    table = world.scenario.service.route_table_in_use
    if table:
        raise refusal(world.catalog, "InUseRouteTableCannotBeDeleted", fills={"name": table})


def not_registered(catalog: Catalog) -> ArmProblem:
    """The refusal of ARM's front door to a provider that is not registered."""
    known = catalog.error("MissingSubscriptionRegistration")
    status = known.http if known is not None and known.http else 409
    return ArmProblem(
        status,
        "MissingSubscriptionRegistration",
        f"The subscription is not registered to use namespace '{_PROVIDER}'. See "
        "https://aka.ms/rps-not-found for how to register subscriptions.",
        flat=False,
    )


def _check_name(catalog: Catalog, name: str) -> None:
    if re.fullmatch(str(catalog.limit("cluster-name-pattern").current), name) is None:
        raise refusal(
            catalog,
            "InvalidParameter",
            f"The value of parameter resourceName is invalid: {name}. Please see "
            "https://aka.ms/aks-naming-rules for more details.",
            target="resourceName",
        )
    lowered = name.lower()
    if (
        lowered in _RESERVED_WORDS
        or lowered.startswith(_RESERVED_STARTS)
        or any(part in lowered for part in _RESERVED_PARTS)
    ):
        raise refusal(catalog, "ReservedResourceName", fills={"name": name})


def _check_dns_prefix(catalog: Catalog, prefix: str) -> None:
    top = catalog.limit_number("dns-prefix-length", "max")
    if not 1 <= len(prefix) <= top:
        # Wording not recorded.
        raise _invalid(catalog, "dnsPrefix", f"{prefix} is longer than {top} characters")


def _check_settings(
    azure: Subscription,
    properties: Mapping[str, Any],
    body: Mapping[str, Any],
    world: ArmWorld | None = None,
) -> None:
    """Values that cannot be, whether a cluster is made or changed."""
    catalog = azure.catalog
    _one_of(catalog, properties, "supportPlan", _PLANS)
    tier = str(_part(body, "sku").get("tier") or _tier(world))
    if properties.get("supportPlan") == releases.LONG_TERM and tier != "Premium":
        raise _invalid(catalog, "supportPlan", f"{releases.LONG_TERM} needs the tier Premium")
    _one_of(
        catalog, _part(properties, "nodeResourceGroupProfile"), "restrictionLevel", _RESTRICTIONS
    )
    profile = _part(properties, "autoUpgradeProfile")
    _one_of(catalog, profile, "upgradeChannel", _CHANNELS)
    _one_of(catalog, profile, "nodeOSUpgradeChannel", _OS_CHANNELS)
    _check_principal(azure, _part(properties, "servicePrincipalProfile"), world)


def _check_principal(
    azure: Subscription, profile: Mapping[str, Any], world: ArmWorld | None
) -> None:
    client = str(profile.get("clientId") or MANAGED)
    if client == MANAGED or (world is not None and not profile.get("secret")):
        return
    if azure.scenario.service.principal == "missing":
        # Recorded word for word, ids apart.
        raise ArmProblem(
            404,
            "ServicePrincipalNotFound",
            f"Service principal clientID: {client} not found in Active Directory tenant "
            f"{azure.home.tenant}, Please see https://aka.ms/aks-sp-help for more details.",
            subcode="ServicePrincipalNotFound",
        )
    expired = world is not None and secret_expired(world)
    if azure.scenario.service.principal == "invalid" or expired:
        raise refusal(
            azure.catalog,
            "ServicePrincipalValidationClientError",
            "The credentials in ServicePrincipalProfile were invalid. Please see "
            "https://aka.ms/aks-sp-help for more details.",
        )


def _check_network(world: ArmWorld, profile: Mapping[str, Any]) -> None:
    here = world.network
    for name in _FIXED_NETWORK:
        new, old = profile.get(name), here.get(name)
        if new and old and str(new).lower() != str(old).lower():
            # The code is that of pools' fixed fields; for the cluster's it was not recorded.
            raise refusal(
                world.catalog,
                "PropertyChangeNotAllowed",
                f"Changing property 'networkProfile.{name}' is not allowed.",
                target=f"networkProfile.{name}",
            )
    windows = any(pool.windows for pool in world.pools.values())
    plugin = str(profile.get("networkPlugin") or "azure").lower()
    if windows and (plugin != "azure" or profile.get("networkDataplane") == "cilium"):
        raise refusal(world.catalog, "AzureCNIOnlyForWindows")
    ports = network.outbound_problem(world, {**here, **profile})
    if ports is not None:
        raise ports


def _check_channels(world: ArmWorld, profile: Mapping[str, Any]) -> None:
    channel = str(profile.get("nodeOSUpgradeChannel") or "")
    for pool in world.pools.values():
        ask = Ask(world, pool.name, pool.properties, {}, pool)
        wrong = channel_refused(ask.sku_id, channel, ask)
        if wrong:
            raise _invalid(world.catalog, "autoUpgradeProfile.nodeOSUpgradeChannel", wrong)


def _one_of(catalog: Catalog, part: Mapping[str, Any], name: str, values: tuple[str, ...]) -> None:
    value = part.get(name)
    if value is not None and value not in values:
        raise _invalid(catalog, name, f"{value} is none of {', '.join(values)}")


def _invalid(catalog: Catalog, name: str, why: str) -> ArmProblem:
    """InvalidParameter as it is recorded of other fields; the sentence of this one is not."""
    return refusal(
        catalog,
        "InvalidParameter",
        f"The value of parameter {name} is invalid: {why}.",
        target=name,
    )


def _tier(world: ArmWorld | None) -> str:
    return str((world.cluster.body.get("sku") or {}).get("tier")) if world is not None else "Free"


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}
