"""PSK345: APIs in use that a coming version drops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.cluster.way_up import first_minor_needed
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "upgrade-blocked-deprecated-api"


class DeprecatedApi(Rule):
    """Somebody uses an API that a later Kubernetes version no longer has.

    What it finds:
        Deprecated APIs that were asked for since the API server started.

    Why it matters:
        The service refuses a control plane upgrade to the version that drops an API while it is
        in use (UpgradeBlockedOnDeprecatedAPIUsage), and whoever uses it breaks there.

    How it is decided:
        By the API server's own metrics. Required when the way to the target crosses that version,
        recommended when the next minor is it.

    What to do:
        Find the client, move it to the newer API, and wait half a day.

    Example:
        flowcontrol.apiserver.k8s.io/v1beta3, removed in 1.32, on a cluster at 1.31.
    """

    id = "PSK345"
    name = "deprecated-api-used"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each use against where the control plane must go."""
        yield from self.unread(context, "deprecated-apis")
        version = context.snapshot.cluster.kubernetes_version
        needed = first_minor_needed(context) or version
        following = (minor(version)[0], minor(version)[1] + 1)
        for use in context.snapshot.deprecated_uses:
            end = minor(use.removed_in)
            on_way = (0, 0) < end <= minor(needed) and minor(version) < end
            soon = (0, 0) < end <= following
            yield self.finding(
                "cluster",
                severity=Severity.REQUIRED
                if on_way
                else Severity.RECOMMENDED
                if soon
                else Severity.INFO,
                what=f"the API {use.api_version} {use.resource} is in use, and "
                + (f"Kubernetes {use.removed_in} drops it" if use.removed_in else "deprecated"),
                why=context.catalog.constraint(_FACT).statement
                if soon or on_way
                else "a later upgrade of the control plane is refused while it is used",
                fix="Find who asks for it and move them to the newer API: kubectl get --raw "
                "/metrics | grep apiserver_requested_deprecated_apis",
                evidence=(
                    Evidence("deprecated_uses", f"{use.api_version}/{use.resource}"),
                    Evidence("removed_in", use.removed_in or "not said"),
                    Evidence("by", ", ".join(use.by) or "not known"),
                    Evidence("cluster/kubernetes_version", version),
                ),
            )
