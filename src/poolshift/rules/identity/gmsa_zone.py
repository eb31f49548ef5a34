"""PSI306: a DNS zone of one's own for the domain of a gMSA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.identity.gmsa import is_enabled, users
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_CONFIG = "configmap/coredns-custom"


class GmsaDnsConflict(Rule):
    """CoreDNS has a zone of your own for the domain that gMSA wants to resolve.

    What it finds:
        A server block of coredns-custom for the root domain of the gMSA profile, or for the domain
        of a credential spec in use.

    Why it matters:
        The service writes a server block for the root domain itself. It refuses to enable gMSA,
        or to change the domain, while there is another; before it refused, CoreDNS crashed.

    How it is decided:
        By the zones of coredns-custom against the profile's rootDomainName and the domains of the
        specs that templates name. Required, where gMSA is still to be enabled.

    What to do:
        Take your block for this zone out of coredns-custom, and let the gMSA profile name the
        DNS server in its place.

    Example:
        corp.example:53 { forward . 10.1.0.4 } beside gmsaProfile.rootDomainName corp.example.
    """

    id = "PSI306"
    name = "gmsa-dns-conflict"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/gmsa-dns-conflict",)
    pains = ("B30",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the zones against the domains."""
        named = users(context)
        windows = context.snapshot.cluster.windows
        profile = windows.gmsa_profile if windows else None
        root = (profile.root_domain_name if profile else None) or ""
        domains = {_plain(root): "cluster/windowsProfile/gmsaProfile/rootDomainName"}
        domains |= {
            _plain(spec.domain): f"credential_specs/{spec.name}/domain"
            for spec in context.snapshot.credential_specs
            if spec.name in named
        }
        domains.pop("", None)
        if domains:
            yield from self.unread(context, _CONFIG)
        for zone in context.snapshot.config.dns_zones:
            where = domains.get(_plain(zone))
            if where is None:
                continue
            enabled = is_enabled(context)
            yield self.finding(
                "cluster",
                severity=None if enabled else Severity.REQUIRED,
                what=f"coredns-custom has a zone of its own for {zone}, the domain of gMSA",
                why="the service refuses to change the gMSA domain while the zone is there"
                if enabled
                else "the service refuses to enable gMSA while the zone is there",
                fix="Take the zone out: kubectl -n kube-system edit configmap coredns-custom; "
                f"then name the DNS server: az aks update {context.cluster_arguments} "
                "--enable-windows-gmsa --gmsa-dns-server ADDRESS --gmsa-root-domain-name DOMAIN",
                evidence=(Evidence("config/dns_zones", zone), Evidence(where, _plain(zone))),
            )


def _plain(domain: str) -> str:
    return domain.rstrip(".").lower()
