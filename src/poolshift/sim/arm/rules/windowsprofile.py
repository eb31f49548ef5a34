"""The cluster's windowsProfile: administrator, licence, gMSA."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.problems import ArmProblem, refusal
from poolshift.sim.arm.rules.days import first_day
from poolshift.sim.kube.resources import CONFIG_MAPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.catalog import Catalog
    from poolshift.sim.arm.state import ArmWorld

_LICENCES = ("None", "Windows_Server")
_KINDS = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z\d]")
_KINDS_NEEDED = 3
# Of the names that the page lists as refused, these are the likeliest to be sent.
_REFUSED_USERS = frozenset(
    {"administrator", "admin", "user", "user1", "test", "guest", "owner", "root", "server", "sys"}
)
_CUSTOM_DNS = ("kube-system", "coredns-custom")


def check_new(catalog: Catalog, profile: Mapping[str, Any]) -> None:
    """Refuse an administrator, a licence or a gMSA profile that cannot be."""
    if not profile:
        return
    # Recorded: without a name the service chooses one.
    user = str(profile.get("adminUsername") or "")
    longest = catalog.limit_number("windows-admin-user", "max")
    if len(user) > longest or user.endswith(".") or user.lower() in _REFUSED_USERS:
        raise _invalid(catalog, "adminUsername", f"{user!r} is no name of an administrator")
    password = profile.get("adminPassword")
    if password is not None:
        check_password(catalog, str(password))
    _check_values(catalog, profile)


def check_change(world: ArmWorld, profile: Mapping[str, Any]) -> None:
    """Refuse another administrator, and a gMSA domain that the cluster's DNS has already."""
    here: Mapping[str, Any] = world.cluster.properties.get("windowsProfile") or {}
    catalog = world.catalog
    user, known = profile.get("adminUsername"), here.get("adminUsername")
    if user and known and user != known:
        raise refusal(
            catalog,
            "PropertyChangeNotAllowed",
            "Changing property 'windowsProfile.adminUsername' is not allowed.",
            target="windowsProfile.adminUsername",
        )
    if profile.get("adminPassword"):
        check_password(catalog, str(profile["adminPassword"]))
    _check_values(catalog, profile)
    gmsa, old = profile.get("gmsaProfile") or {}, here.get("gmsaProfile") or {}
    if gmsa.get("enabled") and gmsa != old:
        _check_domain(world, str(gmsa.get("rootDomainName") or ""))


def check_password(catalog: Catalog, password: str) -> None:
    """Long enough, and three of four kinds of characters."""
    first = catalog.limit_number("windows-admin-password", "min")
    last = catalog.limit_number("windows-admin-password", "max")
    kinds = sum(re.search(kind, password) is not None for kind in _KINDS)
    if not first <= len(password) <= last or kinds < _KINDS_NEEDED:
        raise _invalid(
            catalog,
            "adminPassword",
            f"it has {first} to {last} characters, of {_KINDS_NEEDED} kinds at least",
        )


def _check_values(catalog: Catalog, profile: Mapping[str, Any]) -> None:
    licence = profile.get("licenseType")
    if licence is not None and licence not in _LICENCES:
        raise _invalid(catalog, "licenseType", f"{licence} is none of {', '.join(_LICENCES)}")
    gmsa = profile.get("gmsaProfile") or {}
    given = [bool(gmsa.get(name)) for name in ("dnsServer", "rootDomainName")]
    if gmsa.get("enabled") and any(given) and not all(given):
        raise _invalid(catalog, "gmsaProfile", "dnsServer and rootDomainName go together")


def _check_domain(world: ArmWorld, domain: str) -> None:
    """Since June 2026 a domain that coredns-custom has a server block for is refused."""
    since = first_day(world.catalog.constraint("gmsa-dns-conflict").applies_from)
    if not domain or since is None or world.clock.moment().date() < since:
        return
    custom = world.kube.store.find(CONFIG_MAPS, *_CUSTOM_DNS)
    blocks = "\n".join(str(text) for text in ((custom or {}).get("data") or {}).values())
    if re.search(rf"(?m)^\s*{re.escape(domain)}(:\d+)?\s*\{{", blocks):
        # Neither code nor wording is recorded.
        raise _invalid(
            world.catalog, "gmsaProfile.rootDomainName", f"coredns-custom has a block for {domain}"
        )


def _invalid(catalog: Catalog, name: str, why: str) -> ArmProblem:
    """InvalidParameter as it is recorded of other fields; these sentences are not."""
    return refusal(
        catalog,
        "InvalidParameter",
        f"The value of parameter windowsProfile.{name} is invalid: {why}.",
        target=f"windowsProfile.{name}",
    )
