"""The service's own cordon and drain, on pool delete, scale-in and upgrades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.errors import ApiError, NotFoundError
from poolshift.sim.arm.state import SERVICE, ArmWorld
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from collections.abc import Callable

# How often the service asks again for a pod that a budget holds.
RETRY_S = 5.0
_MIRROR = "kubernetes.io/config.mirror"


class Drain:
    """Cordons nodes, evicts their pods within the budgets, and says how it ended.

    Args:
        world: the world.
        nodes: the nodes, all drained side by side.
        limit_s: after so long the drain has failed.
        heed_budgets: whether a budget can hold a pod (`ignore-pod-disruption-budget` lifts it).
        done: called with None when every node is empty, else with what held.

    Attributes:
        cordoned: the nodes that took pods until this drain began.
    """

    def __init__(
        self,
        world: ArmWorld,
        nodes: tuple[str, ...],
        *,
        limit_s: float,
        heed_budgets: bool,
        done: Callable[[str | None], None],
    ) -> None:
        self._world = world
        self._nodes = nodes
        self._limit_s = limit_s
        self._deadline = 0.0
        self._heed_budgets = heed_budgets
        self._done = done
        self._stopped = False
        self.cordoned: list[str] = []

    def start(self) -> None:
        """Cordon and begin; pods that ran before are asked to leave at once."""
        self._deadline = self._world.clock.t + self._limit_s
        for name in self._nodes:
            # A machine that was stopped or taken away has no node.
            node = self._world.kube.store.find(NODES, "", name)
            if node is not None:
                if not node["spec"].get("unschedulable"):
                    self.cordoned.append(name)
                self._world.kube.cordon(name, by=SERVICE)
        self._step()

    def stop(self) -> None:
        """Ask no more; nobody is told of an end."""
        self._stopped = True

    def _step(self) -> None:
        """Ask once for every pod that is left."""
        if self._stopped:
            return
        left = [(node, pod) for node in self._nodes for pod in self._movable(node)]
        if not left or not self._heed_budgets:
            self._done(None)
            return
        held = [
            f"{node} failed when evicting pod {_name(pod)}" for node, pod in left if self._ask(pod)
        ]
        if self._world.clock.t >= self._deadline:
            node, pod = left[0]
            self._done(held[0] if held else f"{node} failed when evicting pod {_name(pod)}")
            return
        self._world.clock.after(RETRY_S, self._step)

    def _movable(self, node: str) -> list[dict[str, Any]]:
        return [pod for pod in self._world.kube.pods_on(node) if _must_go(pod)]

    def _ask(self, pod: dict[str, Any]) -> bool:
        """Evict; whether the pod is held."""
        metadata = pod["metadata"]
        if metadata.get("deletionTimestamp"):
            return False
        try:
            self._world.kube.evict(
                metadata.get("namespace", "default"),
                metadata["name"],
                uid=metadata.get("uid", ""),
                by=SERVICE,
            )
        except NotFoundError:
            return False
        except ApiError:
            # A budget (429), two budgets (500) or a webhook: asked again until the limit.
            return True
        return False


def uncordon(world: ArmWorld, name: str) -> None:
    """Let a node take pods again, where it is still there."""
    if world.kube.store.find(NODES, "", name) is not None:
        world.kube.uncordon(name, by=SERVICE)


def _must_go(pod: dict[str, Any]) -> bool:
    """Whether a drain waits for the pod: not for DaemonSet, mirror and finished ones."""
    metadata = pod.get("metadata") or {}
    if _MIRROR in (metadata.get("annotations") or {}):
        return False
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return False
    owners = metadata.get("ownerReferences") or ()
    return not any(o.get("controller") and o.get("kind") == "DaemonSet" for o in owners)


def _name(pod: dict[str, Any]) -> str:
    return f"{pod['metadata'].get('namespace', 'default')}/{pod['metadata']['name']}"
