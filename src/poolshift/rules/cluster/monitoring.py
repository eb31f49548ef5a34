"""PSK366: monitoring of Windows nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "windows-fips-log-agent"
_ADDON = "omsagent"
_TAG = ":win-"


class WindowsMonitoring(Rule):
    """The monitoring of Windows nodes needs a step for the new ones.

    What it finds:
        Container insights with a log agent too old for FIPS nodes, or one that was not found;
        managed Prometheus on a cluster with Windows pools to move.

    Why it matters:
        New nodes send no logs or no metrics, and nobody notices while the move looks well.

    How it is decided:
        By the add-ons, and by the tag of the agent's image on Windows nodes. Whether the exporter
        and the recording rules are there is not read.

    What to do:
        Have the agent updated, and look for logs and metrics of the first new node.

    Example:
        The agent's tag win-3.1.15 before a move to Windows2025.
    """

    id = "PSK366"
    name = "windows-monitoring"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/fips-monitoring-agent",
        "constraints/constraints/managed-prometheus-windows",
        "constraints/constraints/container-insights-windows",
        f"limits/limits/{_LIMIT}",
        "limits/limits/ports",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the add-ons when Windows pools move."""
        cluster = context.snapshot.cluster
        skus = [context.catalog.sku(to) for _, to in context.moving_windows]
        on = _ADDON in {a.lower() for a in cluster.addons}
        if on and any(sku is not None and sku.fips == "required" for sku in skus):
            yield from self._agent(context)
        if cluster.managed_prometheus and skus:
            yield self.finding(
                "cluster",
                severity=Severity.INFO,
                what="managed Prometheus shows Windows nodes only with their exporter",
                why=context.catalog.constraint("managed-prometheus-windows").statement,
                fix="See that the exporter's DaemonSet takes the new nodes: kubectl get daemonsets "
                f"-A; and az aks update {context.cluster_arguments} "
                "--enable-windows-recording-rules",
                evidence=(Evidence("cluster/managed_prometheus", "true"),),
            )

    def _agent(self, context: Context) -> Iterator[Finding]:
        first = context.catalog.limit_text(_LIMIT, "first")
        tags = {
            ref.rpartition(_TAG)[2]: ref
            for w in context.windows_workloads
            if w.namespace == "kube-system" and w.kind == "DaemonSet"
            for ref in images_of(w.template)
            if _TAG in ref
        }
        if any(_numbers(tag) >= _numbers(first) for tag in tags):
            return
        yield self.finding(
            "cluster",
            severity=Severity.RECOMMENDED if tags else Severity.INFO,
            what=f"its log agent for Windows is older than {first}"
            if tags
            else f"its log agent for Windows was not found; FIPS nodes need {first} or later",
            why=context.catalog.constraint("fips-monitoring-agent").statement,
            fix="Have the add-on updated: az aks disable-addons -a monitoring "
            f"{context.cluster_arguments}; az aks enable-addons -a monitoring "
            f"{context.cluster_arguments}; then look for logs of the first new node",
            evidence=(
                Evidence("cluster/addons", ", ".join(context.snapshot.cluster.addons)),
                Evidence("image", ", ".join(sorted(tags.values())) or "none"),
            ),
        )


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split("-")[0].split("@")[0].split(".")
    return tuple(int(p) for p in parts if p.isdigit())
