"""Rules on identities, accounts and licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.identity.elsewhere import IdentityElsewhere
from poolshift.rules.identity.gmsa_identity import GmsaIdentity
from poolshift.rules.identity.gmsa_off import GmsaNotEnabled
from poolshift.rules.identity.gmsa_probe import GmsaMoves
from poolshift.rules.identity.gmsa_replicas import GmsaReplicas
from poolshift.rules.identity.gmsa_spec import GmsaSpecMissing
from poolshift.rules.identity.gmsa_zone import GmsaDnsConflict
from poolshift.rules.identity.hybrid_benefit import HybridBenefitLost
from poolshift.rules.identity.scale_set import ScaleSetIdentities
from poolshift.rules.identity.service_principal import ServicePrincipal
from poolshift.rules.identity.several_identities import SeveralIdentities

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    ScaleSetIdentities(),
    IdentityElsewhere(),
    GmsaNotEnabled(),
    GmsaSpecMissing(),
    GmsaIdentity(),
    GmsaDnsConflict(),
    SeveralIdentities(),
    ServicePrincipal(),
    HybridBenefitLost(),
    GmsaReplicas(),
    GmsaMoves(),
)
