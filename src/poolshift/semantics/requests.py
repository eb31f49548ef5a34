"""What a pod asks of a node's resources."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from poolshift.semantics.quantities import amount

if TYPE_CHECKING:
    from poolshift.core.kube import Container, PodSpec


def requests_of(spec: PodSpec) -> dict[str, int]:
    """A pod's requests: its containers and sidecars, or an init container that needs more.

    A sidecar is an init container that restarts always: it runs beside all that come after it.
    """
    total: Counter[str] = Counter()
    for container in spec.containers:
        total.update(_requests(container))
    if spec.init_containers:
        total = _with_init(total, spec.init_containers)
    if spec.overhead:
        total.update({name: amount(name, text) for name, text in spec.overhead.items()})
    return dict(total)


def _with_init(total: Counter[str], containers: tuple[Container, ...]) -> Counter[str]:
    beside: Counter[str] = Counter()
    peak: Counter[str] = Counter()
    for container in containers:
        if container.restart_policy == "Always":
            beside.update(_requests(container))
            needed = beside
        else:
            needed = beside + Counter(_requests(container))
        peak |= needed
    return (total + beside) | peak


def _requests(container: Container) -> dict[str, int]:
    """Requests of a container; a limit without a request is one."""
    stated = {**container.resources.limits, **container.resources.requests}
    return {name: amount(name, text) for name, text in stated.items()}
