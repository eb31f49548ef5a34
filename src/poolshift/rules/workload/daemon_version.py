"""PSK215: a DaemonSet that selects the version to be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import Meta
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import green_of, is_shipped
from poolshift.semantics import fit
from poolshift.semantics.images import parse_ref
from poolshift.semantics.pins import (
    NODE_IMAGE_KEY,
    OS_SKU_KEY,
    POOL_KEYS,
    WINDOWS_BUILD_KEY,
    required_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import Node
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context


class DaemonSelectsOneVersion(Rule):
    """A DaemonSet runs on the pool to move, and the nodes of the new one do not match it.

    What it finds:
        A DaemonSet that requires the old OS SKU or Windows build, with pods on a pool to move.

    Why it matters:
        Green's nodes come up without it: no logs, no metrics, no driver or agent, and nothing
        reports it as missing, for a DaemonSet counts only the nodes that it selects.

    How it is decided:
        Its required labels against those that green's nodes will have. Where another DaemonSet
        of the namespace uses the same image repository and selects the target's version, nothing
        is found: one DaemonSet a version is a way to do it. In kube-system, which the service
        fills, the finding is information.

    What to do:
        Let it select both versions while both pools live (its image must hold both builds), or
        add a second DaemonSet for the new version before the new pool.

    Example:
        A log agent with nodeSelector kubernetes.azure.com/os-sku: Windows2019.
    """

    id = "PSK215"
    name = "daemonset-selects-one-version"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/windows-daemonsets-both",)
    pains = ("B25",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each DaemonSet of a pool to move against green's labels."""
        for pool, to in context.moving:
            green = green_of(context, pool, to)
            for workload in context.snapshot.workloads:
                if workload.kind != "DaemonSet" or pool.name not in workload.pools:
                    continue
                pin = _pin(workload)
                if pin is None or not _shut_out(workload, green):
                    continue
                if not _has_sibling(context, workload, green):
                    yield self._finding(workload, pool, to, pin)

    def _finding(
        self, workload: WorkloadFacts, pool: PoolFacts, to: str, pin: tuple[str, str]
    ) -> Finding:
        key, value = pin
        space, name = quote(workload.namespace), quote(workload.name)
        return self.finding(
            workload.target,
            severity=Severity.INFO if is_shipped(workload.target) else None,
            what=f"nodes of {to} do not match its selector {key}={value}",
            why=f"the pool that replaces {pool.name} comes up without it, and nothing reports it",
            fix=f"Let it select {to} too, or add one for it, before the new pool: "
            f"kubectl -n {space} edit daemonset {name}",
            evidence=(
                Evidence(f"spec/nodeSelector/{key}", value),
                Evidence("pods", f"{workload.pools[pool.name]} on {pool.name}"),
            ),
        )


def _pin(workload: WorkloadFacts) -> tuple[str, str] | None:
    """The version label that it requires; None where a pool's name is the pin, which PSK204 has."""
    spec = workload.template.spec
    if any(required_values(spec, key) for key in (*POOL_KEYS, NODE_IMAGE_KEY)):
        return None
    for key in (OS_SKU_KEY, WINDOWS_BUILD_KEY):
        values = required_values(spec, key)
        if values:
            return key, ", ".join(sorted(values))
    return None


def _shut_out(workload: WorkloadFacts, node: Node) -> bool:
    return bool(fit.static_reasons(fit.incoming(Meta(), workload.template.spec), node))


def _has_sibling(context: Context, workload: WorkloadFacts, green: Node) -> bool:
    """Whether a DaemonSet of the same image is there for the target's version."""
    mine = _repositories(workload)
    return any(
        other.kind == "DaemonSet"
        and other.target != workload.target
        and mine & _repositories(other)
        and not _shut_out(other, green)
        for other in context.index.workloads_by_namespace.get(workload.namespace, ())
    )


def _repositories(workload: WorkloadFacts) -> set[str]:
    refs = (parse_ref(ref) for ref in images_of(workload.template))
    return {f"{ref.registry}/{ref.repository}" for ref in refs}
