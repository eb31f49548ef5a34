"""PSI304: templates that name a credential spec that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.identity.gmsa import SPECS, users
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class GmsaSpecMissing(Rule):
    """A template names a gMSA credential spec that the cluster does not have.

    What it finds:
        A workload, CronJob or other template whose windowsOptions.gmsaCredentialSpecName is no
        GMSACredentialSpec of the cluster.

    Why it matters:
        The webhook looks the spec up when a pod is made and refuses the pod without it. Pods
        that run since before the spec was deleted keep running, until the move makes them anew.

    How it is decided:
        By the names of the cluster's GMSACredentialSpecs.

    What to do:
        Apply the spec again, with the role that lets the workload's service account use it, or
        take the name out of the template.

    Example:
        gmsaCredentialSpecName: tills-old, deleted a year ago.
    """

    id = "PSI304"
    name = "gmsa-spec-missing"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/gmsa-prerequisites",)
    pains = ("C8",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look each named spec up."""
        named = users(context)
        if named and context.snapshot.unknown_reason(SPECS) is not None:
            yield from self.unread(context, SPECS)
            return
        known = {spec.name for spec in context.snapshot.credential_specs}
        for name, targets in named.items():
            for target in targets if name not in known else ():
                yield self.finding(
                    target,
                    what=f"it names the gMSA credential spec {name}, which the cluster does not "
                    "have",
                    why="a pod that is made anew is refused without it",
                    fix="Apply the spec again before its pods move: "
                    f"kubectl get gmsacredentialspecs {quote(name)}",
                    evidence=(
                        Evidence(
                            "spec/securityContext/windowsOptions/gmsaCredentialSpecName", name
                        ),
                        Evidence("credential_specs", ", ".join(sorted(known)) or "none"),
                    ),
                )
