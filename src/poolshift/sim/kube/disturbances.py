"""What faults do to kubelets and to the Eviction API; empty in a world without faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from poolshift.sim.kube.builds import Refusal
from poolshift.sim.kube.nodes import base_build

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.nodes import NodeSeed
    from poolshift.sim.kube.objects import Object

_ATTACH = "The requested operation for attach namespace failed."


class Denial(Protocol):
    """Says how a webhook denies an eviction."""

    def __call__(self, pod: Object, *, dry_run: bool) -> ApiError:
        """The answer."""
        ...


class Disturbances:
    """What is amiss now.

    Attributes:
        cold: whether new nodes come without cached base images.
        lost_networks: nodes, or builds, whose pods have no network.
        failing_starts: starts that are still to fail, by node or build.
        cut_connections: connections that a stopping pod cuts, by workload.
        denied_evictions: webhooks by the workload whose pods they guard.
        held_nodes: webhooks by the node whose pods they guard.
    """

    def __init__(self) -> None:
        self.cold = False
        self.lost_networks: set[str] = set()
        self.failing_starts: dict[str, int] = {}
        self.cut_connections: dict[str, int] = {}
        self.denied_evictions: dict[str, Denial] = {}
        self.held_nodes: dict[str, Denial] = {}

    def unreachable(self, seed: NodeSeed) -> bool:
        """Whether pods on a node have no network."""
        return bool(self.lost_networks) and bool(self.lost_networks & places_of(seed))

    def failing_start(self, seed: NodeSeed) -> Refusal | None:
        """Why the start of a pod that happens now fails; each answer counts one down."""
        if not self.failing_starts:
            return None
        for place in sorted(places_of(seed)):
            left = self.failing_starts.get(place, 0)
            if left > 0:
                self.failing_starts[place] = left - 1
                return Refusal(
                    "RunContainerError",
                    "failed to create containerd task: failed to create shim task: "
                    f"hcs::CreateComputeSystem: {_ATTACH}: unknown",
                )
        return None


def places_of(seed: NodeSeed) -> frozenset[str]:
    """How a fault may name a node: by its name or by its build."""
    return frozenset({seed.name, base_build(seed.build)}) if seed.build else frozenset({seed.name})
