"""PSK267: Windows pods that mount secrets through the Secrets Store driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_DRIVER = "secrets-store.csi.k8s.io"


class SecretsStoreOnWindows(Rule):
    """A Windows workload mounts secrets from a vault, which hangs on parts of the new node.

    What it finds:
        A Windows workload that moves, with a volume of the Secrets Store CSI driver.

    Why it matters:
        The mount needs the driver and its provider on the new nodes, and the identity that reads
        the vault. Where one is missing, the pod stays in ContainerCreating.

    How it is decided:
        By the driver of the volumes of the template. Which class and identity it uses is not read.

    What to do:
        Run one pod for each SecretProviderClass on a new node before the others move.

    Example:
        shop/Deployment/checkout mounts a volume of secrets-store.csi.k8s.io.
    """

    id = "PSK267"
    name = "secrets-store-windows"
    severity = Severity.INFO
    sources = ("constraints/constraints/kubelet-identity-cluster-wide",)
    pains = ("M19",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the volumes of every Windows workload that moves."""
        seen: set[str] = set()
        for move in context.moves:
            workload = move.workload
            if move.pool.os_type != "Windows" or workload.target in seen:
                continue
            volumes = [
                v.name
                for v in workload.template.spec.volumes
                if v.csi is not None and v.csi.driver == _DRIVER
            ]
            if not volumes:
                continue
            seen.add(workload.target)
            yield self.finding(
                workload.target,
                what="it mounts secrets of a vault through the Secrets Store driver",
                why="the mount needs the driver, its provider and the vault's identity on the new "
                "nodes; without one of them the pod does not start",
                fix="Run one pod for each SecretProviderClass on a new node first: kubectl get "
                "secretproviderclass -A",
                evidence=tuple(Evidence(f"spec/volumes/{name}", _DRIVER) for name in volumes),
            )
