"""PSK321: idle connections that Windows nodes cut earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "windows-tcp-idle-timeout"


class IdleTimeout(Rule):
    """Idle connections are kept longer by the load balancer than by Windows nodes.

    What it finds:
        A cluster with Windows pools to move whose outbound idle timeout is set above what Windows
        nodes keep.

    Why it matters:
        The time was raised for connections that rest: on Windows nodes they are cut earlier all
        the same, and the application finds a dead connection at its next request.

    How it is decided:
        By idleTimeoutInMinutes of the load balancer profile, against the catalog's fixed time for
        Windows nodes. Whether a workload holds resting connections does not show.

    What to do:
        Have keep-alives sent more often than that, and test it on the first new node.

    Example:
        idleTimeoutInMinutes 30, and a connection pool to a database in a Windows pod.
    """

    id = "PSK321"
    name = "windows-idle-timeout"
    severity = Severity.INFO
    sources = (f"limits/limits/{_LIMIT}",)
    pains = ("V6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Compare the two times when Windows pools move."""
        profile = context.snapshot.cluster.network.load_balancer_profile
        minutes = profile.idle_timeout_in_minutes if profile is not None else None
        fixed = context.catalog.limit_number(_LIMIT, "fixed")
        if minutes is None or minutes <= fixed or not context.moving_windows:
            return
        yield self.finding(
            "cluster",
            what=f"idle connections live {minutes} minutes by its settings, and {fixed} on its "
            "Windows nodes",
            why=f"Windows nodes cut idle connections after {fixed} minutes, whatever is set",
            fix=f"Have workloads send keep-alives more often than every {fixed} minutes",
            evidence=(
                Evidence("cluster/network/idleTimeoutInMinutes", str(minutes)),
                Evidence(f"catalog/{_LIMIT}/fixed", str(fixed)),
            ),
        )
