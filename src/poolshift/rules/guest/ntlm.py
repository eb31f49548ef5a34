"""PSW162: workloads that sign in to a domain, where the new OS knows less of NTLM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.guest.crossing import moves_over, said
from poolshift.rules.interface import Rule
from poolshift.semantics.host import containers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.rules.interface import Context

_CHANGE = "ws2025-ntlm"


class NtlmRemoved(Rule):
    """A workload signs in to a domain, and the new nodes know no NTLMv1.

    What it finds:
        A workload with a group managed service account that moves to Windows Server 2025.

    Why it matters:
        NTLMv1 is gone and NTLM as a whole is on its way out. Where Kerberos fails in silence
        today, for a missing service principal name, NTLM steps in; on the new nodes it may not,
        and each failed NTLM logon at an SMB server is slowed down.

    How it is decided:
        By the credential spec that the pod or a container names. Accounts and connection strings
        in Secrets and environments are not read.

    What to do:
        Run one pod for each credential spec on a new node and look for Kerberos tickets; set the
        service principal names that are missing.

    Example:
        payments/Deployment/payments has gmsaCredentialSpecName: tills.
    """

    id = "PSW162"
    name = "ntlm-removed"
    severity = Severity.RECOMMENDED
    sources = (f"os_changes/changes/{_CHANGE}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the credential specs of every workload that makes the hop."""
        for move, changes in moves_over(context, _CHANGE):
            specs = _specs(move.workload.template.spec)
            if not specs:
                continue
            yield self.finding(
                move.workload.target,
                what=f"it signs in to a domain, and {move.to} nodes know no NTLMv1",
                why="where a service principal name is missing, NTLM stood in for Kerberos; it may "
                "not on the new nodes",
                fix="Run one pod for each credential spec on a new node, and see in it with klist "
                "that its connections have Kerberos tickets; set missing names with setspn",
                evidence=(
                    Evidence("gmsaCredentialSpecName", ", ".join(specs)),
                    *said(changes),
                ),
            )


def _specs(spec: PodSpec) -> tuple[str, ...]:
    """The credential specs that a pod and its containers name."""
    containers = (c.security_context.windows_options for c in containers_of(spec))
    options = (spec.security_context.windows_options, *containers)
    names = {o.gmsa_credential_spec_name for o in options}
    return tuple(sorted(filter(None, names)))
