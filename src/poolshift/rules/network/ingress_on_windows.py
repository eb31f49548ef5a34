"""PSK312: an ingress controller on Windows nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "ingress-on-windows"
_CONTROLLERS = (
    "ingress-nginx/controller",
    "nginx-ingress",
    "nginx/nginx-ingress",
    "/traefik",
    "haproxy-ingress",
    "kubernetes-ingress",
    "contour",
    "kong/kubernetes-ingress-controller",
)
"""Parts of image names of the common controllers."""


class IngressOnWindows(Rule):
    """An ingress controller runs on the Windows nodes that move.

    What it finds:
        A Windows workload on a pool to move whose image is that of a common ingress controller.

    Why it matters:
        Every request of its routes passes through it: while its pods move, all of them are
        touched, not one application.

    How it is decided:
        By the names of its images.

    What to do:
        Run it on Linux nodes, as is usual, or move it by itself and last, with a budget.

    Example:
        A Traefik Deployment with nodeSelector kubernetes.io/os: windows.
    """

    id = "PSK312"
    name = "ingress-on-windows"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the images of Windows workloads to move."""
        for workload in context.windows_workloads:
            refs = [i for i in images_of(workload.template) if _is_controller(i)]
            if not refs or not context.moving_pools_of(workload):
                continue
            yield self.finding(
                workload.target,
                what="an ingress controller runs on the Windows nodes that move",
                why=context.catalog.constraint(_FACT).statement,
                fix="Run it on Linux nodes, or move it by itself, with a budget that keeps most "
                "of its pods",
                evidence=(Evidence("spec/containers/image", ", ".join(refs)),),
            )


def _is_controller(ref: str) -> bool:
    repository = "/" + ref.partition("@")[0].rpartition(":")[0]
    return any(part in repository for part in _CONTROLLERS)
